//! The spellings of amounts in the configuration: durations, sizes, instants. One strict spelling each.

/// Milliseconds of a duration such as `10s` or `72h`; units are `ms`, `s`, `m`, `h` and `d`.
pub(crate) fn duration(text: &str) -> Option<u64> {
    let (amount, unit) = amount(text)?;
    let scale = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    amount.checked_mul(scale)
}

/// Bytes of a size such as `256KiB`; units are `B`, `KiB` and `MiB`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let (amount, unit) = amount(text)?;
    let scale = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    amount.checked_mul(scale)
}

/// Unix seconds of an instant in UTC, `2026-11-21T22:00:00Z` and no other form of RFC 3339.
pub(crate) fn instant(text: &str) -> Option<u64> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [hour, minute, second] = parts(time, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    date(day)?.checked_mul(86_400)?.checked_add(seconds)
}

/// Milliseconds since 1970 of an instant as RFC 3339 writes it, upper case, with `Z` or an offset; what is finer than a
/// millisecond is cut off.
pub(crate) fn rfc3339(text: &str) -> Option<u64> {
    let (local, offset) = match text.strip_suffix('Z') {
        Some(local) => (local, 0),
        None => {
            let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
            let [hours, minutes] = parts(offset.get(1..)?, ':', [2, 2])?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            let minutes = i64::try_from(hours.checked_mul(60)?.checked_add(minutes)?).ok()?;
            (
                local,
                if offset.starts_with('+') {
                    minutes
                } else {
                    offset.starts_with('-').then_some(0_i64.saturating_sub(minutes))?
                },
            )
        }
    };
    let (whole, fraction) = local.split_once('.').map_or((local, None), |(whole, digits)| (whole, Some(digits)));
    let millis = fraction.map_or(Some(0), |digits| {
        let right = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        right.then(|| format!("{digits}00").get(..3).and_then(|first| first.parse().ok()))?
    })?;
    let seconds = instant(&format!("{whole}Z"))?.checked_add_signed(offset.checked_mul(-60)?)?;
    seconds.checked_mul(1_000)?.checked_add(millis)
}

/// An instant in milliseconds since 1970 as RFC 3339 writes it, in UTC.
pub(crate) fn rfc3339_text(ms: u64) -> String {
    let day = ms / 86_400_000;
    // Of the days of 400 years, the one whose date has this number: few are tried, and none of them computed.
    let year = 1970_u64.saturating_add(day / 366);
    let dates = (year..).flat_map(|year| (1..=12_u64).map(move |month| (year, month)));
    let months =
        dates.take_while(|(year, month)| date(&format!("{year:04}-{month:02}-01")).is_some_and(|first| first <= day));
    let (year, month) = months.last().unwrap_or((1970, 1));
    let first = date(&format!("{year:04}-{month:02}-01")).unwrap_or(0);
    let (seconds, millis) = (ms / 1_000 % 86_400, ms % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let day = day.saturating_sub(first).saturating_add(1);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Days since 1970-01-01 of a date, `2026-11-21`, in the Gregorian calendar.
pub(crate) fn date(text: &str) -> Option<u64> {
    let [year, month, day] = parts(text, '-', [4, 2, 2])?;
    let leap = |y: u64| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
    let february = if leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = months.get(..usize::try_from(month).ok()?.checked_sub(1)?)?;
    if year < 1970 || day == 0 || day > *months.get(before.len())? {
        return None;
    }
    let years: u64 = (1970..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    years.checked_add(before.iter().sum())?.checked_add(day)?.checked_sub(1)
}

fn amount(text: &str) -> Option<(u64, &str)> {
    let (digits, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    Some((digits.parse().ok()?, unit))
}

/// `N` numbers of exactly `widths` decimal digits.
fn parts<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u64; N]> {
    let mut numbers = [0; N];
    let mut rest = text.split(separator);
    for (number, width) in numbers.iter_mut().zip(widths) {
        let digits = rest.next().filter(|d| d.len() == width && d.bytes().all(|b| b.is_ascii_digit()))?;
        *number = digits.parse().ok()?;
    }
    rest.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_one_spelling() {
        assert_eq!(duration("10s"), Some(10_000));
        assert_eq!(duration("72h"), Some(259_200_000));
        assert_eq!(size("256KiB"), Some(262_144));
        for wrong in
            ["", "10", "s", "-1s", "1.5s", "10 s", "10S", "1_000s", "99999999999999999999s", "99999999999999999d"]
        {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(size("1KB"), None);
    }

    #[test]
    fn rfc_3339_has_fractions_and_offsets() {
        let at = 1_795_298_400_000;
        for (text, ms) in [
            ("2026-11-21T22:00:00Z", at),
            ("2026-11-21T22:00:00.5Z", at + 500),
            ("2026-11-21T22:00:00.634234626Z", at + 634),
            ("2026-11-22T00:30:00+02:30", at),
            ("2026-11-21T15:00:00.001-07:00", at + 1),
        ] {
            assert_eq!(rfc3339(text), Some(ms), "{text}");
        }
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (at + 634, "2026-11-21T22:00:00.634Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_735_689_599_000, "2024-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(rfc3339_text(ms), text);
            assert_eq!(rfc3339(text), Some(ms));
        }
        for wrong in [
            "",
            "Z",
            "2026-11-21T22:00:00",
            "2026-11-21T22:00:00z",
            "2026-11-21t22:00:00Z",
            "2026-11-21T22:00:00.Z",
            "2026-11-21T22:00:00.1234567890Z",
            "2026-11-21T22:00:00+0200",
            "2026-11-21T22:00:00+24:00",
            "2026-11-21T22:00:00*02:00",
            "2026-11-21T22:00:00Z+02:00",
            "026-11-21T22:00:00Z",
            "12026-11-21T22:00:00Z",
            "1970-01-01T00:00:00+00:01",
            "2026-11-21T22:00:00é1:00",
        ] {
            assert_eq!(rfc3339(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn instants_are_utc_and_real() {
        assert_eq!(instant("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(instant("2026-11-21T22:00:00Z"), Some(1_795_298_400));
        assert_eq!(instant("2024-02-29T23:59:59Z"), Some(1_709_251_199));
        for wrong in [
            "2026-02-29T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21 22:00:00Z",
            "2026-11-21T22:00:00",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-1-21T22:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }
}
