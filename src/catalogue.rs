//! The presets as a table for people: what README shows, and what the operator's command line can say of a provider. No
//! part of the Worker.

mod issuer;
mod unsigned;

pub use issuer::Issuer;
pub use unsigned::Unsigned;

use std::fmt::Write as _;

use crate::hash::Hash;
use crate::scheme::description::{Algorithm, Coverage, Description, Encoding, Id, KeyFormat, Place, TimestampAt};
use crate::scheme::jwt;
use crate::scheme::presets::{self, Kind};

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
    /// Whether it signs its own URL, so that the configuration must have it.
    pub signs_url: bool,
    /// What comes unsigned beside the body.
    pub unsigned: Unsigned,
    /// The only places that are signed, where that is neither the whole body nor all of a form; else empty.
    pub places: Vec<String>,
    /// Who makes the secret.
    pub issuer: Issuer,
}

/// All providers, in the order of their names.
#[must_use]
pub fn providers() -> Vec<Provider> {
    let mut all: Vec<Provider> = presets::all()
        .map(|preset| match &preset.kind {
            Kind::Signature(description) => signed(preset.name, description),
            Kind::Jwt(description) => token(preset.name, description),
            Kind::Token(place) | Kind::BodyToken(place) => Provider {
                name: preset.name,
                header: (*place).into(),
                signs: "nothing: a token".into(),
                known_by: "method, query and body".into(),
                fresh: None,
                event: event(preset.name),
                notes: notes(preset.name).into(),
                signs_url: false,
                unsigned: unsigned::unsigned(preset.name),
                places: Vec::new(),
                issuer: Issuer::of(preset.name, false),
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
        "| `scheme` | in | signs | a delivery is known by | fresh for | event | to know |\n|---|---|---|---|---|---|---|\n",
    );
    for provider in providers() {
        let Provider { name, header, signs, known_by, fresh, event, notes, .. } = provider;
        let fresh = fresh.map_or("–".into(), |seconds| format!("{seconds} s"));
        let cells = [format!("`{name}`"), format!("`{header}`"), signs, known_by, fresh, event, notes];
        // A bar ends a cell, even within code.
        let _ = writeln!(table, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
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
            (None | Some(Coverage::Body), _) => "body".into(),
            (Some(Coverage::Places(places)), Some(TimestampAt::Body(clock))) => {
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
        KeyFormat::Named => "the secret is `public key|private key`",
        KeyFormat::Whpk => "`whpk_…`",
        KeyFormat::Spki => "public key in base64 (SPKI)",
    };
    let signs_url = description.content.contains("{url}") || description.content.contains("{path}");
    let url = if signs_url { url(name) } else { "" };
    let form = if description.form { "bodies are forms" } else { "" };
    let unsigned = unsigned::unsigned(name);
    let (places, open) = match description.covers() {
        None | Some(Coverage::Body) => (Vec::new(), None),
        Some(Coverage::Form) => (Vec::new(), Some("where a name or value ends")),
        Some(Coverage::Places(places)) => (places, Some("all else, which needs `unsigned_fields`")),
    };
    let parts = [key.into(), form.into(), url.into(), notes(name).into(), unsigned.words(open)];
    Provider {
        name,
        header,
        signs: format!("{algorithm} `{}`, {encoding}", short(description.content).replace('\n', "\\n")),
        known_by,
        event: event(name),
        fresh: description.timestamp.map(|timestamp| timestamp.tolerance),
        notes: sentence(&parts),
        signs_url,
        unsigned,
        places,
        issuer: Issuer::of(name, matches!(description.algorithm, Algorithm::Ed25519 | Algorithm::EcdsaP256)),
    }
}

fn token(name: &'static str, description: &jwt::Description) -> Provider {
    let claim = |pointer: &str| pointer.replace('/', "");
    let url = description.url_hash.map_or(String::new(), |pointer| format!(", of `url` in `{}`", claim(pointer)));
    let key = match description.algorithm {
        jwt::Algorithm::Hs256 => "",
        jwt::Algorithm::Es256 => "public key as its JSON (JWK)",
    };
    let unsigned = unsigned::unsigned(name);
    let needs = if url.is_empty() { "" } else { "needs `url`" };
    let parts = [key.into(), needs.into(), notes(name).into(), unsigned.words(None)];
    Provider {
        name,
        header: format!("{}{}", description.header.to_lowercase(), description.prefix.replace("Bearer ", ": Bearer")),
        signs: format!(
            "{} JWT with the SHA-256 of the body in `{}`, {}{url}",
            description.algorithm.name(),
            claim(description.body_hash),
            if description.encoding == Encoding::Hex { "hex" } else { "base64" },
        ),
        known_by: if description.has_id { "`jti`, else body".into() } else { "body".into() },
        event: event(name),
        fresh: match description.life {
            jwt::Life::Endless => None,
            jwt::Life::Since { tolerance } | jwt::Life::Until { tolerance } => Some(tolerance),
        },
        notes: sentence(&parts),
        signs_url: description.url_hash.is_some(),
        unsigned,
        places: Vec::new(),
        issuer: Issuer::of(name, description.algorithm == jwt::Algorithm::Es256),
    }
}

/// The provider of a preset.
#[must_use]
pub fn provider(name: &str) -> Option<Provider> {
    providers().into_iter().find(|provider| provider.name == name)
}

/// Adyen's names without their long beginning.
fn short(text: &str) -> String {
    text.replace("/notificationItems/0/NotificationRequestItem/", "…/")
}

fn event(name: &str) -> String {
    match presets::event(name) {
        None => String::new(),
        Some(place) if place.starts_with('/') => format!("`{place}`"),
        Some(header) => format!("`{}`, not signed", header.to_lowercase()),
    }
}

fn sentence(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("; ")
}

/// How the URL that is signed is written.
fn url(name: &str) -> &'static str {
    match name {
        "hubspot" => "needs `url`, with the escapes decoded that HubSpot decodes",
        "plivo" => "needs `url`, a query in the order of its names",
        "contentful" => "needs `url`, without a query",
        _ => "needs `url`",
    }
}

/// What else there is to know of a scheme.
fn notes(name: &str) -> &'static str {
    match name {
        "shopify" => "one secret for all shops of an app",
        "woocommerce" => "with `events` the topic, too, tells one delivery from the next",
        "linear" => "the time is `/webhookTimestamp`",
        "lifterlms" => "signs the local time of its site, hence 14 hours",
        "asana" => "empty heartbeats are alike",
        "paddle" => "its own verifiers allow 5 s",
        "hubspot-v1" | "hubspot-v2" | "recharge" => "no HMAC: prefer another version where there is one",
        "patreon" => "MD5",
        "plaid" => "notices with equal bodies (`SYNC_UPDATES_AVAILABLE`) are one within `replay.window`",
        "messagebird" => "not what comes by `GET`, with a query of its own",
        "vonage" => "not what comes by `GET`",
        "microsoft-graph" => "`clientState` of every item; who has seen one delivery can send any other",
        "meta" | "meta-sha1" => "`verify_token` for its handshake",
        "box" => "two keys: list both",
        "twilio" => "JSON is `twilio-json`",
        "adyen" => "… is `/notificationItems/0/NotificationRequestItem`; one item in each delivery",
        "gitlab-token" | "flutterwave-v3" | "telegram" | "wunderautomation-key" => {
            "who has seen one delivery can send any other"
        }
        _ => "",
    }
}
