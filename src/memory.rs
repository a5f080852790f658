//! Step 6 as one isolate knows it: the keys in flight and lately settled. KV takes a moment to take a record, and
//! cannot tell two deliveries that come at once from each other.

use core::cell::RefCell;
use std::collections::{HashMap, VecDeque};

use crate::key::IdempotencyKey;
use crate::outcome::{Outcome, Rejection};
use crate::replay::Recorded;

/// Most settled keys an isolate remembers.
const MOST: usize = 4_096;
/// Seconds after which whoever meets a claim of this isolate should come back.
const IN_FLIGHT_RETRY: u32 = 5;
/// Milliseconds between two endings of a hook that are noted only now and then.
const NOTE_EVERY: u64 = 60_000;

/// What an isolate remembers.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: RefCell<Entries>,
    /// The hooks of which an ending was noted, and when.
    noted: RefCell<Vec<(String, u64)>>,
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
        state: Recorded,
        expires: u64,
    },
}

impl Memory {
    /// Claims a key that nobody has delivered or is delivering, until a time in milliseconds. Returns the number of the
    /// claim.
    ///
    /// # Errors
    /// A repeat, or the same delivery is under way.
    pub(crate) fn claim(&self, key: IdempotencyKey, now: u64, until: u64) -> Result<u64, Outcome> {
        let mut entries = self.entries.borrow_mut();
        match entries.keys.get(&key) {
            Some(State::InFlight { until, .. }) if now < *until => {
                return Err(Rejection::InProgress { retry_after: IN_FLIGHT_RETRY }.into());
            }
            Some(State::Settled { state, expires }) if now < *expires => return Err(state.to_outcome()),
            Some(State::Settled { .. }) => entries.settled.retain(|settled| *settled != key),
            Some(State::InFlight { .. }) | None => {}
        }
        entries.forget_abandoned(now);
        entries.serial = entries.serial.wrapping_add(1);
        let serial = entries.serial;
        entries.keys.insert(key, State::InFlight { serial, until });
        Ok(serial)
    }

    /// Remembers what became of a key.
    pub(crate) fn remember(&self, key: IdempotencyKey, state: Recorded, expires: u64) {
        let mut entries = self.entries.borrow_mut();
        // Whoever took an overdue claim over may have settled it already.
        if !matches!(entries.keys.insert(key, State::Settled { state, expires }), Some(State::Settled { .. })) {
            entries.settled.push_back(key);
        }
        if entries.settled.len() > MOST
            && let Some(oldest) = entries.settled.pop_front()
        {
            entries.keys.remove(&oldest);
        }
    }

    /// Releases a key, unless it is settled or somebody has taken it over.
    pub(crate) fn release(&self, key: &IdempotencyKey, serial: u64) {
        let mut entries = self.entries.borrow_mut();
        if matches!(entries.keys.get(key), Some(State::InFlight { serial: own, .. }) if *own == serial) {
            entries.keys.remove(key);
        }
    }

    /// Forgets how a delivery ended: an operator says otherwise. `hex` are 64 digits.
    pub(crate) fn forget(&self, hex: &str) {
        let mut entries = self.entries.borrow_mut();
        entries.keys.retain(|key, state| matches!(state, State::InFlight { .. }) || key.hex() != hex);
        entries.settled.retain(|key| key.hex() != hex);
    }

    /// Whether an ending of this hook is to be noted, if that is done only now and then.
    pub(crate) fn is_time_to_note(&self, hook: &str, now: u64) -> bool {
        let mut noted = self.noted.borrow_mut();
        if noted.iter().any(|(own, at)| own == hook && now.saturating_sub(*at) < NOTE_EVERY) {
            return false;
        }
        noted.retain(|(own, _)| own != hook);
        noted.push((hook.into(), now));
        true
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
