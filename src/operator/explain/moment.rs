//! When a request was signed: clocks that differ, units that were mixed up, times that were lost or changed.

use super::attempt::{Attempt, Part};
use super::case::Case;
use super::causes::Line::{Elsewhere, Key};
use super::causes::{Cause, cause};
use super::described::{described, redescribed};
use super::presentation::Shape;
use super::trial::Trial;
use crate::project;
use crate::scheme::description::{Description, Id, Timestamp, TimestampAt, Unit};
use crate::units;

/// The time that a description asks for.
struct Stamp {
    at: At,
    unit: Unit,
    /// Milliseconds.
    tolerance: u64,
    /// As the request has it.
    text: Option<String>,
}

enum At {
    Header(String),
    Label(String),
    Body,
}

const CLOCK: &str = "if the sender signed it just now, one of the two clocks is wrong; if it was captured long ago, say when it arrived: --now";
const UNIT: &str = "set `unit` in `timestamp` to what the sender writes; where a preset is used, something on the way has rewritten it";

/// What is found about time.
pub(super) static CAUSES: [Cause; 7] = [
    cause(
        "clock-past",
        Key("auth[].tolerance"),
        "it was signed {} before it arrived, longer than the gate allows",
        CLOCK,
    ),
    cause(
        "clock-future",
        Key("auth[].tolerance"),
        "it was signed {} after it arrived, longer than the gate allows",
        CLOCK,
    ),
    cause("timestamp-in-ms", Key("auth[].timestamp"), "the time is in milliseconds; the gate reads {}", UNIT),
    cause("timestamp-in-s", Key("auth[].timestamp"), "the time is in seconds; the gate reads {}", UNIT),
    cause("timestamp-in-words", Key("auth[].timestamp"), "the time is written as a date; the gate reads {}", UNIT),
    cause(
        "timestamp-missing",
        Elsewhere,
        "the time that was signed, {} from the arrival, is missing",
        "hand on its header as it is",
    ),
    cause(
        "timestamp-changed",
        Elsewhere,
        "the time was changed after signing: {} from the arrival is right",
        "hand on its header as it is: a queue or proxy must not renew it",
    ),
];

pub(super) fn attempts(trial: &Trial, case: &Case<'_>) -> Vec<Attempt> {
    let mut found = identities(trial);
    let Some(stamp) = Stamp::of(trial) else { return found };
    let Some(text) = stamp.text.as_deref() else {
        found.extend(guessed(trial, &stamp, "timestamp-missing", case));
        return found;
    };
    if let Some(at) = read(text, stamp.unit)
        && at.abs_diff(trial.now) > stamp.tolerance
        && plausible(at)
    {
        let code = if at < trial.now { "clock-past" } else { "clock-future" };
        let mut moved = trial.clone();
        moved.now = at;
        found.push(Attempt::new(code, Part::Time, span(at.abs_diff(trial.now)), moved));
    }
    for (code, unit) in [
        ("timestamp-in-ms", Unit::Milliseconds),
        ("timestamp-in-s", Unit::Seconds),
        ("timestamp-in-words", Unit::Rfc3339),
    ] {
        let Some(at) = read(text, unit).filter(|at| unit != stamp.unit && plausible(*at)) else { continue };
        let other = trial.mechanism().and_then(|mechanism| {
            redescribed(mechanism, |own: Description<'_>| {
                let timestamp = own.timestamp.map(|timestamp| Timestamp { unit, ..timestamp });
                Some(Description { timestamp, ..own })
            })
        });
        let wanted = word(stamp.unit);
        found.extend(other.map(|other| Attempt::new(code, Part::Description, wanted, trial.with_mechanism(other))));
        if let Some(rewritten) = stamp.with(trial, &write(at, stamp.unit)) {
            found.push(Attempt::new(code, Part::Time, wanted, rewritten));
        }
    }
    found.extend(guessed(trial, &stamp, "timestamp-changed", case));
    found
}

/// When a request says it was signed, in milliseconds since 1970.
pub(super) fn signed_at(trial: &Trial) -> Option<u64> {
    let stamp = Stamp::of(trial)?;
    read(stamp.text.as_deref()?, stamp.unit)
}

/// The name of the header that names a delivery, in lower case, where it is signed.
pub(super) fn id_header(trial: &Trial) -> Option<String> {
    described(trial.mechanism()?, |description, _| match description.id {
        Id::Header(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    })?
}

/// What names the delivery, if that is a header that is signed.
pub(super) fn id(trial: &Trial) -> Option<String> {
    trial.capture.header(&id_header(trial)?)
}

/// The name of the header with the time, in lower case.
pub(super) fn time_header(trial: &Trial) -> Option<String> {
    match Stamp::of(trial)?.at {
        At::Header(name) => Some(name),
        At::Label(_) | At::Body => None,
    }
}

/// Another header or place that may have the delivery's id.
fn identities(trial: &Trial) -> Vec<Attempt> {
    let Some(header) = id_header(trial) else { return Vec::new() };
    let others = trial.capture.headers.iter().filter(|(name, _)| *name != header && name.contains("id"));
    let mut ids: Vec<(String, String)> = others.cloned().collect();
    for place in ["/id", "/event_id", "/data/id", "/event/id"] {
        let found = project::pick(&trial.capture.body, [place]).ok().and_then(|[text]| text);
        ids.extend(found.map(|text| (place.to_owned(), text)));
    }
    let attempt = |(name, id): (String, String)| {
        Attempt::new("id-changed", Part::Address, name, trial.sent(|capture| capture.set(&header, id)))
    };
    ids.into_iter().map(attempt).collect()
}

/// Every second that would be fresh: the right one is among them if the request was signed lately.
fn guessed(trial: &Trial, stamp: &Stamp, code: &'static str, case: &Case<'_>) -> Vec<Attempt> {
    // More than this many signatures of a large body take too long.
    let most = 8_000_000_u64.checked_div(case.first.capture.body.len() as u64).unwrap_or(u64::MAX).clamp(30, 620);
    let (now, reach) = (trial.now / 1_000, (stamp.tolerance / 1_000).min(most / 2));
    let seconds = now.saturating_sub(reach)..=now.saturating_add(reach);
    let attempt = |second: u64| {
        let changed = stamp.with(trial, &write(second.saturating_mul(1_000), stamp.unit))?;
        let detail = span(second.abs_diff(now).saturating_mul(1_000));
        Some(Attempt::new(code, Part::Time, detail, changed).alone())
    };
    if stamp.unit == Unit::Rfc3339 { Vec::new() } else { seconds.filter_map(attempt).collect() }
}

impl Stamp {
    fn of(trial: &Trial) -> Option<Self> {
        let capture = &trial.capture;
        let shape = Shape::of(trial);
        described(trial.mechanism()?, |description, _| {
            let timestamp = description.timestamp?;
            let (at, text) = match timestamp.at {
                TimestampAt::Header(name) => {
                    let name = name.to_ascii_lowercase();
                    let text = capture.header(&name).or_else(|| capture.header(&name.replace('-', "_")));
                    (At::Header(name), text)
                }
                TimestampAt::Label(label) => {
                    let value = shape.and_then(|shape| shape.value(trial)).unwrap_or_default();
                    let item = value.split([',', ';', ' ']).find_map(|item| item.strip_prefix(label).map(Into::into));
                    (At::Label(label.into()), item)
                }
                TimestampAt::Body(place) => {
                    (At::Body, project::pick(&capture.body, [place]).ok().and_then(|[text]| text))
                }
            };
            let tolerance = u64::from(timestamp.tolerance).saturating_mul(1_000);
            Some(Self { at, unit: timestamp.unit, tolerance, text })
        })?
    }

    /// The request with another time in the same place.
    fn with(&self, trial: &Trial, text: &str) -> Option<Trial> {
        match &self.at {
            At::Header(name) => Some(trial.sent(|capture| capture.set(name, text))),
            At::Label(label) => {
                let shape = Shape::of(trial)?;
                let value = shape.value(trial)?;
                let changed = match &self.text {
                    Some(own) => value.replacen(&format!("{label}{own}"), &format!("{label}{text}"), 1),
                    None => format!("{label}{text},{value}"),
                };
                Some(trial.sent(|capture| capture.set(&shape.header, changed)))
            }
            At::Body => None,
        }
    }
}

fn read(text: &str, unit: Unit) -> Option<u64> {
    match unit {
        Unit::SecondsOrMilliseconds if text.len() > 10 => text.parse().ok(),
        Unit::Seconds | Unit::SecondsOrMilliseconds => text.parse::<u64>().ok()?.checked_mul(1_000),
        Unit::Milliseconds => text.parse().ok(),
        Unit::Rfc3339 => units::rfc3339(text),
    }
}

fn write(ms: u64, unit: Unit) -> String {
    match unit {
        Unit::Seconds | Unit::SecondsOrMilliseconds => (ms / 1_000).to_string(),
        Unit::Milliseconds => ms.to_string(),
        Unit::Rfc3339 => units::rfc3339_text(ms),
    }
}

fn word(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "seconds",
        Unit::Milliseconds => "milliseconds",
        Unit::SecondsOrMilliseconds => "seconds or milliseconds",
        Unit::Rfc3339 => "a date and time",
    }
}

/// Between 2001 and 2100: what else reads as a time is one in another unit.
fn plausible(ms: u64) -> bool {
    (978_307_200_000..4_102_444_800_000).contains(&ms)
}

/// A span of time in its two largest units.
pub(in crate::operator) fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
