//! The presets as a table for people: what README shows, and what the operator's command line can say of a provider. No
//! part of the Worker.

use std::fmt::Write as _;

use crate::scheme::description::{Algorithm, Coverage, Description, Encoding, Hash, Id, KeyFormat, Place, TimestampAt};
use crate::scheme::presets::{self, Event, Kind};

/// What there is to know of one provider before a hook is written for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// As `scheme` in the configuration names it.
    pub name: &'static str,
    /// The header with the signature or the token.
    pub header: String,
    /// Algorithm, content and encoding.
    pub signs: String,
    /// What tells one delivery from the next.
    pub known_by: String,
    /// Seconds that a signature is fresh, either way; none where no time is signed.
    pub fresh: Option<u32>,
    /// Where the event is: a place in the body, or a header, which is not signed.
    pub event: String,
    /// What the key is, where it is not the bytes of the secret's text, and what is not signed.
    pub notes: String,
}

/// All providers, in the order of their names.
#[must_use]
pub fn providers() -> Vec<Provider> {
    let mut all: Vec<Provider> = presets::all()
        .map(|preset| match &preset.kind {
            Kind::Signature(description) => signed(preset.name, description),
            Kind::Token(header) => Provider {
                name: preset.name,
                header: (*header).into(),
                signs: "nothing: a token".into(),
                known_by: "method, query and body".into(),
                fresh: None,
                event: event(preset.name),
                notes: notes(preset.name).into(),
            },
        })
        .collect();
    all.sort_by_key(|provider| provider.name);
    all
}

/// The table in README.
#[must_use]
pub fn markdown() -> String {
    let mut table = String::from(
        "| `scheme` | in | signs | a delivery is known by | fresh for | event | |\n|---|---|---|---|---|---|---|\n",
    );
    for provider in providers() {
        let Provider { name, header, signs, known_by, fresh, event, notes } = provider;
        let fresh = fresh.map_or("–".into(), |seconds| format!("{seconds} s"));
        let _ = writeln!(table, "| `{name}` | `{header}` | {signs} | {known_by} | {fresh} | {event} | {notes} |");
    }
    table
}

fn signed(name: &'static str, description: &Description<'_>) -> Provider {
    let header = match description.place {
        Place::Header { name, .. } | Place::List { name, .. } if name.starts_with('/') => short(name),
        Place::Header { name, prefix: "" } => name.to_lowercase(),
        Place::Header { name, prefix } => format!("{}: {prefix}", name.to_lowercase()),
        Place::List { name, list } if list.label.is_empty() => name.to_lowercase(),
        Place::List { name, list } => format!("{}: {}", name.to_lowercase(), list.label),
        Place::Numbered { name } => format!("{}-1…", name.to_lowercase()),
        Place::Either { names } => names.join("` or `").to_lowercase(),
    };
    let algorithm = match description.algorithm {
        Algorithm::Hmac(Hash::Md5) => "HMAC-MD5",
        Algorithm::Hmac(Hash::Sha1) => "HMAC-SHA-1",
        Algorithm::Hmac(Hash::Sha256) => "HMAC-SHA-256",
        Algorithm::Hmac(Hash::Sha512) => "HMAC-SHA-512",
        Algorithm::Prefixed => "SHA-256 of secret and",
        Algorithm::Ed25519 => "Ed25519",
        Algorithm::EcdsaP256 => "ECDSA P-256",
    };
    let encoding = match description.encoding {
        Encoding::Hex => "hex",
        Encoding::AnyHex => "HEX",
        Encoding::Base64 => "base64",
        Encoding::Base64Url => "base64url",
        Encoding::Named => "hex after the public key",
    };
    let known_by = match description.id {
        Id::None => match (description.covers(), description.timestamp.map(|timestamp| timestamp.at)) {
            (Coverage::Body, _) => "body".into(),
            (Coverage::Places(places), Some(TimestampAt::Body(clock))) => {
                places.iter().filter(|place| *place != clock).map(|place| format!("`{place}`")).collect()
            }
            _ => "what is signed".into(),
        },
        Id::Header(name) => format!("`{}`", name.to_lowercase()),
        Id::Body(place) => format!("`{place}`, else body"),
    };
    let key = match description.key {
        KeyFormat::Utf8 => "",
        KeyFormat::Ascii => "the secret must be ASCII",
        KeyFormat::Html => "the secret as WordPress keeps it",
        KeyFormat::Hex if description.algorithm == Algorithm::Ed25519 => "public key in hex",
        KeyFormat::Hex => "key in hex",
        KeyFormat::Base64 if description.algorithm == Algorithm::Ed25519 => "public key in base64",
        KeyFormat::Base64 => "key in base64",
        KeyFormat::Whsec => "`whsec_…`",
        KeyFormat::Named => "the secret is public and private key, see above",
        KeyFormat::Whpk => "`whpk_…`",
        KeyFormat::Spki => "public key in base64 (SPKI)",
    };
    let signs_url = description.content.contains("{url}") || description.content.contains("{path}");
    let url = if signs_url { "needs `url`" } else { "" };
    let form = if description.form { "forms" } else { "" };
    let covers = match description.covers() {
        Coverage::Body => "",
        Coverage::Form => "not signed: where a name or value ends",
        Coverage::Places(_) => "not signed: all else, which needs `unsigned_fields`",
    };
    let parts = [key, form, url, covers, notes(name)];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Provider {
        name,
        header,
        signs: format!("{algorithm} `{}`, {encoding}", short(description.content).replace('\n', "\\n")),
        known_by,
        event: event(name),
        fresh: description.timestamp.map(|timestamp| timestamp.tolerance),
        notes: parts.join("; "),
    }
}

/// Adyen's names without their long beginning.
fn short(text: &str) -> String {
    text.replace("/notificationItems/0/NotificationRequestItem/", "…/")
}

fn event(name: &str) -> String {
    match presets::event(name) {
        None => String::new(),
        Some(Event::Body(place)) => format!("`{place}`"),
        Some(Event::Header(header) | Event::Topic(header)) => format!("`{}`, not signed", header.to_lowercase()),
    }
}

/// What a provider does not sign although receivers like to believe it.
fn notes(name: &str) -> &'static str {
    match name {
        "github" | "github-sha1" => "not signed: `x-github-delivery`",
        "gitea" => "not signed: `x-gitea-delivery`",
        "bitbucket" => "not signed: `x-request-uuid`",
        "jira" => "not signed: `x-atlassian-webhook-identifier`",
        "shopify" => "not signed: `x-shopify-event-id`, shop",
        "woocommerce" => {
            "not signed: `x-wc-webhook-delivery-id`; with `events` the topic, too, tells one delivery from the next"
        }
        "razorpay" => "not signed: `x-razorpay-event-id`",
        "sentry" => "not signed: `request-id`, `sentry-hook-timestamp`",
        "linear" => "the time is `/webhookTimestamp`; not signed: `linear-delivery`",
        "zendesk" => "not signed: `x-zendesk-webhook-invocation-id`",
        "sanity" => "not signed: `idempotency-key`",
        "twitch" => "not signed: message and subscription type",
        "lemonsqueezy" => "not signed: `x-event-name`",
        "lifterlms" => "signs the local time of its site, hence 14 hours; not signed: `x-llms-delivery-id`",
        "asana" => "empty heartbeats are alike",
        "paddle" => "its own verifiers allow 5 s",
        "hubspot" => "`url` with the escapes decoded that HubSpot decodes",
        "hubspot-v1" | "hubspot-v2" | "recharge" => "no HMAC: prefer another version where there is one",
        "patreon" => "MD5",
        "twilio" => "JSON is `twilio-json`",
        "twilio-sharedkey" => "not signed: the header that says so",
        "adyen" => "… is `/notificationItems/0/NotificationRequestItem`; one item in a delivery",
        "box" => "not signed: `box-delivery-id`",
        "plivo" => "a query in `url` in the order of its names",
        "contentful" => "`url` without a query",
        "gitlab-token" | "flutterwave-v3" | "telegram" | "wunderautomation-key" => {
            "who has seen one delivery can send any other"
        }
        _ => "",
    }
}
