//! Where providers say what has happened.

/// The place of an event's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// In the signed body.
    Body(&'static str),
    /// In a header, which is not signed: who has captured a delivery can name it otherwise.
    Header(&'static str),
    /// In such a header, which alone tells deliveries with equal bodies apart.
    Topic(&'static str),
}

/// Where a provider names the event.
pub(crate) fn event(preset: &str) -> Option<Event> {
    Some(match preset {
        "stripe"
        | "square"
        | "notion"
        | "mux"
        | "vercel"
        | "standard-webhooks"
        | "standard-webhooks-ed25519"
        | "svix"
        | "clerk"
        | "resend"
        | "openai"
        | "polar"
        | "liveblocks" => Event::Body("/type"),
        "razorpay" | "paystack" | "calendly" | "zoom" | "workos" => Event::Body("/event"),
        "paddle" | "typeform" => Event::Body("/event_type"),
        "slack" | "coinbase-commerce" => Event::Body("/event/type"),
        "pagerduty" => Event::Body("/event/event_type"),
        "telnyx" => Event::Body("/data/event_type"),
        "intercom" => Event::Body("/topic"),
        "lemonsqueezy" => Event::Body("/meta/event_name"),
        "twitch" => Event::Body("/subscription/type"),
        "github" | "github-sha1" => Event::Header("X-GitHub-Event"),
        "gitea" => Event::Header("X-Gitea-Event"),
        "gitlab" | "gitlab-token" => Event::Header("X-Gitlab-Event"),
        "shopify" => Event::Header("X-Shopify-Topic"),
        "woocommerce" => Event::Topic("X-WC-Webhook-Topic"),
        _ => return None,
    })
}
