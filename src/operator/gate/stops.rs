//! Stops in words: those in KV, and what the ledger knows of them.

use serde::de::IgnoredAny;

use super::answers::{Hook, Stop, Switch};
use super::words;
use crate::operator::finding::Severity;

/// The modes of a stop.
const MODES: [&str; 4] = ["hold", "reject", "drop", "gone"];

/// Something to know of a hook, and how bad it is.
pub(super) type Problem = (Severity, String);

/// What a switch in KV does now; `own` is what becomes of deliveries if it does not say.
pub(super) fn switched(switch: &Switch, own: &str, since: Option<u64>, now: u64) -> Problem {
    if switch.unreadable {
        let text = "the switch cannot be read: senders get 503 until KV answers";
        return (Severity::Error, text.into());
    }
    let (stop, text) = (&switch.stop, switch.text.as_deref().unwrap_or(""));
    let is_table = text.trim_start().starts_with('{');
    if is_table && !is_understood(stop, text) {
        return (Severity::Error, format!("stopped (reject) by a switch that is not understood: {text}"));
    }
    if is_over(switch, now) {
        let ended = stop.until.as_ref().and_then(|until| until.ms()).unwrap_or(now);
        return (Severity::Info, format!("a stop ended {}", words::distance(ended, now)));
    }
    // A switch may be a reason and nothing more.
    let reason = stop.reason.as_deref().or(if is_table { None } else { Some(text) });
    (Severity::Warning, stopped(stop, reason, own, since, now))
}

/// Whether the gate can make sense of a table; if not, it rejects.
fn is_understood(stop: &Stop, text: &str) -> bool {
    let is_mode = |mode: &String| MODES.contains(&mode.as_str());
    serde_json::from_str::<IgnoredAny>(text).is_ok()
        && stop.mode.as_ref().is_none_or(is_mode)
        && stop.until.as_ref().is_none_or(|until| until.ms().is_some())
}

/// Whether a switch stops nothing any more.
pub(super) fn is_over(switch: &Switch, now: u64) -> bool {
    let until = switch.stop.until.as_ref().and_then(|until| until.ms());
    !switch.unreadable && until.is_some_and(|until| until <= now)
}

/// The stops of one hook.
pub(super) fn of_hook(hook: &Hook, global: Option<&Switch>, now: u64) -> Vec<Problem> {
    let parts = hook.ledger.as_deref().unwrap_or(&[]);
    let known: Vec<&Stop> = parts.iter().flatten().filter_map(|report| report.stop.as_ref()).collect();
    let since = known.iter().filter_map(|stop| stop.at).min();
    let own = hook.on_stop.as_deref().unwrap_or("its own mode");
    let mut problems: Vec<Problem> = hook.switch.iter().map(|switch| switched(switch, own, since, now)).collect();
    let in_force = [hook.switch.as_ref(), global].into_iter().flatten().any(|switch| !is_over(switch, now));
    let answered = parts.iter().flatten().count();
    match known.first() {
        Some(stop) if !in_force => {
            let text = stopped(stop, stop.reason.as_deref(), own, stop.at, now);
            let end = format!("`hookgate resume {}` ends it", hook.id);
            problems.push((Severity::Warning, format!("its ledger is {text}; but KV has no such stop: {end}")));
        }
        Some(_) if known.len() < answered => {
            let text = format!("only {} of {answered} parts of its ledger know of the stop: set it again", known.len());
            problems.push((Severity::Warning, text));
        }
        _ => {}
    }
    problems
}

/// `stopped (hold) by ada for 12 min 0 s, until 2026-11-22T11:00:00Z: doubled orders`
fn stopped(stop: &Stop, reason: Option<&str>, own: &str, since: Option<u64>, now: u64) -> String {
    let mode = stop.mode.as_deref().unwrap_or(own);
    let by = stop.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let since = since.map(|since| format!(" for {}", words::age(since, now))).unwrap_or_default();
    let until = stop.until.as_ref().map(|until| {
        let left = until.ms().map(|ms| format!(" ({})", words::distance(ms, now))).unwrap_or_default();
        format!(", until {}{left}", until.words())
    });
    let reason = reason.filter(|reason| !reason.trim().is_empty()).map(|reason| format!(": {reason}"));
    format!("stopped ({mode}){by}{since}{}{}", until.unwrap_or_default(), reason.unwrap_or_default())
}
