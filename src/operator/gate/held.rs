//! `held`: what a hook holds, all pages of all parts.

use serde_json::value::RawValue;

use super::answers::Delivery;
use super::client::Client;
use super::parts::Parts;
use super::refusal::Refusal;
use super::table::{Cell, render};
use super::words;
use crate::operator::arguments::HeldArguments;
use crate::operator::finding::{Severity, printable};
use crate::operator::paint::Paint;
use crate::operator::{DONE, Fault, Surroundings};

/// How many deliveries a full page has.
const PAGE: usize = 100;

/// Lists them in order of arrival, and says what to do with them.
pub(in crate::operator) fn run(arguments: &HeldArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let client = Client::of(&arguments.gate, surroundings)?;
    let hook = &arguments.hook;
    let asked = Parts::of(&client, hook, |part| pages(&client, hook, part));
    let mut parts = asked.map_err(|refusal| client.refused(refusal, surroundings))?;
    let arrived = |(part, line): &(usize, Box<RawValue>)| {
        let read: Delivery = serde_json::from_str(line.get()).unwrap_or_default();
        (read.arrived, *part, read.place)
    };
    parts.lines.sort_by_cached_key(arrived);
    if !client.printed(&parts.json(), surroundings)? {
        let read = |(part, line): &(usize, Box<RawValue>)| Ok((*part, client.read(line.get())?));
        let held: Result<Vec<(usize, Delivery)>, _> = parts.lines.iter().map(read).collect();
        let held = held.map_err(|refusal| client.refused(refusal, surroundings))?;
        let text = if held.is_empty() && parts.refusal.is_none() {
            format!("{}: nothing is held\n", printable(hook))
        } else {
            let several = parts.count > 1;
            table(&held, several, surroundings.now, Paint { coloured: surroundings.coloured }) + &advice(&held, hook)
        };
        surroundings.output.write_all(text.as_bytes())?;
    }
    parts.refusal.map_or(Ok(DONE), |refusal| Err(Fault::Refused(refusal.says)))
}

/// One part, page after page.
fn pages(client: &Client, hook: &str, part: usize) -> Result<Vec<Box<RawValue>>, Refusal> {
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let query = [("hook", hook), ("part", &part.to_string()), ("after", &after.to_string())];
        let page: Vec<Box<RawValue>> = client.read(&client.get("held", &query)?)?;
        let full = page.len() >= PAGE;
        let last = page.last().map(|line| client.read::<Delivery>(line.get())).transpose()?;
        all.extend(page);
        match last.and_then(|last| last.place).filter(|place| full && *place > after) {
            Some(place) => after = place,
            None => return Ok(all),
        }
    }
}

fn table(held: &[(usize, Delivery)], several: bool, now: u64, paint: Paint) -> String {
    let row = |(part, delivery): &(usize, Delivery)| {
        let place = delivery.place.map(|place| place.to_string()).unwrap_or_default();
        [
            Cell::new(if several { format!("{part}/{place}") } else { place }),
            Cell::new(delivery.reference()),
            Cell::new(&delivery.state).painted(severity(&delivery.state)),
            Cell::new(delivery.why.as_deref().unwrap_or("")),
            Cell::number(delivery.attempts),
            Cell::new(delivery.arrived.map(words::instant).unwrap_or_default()),
            Cell::new(next_try(delivery, now)),
        ]
    };
    let headings = ["place", "reference", "state", "why", "attempts", "arrived", "next try"];
    render(headings, held.iter().map(row).collect(), paint)
}

fn severity(state: &str) -> Option<Severity> {
    matches!(state, "uncertain" | "given-up").then_some(Severity::Error)
}

/// When a held delivery is forwarded, if nothing keeps it.
pub(super) fn next_try(delivery: &Delivery, now: u64) -> String {
    match (delivery.state.as_str(), delivery.until) {
        ("in-flight", _) => "under way".into(),
        ("waiting", Some(until)) if until > now => words::distance(until, now),
        ("waiting", _) => "in its turn".into(),
        _ => "never by itself".into(),
    }
}

/// What to do with what does not leave by itself.
fn advice(held: &[(usize, Delivery)], hook: &str) -> String {
    let has = |state: &str| held.iter().any(|(_, delivery)| delivery.state == state);
    let mut text = String::new();
    if has("uncertain") {
        text.push_str("\nuncertain: it may have run. Look at the site; then `hookgate resolve REF --as delivered --because …` if it has, `hookgate release REF` to try it again, or `--as abandoned`.\n");
    }
    if has("given-up") {
        text.push_str(&format!("\ngiven-up: the origin said no for good, or for too long. When it is well, `hookgate release --all --hook {}` tries again.\n", printable(hook)));
    }
    text
}
