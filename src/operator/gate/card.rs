//! One hook for people: what is wrong, and how it stands.

use super::answers::{Counters, Ending, HeldCount, Hook, Report, Switch};
use super::stops::{self, Problem};
use super::{deliveries, words};
use crate::operator::finding::{Severity, printable};
use crate::operator::paint::Paint;

/// A heading, what is wrong, and rows of a word and a text.
pub(super) struct Card {
    id: String,
    purpose: String,
    problems: Vec<Problem>,
    rows: Vec<(&'static str, String)>,
}

/// What a hook did last.
#[derive(Default)]
pub(super) struct Runs {
    last: Option<Ending>,
    /// With a secret that matched.
    proven: Option<Ending>,
}

impl Runs {
    /// Notes an ending, in any order.
    pub(super) fn note(&mut self, ending: &Ending) {
        let newer = |known: &Option<Ending>| known.as_ref().is_none_or(|known| known.at < ending.at);
        if ending.is_run() && newer(&self.last) {
            self.last = Some(ending.clone());
        }
        if ending.is_proven() && newer(&self.proven) {
            self.proven = Some(ending.clone());
        }
    }
}

impl Card {
    /// `global` is the stop of everything.
    pub(super) fn of(hook: &Hook, runs: &Runs, global: Option<&Switch>, now: u64) -> Self {
        let parts = hook.ledger.as_deref().unwrap_or(&[]);
        let reports: Vec<&Report> = parts.iter().flatten().collect();
        let held = sums(&reports);
        let mut problems = stops::of_hook(hook, global, now);
        problems.extend(of_state(hook));
        problems.extend(of_ledger(parts));
        problems.extend(of_held(hook, &held, now));
        problems.extend(of_runs(&reports, runs, now));
        problems.sort_by_key(|(severity, _)| *severity);
        let is_stopped = global.is_some_and(|switch| !stops::is_over(switch, now));
        let mut rows =
            vec![("owner", hook.owner.clone().unwrap_or_default()), ("state", state(hook, parts.len(), is_stopped))];
        if !parts.is_empty() {
            rows.extend([
                ("last run", runs.last.as_ref().map_or("none is known".into(), |ending| run(ending, now))),
                ("secret", runs.proven.as_ref().map_or("no match is known".into(), |ending| proof(ending, now))),
                ("counted", counted(&reports)),
                ("held", held_words(&held, now)),
                ("switches", acted_on(hook.switch_age)),
            ]);
        }
        let purpose = hook.purpose.clone().unwrap_or_default();
        Self { id: hook.id.clone(), purpose, problems, rows }
    }

    /// The worst of what is wrong.
    pub(super) fn severity(&self) -> Option<Severity> {
        self.problems.first().map(|(severity, _)| *severity)
    }

    pub(super) fn render(&self, paint: Paint) -> String {
        let heading = format!("{}  {}", self.id, self.purpose);
        let mut text = format!("{}\n", paint.bold(&printable(heading.trim_end())));
        for (severity, problem) in &self.problems {
            let word = match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "note",
            };
            text.push_str(&format!("  {}  {}\n", paint.of(*severity, &format!("{word:<8}")), printable(problem)));
        }
        for (word, row) in self.rows.iter().filter(|(_, row)| !row.is_empty()) {
            text.push_str(&format!("  {}  {}\n", paint.dim(&format!("{word:<8}")), printable(row)));
        }
        text
    }
}

fn of_state(hook: &Hook) -> Option<Problem> {
    let (severity, text) = match hook.state.as_str() {
        "misconfigured" => (
            Severity::Error,
            "it is misconfigured, and its senders get 503: `hookgate check` and the Worker's log say why",
        ),
        "disabled" => (Severity::Info, "it is disabled: its senders get 404"),
        "observe" => (Severity::Info, "it observes: deliveries are verified, and none is forwarded"),
        _ => return None,
    };
    Some((severity, text.into()))
}

fn of_ledger(parts: &[Option<Report>]) -> Option<Problem> {
    let silent = parts.iter().filter(|part| part.is_none()).count();
    let which = match (silent, parts.len()) {
        (0, _) => return None,
        (_, 1) => "its ledger does not answer".into(),
        (silent, count) => format!("{silent} of {count} parts of its ledger do not answer"),
    };
    Some((Severity::Error, format!("{which}: what stands below is incomplete, and a strict hook answers 503")))
}

fn of_held(hook: &Hook, held: &[HeldCount], now: u64) -> Vec<Problem> {
    let id = &hook.id;
    let problem = |count: &HeldCount| {
        let many = words::deliveries(count.count);
        let oldest = count.oldest.map(|at| format!(", the oldest for {}", words::age(at, now))).unwrap_or_default();
        match count.state.as_str() {
            "uncertain" => Some(format!("{many} may have run or not{oldest}: `hookgate held {id}`")),
            "given-up" => Some(format!("{many} given up{oldest}: `hookgate held {id}`")),
            _ => None,
        }
    };
    held.iter().filter_map(problem).map(|text| (Severity::Error, text)).collect()
}

fn of_runs(reports: &[&Report], runs: &Runs, now: u64) -> Option<Problem> {
    let failures = reports.iter().filter_map(|report| report.failures).max().unwrap_or(0);
    let last = runs.last.as_ref().filter(|ending| ending.entry.outcome == "failed");
    let text = match (failures, last) {
        (0, None) => return None,
        (0, Some(last)) => format!("its last run failed{}, {}", reason(last), words::distance(last.at, now)),
        (1, _) => "its origin failed the last time".into(),
        (times, _) => format!("its origin failed {times} times in a row"),
    };
    Some((Severity::Warning, text))
}

/// What all parts hold, by state.
fn sums(reports: &[&Report]) -> Vec<HeldCount> {
    let mut sums: Vec<HeldCount> = Vec::new();
    for own in reports.iter().flat_map(|report| &report.held) {
        match sums.iter_mut().find(|sum| sum.state == own.state) {
            Some(sum) => {
                sum.count = sum.count.saturating_add(own.count);
                sum.oldest = [sum.oldest, own.oldest].into_iter().flatten().min();
            }
            None => sums.push(HeldCount { state: own.state.clone(), count: own.count, oldest: own.oldest }),
        }
    }
    sums
}

/// `open, but everything is stopped; strict; on failure keep; on stop hold; connector; 4 parts`
fn state(hook: &Hook, parts: usize, is_stopped: bool) -> String {
    let said = |words: &str, value: &Option<String>| value.as_ref().map(|value| format!("{words}{value}"));
    let stopped = if is_stopped { ", but everything is stopped" } else { "" };
    let texts = [
        Some(format!("{}{stopped}", hook.state)),
        said("", &hook.guarantee),
        said("on failure ", &hook.on_failure),
        said("on stop ", &hook.on_stop),
        said("", &hook.origin),
        (parts > 1).then(|| format!("{parts} parts")),
    ];
    texts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn reason(ending: &Ending) -> String {
    ending.entry.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default()
}

fn run(ending: &Ending, now: u64) -> String {
    let entry = &ending.entry;
    let origin = entry.origin_status.map(|status| format!(", origin {status}")).unwrap_or_default();
    let ms = entry.ms.map(|ms| format!(", {ms} ms")).unwrap_or_default();
    let reference = entry.reference.as_ref().map(|reference| format!(", {reference}")).unwrap_or_default();
    let (at, ago) = (words::instant(ending.at), words::distance(ending.at, now));
    format!("{at}, {ago}: {}{}{origin}{ms}{reference}", entry.outcome, reason(ending))
}

fn proof(ending: &Ending, now: u64) -> String {
    format!("{}, {}", deliveries::secrets(&ending.entry), words::distance(ending.at, now))
}

fn counted(reports: &[&Report]) -> String {
    let all: Vec<Counters> = reports.iter().filter_map(|report| Some(report.last.as_ref()?.counters)).collect();
    let sum = |of: fn(&Counters) -> u64| all.iter().map(of).fold(0, u64::saturating_add);
    let sums = [
        ("delivered", sum(|counters| counters.delivered)),
        ("duplicate", sum(|counters| counters.duplicate)),
        ("held", sum(|counters| counters.held)),
        ("uncertain", sum(|counters| counters.uncertain)),
        ("rejected", sum(|counters| counters.rejected)),
        ("failed", sum(|counters| counters.failed)),
        ("other", sum(|counters| counters.other)),
    ];
    let texts: Vec<String> =
        sums.iter().filter(|(_, sum)| *sum > 0).map(|(word, sum)| format!("{sum} {word}")).collect();
    if texts.is_empty() { "nothing yet".into() } else { texts.join(", ") }
}

fn held_words(held: &[HeldCount], now: u64) -> String {
    let texts: Vec<String> = held.iter().map(|count| format!("{} {}", count.count, count.state)).collect();
    match held.iter().filter_map(|count| count.oldest).min() {
        _ if texts.is_empty() => "nothing".into(),
        Some(oldest) => format!("{}; the oldest for {}", texts.join(", "), words::age(oldest, now)),
        None => texts.join(", "),
    }
}

fn acted_on(age: Option<u64>) -> String {
    age.map_or("to be read at the next delivery".into(), |age| {
        format!("read {} ago by the isolate that answered", words::age(0, age))
    })
}
