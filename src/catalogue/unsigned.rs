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
        "sanity" => Some("idempotency-key"),
        _ => None,
    };
    Unsigned { id, more }
}

impl Unsigned {
    /// For the table: empty where there is nothing.
    pub(super) fn words(&self) -> String {
        let names: Vec<String> = self.id.iter().chain(self.more).map(|name| format!("`{name}`")).collect();
        if names.is_empty() { String::new() } else { format!("not signed: {}", names.join(", ")) }
    }
}
