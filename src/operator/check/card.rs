//! The production checklist of one hook, filled in: what to know of a webhook before it goes live, and while it is.

use super::coverage;
use super::hook::signs;
use super::platform::routes;
use crate::hook::Hook;
use crate::ledger::StopMode;
use crate::operator::deployment::{Deployment, WrittenHook};
use crate::operator::document::{Node, Value};
use crate::operator::finding::{Finding, printable};
use crate::operator::paint::Paint;
use crate::receive::Media;
use crate::retries::{self, Retries};

/// How the gate says what is wrong.
const REFUSED: &str =
    "4xx and 5xx with a reason in the log (`npx wrangler tail`); a failure is never remembered as a success";

/// A card: a heading, and rows of a word and lines.
#[derive(Debug)]
pub(crate) struct Card {
    heading: String,
    rows: Vec<(&'static str, Vec<String>)>,
}

impl Card {
    /// `findings` are those of the platform, which tell what is logged.
    pub(super) fn of(
        written: &WrittenHook<'_>,
        hook: &Hook,
        deployment: &Deployment<'_>,
        findings: &[Finding],
    ) -> Self {
        let text = |key: &str| written.table.text(key).unwrap_or("–").to_owned();
        let review = written.table.text("review_by").map_or_else(|| "no date".into(), |date| format!("by {date}"));
        let timeout = duration(hook.timeout.as_secs());
        let rows = vec![
            ("endpoint", endpoint(hook, deployment)),
            ("owner", vec![format!("{}; to be reviewed {review}", hook.owner)]),
            ("purpose", vec![text("purpose")]),
            ("authentication", authentication(written.table, hook)),
            ("payload", payload(written.table)),
            ("destination", vec![destination(written.table, hook)]),
            ("timeout", vec![format!("{timeout} for the site's whole answer; {}", timed_out(hook))]),
            ("retries", retried(hook)),
            ("replay", replay(written.table, hook)),
            ("logging", vec![logging(findings).into()]),
            ("failure", failure(hook)),
            ("kill switch", kill_switch(hook, deployment)),
        ];
        Self { heading: format!("{}: {}", written.label, text("purpose")), rows }
    }

    pub(super) fn render(&self, paint: Paint) -> String {
        let mut text = format!("{}\n", paint.bold(&printable(&self.heading)));
        for (word, lines) in &self.rows {
            for (index, line) in lines.iter().enumerate() {
                let word = if index == 0 { paint.dim(&format!("{word:<14}")) } else { " ".repeat(14) };
                text.push_str(&format!("  {word}  {}\n", printable(line)));
            }
        }
        text
    }
}

fn endpoint(hook: &Hook, deployment: &Deployment<'_>) -> Vec<String> {
    let slug = deployment.slug();
    let name = deployment.inherited("name").and_then(|entry| entry.node.as_text()).unwrap_or("hookgate");
    let host = routes(deployment).first().map_or_else(
        || format!("{name}.<account>.workers.dev"),
        |(pattern, _)| pattern.split('/').next().unwrap_or(pattern).to_owned(),
    );
    let door = &hook.door;
    let media = match door.media {
        Some(Media::Json) => "JSON",
        Some(Media::Form) => "a form",
        _ => "JSON or a form",
    };
    let bounds = format!(
        "{} with {media}, at most {} within {}",
        door.methods.join(", "),
        size(door.max_body),
        duration(door.body_timeout.as_secs())
    );
    vec![format!("https://{host}/{slug}/{}", hook.id), bounds]
}

fn authentication(table: &Node, hook: &Hook) -> Vec<String> {
    if let Some(reason) = &hook.open_because {
        return vec![format!("none: {reason}")];
    }
    let mechanisms = table.get("auth").map_or(&[][..], Node::items);
    let mut lines: Vec<String> = mechanisms.iter().map(mechanism).collect();
    lines.push(coverage::words(hook));
    lines
}

/// A mechanism with its keys as they are written, and the names of its secrets.
fn mechanism(table: &Node) -> String {
    let entries = table.entries().iter().filter(|entry| !["scheme", "secrets"].contains(&entry.key.as_str()));
    let settings: Vec<String> = entries.map(|entry| format!("{} {}", entry.key, inline(&entry.node))).collect();
    let settings = if settings.is_empty() { String::new() } else { format!(" ({})", settings.join(", ")) };
    let secrets = table.get("secrets").map_or(&[][..], Node::items).iter();
    let names: Vec<&str> = secrets.filter_map(|secret| secret.as_text().or_else(|| secret.text("name"))).collect();
    let shown: Vec<&str> = names.into_iter().map(|name| if name.contains('_') { name } else { "NAME" }).collect();
    format!("{}{settings}, secret {}", table.text("scheme").unwrap_or("–"), shown.join(" or "))
}

fn inline(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => items.iter().map(inline).collect::<Vec<_>>().join(", "),
        Value::Table(entries) => {
            entries.iter().map(|entry| format!("{} {}", entry.key, inline(&entry.node))).collect::<Vec<_>>().join(", ")
        }
        Value::Other => "–".into(),
    }
}

/// What passes; all else is dropped.
fn payload(table: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in table.get("objects").map_or(&[][..], Node::entries) {
        let by = entry.node.get("by").map_or_else(String::new, |by| format!(", by {}", inline(by)));
        let required = if entry.node.flag("required") == Some(true) { ", required" } else { "" };
        lines.push(format!("{} from {}{by}{required}", entry.key, entry.node.text("at").unwrap_or("–")));
    }
    for field in table.get("fields").map_or(&[][..], Node::items) {
        let at = field.as_text().or_else(|| field.text("at")).unwrap_or("–");
        let bounds = field.entries().iter().filter(|entry| entry.key != "at");
        let bounds: Vec<String> = bounds.map(|entry| format!(", {} {}", entry.key, inline(&entry.node))).collect();
        lines.push(format!("{at}{}", bounds.concat()));
    }
    if lines.is_empty() {
        lines.push("nothing of the payload: the site learns that there was a delivery".into());
    }
    lines
}

fn destination(table: &Node, hook: &Hook) -> String {
    let origin = table.get("origin");
    let site = origin.and_then(|origin| origin.as_text().or_else(|| origin.text("site")));
    let site = site
        .filter(|site| *site != crate::config::DEFAULT_SITE)
        .map_or_else(|| "ORIGIN".into(), |site| format!("ORIGINS.{site}"));
    let to = match hook.origin.forgetful() {
        None => format!("the connector at {site}"),
        Some(kind) => format!("{kind} at {site}"),
    };
    if hook.observes { format!("nowhere, for it observes; live it would be {to}") } else { to }
}

fn retried(hook: &Hook) -> Vec<String> {
    let senders = hook.door.mechanisms.iter().filter_map(|mechanism| habits(&mechanism.name));
    let mut lines: Vec<String> = senders.collect();
    lines.push(match hook.keep {
        Some(ms) => {
            format!("the gate's own for {}, with growing pauses; then it waits for an operator", duration(ms / 1_000))
        }
        None if lines.is_empty() => "the sender's own, on 409, 5xx and silence: the gate repeats nothing".into(),
        None => "the gate repeats nothing".into(),
    });
    let site = match hook.origin.forgetful() {
        None => "the site claims the key, so that a repeat runs once",
        Some(_) => "this kind of origin keeps no keys: what may have run waits for an operator",
    };
    lines.push(site.into());
    lines
}

/// What becomes of a delivery whose origin is silent.
fn timed_out(hook: &Hook) -> &'static str {
    match (hook.origin.forgetful(), hook.keep) {
        (Some(_), _) => "then 202: uncertain, and held until an operator says what became of it",
        (None, Some(_)) => "then 202: uncertain, held, and tried again with the same key",
        (None, None) => "then 504: uncertain, and the retry has the same key",
    }
}

/// What becomes of a delivery that fails.
fn failure(hook: &Hook) -> Vec<String> {
    let kept = hook.keep.map(|_| "202: what the site fails is held; all else:".into());
    kept.into_iter().chain([REFUSED.into()]).collect()
}

/// How a sender delivers again, where that is known.
fn habits(preset: &str) -> Option<String> {
    let profile = retries::profile(preset);
    let tries = match profile.retries {
        Retries::Never => "never tries again".to_owned(),
        Retries::Again(words) => format!("tries again {words}"),
        Retries::Unknown => return None,
    };
    let patience = profile.patience();
    let waits = if patience.is_empty() { String::new() } else { format!("; waits {patience}") };
    let success = if profile.success.is_empty() { String::new() } else { format!("; success is {}", profile.success) };
    let endings = profile.endings();
    let endings = if endings.is_empty() { endings } else { format!("; {endings}") };
    Some(format!("{preset} {tries}{waits}{success}{endings}"))
}

fn logging(findings: &[Finding]) -> &'static str {
    let found = |code: &str| findings.iter().any(|finding| finding.code == code);
    if found("logs-senders-data") {
        "more than there should be: the URL or the headers of requests, see above"
    } else if found("no-log") {
        "none: nobody can tell what became of a delivery"
    } else {
        "one line for each request: hook, outcome, reason, reference, which secret matched; nothing of the payload"
    }
}

fn replay(table: &Node, hook: &Hook) -> Vec<String> {
    let key = match table.get("replay").and_then(|replay| replay.get("key")) {
        Some(key) => inline(key),
        None if signs(hook) => "what is signed".into(),
        None => "method, query and body".into(),
    };
    let guarantee = if hook.replay.strict {
        "strict: the ledger claims it, so that no copy runs beside it, anywhere"
    } else {
        "kv: repeats are recognized in time; of copies at the same moment more than one may reach the site"
    };
    let objects = if hook.shards > 1 { format!("; its ledger has {} objects", hook.shards) } else { String::new() };
    let window = duration(hook.replay.window.into());
    vec![format!("remembered for {window}, known by {key}"), format!("{guarantee}{objects}")]
}

fn kill_switch(hook: &Hook, deployment: &Deployment<'_>) -> Vec<String> {
    let (id, flag) = (&hook.id, deployment.flag());
    let then = match hook.on_stop {
        StopMode::Hold => "202: held in order, and released when the hook goes on",
        StopMode::Reject => "503: the sender keeps the event and tries again",
        StopMode::Drop => "200: the event is gone",
        StopMode::Gone => "410: the sender gives the URL up",
    };
    let command = |words: &str| format!("npx wrangler kv key {words} --binding SWITCHES --remote{flag} \"stop:{id}\"");
    vec![format!("{} \"why it is stopped\"", command("put")), format!("then {then}; to go on:"), command("delete")]
}

/// Seconds in the largest unit that needs no fraction.
pub(super) fn duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let fits = units.into_iter().find(|(size, _)| seconds > *size && seconds.is_multiple_of(*size));
    fits.map_or_else(
        || format!("{seconds} s"),
        |(size, unit)| format!("{} {unit}", seconds.checked_div(size).unwrap_or(0)),
    )
}

fn size(bytes: usize) -> String {
    let units = [(1 << 20, "MiB"), (1 << 10, "KiB")];
    let fits = units.into_iter().find(|(size, _)| bytes >= *size && bytes.is_multiple_of(*size));
    fits.map_or_else(|| format!("{bytes} B"), |(size, unit)| format!("{} {unit}", bytes.checked_div(size).unwrap_or(0)))
}
