//! The key `auth` of a hook: what a sender must pass.

use crate::config::Context;
use crate::scheme::{ApiKey, Basic, Hash, HeaderName, Hmac, Mechanism};
use crate::secret::Secret;
use crate::table::Table;
use crate::var::Var;

/// Reads `auth`. `None` after a mistake; an empty list only for `"none"` with its reason.
pub(super) fn read(table: &mut Table<'_>, context: &Context<'_>) -> Option<Vec<Mechanism>> {
    match table.get("auth") {
        Some(Var::Text(none)) if none == "none" => {
            let reason = table.required_text("reason", "say why nobody has to prove who they are");
            reason.map(|_| Vec::new())
        }
        Some(Var::List(all)) if (1..=3).contains(&all.len()) => {
            let read = |(index, value)| read_mechanism(table.below(&format!("auth[{index}]"), value)?, context);
            // Every mechanism is read, so that every mistake is found.
            let mechanisms: Vec<Option<Mechanism>> = all.iter().enumerate().map(read).collect();
            mechanisms.into_iter().collect()
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
    let hmac = HeaderName::new("x-hub-signature-256")
        .zip(secret)
        .and_then(|(header, secret)| Hmac::new(Hash::Sha256, header, "sha256=", &[secret]));
    hmac.map(Mechanism::Hmac).into_iter().collect()
}

fn read_mechanism(mut table: Table<'_>, context: &Context<'_>) -> Option<Mechanism> {
    let secrets = read_secrets(&mut table, context);
    let mechanism = match table.required_text("scheme", "\"basic\", \"api-key\" or \"hmac\"")? {
        "basic" => {
            let user = table.required_text("user", "the user name senders present");
            if user.is_some_and(|user| user.contains(':')) {
                table.mistake("user", "may not have a colon: it ends the user name (RFC 7617)");
            }
            secrets.zip(user).map(|(secrets, user)| Mechanism::Basic(Basic::new(user, &secrets)))
        }
        "api-key" => {
            let header = read_header(&mut table);
            secrets.zip(header).map(|(secrets, header)| Mechanism::ApiKey(ApiKey::new(header, &secrets)))
        }
        "hmac" => {
            let hash = table.required_text("hash", "\"sha1\" or \"sha256\"").and_then(|text| match text {
                "sha1" => Some(Hash::Sha1),
                "sha256" => Some(Hash::Sha256),
                _ => {
                    table.mistake("hash", "must be \"sha1\" or \"sha256\"");
                    None
                }
            });
            let header = read_header(&mut table);
            let prefix = table.parsed_or("prefix", "", "visible ASCII, such as sha256=", |text| {
                text.bytes().all(|b| b.is_ascii_graphic()).then(|| text.to_owned())
            });
            let parts = secrets.zip(hash).zip(header.zip(prefix));
            parts
                .and_then(|((secrets, hash), (header, prefix))| Hmac::new(hash, header, &prefix, &secrets))
                .map(Mechanism::Hmac)
        }
        _ => {
            table.mistake("scheme", "must be \"basic\", \"api-key\" or \"hmac\"");
            None
        }
    };
    table.finish();
    mechanism
}

fn read_header(table: &mut Table<'_>) -> Option<HeaderName> {
    table.required_text("header", "the header senders use, such as X-Hub-Signature-256")?;
    table.parsed("header", "a header name: letters, digits, `-`, `_`", HeaderName::new)
}

/// The secrets that `secrets` names. One that is missing closes the hook, even if another would do.
fn read_secrets(table: &mut Table<'_>, context: &Context<'_>) -> Option<Vec<Secret>> {
    if !table.has("secrets") {
        table.mistake("secrets", "is missing: list the names of Worker secrets");
        return None;
    }
    let names = table.texts("secrets")?;
    if names.is_empty() {
        table.mistake("secrets", "must list the name of at least one Worker secret");
        return None;
    }
    let read = |(index, name): (usize, &&str)| {
        context.secret(name).map_err(|why| table.mistake(&format!("secrets[{index}]"), why)).ok()
    };
    let secrets: Vec<Option<Secret>> = names.iter().enumerate().map(read).collect();
    secrets.into_iter().collect()
}
