//! Where providers say what has happened.

/// A place in the body, or a header, and the providers that name the event there. The body is signed, and a header is
/// not: who has captured a delivery can name it otherwise. So a header counts only where the body is silent. Who sends
/// several events in one body is not here: they have no one name.
const PLACES: &str = "\
/type stripe square notion mux vercel standard-webhooks standard-webhooks-ed25519 svix clerk resend openai polar \
liveblocks checkout-com adyen-platform zendesk linear front elevenlabs circleci flutterwave
/event razorpay paystack calendly zoom workos aftership shippo buildkite docusign flutterwave-v3 livekit
/event_type paddle typeform
/event/type slack coinbase-commerce discord
/event/event_type pagerduty
/data/event_type telnyx
/data/attributes/name persona
/topic intercom dwolla
/trigger box
/triggerEvent cal-com
/triggerType webflow
/meta/event_name lemonsqueezy
/subscription/type twitch
/action/type trello
/payload/action onfido
/description easypost
/metric customerio
/eventType authorize-net
/webhookEvent jira
/webhook_code plaid
/object_kind gitlab gitlab-token
X-GitHub-Event github github-sha1
X-Gitea-Event gitea
X-Event-Key bitbucket
X-Shopify-Topic shopify
X-Recharge-Topic recharge
X-HelpScout-Event helpscout
X-Patreon-Event patreon
X-LLMS-Webhook-Topic lifterlms
Sentry-Hook-Resource sentry
X-WC-Webhook-Topic woocommerce
";

/// Where a provider names the event: a place in the body, or a header.
pub(crate) fn event(preset: &str) -> Option<&'static str> {
    let names = |line: &&str| line.split(' ').skip(1).any(|name| name == preset);
    PLACES.split('\n').find(names)?.split(' ').next()
}

/// The header that alone tells deliveries with equal bodies apart.
pub(crate) const TOPIC: &str = "X-WC-Webhook-Topic";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_one_place() {
        let mut names: Vec<&str> = PLACES.lines().flat_map(|line| line.split(' ').skip(1)).collect();
        assert!(names.len() >= 60 && names.iter().all(|name| !name.is_empty()), "{names:?}");
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(event("gitea"), Some("X-Gitea-Event"));
        assert_eq!(event("standard-webhooks-ed25519"), Some("/type"));
        assert_eq!((event("/type"), event(""), event("sendgrid")), (None, None, None));
    }
}
