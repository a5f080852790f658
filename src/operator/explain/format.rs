//! Another description: another hash, another reading of the key, other content, or another provider's scheme.

use super::attempt::{Attempt, Part};
use super::case::Case;
use super::described::{described, hash_name, redescribed};
use super::trial::{Trial, put};
use crate::hook::adjust_jwt;
use crate::scheme::description::{Algorithm, Description, Hash, KeyFormat, Place};
use crate::scheme::jwt::Life;
use crate::scheme::presets::{self, Kind, Preset};
use crate::table::{Mistakes, Table};
use crate::var::Var;

/// What senders sign, besides the body alone.
const CONTENTS: [&str; 7] = [
    "{body}",
    "{timestamp}.{body}",
    "{timestamp}{body}",
    "{timestamp}:{body}",
    "v0:{timestamp}:{body}",
    "{body}{timestamp}",
    "{id}.{timestamp}.{body}",
];

pub(super) fn attempts(trial: &Trial, case: &Case<'_>) -> Vec<Attempt> {
    let Some(mechanism) = trial.mechanism() else { return Vec::new() };
    let mut found = Vec::new();
    for hash in [Hash::Sha256, Hash::Sha1, Hash::Sha512] {
        let other = redescribed(mechanism, |own| match own.algorithm {
            Algorithm::Hmac(own_hash) if own_hash != hash => {
                Some(Description { algorithm: Algorithm::Hmac(hash), ..own })
            }
            _ => None,
        });
        let name = hash_name(hash).unwrap_or("");
        found
            .extend(other.map(|other| Attempt::new("algorithm", Part::Description, name, trial.with_mechanism(other))));
    }
    for (code, key) in [
        ("key-is-text", KeyFormat::Utf8),
        ("key-is-base64", KeyFormat::Whsec),
        ("key-is-base64", KeyFormat::Base64),
        ("key-is-hex", KeyFormat::Hex),
    ] {
        let other = redescribed(mechanism, |own| {
            let shared = matches!(own.algorithm, Algorithm::Hmac(_));
            (shared && own.key != key).then_some(Description { key, ..own })
        });
        found.extend(other.map(|other| Attempt::new(code, Part::Description, "", trial.with_mechanism(other))));
    }
    for content in CONTENTS {
        let other = redescribed(mechanism, |own| {
            let has = |piece: &str| content.contains(piece);
            let timed = has("{timestamp}") == own.timestamp.is_some();
            let named = has("{id}") == own.content.contains("{id}");
            (timed && named && own.content != content).then_some(Description { content, ..own })
        });
        found.extend(
            other.map(|other| Attempt::new("content", Part::Description, content, trial.with_mechanism(other))),
        );
    }
    found.extend(others(trial, mechanism, case));
    found
}

/// The schemes of other providers of whose headers the request has one.
fn others(trial: &Trial, mechanism: &Var, case: &Case<'_>) -> Vec<Attempt> {
    let own = mechanism.get("scheme").and_then(Var::as_text);
    let url = crate::operator::chosen::signs_url(mechanism);
    let known = mechanism.get("url").and_then(Var::as_text).unwrap_or(&case.first.capture.url);
    let attempt = |preset: &'static Preset| {
        let plain = Var::Table(vec![("scheme".into(), preset.name.into())]);
        let named = put(&plain, "secrets", mechanism.get("secrets").cloned());
        let needs = url || crate::operator::chosen::signs_url(&plain);
        let named = if needs { put(&named, "url", Some(known.into())) } else { named };
        Attempt::new("another-provider", Part::Description, preset.name, trial.with_mechanism(named)).alone()
    };
    let fits = |preset: &&'static Preset| Some(preset.name) != own && is_present(trial, header(preset));
    presets::all().filter(fits).map(attempt).collect()
}

/// The header in which a preset has its signature or token.
pub(super) fn header(preset: &Preset) -> &'static str {
    match &preset.kind {
        Kind::Token(name) => name,
        Kind::Signature(description) => match description.place {
            Place::Header { name, .. } | Place::List { name, .. } | Place::Either { names: [name, _] }
                if !name.starts_with('/') =>
            {
                name
            }
            _ => "",
        },
        Kind::Jwt(description) => description.header,
        Kind::BodyToken(_) => "",
    }
}

pub(super) fn is_present(trial: &Trial, header: &str) -> bool {
    !header.is_empty() && trial.capture.header(&header.to_ascii_lowercase()).is_some()
}

/// Milliseconds that the clocks may differ, where a time is signed.
pub(super) fn tolerance(mechanism: &Var) -> Option<u64> {
    let scheme = mechanism.get("scheme").and_then(Var::as_text).unwrap_or("");
    let seconds = match presets::find(scheme).map(|preset| &preset.kind) {
        Some(Kind::Jwt(description)) => {
            let mistakes = Mistakes::default();
            let mut table = Table::new("", "", mechanism, &mistakes)?;
            match adjust_jwt(&mut table, description)?.0 {
                Life::Endless => None,
                Life::Since { tolerance } | Life::Until { tolerance } => Some(tolerance),
            }
        }
        _ => described(mechanism, |description, _| description.timestamp.map(|timestamp| timestamp.tolerance))?,
    };
    seconds.map(|seconds| u64::from(seconds).saturating_mul(1_000))
}
