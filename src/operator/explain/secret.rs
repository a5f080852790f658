//! Secrets that were pasted with something around them, without something, or from elsewhere.

use base64ct::{Base64, Encoding as _};

use super::attempt::{Attempt, Part};
use super::case::Case;
use super::described::described;
use super::trial::{Trial, put};
use crate::operator::chosen::listed;
use crate::scheme::description::KeyFormat;
use crate::var::Var;

type Change = fn(&str) -> Option<String>;

/// What may have happened to a secret's text.
const CHANGES: [(&str, Change, &str); 13] = [
    ("secret-padded", |text| Some(text.trim().into()), "white space around it"),
    ("secret-quoted", unquoted, "quotes around it"),
    ("secret-prefix-pasted", |text| text.strip_prefix("whsec_").map(Into::into), "whsec_"),
    ("secret-prefix-pasted", |text| text.strip_prefix("sha256=").map(Into::into), "sha256="),
    ("secret-prefix-pasted", |text| text.strip_prefix("Bearer ").map(Into::into), "Bearer"),
    ("secret-prefix-pasted", after_name, "the name of a variable and ="),
    ("secret-prefix-missing", |text| Some(format!("whsec_{text}")), "whsec_"),
    ("secret-decoded", |text| Some(Base64::encode_string(text.as_bytes())), "base64"),
    ("secret-decoded", |text| Some(base16ct::lower::encode_string(text.as_bytes())), "hex"),
    ("secret-case", |text| Some(text.to_ascii_lowercase()), "small"),
    ("secret-case", |text| Some(text.to_ascii_uppercase()), "capital"),
    ("secret-escaped", html_unescaped, "HTML"),
    ("secret-escaped", percent_decoded, "URL"),
];

pub(super) fn attempts(trial: &Trial, case: &Case<'_>) -> Vec<Attempt> {
    let mut found = Vec::new();
    let is_text = trial.mechanism().and_then(|own| described(own, |own, _| is_text(own.key)));
    for (code, change, detail) in CHANGES {
        // Where the gate decodes the secret, encoding it is to take it for text: that is told as what it is.
        if code == "secret-decoded" && is_text == Some(false) {
            continue;
        }
        found.extend(trial.with_secrets(change).map(|trial| Attempt::new(code, Part::Secret, detail, trial)));
    }
    found.extend(expired(trial));
    let own = trial.secret_names();
    for (name, value) in case.other_secrets(&own) {
        let with = trial.with_secrets(|_| Some(value.to_owned()));
        found.extend(with.map(|trial| Attempt::new("secret-of-another", Part::Secret, name, trial)));
    }
    found
}

fn is_text(key: KeyFormat) -> bool {
    matches!(key, KeyFormat::Utf8 | KeyFormat::Ascii | KeyFormat::Html)
}

/// Each secret with a last day as if it had none.
fn expired(trial: &Trial) -> Vec<Attempt> {
    let Some(mechanism) = trial.mechanism() else { return Vec::new() };
    let secrets = mechanism.get("secrets").and_then(Var::as_list).unwrap_or(&[]);
    let without_its_day = |(place, entry): (usize, &Var)| {
        let (name, day) = listed(entry);
        let mut changed = secrets.to_vec();
        *changed.get_mut(place)? = name.into();
        let trial = trial.with_mechanism(put(mechanism, "secrets", Some(Var::List(changed))));
        Some(Attempt::new("secret-expired", Part::Secret, format!("{name}, whose last day was {}", day?), trial))
    };
    secrets.iter().enumerate().filter_map(without_its_day).collect()
}

pub(super) fn unquoted(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = ['"', '\'', '`'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.map(Into::into)
}

/// `NAME=value`, pasted whole.
fn after_name(text: &str) -> Option<String> {
    let (name, value) = text.split_once('=')?;
    let right = name.len() >= 3 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (right && value.len() >= crate::secret::MIN_BYTES).then(|| value.into())
}

pub(super) fn html_unescaped(text: &str) -> Option<String> {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#039;", "'")];
    let text = pairs.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character));
    Some(text.replace("&amp;", "&"))
}

pub(super) fn percent_decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(Into::into)
}
