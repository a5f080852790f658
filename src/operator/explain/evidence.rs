//! What can be seen of a request that nothing makes right: no proof, but where to look first.

use super::attempt::{self, Part};
use super::case::Case;
use super::causes::Line::{Elsewhere, Key, Secret};
use super::causes::{Cause, cause};
use super::presentation::Shape;
use super::trial::Trial;
use super::{credential, format, moment};
use crate::scheme::presets;

const RECORD: &str = "record the request again, with all its bytes";

/// What only looks like a cause.
pub(super) static CAUSES: [Cause; 10] = [
    cause(
        "signature-missing",
        Elsewhere,
        "there is no header {}",
        "see that the secret is entered at the sender, and that nothing on the way takes the header away",
    ),
    cause(
        "looks-like",
        Key("auth[].scheme"),
        "there is no header of this scheme; this looks like {}",
        "set `scheme` to that, and its secret",
    ),
    cause("credential-missing", Elsewhere, "there is no header {}", "enter the credential at the sender"),
    cause("time-missing", Elsewhere, "there is no header {}, whose time is signed", "hand on all headers"),
    cause("id-missing", Elsewhere, "there is no header {}, which is signed", "hand on all headers"),
    cause(
        "body-empty",
        Elsewhere,
        "there is no body",
        "a redirect on the way drops it, and so does a program that reads it twice",
    ),
    cause("body-truncated", Elsewhere, "the body has lost its end: {}", RECORD),
    cause("replacement-characters", Elsewhere, "the body has U+FFFD in it: bytes that were no UTF-8 are lost", RECORD),
    cause("secret-cut", Secret, "the secret has a #, at which an unquoted value ends", "put it in quotes"),
    cause(
        "no-cause-found",
        Elsewhere,
        "nothing that was tried makes it verify: {}",
        "compare the secret with the sender's own, or make a new one: most often it is another one",
    ),
];

/// What there is to see, the likeliest first. `tried` says how much was tried.
pub(super) fn evidence(trial: &Trial, case: &Case<'_>, tried: usize) -> Vec<(&'static str, String)> {
    let mut seen = Vec::new();
    let capture = &trial.capture;
    let Some(mechanism) = trial.mechanism() else { return seen };
    if let Some(header) = credential::header(mechanism)
        && capture.header(&header).is_none()
    {
        seen.push(("credential-missing", header));
    }
    if let Some(shape) = Shape::of(trial)
        && shape.value(trial).is_none()
    {
        let fits = presets::all().filter(|preset| format::is_present(trial, format::header(preset)));
        let names: Vec<&str> = fits.map(|preset| preset.name).take(4).collect();
        seen.push(if names.is_empty() {
            ("signature-missing", shape.header)
        } else {
            ("looks-like", names.join(", "))
        });
    }
    if let Some(header) = moment::time_header(trial).filter(|name| capture.header(name).is_none()) {
        seen.push(("time-missing", header));
    }
    if let Some(header) = moment::id_header(trial).filter(|name| capture.header(name).is_none()) {
        seen.push(("id-missing", header));
    }
    if credential::header(mechanism).is_none() {
        seen.extend(of_body(trial));
    }
    let cut = |name: &&str| case.chosen.written.as_ref().is_some_and(|written| written.is_cut(name));
    if trial.secret_names().iter().any(cut) {
        seen.push(("secret-cut", String::new()));
    }
    if seen.is_empty() {
        seen.push(("no-cause-found", format!("{}, alone and two at once, {tried} times", words(trial, case))));
    }
    seen
}

/// What was put otherwise, in words.
fn words(trial: &Trial, case: &Case<'_>) -> String {
    let mut parts: Vec<Part> = attempt::all(trial, case).iter().map(|attempt| attempt.part).collect();
    parts.sort_unstable();
    parts.dedup();
    parts.into_iter().map(Part::words).collect::<Vec<_>>().join("; ")
}

fn of_body(trial: &Trial) -> Vec<(&'static str, String)> {
    let body = &trial.capture.body;
    let declared = trial.capture.header("content-length").and_then(|length| length.parse::<usize>().ok());
    let mut seen = Vec::new();
    let ends_early = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err_and(|error| error.is_eof());
    if body.is_empty() {
        seen.push(("body-empty", String::new()));
    } else if let Some(declared) = declared.filter(|declared| *declared > body.len()) {
        seen.push(("body-truncated", format!("content-length says {declared} bytes, and there are {}", body.len())));
    } else if ends_early {
        seen.push(("body-truncated", "its JSON is not closed".into()));
    }
    if body.windows(3).any(|window| window == "\u{fffd}".as_bytes()) {
        seen.push(("replacement-characters", String::new()));
    }
    seen
}
