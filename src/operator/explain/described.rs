//! A mechanism as its description, and a description as a mechanism: so that one thing in it can be varied.

use crate::hook::describe;
use crate::scheme::description::{Algorithm, Description, Encoding, Hash, Id, KeyFormat, Place, TimestampAt, Unit};
use crate::table::{Mistakes, Table};
use crate::var::Var;

use super::trial::put;

/// What a mechanism says of its signature; none of a password or key.
pub(super) fn described<T>(mechanism: &Var, then: impl FnOnce(Description<'_>, &str) -> T) -> Option<T> {
    let mistakes = Mistakes::default();
    let described = Table::new("", "", mechanism, &mistakes).and_then(|mut table| describe(&mut table));
    described.map(|(description, url)| then(description, url))
}

/// The same mechanism with something changed in its description; none where no configuration can say that.
pub(super) fn redescribed(
    mechanism: &Var,
    change: impl for<'d> FnOnce(Description<'d>) -> Option<Description<'d>>,
) -> Option<Var> {
    described(mechanism, |description, url| written(&change(description)?, url, mechanism))?
}

/// A description as `wrangler.toml` says it, with the secrets of `mechanism`.
fn written(description: &Description<'_>, url: &str, mechanism: &Var) -> Option<Var> {
    let mut entries: Vec<(&str, Var)> = Vec::new();
    let scheme = match description.algorithm {
        Algorithm::Ed25519 => "ed25519",
        Algorithm::EcdsaP256 => "ecdsa-p256",
        Algorithm::Hmac(hash) => {
            entries.push(("hash", hash_name(hash)?.into()));
            "hmac"
        }
        _ => return None,
    };
    entries.push(("scheme", scheme.into()));
    entries.push(("key", key_name(description.key)?.into()));
    let encoding = match description.encoding {
        Encoding::Hex => "hex",
        Encoding::AnyHex => "HEX",
        Encoding::Base64 => "base64",
        Encoding::Base64Url => "base64url",
        Encoding::Named => return None,
    };
    entries.push(("encoding", encoding.into()));
    let label = match description.timestamp.map(|timestamp| timestamp.at) {
        Some(TimestampAt::Label(label)) => Some(label),
        _ => None,
    };
    match description.place {
        Place::Header { name, prefix } => {
            entries.push(("header", name.into()));
            if !prefix.is_empty() {
                entries.push(("prefix", prefix.into()));
            }
        }
        Place::List { name, list } => {
            let mut keys = vec![
                ("separator".to_owned(), list.separator.to_string().as_str().into()),
                ("label".to_owned(), list.label.into()),
                ("trim".to_owned(), Var::Flag(list.trim)),
            ];
            keys.extend(label.map(|label| ("timestamp".to_owned(), label.into())));
            entries.push(("header", name.into()));
            entries.push(("list", Var::Table(keys)));
        }
        _ => return None,
    }
    entries.push(("content", description.content.into()));
    if let Some(timestamp) = description.timestamp {
        let unit = match timestamp.unit {
            Unit::Seconds => "s",
            Unit::Milliseconds => "ms",
            Unit::Rfc3339 => "rfc3339",
            Unit::SecondsOrMilliseconds => return None,
        };
        let mut keys = vec![("unit".to_owned(), unit.into())];
        match timestamp.at {
            TimestampAt::Header(name) => keys.push(("header".into(), name.into())),
            TimestampAt::Body(place) => keys.push(("place".into(), place.into())),
            TimestampAt::Label(_) => {}
        }
        entries.push(("timestamp", Var::Table(keys)));
        entries.push(("tolerance", format!("{}s", timestamp.tolerance).as_str().into()));
    }
    match description.id {
        Id::None => {}
        Id::Header(name) => entries.push(("id", Var::Table(vec![("header".into(), name.into())]))),
        Id::Body(place) => entries.push(("id", Var::Table(vec![("place".into(), place.into())]))),
    }
    if description.content.contains("{url}") || description.content.contains("{path}") {
        entries.push(("url", url.into()));
    }
    let secrets = mechanism.get("secrets").cloned();
    let table = Var::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
    Some(put(&table, "secrets", secrets))
}

/// As `hash` names it; none of those that no configuration can name.
pub(super) fn hash_name(hash: Hash) -> Option<&'static str> {
    match hash {
        Hash::Sha1 => Some("sha1"),
        Hash::Sha256 => Some("sha256"),
        Hash::Sha512 => Some("sha512"),
        _ => None,
    }
}

fn key_name(key: KeyFormat) -> Option<&'static str> {
    match key {
        KeyFormat::Utf8 | KeyFormat::Ascii => Some("utf8"),
        KeyFormat::Hex => Some("hex"),
        KeyFormat::Base64 => Some("base64"),
        KeyFormat::Whsec => Some("whsec"),
        KeyFormat::Whpk => Some("whpk"),
        KeyFormat::Spki => Some("spki"),
        _ => None,
    }
}
