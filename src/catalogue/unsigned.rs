//! What a provider sends beside the signed body although receivers like to believe it.

/// Headers that nothing signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsigned {
    /// What names the delivery: who has captured one can give it a new name, so it is no replay key.
    pub id: Option<&'static str>,
    /// Others, such as the shop that an event is said to be of.
    pub more: &'static [&'static str],
}

pub(super) fn unsigned(preset: &str) -> Unsigned {
    let more: &[&str] = match preset {
        "shopify" => &["x-shopify-shop-domain"],
        "sentry" => &["sentry-hook-timestamp"],
        "lemonsqueezy" => &["x-event-name"],
        "twilio-sharedkey" => &["x-twilio-webhooks-signature-settings"],
        "twitch" => &["twitch-eventsub-message-type", "twitch-eventsub-subscription-type"],
        _ => &[],
    };
    let id = match preset {
        "github" | "github-sha1" => Some("x-github-delivery"),
        "gitea" => Some("x-gitea-delivery"),
        "bitbucket" => Some("x-request-uuid"),
        "jira" => Some("x-atlassian-webhook-identifier"),
        "shopify" => Some("x-shopify-event-id"),
        "woocommerce" => Some("x-wc-webhook-delivery-id"),
        "lifterlms" => Some("x-llms-delivery-id"),
        "razorpay" => Some("x-razorpay-event-id"),
        "sentry" => Some("request-id"),
        "linear" => Some("linear-delivery"),
        "zendesk" => Some("x-zendesk-webhook-invocation-id"),
        "box" => Some("box-delivery-id"),
        "twilio" | "twilio-json" | "twilio-sharedkey" => Some("i-twilio-idempotency-token"),
        "sanity" => Some("idempotency-key"),
        _ => None,
    };
    Unsigned { id, more }
}

impl Unsigned {
    /// For the table, with what else is `open`: empty where there is nothing.
    pub(super) fn words(&self, open: Option<&str>) -> String {
        let names = self.id.iter().chain(self.more).map(|name| format!("`{name}`"));
        let all: Vec<String> = open.map(Into::into).into_iter().chain(names).collect();
        if all.is_empty() { String::new() } else { format!("not signed: {}", all.join(", ")) }
    }
}
