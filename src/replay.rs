//! Steps 4 and 6: what was delivered before, and who delivers now.
//!
//! KV holds the record of every delivery that the origin accepted, for the hook's replay window. It cannot decide a
//! race, and a write takes a moment to land, so an isolate also remembers the keys in flight and lately settled.

use core::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use crate::authenticate::Verified;
use crate::hook::Hook;
use crate::host::{Host, StoreFault};
use crate::key::IdempotencyKey;
use crate::outcome::{Failure, Outcome, Rejection};
use crate::project::{self, ThinPayload};
use crate::switch::Open;

/// Most settled keys an isolate remembers.
const MOST: usize = 4_096;

/// The record of a delivery that the origin accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// How the first delivery ended.
    pub outcome: Settled,
    /// Unix seconds of that end.
    pub at: u64,
}

/// The outcomes that are remembered. A failure is none: its retry must be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The origin accepted it.
    Delivered,
}

/// What an isolate remembers of keys.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: RefCell<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    keys: HashMap<IdempotencyKey, State>,
    settled: VecDeque<IdempotencyKey>,
    /// Of the latest claim.
    serial: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Taken over after `until`, in milliseconds: the platform may have abandoned whoever holds it.
    InFlight {
        serial: u64,
        until: u64,
    },
    Settled {
        record: Record,
        expires: u64,
    },
}

/// What the replay cache knows of a delivery. Only [`recall`] makes one.
#[derive(Debug)]
pub(crate) struct Recalled(Option<Record>);

/// The right to forward one thin payload: on this isolate nobody else delivers it. Dropped without being settled, it
/// leaves no trace, so that the sender's retry is processed.
#[derive(Debug)]
pub struct Claim<'g> {
    payload: ThinPayload<'g>,
    memory: Rc<Memory>,
    serial: u64,
}

/// Milliseconds that a claim outlives the hook's `timeout`: for the stores, and for slack.
const LEASE_MARGIN: u64 = 10_000;

/// Seconds after which whoever meets a claim of this isolate should come back.
const IN_FLIGHT_RETRY: u32 = 5;

/// Reads the record of a delivery from the replay cache.
///
/// # Errors
/// The cache does not answer, or answers what no Hookgate wrote: the hook is closed.
pub(crate) async fn recall(verified: &Verified<'_>, host: &impl Host) -> Result<Recalled, Failure> {
    let key = cache_key(verified.hook(), verified.key());
    match host.read_record(&key).await {
        Ok(None) => Ok(Recalled(None)),
        Ok(Some(text)) => Record::parse(&text).map(|record| Recalled(Some(record))).ok_or(Failure::ReplayUnreadable),
        Err(StoreFault) => Err(Failure::ReplayUnreadable),
    }
}

impl Recalled {
    /// # Errors
    /// The delivery is a repeat.
    pub(crate) fn check(self) -> Result<(), Outcome> {
        self.0.map_or(Ok(()), |record| Err(Outcome::Duplicate(record)))
    }
}

impl Record {
    fn parse(json: &str) -> Option<Self> {
        let [name, at] = project::pick(json.as_bytes(), ["/outcome", "/at"]).ok()?;
        let outcome = Settled::Delivered;
        let known = name.as_deref() == Some(outcome.name());
        at?.parse().ok().filter(|_| known).map(|at| Self { outcome, at })
    }

    fn to_json(self) -> String {
        record(self.outcome.name(), self.at)
    }
}

impl Settled {
    /// The name in the record and in the reply to a repeat.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
        }
    }
}

impl Memory {
    /// Claims a payload that nobody has delivered or is delivering.
    ///
    /// # Errors
    /// A repeat, or the same delivery is under way.
    pub(crate) fn claim<'g>(
        self: &Rc<Self>,
        payload: ThinPayload<'g>,
        _: Open,
        recalled: Recalled,
        now: u64,
    ) -> Result<Claim<'g>, Outcome> {
        recalled.check()?;
        let mut entries = self.entries.borrow_mut();
        let key = *payload.key();
        match entries.keys.get(&key) {
            Some(State::InFlight { until, .. }) if now < *until => {
                return Err(Rejection::InProgress { retry_after: IN_FLIGHT_RETRY }.into());
            }
            Some(State::Settled { record, expires }) if now < *expires => return Err(Outcome::Duplicate(*record)),
            Some(State::Settled { .. }) => entries.settled.retain(|settled| *settled != key),
            Some(State::InFlight { .. }) | None => {}
        }
        entries.forget_abandoned(now);
        entries.serial = entries.serial.wrapping_add(1);
        let serial = entries.serial;
        let lease = u64::try_from(payload.hook().timeout.as_millis()).unwrap_or(0).saturating_add(LEASE_MARGIN);
        entries.keys.insert(key, State::InFlight { serial, until: now.saturating_add(lease) });
        Ok(Claim { payload, memory: Rc::clone(self), serial })
    }
}

impl Memory {
    /// Forgets how a delivery ended: an operator says otherwise. `hex` are 64 digits.
    pub(crate) fn forget(&self, hex: &str) {
        let mut entries = self.entries.borrow_mut();
        entries.keys.retain(|key, state| matches!(state, State::InFlight { .. }) || key.hex() != hex);
        entries.settled.retain(|key| key.hex() != hex);
    }
}

impl Entries {
    /// Forgets the claims that nobody will end, once there are many: the settled ones are bounded, and so are these.
    fn forget_abandoned(&mut self, now: u64) {
        if self.keys.len() >= 2 * MOST {
            self.keys.retain(|_, state| !matches!(state, State::InFlight { until, .. } if *until <= now));
        }
    }
}

impl<'g> Claim<'g> {
    pub(crate) fn payload(&self) -> &ThinPayload<'g> {
        &self.payload
    }

    /// Remembers the delivery as done for the hook's window, first here, then in the replay cache. Returns whether the
    /// cache took it.
    pub(crate) async fn settle(self, host: &impl Host) -> bool {
        let (hook, now) = (self.payload.hook(), host.now());
        let record = Record { outcome: Settled::Delivered, at: now / 1_000 };
        let window = hook.replay.window;
        self.remember(record, now.saturating_add(u64::from(window).saturating_mul(1_000)));
        host.write_record(&cache_key(hook, self.payload.key()), &record.to_json(), window).await.is_ok()
    }

    fn remember(&self, record: Record, expires: u64) {
        let mut entries = self.memory.entries.borrow_mut();
        let key = *self.payload.key();
        // Whoever took an overdue claim over may have settled it already.
        if !matches!(entries.keys.insert(key, State::Settled { record, expires }), Some(State::Settled { .. })) {
            entries.settled.push_back(key);
        }
        if entries.settled.len() > MOST
            && let Some(oldest) = entries.settled.pop_front()
        {
            entries.keys.remove(&oldest);
        }
    }
}

impl Drop for Claim<'_> {
    /// Releases the key, unless it is settled or somebody has taken it over.
    fn drop(&mut self) {
        let mut entries = self.memory.entries.borrow_mut();
        let own = |state: &State| matches!(state, State::InFlight { serial, .. } if *serial == self.serial);
        if entries.keys.get(self.payload.key()).is_some_and(own) {
            entries.keys.remove(self.payload.key());
        }
    }
}

fn cache_key(hook: &Hook, key: &IdempotencyKey) -> String {
    record_key(&hook.id, &key.hex())
}

/// `{hook}:{64 hex digits}`, 129 bytes at most of KV's 512.
pub(crate) fn record_key(hook: &str, hex: &str) -> String {
    format!("{hook}:{hex}")
}

/// The text of a record; `at` is Unix seconds.
pub(crate) fn record(outcome: &str, at: u64) -> String {
    format!("{{\"outcome\":\"{outcome}\",\"at\":{at}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abandoned_claims_do_not_pile_up() {
        let mut entries = Entries::default();
        for serial in 0..2 * MOST as u64 {
            let key = IdempotencyKey::of_number(serial);
            entries.keys.insert(key, State::InFlight { serial, until: if serial == 0 { 11 } else { 10 } });
        }
        entries.forget_abandoned(9);
        assert_eq!(entries.keys.len(), 2 * MOST, "all are under way");
        entries.forget_abandoned(10);
        assert_eq!(entries.keys.len(), 1, "one still is");
    }
}
