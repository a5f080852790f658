//! `show`: all that is known of one delivery.

use core::fmt::Write as _;

use super::answers::{Delivery, Found, Record, Shown};
use super::client::Client;
use super::held::next_try;
use super::refusal::unknown;
use super::words;
use crate::operator::arguments::ShowArguments;
use crate::operator::explain::indented;
use crate::operator::finding::printable;
use crate::operator::paint::Paint;
use crate::operator::{DONE, Fault, Surroundings};

/// Shows it as every hook knows it.
pub(in crate::operator) fn run(arguments: &ShowArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let reference = super::reference(&arguments.reference)?;
    let client = Client::of(&arguments.gate, surroundings)?;
    let mut query = vec![("ref", reference.as_str())];
    query.extend(arguments.hook.as_deref().map(|hook| ("hook", hook)));
    let asked = client.get("show", &query).and_then(|answer| Ok((client.read::<Shown>(&answer)?, answer)));
    let (shown, answer) = asked.map_err(|refusal| {
        let refusal = refusal.about_delivery(&reference);
        let refusal = arguments.hook.iter().fold(refusal, |refusal, hook| refusal.about_hook(hook));
        client.refused(refusal, surroundings)
    })?;
    let paint = Paint { coloured: surroundings.coloured };
    if !client.printed(&answer, surroundings)? {
        let cards: Vec<String> = shown.found.iter().map(|found| card(found, surroundings.now, paint)).collect();
        surroundings.output.write_all(cards.join("\n").as_bytes())?;
    }
    let is_known = |found: &Found| found.ledger.is_some() || found.record.is_some();
    match shown.found.iter().any(is_known) {
        true => Ok(DONE),
        false if shown.found.is_empty() => Err(Fault::Refused(unknown(&reference))),
        false => Err(Fault::Refused(format!("whether {reference} is known could not be read: ask again"))),
    }
}

fn card(found: &Found, now: u64, paint: Paint) -> String {
    let name = found.ledger.as_ref().map_or("", |delivery| &delivery.key);
    let mut text = format!("{}\n", paint.bold(&printable(format!("{}  {name}", found.hook).trim_end())));
    let rows = found.ledger.iter().flat_map(|delivery| rows(delivery, now));
    let record = found.record.iter().map(|record| ("KV", remembered(record, now)));
    let unread = found.unreadable.then(|| ("unread", "its ledger or KV did not answer: there may be more".to_owned()));
    for (word, line) in rows.chain(record).chain(unread).filter(|(_, line)| !line.is_empty()) {
        let _ = writeln!(text, "  {}  {}", paint.dim(&format!("{word:<8}")), printable(&line));
    }
    if let Some(payload) = found.ledger.as_ref().and_then(|delivery| delivery.payload.as_deref()) {
        let _ = writeln!(text, "  {}", paint.dim("payload"));
        let pretty = indented(payload).unwrap_or_else(|| payload.to_owned());
        pretty.lines().for_each(|line| {
            let _ = writeln!(text, "    {}", printable(line));
        });
    }
    text
}

fn rows(delivery: &Delivery, now: u64) -> Vec<(&'static str, String)> {
    let moment = |at: Option<u64>| {
        at.map(|at| format!("{}, {}", words::instant(at), words::distance(at, now))).unwrap_or_default()
    };
    let tries = match (delivery.attempts, delivery.arrived) {
        (Some(attempts), Some(_)) => {
            let failing = delivery.since.map(|since| format!(", failing for {}", words::age(since, now)));
            format!("{attempts} so far{}; next try: {}", failing.unwrap_or_default(), next_try(delivery, now))
        }
        _ => String::new(),
    };
    let until = if delivery.state == "waiting" { None } else { delivery.until };
    vec![
        ("state", format!("{}: {}", delivery.state, meaning(delivery))),
        ("since", moment(delivery.at)),
        ("until", moment(until)),
        ("arrived", moment(delivery.arrived)),
        ("tries", tries),
    ]
}

/// What a state means, and what can be done about it.
fn meaning(delivery: &Delivery) -> &'static str {
    match (delivery.state.as_str(), delivery.why.as_deref()) {
        ("in-flight", _) => "it is being forwarded; when the time is over, somebody else may",
        ("waiting", Some("stop")) => "held by a stop; it leaves in order of arrival when the hook goes on",
        ("waiting", Some("release")) => "an operator released it; it goes next",
        ("waiting", _) => "the origin failed; the gate tries again by itself",
        ("uncertain", _) => {
            "it may have run, and the origin keeps no keys: look there, then `hookgate resolve` or `hookgate release` it"
        }
        ("given-up", _) => {
            "the origin said no for good, or for too long: `hookgate release` tries again, `hookgate resolve` ends it"
        }
        ("delivered", _) => "it has run; a repeat is a duplicate until the time is over",
        ("abandoned", _) => "an operator gave it up; a repeat is a duplicate until the time is over",
        _ => "this command line does not know the state",
    }
}

fn remembered(record: &Record, now: u64) -> String {
    let at = record.at.map(|at| format!(", {}, {}", words::instant(at), words::distance(at, now)));
    format!("{}{}", record.outcome, at.unwrap_or_default())
}
