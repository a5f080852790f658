//! Times and amounts for people.

use crate::operator::explain::span;
use crate::units;

/// The last millisecond that has a date of four digits.
const LAST: u64 = 253_402_300_799_999;

/// A time to the second: `2026-11-22T09:00:00Z`.
pub(super) fn instant(ms: u64) -> String {
    if ms > LAST {
        return "–".into();
    }
    let text = units::rfc3339_text(ms);
    text.split_once('.').map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"))
}

/// `2 min 5 s ago`, or `in 2 min 5 s`.
pub(super) fn distance(at: u64, now: u64) -> String {
    if at > now { format!("in {}", span(at.saturating_sub(now))) } else { format!("{} ago", age(at, now)) }
}

/// `2 min 5 s`.
pub(super) fn age(at: u64, now: u64) -> String {
    span(now.saturating_sub(at))
}

/// `1 delivery`, `2 deliveries`.
pub(super) fn deliveries(count: u64) -> String {
    if count == 1 { "1 delivery".into() } else { format!("{count} deliveries") }
}
