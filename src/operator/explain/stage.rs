//! What the gate refuses for another reason than a missing proof: the cause, and the request put right in that, so that
//! the next stage can be looked at.

use super::causes::Line::{Elsewhere, Key};
use super::causes::{Cause, cause};
use super::trial::{Trial, Verdict};
use crate::receive::Media;
use crate::var::Var;

/// A cause with its detail, and the trial without it; none where nothing can be put right.
pub(super) struct Step {
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) next: Option<Trial>,
}

const ELSE: &str = "change the payload at the sender, or what the hook takes of it";

/// What each refusal of the gate means. The codes of the payload are the reasons in its log.
pub(super) static CAUSES: [Cause; 26] = [
    cause("unknown-hook", Elsewhere, "its URL is not the hook's, which ends in {}", "correct the URL at the sender"),
    cause(
        "hook-disabled",
        Key("enabled"),
        "the hook is disabled, and answers as if there were none",
        "set `enabled = true`",
    ),
    cause(
        "hook-misconfigured",
        Key(""),
        "the hook has a mistake, and answers 503: {}",
        "`npm run hookgate -- check` shows it",
    ),
    cause("not-https", Elsewhere, "it came without TLS", "correct the URL at the sender: https://"),
    cause(
        "method",
        Key("methods"),
        "its method is {}, which the hook does not list",
        "list it in `methods`, or change it at the sender",
    ),
    cause(
        "form-for-json",
        Key("media"),
        "the body is sent as a form, and the hook takes JSON",
        "choose application/json at the sender, or set `media = \"form\"`",
    ),
    cause(
        "json-for-form",
        Key("media"),
        "the body is sent as JSON, and the hook takes a form",
        "set `media = \"json\"`, or change it at the sender",
    ),
    cause(
        "content-type-missing",
        Elsewhere,
        "a body comes without a content-type",
        "make the sender name it: application/json",
    ),
    cause(
        "media-type",
        Elsewhere,
        "the content-type {} is neither JSON nor a form in UTF-8",
        "make the sender name it: application/json",
    ),
    cause(
        "body-compressed",
        Elsewhere,
        "the body is compressed ({}), which the gate does not take",
        "switch compression off at the sender",
    ),
    cause(
        "body-decompressed",
        Elsewhere,
        "content-encoding says {}, and the body is not compressed: it was unpacked on its way",
        "what was signed was the compressed body: record the request before anything unpacks it, or switch compression off at the sender",
    ),
    cause(
        "too-large",
        Key("max_body"),
        "the body has {}, more than the hook takes",
        "raise `max_body`, or make the sender send less",
    ),
    cause(
        "event-not-listed",
        Key("events"),
        "it is proven, and its event is none of those that the hook is for: it is acknowledged and not forwarded",
        "add it to `events`, or switch it off at the sender",
    ),
    cause("malformed-json", Elsewhere, "it is proven, and its body is no JSON", "look at it with a JSON reader"),
    cause("malformed-form", Elsewhere, "it is proven, and its body is no form", ELSE),
    cause("malformed-query", Elsewhere, "it is proven, and its query cannot be read", ELSE),
    cause("duplicate-field", Key("fields"), "it is proven, and names a field twice", ELSE),
    cause("conflicting-field", Key("fields"), "it is proven, and body and query disagree about a field", ELSE),
    cause("field-type", Key("fields"), "it is proven, and a field is of another type than the hook takes", ELSE),
    cause("field-length", Key("fields"), "it is proven, and a field is longer than the hook takes", ELSE),
    cause("field-value", Key("fields"), "it is proven, and a field has a value that the hook does not list", ELSE),
    cause("too-many-values", Key("fields"), "it is proven, and has more values than a thin payload may hold", ELSE),
    cause(
        "unsigned-query",
        Key("unsigned_query"),
        "it is proven, and its query, which nobody signed, names a field of the hook",
        ELSE,
    ),
    cause(
        "key-missing",
        Key("replay"),
        "it is proven, and has nothing where `replay.key` looks for what tells it from the next",
        ELSE,
    ),
    cause(
        "objects-not-found",
        Key("objects"),
        "it is proven, and does not name an object that the hook requires",
        ELSE,
    ),
    cause("refused", Elsewhere, "the gate refuses it: {}", "README tells what the reason means"),
];

/// What the verdict on a trial means.
pub(super) fn step(trial: &Trial, verdict: &Verdict, path: &str) -> Step {
    let capture = &trial.capture;
    let reason = verdict.reason.as_deref().unwrap_or("");
    let header = |name: &str| capture.header(name).unwrap_or_default();
    let end = |code, detail: &str| Step { code, detail: detail.into(), next: None };
    let on = |code, detail: String, next: Trial| Step { code, detail, next: Some(next) };
    match reason {
        _ if verdict.outcome == "ignored" => end("event-not-listed", ""),
        "unknown-hook" => on("unknown-hook", path.into(), at(trial, path)),
        "insecure-transport" => {
            let secure = trial.capture.url.replacen("http://", "https://", 1);
            on("not-https", String::new(), trial.sent(|capture| capture.url = secure))
        }
        "method" => {
            let listed = trial.hook().get("methods").and_then(Var::as_list).and_then(|list| list.first()?.as_text());
            let method = listed.unwrap_or("POST").to_owned();
            on("method", capture.method.clone(), trial.sent(|capture| capture.method = method))
        }
        "media-type" => media(trial),
        "content-encoding" => {
            let coding = header("content-encoding");
            let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"\x78\x9c", b"\x78\x01", b"\x78\xda"];
            let text = core::str::from_utf8(&capture.body).is_ok();
            let is_packed = !text || packed.iter().any(|magic| capture.body.starts_with(magic));
            let next = trial.sent(|capture| capture.remove("content-encoding"));
            let coding = known_words(&coding);
            if is_packed { end("body-compressed", &coding) } else { on("body-decompressed", coding, next) }
        }
        "too-large" => {
            let size = format!("{} bytes", capture.body.len());
            let raised = trial.with_key("max_body", Some("25MiB".into()));
            on("too-large", size, raised.sent(|capture| capture.remove("content-length")))
        }
        _ => match CAUSES.iter().find(|cause| cause.code == reason) {
            Some(cause) => end(cause.code, ""),
            None => end("refused", reason),
        },
    }
}

/// The same request at another path.
pub(super) fn at(trial: &Trial, path: &str) -> Trial {
    let url = &trial.capture.url;
    let target = crate::target::Target::of(url);
    let query = if target.query.is_empty() { String::new() } else { format!("?{}", target.query) };
    let before = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
    let moved = format!("{}://{before}{path}{query}", target.scheme);
    trial.sent(|capture| capture.url = moved)
}

fn media(trial: &Trial) -> Step {
    let content_type = trial.capture.header("content-type");
    let form = trial.hook().get("media").and_then(Var::as_text) == Some("form");
    let wanted = if form { "application/x-www-form-urlencoded" } else { "application/json" };
    let next = trial.sent(|capture| capture.set("content-type", wanted));
    let (code, detail) = match Media::of(content_type.as_deref()) {
        Media::Form => ("form-for-json", String::new()),
        Media::Json => ("json-for-form", String::new()),
        Media::Absent => ("content-type-missing", String::new()),
        Media::Other => ("media-type", known_words(content_type.as_deref().unwrap_or(""))),
    };
    Step { code, detail, next: Some(next) }
}

/// The words that media types and codings are made of.
const WORDS: &str = "application text multipart json xml html plain csv x www form urlencoded data octet stream cloudevents ld problem hal api vnd \
                     charset boundary utf 8 16 iso 8859 1 15 us ascii latin1 windows 1252 gzip br deflate zstd identity compress";

/// A header with `…` in the place of each word that does not belong there: in a damaged request it may be another
/// header's, and a secret.
fn known_words(header: &str) -> String {
    let parts = header.split_inclusive(|c: char| !c.is_ascii_alphanumeric()).map(|part| {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let after = part.get(word.len()..).filter(|after| ["/", ";", "=", " ", ",", "-", "+", "."].contains(after));
        let known = word.is_empty() || WORDS.split(' ').any(|known| known.eq_ignore_ascii_case(word));
        [if known { word } else { "…" }, after.unwrap_or("")].concat()
    });
    parts.take(20).collect()
}
