//! The key `auth` of a hook: what a sender must pass.

use super::{description, events, jwt};
use crate::config::Context;
use crate::handshake::Handshake;
use crate::hash::sha256;
use crate::scheme::description::{Algorithm, Description, Hash, Id, KeyFormat};
use crate::scheme::presets::{self, Kind, Preset};
use crate::scheme::template::Template;
use crate::scheme::{ApiKey, Basic, BodyToken, Digest, HeaderName, Jwt, Means, Mechanism, SecretName, Verifier};
use crate::secret::Secret;
use crate::table::Table;
use crate::units;
use crate::var::Var;

/// What `scheme` may be.
const SCHEMES: &str = "\"basic\", \"api-key\", \"hmac\", \"ed25519\", \"ecdsa-p256\" or a provider such as \"stripe\" (README lists them)";

/// Mechanisms, and where the payload has what names a delivery.
#[derive(Debug, Default)]
pub(super) struct Auth {
    pub(super) mechanisms: Vec<Mechanism>,
    /// What tells one delivery from the next.
    pub(super) identity: Identity,
}

/// What tells one delivery from the next, as far as a scheme says so and signs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Identity {
    #[default]
    Body,
    /// What its proof says: an id in a header, or what is signed where that is not the body as it was sent.
    Proof,
    Place(String),
}

/// The secrets of a mechanism, as it reads them.
struct Secrets {
    secrets: Vec<Secret>,
    names: Vec<SecretName>,
}

/// Reads `auth`. `None` after a mistake; an empty list only for `"none"` with its reason.
pub(super) fn read(table: &mut Table<'_>, context: &Context<'_>) -> Option<Auth> {
    match table.get("auth") {
        Some(Var::Text(none)) if none == "none" => {
            let reason = table.required_text("reason", "say why nobody has to prove who they are");
            reason.map(|_| Auth::default())
        }
        Some(Var::List(all)) if (1..=3).contains(&all.len()) => {
            let mut auth = Auth::default();
            // Every mechanism is read, so that every mistake is found.
            for (index, value) in all.iter().enumerate() {
                let Some(below) = table.below(&format!("auth[{index}]"), value) else { continue };
                if let Some((mechanism, identity)) = read_mechanism(below, context) {
                    auth.mechanisms.push(mechanism);
                    if auth.identity == Identity::Body {
                        auth.identity = identity;
                    }
                }
            }
            Some(auth).filter(|auth| auth.mechanisms.len() == all.len())
        }
        Some(_) => {
            table.mistake("auth", "must list one to three mechanisms, or be \"none\" with a reason");
            None
        }
        None => {
            table.mistake("auth", "is missing: say how senders prove who they are");
            None
        }
    }
}

/// A mechanism that nobody can pass and that costs what an HMAC costs.
pub(super) fn decoy() -> Vec<Mechanism> {
    let secret = Secret::new("a decoy: nothing lies behind it".into()).ok();
    let github = presets::find("github").and_then(|preset| match &preset.kind {
        Kind::Signature(description) => Verifier::new(description, "", &[secret?]).ok(),
        Kind::Jwt(_) | Kind::Token(_) | Kind::BodyToken(_) => None,
    });
    let names = vec![SecretName { name: String::new(), not_after: None }];
    let mechanism = |verifier| Mechanism {
        name: "decoy".into(),
        means: Means::Signature(Box::new(verifier)),
        secrets: names,
        event: None,
        verify_token: None,
    };
    github.map(mechanism).into_iter().collect()
}

fn read_mechanism(mut table: Table<'_>, context: &Context<'_>) -> Option<(Mechanism, Identity)> {
    let secrets = read_secrets(&mut table, context);
    let name = table.required_text("scheme", SCHEMES)?;
    let mut identity = Identity::Body;
    let means = match name {
        "basic" => {
            let user = table.required_text("user", "the user name senders present");
            if user.is_some_and(|user| user.contains(':')) {
                table.mistake("user", "may not have a colon: it ends the user name (RFC 7617)");
            }
            secrets.as_ref().zip(user).map(|(read, user)| Means::Basic(Basic::new(user, &read.secrets)))
        }
        "api-key" => {
            let header = description::read_header(&mut table);
            header.and_then(|header| api_key(header, secrets.as_ref()?))
        }
        "hmac" | "ed25519" | "ecdsa-p256" => {
            let described = description::read(&mut table, name);
            described.and_then(|(description, url)| {
                identity = Identity::of(&description);
                verifier(&table, &description, url, secrets.as_ref()?, context)
            })
        }
        _ => match presets::find(name).map(|Preset { kind, .. }| kind) {
            Some(Kind::Token(header)) => secrets.as_ref().and_then(|read| api_key(header, read)),
            Some(Kind::BodyToken(place)) => {
                secrets.as_ref().map(|read| Means::BodyToken(BodyToken::new(place, &read.secrets)))
            }
            Some(Kind::Signature(preset)) => {
                let adjusted = description::adjust(&mut table, *preset);
                adjusted.and_then(|(description, url)| {
                    identity = Identity::of(&description);
                    verifier(&table, &description, url, secrets.as_ref()?, context)
                })
            }
            Some(Kind::Jwt(preset)) => {
                if preset.has_id {
                    identity = Identity::Proof;
                }
                let adjusted = jwt::adjust(&mut table, preset);
                adjusted.and_then(|(life, url)| {
                    let read = secrets.as_ref()?;
                    // Of a disabled hook the secrets have not been read.
                    let secrets = if context.enabled { &read.secrets[..] } else { &[] };
                    let jwt = Jwt::new(preset, life, url, secrets);
                    means(&table, read, jwt.map(|jwt| Means::Jwt(Box::new(jwt))))
                })
            }
            None => {
                match presets::refusal(name) {
                    Some(why) => table.mistake("scheme", why),
                    None => table.must_be("scheme", SCHEMES),
                }
                // Which other keys it would have, nobody knows.
                return None;
            }
        },
    };
    let event = events::place_of(&mut table, name).map(Into::into);
    let verify_token = read_verify_token(&mut table, name, context);
    table.finish();
    let (name, verify_token) = (name.into(), verify_token?);
    Some((Mechanism { name, means: means?, secrets: secrets?.names, event, verify_token }, identity))
}

impl Identity {
    fn of(description: &Description<'_>) -> Self {
        match description.id {
            Id::Header(_) => Self::Proof,
            _ if !Template::new(description.content).is_some_and(|content| content.has_body()) => Self::Proof,
            Id::None => Self::Body,
            Id::Body(place) => Self::Place(place.into()),
        }
    }
}

#[inline(never)]
fn api_key(header: &str, read: &Secrets) -> Option<Means> {
    Some(Means::ApiKey(ApiKey::new(HeaderName::new(header)?, &read.secrets)))
}

fn verifier(
    table: &Table<'_>,
    description: &Description<'_>,
    url: &str,
    read: &Secrets,
    context: &Context<'_>,
) -> Option<Means> {
    // Of a disabled hook the secrets have not been read.
    let algorithm = match description.algorithm {
        Algorithm::Prefixed => Algorithm::Prefixed,
        _ => Algorithm::Hmac(Hash::Sha256),
    };
    let stand_in = Description { algorithm, key: KeyFormat::Utf8, ..*description };
    let description = if context.enabled { description } else { &stand_in };
    let verifier = Verifier::new(description, url, &read.secrets);
    means(table, read, verifier.map(|verifier| Means::Signature(Box::new(verifier))))
}

/// What was made of some secrets, or `None` after noting which of them is no key.
fn means(table: &Table<'_>, read: &Secrets, made: Result<Means, (usize, &'static str)>) -> Option<Means> {
    made.map_err(|(index, rule)| {
        let name = read.names.get(index).map_or("", |secret| secret.name.as_str());
        table.mistake(&format!("secrets[{index}]"), &format!("the secret {name} {rule}"));
    })
    .ok()
}

/// What Meta presents when it asks for a subscription. The outer `None` is a mistake.
#[inline(never)]
fn read_verify_token(table: &mut Table<'_>, scheme: &str, context: &Context<'_>) -> Option<Option<Digest>> {
    if Handshake::of(scheme) != Some(Handshake::Meta) || !table.has("verify_token") {
        return Some(None);
    }
    let secret = context.secret(table.text("verify_token")?);
    secret
        .map(|secret| Some(sha256(&[secret.expose().as_bytes()])))
        .map_err(|why| table.mistake("verify_token", &why))
        .ok()
}

/// The secrets that `secrets` names. One that is missing closes the hook, even if another would do.
fn read_secrets(table: &mut Table<'_>, context: &Context<'_>) -> Option<Secrets> {
    if !table.has("secrets") {
        table.mistake("secrets", "is missing: list the names of Worker secrets");
        return None;
    }
    let listed = table.list("secrets")?;
    if listed.is_empty() {
        table.mistake("secrets", "must list the name of at least one Worker secret");
        return None;
    }
    if !listed.iter().all(|item| matches!(item, Var::Text(_) | Var::Table(_))) {
        table.mistake("secrets", "must be a list of names, or of tables with name and not_after");
        return None;
    }
    let mut read = Secrets { secrets: Vec::new(), names: Vec::new() };
    for (index, item) in listed.iter().enumerate() {
        if let Some((secret, name)) = read_secret(table, &format!("secrets[{index}]"), item, context) {
            read.secrets.push(secret);
            read.names.push(name);
        }
    }
    Some(read).filter(|read| read.names.len() == listed.len())
}

fn read_secret(table: &Table<'_>, key: &str, item: &Var, context: &Context<'_>) -> Option<(Secret, SecretName)> {
    let (name, not_after) = match item {
        Var::Text(name) => (Some(name.as_str()), Some(None)),
        _ => {
            let mut dated = table.below(key, item)?;
            let name = dated.required_text("name", "the name of a Worker secret");
            let not_after = if dated.has("not_after") {
                dated.parsed("not_after", "the last day it may be used, such as 2027-01-31", last_day).map(Some)
            } else {
                Some(None)
            };
            dated.finish();
            (name, not_after)
        }
    };
    let name = name?;
    let key = if matches!(item, Var::Text(_)) { key.into() } else { format!("{key}.name") };
    let secret = context.secret(name).map_err(|why| table.mistake(&key, &why)).ok();
    Some((secret?, SecretName { name: name.into(), not_after: not_after? }))
}

/// A date, and milliseconds since 1970 at its end.
fn last_day(text: &str) -> Option<(String, u64)> {
    let end = units::date(text)?.checked_add(1)?.checked_mul(86_400_000)?;
    Some((text.into(), end))
}
