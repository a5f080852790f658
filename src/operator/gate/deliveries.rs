//! `deliveries`: the latest endings of a hook.

use serde_json::value::RawValue;

use super::answers::{Ending, Entry};
use super::client::Client;
use super::parts::Parts;
use super::refusal::Refusal;
use super::table::{Cell, render};
use super::words;
use crate::operator::arguments::DeliveriesArguments;
use crate::operator::finding::{Severity, printable};
use crate::operator::paint::Paint;
use crate::operator::{DONE, Fault, Surroundings};

/// Lists them, the latest first.
pub(in crate::operator) fn run(
    arguments: &DeliveriesArguments,
    surroundings: &mut Surroundings<'_>,
) -> Result<u8, Fault> {
    let client = Client::of(&arguments.gate, surroundings)?;
    let hook = &arguments.hook;
    let asked = Parts::of(&client, hook, |part| ask(&client, hook, part));
    let mut parts = asked.map_err(|refusal| client.refused(refusal, surroundings))?;
    let at = |line: &RawValue| serde_json::from_str::<Ending>(line.get()).map_or(0, |ending| ending.at);
    parts.lines.sort_by_key(|(_, line)| core::cmp::Reverse(at(line)));
    if !client.printed(&parts.json(), surroundings)? {
        let lines: Vec<&str> = parts.lines.iter().map(|(_, line)| line.get()).collect();
        let endings: Result<Vec<Ending>, _> = lines.into_iter().map(|line| client.read(line)).collect();
        let endings = endings.map_err(|refusal| client.refused(refusal, surroundings))?;
        let text = if endings.is_empty() && parts.refusal.is_none() {
            format!("{}: no delivery is known\n", printable(hook))
        } else {
            table(&endings, Paint { coloured: surroundings.coloured })
        };
        surroundings.output.write_all(text.as_bytes())?;
    }
    parts.refusal.map_or(Ok(DONE), |refusal| Err(Fault::Refused(refusal.says)))
}

/// What one part reports.
pub(super) fn ask(client: &Client, hook: &str, part: usize) -> Result<Vec<Box<RawValue>>, Refusal> {
    client.read(&client.get("deliveries", &[("hook", hook), ("part", &part.to_string())])?)
}

fn table(endings: &[Ending], paint: Paint) -> String {
    let row = |ending: &Ending| {
        let entry = &ending.entry;
        [
            Cell::new(words::instant(ending.at)),
            Cell::new(&entry.outcome).painted(severity(&entry.outcome)),
            Cell::new(entry.reason.as_deref().or(entry.how.as_deref()).unwrap_or("")),
            Cell::new(entry.reference.as_deref().unwrap_or("")),
            Cell::number(entry.origin_status.map(Into::into)),
            Cell::number(entry.ms),
            Cell::new(secrets(entry)),
            Cell::new(action(entry)),
        ]
    };
    let headings = ["when", "outcome", "reason", "reference", "origin", "ms", "secrets", "by an operator"];
    render(headings, endings.iter().map(row).collect(), paint)
}

/// How bad an outcome is.
pub(super) fn severity(outcome: &str) -> Option<Severity> {
    match outcome {
        "failed" | "uncertain" => Some(Severity::Error),
        "held" | "rejected" | "dropped" => Some(Severity::Warning),
        _ => None,
    }
}

/// The secrets that matched.
pub(super) fn secrets(entry: &Entry) -> String {
    entry.auth.as_deref().unwrap_or(&[]).join(", ")
}

/// `ada: the order is paid`
fn action(entry: &Entry) -> String {
    let texts = [&entry.by, &entry.because];
    texts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(": ")
}
