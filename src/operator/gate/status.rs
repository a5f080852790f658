//! `status`: how every hook stands, what is wrong first.

use core::fmt::Write as _;

use super::answers::{Ending, Hook, Status};
use super::card::{Card, Runs};
use super::client::Client;
use super::{deliveries, stops, words};
use crate::operator::arguments::StatusArguments;
use crate::operator::finding::{Severity, printable};
use crate::operator::paint::Paint;
use crate::operator::{DONE, Fault, Surroundings};

/// Shows a card for each hook.
pub(in crate::operator) fn run(arguments: &StatusArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let client = Client::of(&arguments.gate, surroundings)?;
    let answer = client.get("status", &[]).map_err(|refusal| client.refused(refusal, surroundings))?;
    if client.printed(&answer, surroundings)? {
        return Ok(DONE);
    }
    let status: Status = client.read(&answer).map_err(|refusal| client.refused(refusal, surroundings))?;
    let global = status.switch.as_ref();
    let card = |hook: &Hook| Card::of(hook, &runs(&client, hook), global, status.now);
    let mut cards: Vec<Card> = status.hooks.iter().map(card).collect();
    cards.sort_by_key(|card| (card.severity().is_none(), card.severity()));
    let text = render(&client.gate, &status, &cards, Paint { coloured: surroundings.coloured });
    surroundings.output.write_all(text.as_bytes())?;
    Ok(DONE)
}

fn render(gate: &str, status: &Status, cards: &[Card], paint: Paint) -> String {
    let wrong = cards.iter().filter(|card| card.severity().is_some_and(|severity| severity <= Severity::Warning));
    let hooks = if cards.len() == 1 { "1 hook".into() } else { format!("{} hooks", cards.len()) };
    let verdict = match wrong.count() {
        0 => "nothing is wrong".into(),
        count => format!("{count} to look at"),
    };
    let now = words::instant(status.now);
    let mut text = format!("{}\n", paint.bold(&printable(&format!("{gate} at {now}: {hooks}, {verdict}"))));
    if let Some(switch) = &status.switch {
        let (severity, says) = stops::switched(switch, "each as its on_stop says", None, status.now);
        let says = format!("everything: {says}");
        let _ = writeln!(text, "{}", paint.of(severity, &printable(&says)));
    }
    for card in cards {
        let _ = write!(text, "\n{}", card.render(paint));
    }
    text
}

/// The last run of a hook, and the last that a secret proved. Where an operator or the gate itself did something since,
/// the list of deliveries knows them.
fn runs(client: &Client, hook: &Hook) -> Runs {
    let mut runs = Runs::default();
    for (part, report) in hook.ledger.iter().flatten().enumerate() {
        let Some(last) = report.as_ref().and_then(|report| report.last.as_ref()) else { continue };
        runs.note(&last.ending);
        if !(last.ending.is_run() && last.ending.is_proven()) {
            let lines = deliveries::ask(client, &hook.id, part).unwrap_or_default();
            for ending in lines.iter().filter_map(|line| serde_json::from_str::<Ending>(line.get()).ok()) {
                runs.note(&ending);
            }
        }
    }
    runs
}
