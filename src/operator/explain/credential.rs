//! Passwords and keys that are sent as they are: Basic (RFC 7617), and a key in a header.

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding as _};

use super::attempt::{Attempt, Part};
use super::case::Case;
use super::secret::{percent_decoded, unquoted};
use super::trial::Trial;
use crate::scheme::presets::{self, Kind};
use crate::target::Target;
use crate::var::Var;

pub(super) fn attempts(trial: &Trial, _: &Case<'_>) -> Vec<Attempt> {
    let Some(mechanism) = trial.mechanism() else { return Vec::new() };
    match header(mechanism) {
        Some(_) if mechanism.get("scheme").and_then(Var::as_text) == Some("basic") => basic(trial, mechanism),
        Some(name) => key(trial, &name),
        None => Vec::new(),
    }
}

/// The header that carries the credential, in lower case; none where something is signed.
pub(super) fn header(mechanism: &Var) -> Option<String> {
    let name = match mechanism.get("scheme").and_then(Var::as_text)? {
        "basic" => "authorization",
        "api-key" => mechanism.get("header").and_then(Var::as_text)?,
        name => match presets::find(name)?.kind {
            Kind::Token(header) => header,
            _ => return None,
        },
    };
    Some(name.to_ascii_lowercase().replace('_', "-"))
}

fn basic(trial: &Trial, mechanism: &Var) -> Vec<Attempt> {
    let mut found = Vec::new();
    let user = mechanism.get("user").and_then(Var::as_text).unwrap_or("");
    let Some(value) = trial.capture.header("authorization") else { return found };
    let mut add = |code, detail: &str, credentials: &str| {
        let value = format!("Basic {}", Base64::encode_string(credentials.as_bytes()));
        found.push(Attempt::new(
            code,
            Part::Writing,
            detail,
            trial.sent(|capture| capture.set("authorization", value)),
        ));
    };
    let (word, encoded) = value.split_once(' ').unwrap_or(("", &value));
    let encoded = encoded.trim();
    let decoded = Base64::decode_vec(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match &decoded {
        None => {
            add("basic-format", "not encoded in base64", encoded);
            let lax = Base64Unpadded::decode_vec(encoded)
                .or_else(|_| Base64UrlUnpadded::decode_vec(encoded.trim_end_matches('=')));
            if let Some(text) = lax.ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
                add("basic-format", "in base64 without its padding, or of another alphabet", &text);
            }
        }
        Some(text) => {
            if !word.eq_ignore_ascii_case("Basic") {
                add("basic-format", "not after the word Basic", text);
            }
            add("basic-line-end", "", text.trim_end_matches(['\n', '\r']));
            add("basic-escaped", "", &percent_decoded(text).unwrap_or_default());
            let (own, password) = text.split_once(':').unwrap_or((text, ""));
            add(
                "basic-user",
                if own.is_empty() { "no user name" } else { "another user name" },
                &format!("{user}:{password}"),
            );
            add("basic-swapped", "", &format!("{user}:{own}"));
        }
    }
    found
}

fn key(trial: &Trial, header: &str) -> Vec<Attempt> {
    let mut found = Vec::new();
    let with = |value: &str| trial.sent(|capture| capture.set(header, value));
    let capture = &trial.capture;
    let value = capture.header(header).or_else(|| capture.header(&header.replace('-', "_")));
    let Some(value) = value else {
        for (name, value) in super::presentation::elsewhere(trial, header) {
            found.push(Attempt::new("header-name", Part::Place, name, with(&value)));
        }
        let url = capture.url.clone();
        for parameter in Target::of(&url).query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or(("", parameter));
            if let Some(value) = percent_decoded(value) {
                found.push(Attempt::new("token-in-query", Part::Place, name, with(&value)));
            }
        }
        return found;
    };
    let mut add = |code, part, detail: &str, value: String| {
        found.push(Attempt::new(code, part, detail, with(&value)));
    };
    let mut values: Vec<&str> = value.split(", ").collect();
    values.dedup();
    for one in values {
        add("header-twice", Part::Place, header, one.into());
    }
    for word in ["Bearer ", "Token ", "Basic ", "Key ", "ApiKey "] {
        if let Some(rest) =
            value.get(..word.len()).filter(|own| own.eq_ignore_ascii_case(word)).and_then(|_| value.get(word.len()..))
        {
            add("token-prefix", Part::Place, word.trim(), rest.into());
        }
    }
    add("token-space", Part::Writing, "", value.split_whitespace().collect());
    add("token-quoted", Part::Writing, "", unquoted(&value).unwrap_or_default());
    add("token-escaped", Part::Writing, "", percent_decoded(&value).unwrap_or_default());
    found
}
