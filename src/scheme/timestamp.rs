//! When a request was signed, in one strict grammar for each unit: a text that can be read in two ways lets an
//! attacker move bytes between the timestamp and its neighbours (`{id}{timestamp}`, `{timestamp}{body}`).

use super::description::Unit;
use crate::units;

/// Milliseconds since 1970 of a timestamp as it was signed.
pub(crate) fn read(text: &str, unit: Unit) -> Option<u64> {
    match unit {
        Unit::Seconds => number(text).map(|seconds| seconds.saturating_mul(1_000)),
        Unit::Milliseconds => number(text),
        // As seconds the least of these is in the year 5138.
        Unit::SecondsOrMilliseconds => {
            number(text).map(|number| if number < 100_000_000_000 { number.saturating_mul(1_000) } else { number })
        }
        Unit::Rfc3339 => units::rfc3339(text),
    }
}

/// Whether `at` is within `tolerance` seconds of `now`, either way; both in milliseconds.
pub(crate) fn is_fresh(at: u64, now: u64, tolerance: u32) -> bool {
    at.abs_diff(now) <= u64::from(tolerance).saturating_mul(1_000)
}

/// `^[1-9][0-9]*$`. What does not fit is in the future.
fn number(text: &str) -> Option<u64> {
    let digits = text.starts_with(|c: char| matches!(c, '1'..='9')) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(read("1700000000", Unit::Seconds), Some(1_700_000_000_000));
        assert_eq!(read("1700000000000", Unit::Milliseconds), Some(1_700_000_000_000));
        for either in ["1700000000", "1700000000000"] {
            assert_eq!(read(either, Unit::SecondsOrMilliseconds), Some(1_700_000_000_000));
        }
        assert_eq!(read("99999999999999999999999", Unit::Seconds), Some(u64::MAX));
        for wrong in ["", "0", "01", "+1", "-1", "1.0", "1e3", " 1", "1 ", "1junk", "١"] {
            assert_eq!(read(wrong, Unit::Seconds), None, "{wrong:?}");
            assert_eq!(read(wrong, Unit::Milliseconds), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_window_is_closed_on_both_sides() {
        let now = 1_700_000_000_000;
        for (at, fresh) in [
            (now - 300_000, true),
            (now + 300_000, true),
            (now - 300_001, false),
            (now + 300_001, false),
            (0, false),
            (u64::MAX, false),
        ] {
            assert_eq!(is_fresh(at, now, 300), fresh, "{at}");
        }
    }
}
