//! Step 9: what the sender is told. A total function of the outcome; nothing of the request but its media type, and of
//! a handshake what [`crate::handshake`] lets through.

use crate::json::append;
use crate::outcome::{Ending, Outcome, Rejection};

/// A reply, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// All headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// A JSON table, lines of text, or what a handshake asks for; empty, and without a media type, where a provider wants
    /// nothing.
    pub body: String,
}

/// The header of the delivery reference.
pub(crate) const REFERENCE: &str = "hookgate-reference";

/// What a reply says besides its outcome.
#[derive(Debug, Default)]
pub(crate) struct Manner<'g> {
    /// The request's media type is JSON, so the reply is, too.
    pub(crate) json: bool,
    /// The delivery reference, once the key is known.
    pub(crate) reference: Option<String>,
    /// The methods of the hook.
    pub(crate) allow: &'g [String],
    /// The provider takes a body for a mistake (Xero).
    pub(crate) silent: bool,
    /// What a handshake asks for, as it is to be sent.
    pub(crate) answer: String,
}

impl Reply {
    pub(crate) fn new(outcome: Outcome, manner: &Manner<'_>) -> Self {
        let ending = outcome.ending();
        let mut headers = common_headers();
        headers.extend(ending.retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        headers.extend(manner.reference.clone().map(|reference| (REFERENCE, reference)));
        match outcome {
            // RFC 9110 §11.6.1 asks for a challenge; this one does not tell which mechanisms the hook has.
            Outcome::Rejected(Rejection::Unauthenticated) => headers.push(("www-authenticate", "Webhook".into())),
            // What is given back is never a page.
            Outcome::Handshake(_) => headers.push(("content-security-policy", "default-src 'none'".into())),
            Outcome::Rejected(Rejection::Method) => headers.push(("allow", manner.allow.join(", "))),
            _ => {}
        }
        let first = match outcome {
            Outcome::Duplicate(how) => Some(how.name()),
            _ => None,
        };
        let reference = manner.reference.as_deref();
        let (media, body) = match outcome {
            Outcome::Handshake(handshake) => (handshake.media(), manner.answer.clone()),
            _ if manner.silent => (None, String::new()),
            _ if manner.json => (Some("application/json"), json(ending, reference, first)),
            _ => (Some("text/plain; charset=utf-8"), text(ending, reference, first)),
        };
        headers.extend(media.map(|media| ("content-type", media.into())));
        Self { status: ending.status, headers, body }
    }
}

impl Reply {
    /// A reply to an operator, who asks for JSON.
    pub(crate) fn of_json(status: u16, body: String) -> Self {
        let mut headers = common_headers();
        headers.push(("content-type", "application/json".into()));
        Self { status, headers, body }
    }
}

#[inline(never)]
fn common_headers() -> Vec<(&'static str, String)> {
    vec![
        ("cache-control", "no-store".into()),
        ("x-content-type-options", "nosniff".into()),
        ("strict-transport-security", "max-age=31536000".into()),
    ]
}

/// The shape of a WordPress REST answer. Nothing in it has a character that JSON would escape.
fn json(Ending { status, code, message, .. }: Ending, reference: Option<&str>, first: Option<&str>) -> String {
    let mut body = String::with_capacity(160);
    let status = status.to_string();
    append(&mut body, &["{\"code\":\"", code, "\",\"message\":\"", message, "\",\"data\":{\"status\":", &status]);
    for (name, value) in [("reference", reference), ("first", first)] {
        if let Some(value) = value {
            append(&mut body, &[",\"", name, "\":\"", value, "\""]);
        }
    }
    append(&mut body, &["}}"]);
    body
}

/// The three lines of a WunderAutomation answer, and what the gate adds.
fn text(Ending { status, code, message, .. }: Ending, reference: Option<&str>, first: Option<&str>) -> String {
    let mut body = String::with_capacity(160);
    let status = status.to_string();
    let lines = [("code", code), ("message", message), ("status", &status)].map(|(name, value)| (name, Some(value)));
    for (name, value) in lines.into_iter().chain([("reference", reference), ("first", first)]) {
        if let Some(value) = value {
            append(&mut body, &[name, ": ", value, "\n"]);
        }
    }
    body
}
