//! Who may forward a delivery: exactly one at a time, and after a success nobody.

use super::Ledger;
use super::answer::Answer;
use super::call::{Cause, Fact};
use super::delivery::{Delivery, Held, Kept, Place, State, Terms, Wait, Why};
use super::sql::SqlFault;
use super::stop::StopMode;

/// Most held deliveries: the next one is refused, which loses nothing, for its sender was promised nothing.
pub const MAX_HELD: u64 = 10_000;
/// Longest time, in seconds, after which whoever meets a claim should come back.
const IN_FLIGHT_RETRY: u64 = 5;
/// Longest lease, in milliseconds.
pub(super) const MAX_LEASE: u64 = 120_000;
/// How often, in milliseconds, is looked whether a stop in KV is over.
const POLL: u64 = 60_000;
/// Shortest time between two sweeps, in milliseconds.
pub(super) const SWEEP: u64 = 3_600_000;

/// How a key stands for whoever brings its delivery.
enum Standing {
    /// Nobody has it.
    Free,
    /// The answer for whoever brings it.
    Taken(Answer),
}

impl Ledger<'_> {
    pub(super) fn claim(
        &self,
        key: &str,
        token: &str,
        lease: u64,
        payload: &str,
        terms: Terms,
    ) -> Result<Answer, SqlFault> {
        if let Standing::Taken(answer) = self.standing(key, Some(token), payload)? {
            return Ok(answer);
        }
        match self.stopped()? {
            // Whoever resumes sets the alarm; that of a stop with an end may have gone off early, for something else.
            Some(stop) if stop.mode == StopMode::Hold => {
                stop.until.into_iter().for_each(|until| self.wake(until));
                return self.hold(key, payload, terms, Why::Stop);
            }
            Some(stop) => return Ok(Answer::stopped(stop, self.now)),
            None => {}
        }
        let circuit = self.circuit()?;
        if self.now < circuit.gate() {
            if terms.keep.is_some() {
                self.wake(circuit.gate());
                return self.hold(key, payload, terms, Why::Failure);
            }
            return Ok(Answer::Busy { retry_after: seconds(circuit.gate().saturating_sub(self.now)) });
        }
        let until = self.now.saturating_add(lease.min(MAX_LEASE));
        self.probe(circuit, until)?;
        // What can be put right after an interruption needs the payload: by an operator, or by the ledger itself.
        let kept = if terms.keep.is_some() || !terms.repeatable {
            self.wake(self.now.saturating_add(SWEEP));
            Kept::Spare(payload.into())
        } else {
            Kept::None
        };
        let state = State::InFlight { token: token.into(), until, kept };
        self.write(key, &Delivery { at: self.now, terms, state })?;
        Ok(Answer::Claimed)
    }

    /// Keeps a delivery that is not claimed here: of a hook whose claims are not the ledger's, or that a switch in KV
    /// stops.
    pub(super) fn keep(&self, key: &str, payload: &str, terms: Terms, cause: Cause) -> Result<Answer, SqlFault> {
        let fact = match cause {
            Cause::Stop => None,
            Cause::Forward(fact) => {
                self.learn(fact)?;
                Some(fact)
            }
        };
        if let Standing::Taken(answer) = self.standing(key, None, payload)? {
            return Ok(answer);
        }
        let Some(fact) = fact else {
            // Nobody tells the ledger when a switch in KV is gone.
            self.wake(self.now.saturating_add(POLL));
            return self.hold(key, payload, terms, Why::Stop);
        };
        let Some(place) = self.next_place(Why::Failure)? else { return Ok(Answer::Full) };
        let mut place = Place { attempts: 1, ..place };
        let wait = self.wait_after(fact, terms, &mut place);
        let held = Held { payload: payload.into(), place };
        self.put_in_line(key, terms, held, wait)
    }

    /// What a repeat is told. What was interrupted on the way to an origin without keys may have arrived: it is held for
    /// an operator from now on.
    fn standing(&self, key: &str, token: Option<&str>, payload: &str) -> Result<Standing, SqlFault> {
        let Some(Delivery { at, terms, state }) = self.delivery(key)? else { return Ok(Standing::Free) };
        Ok(Standing::Taken(match state {
            State::Settled { until, .. } if until <= self.now => return Ok(Standing::Free),
            State::Settled { how, .. } => Answer::Duplicate { how, at },
            State::InFlight { kept: Kept::Held(_), .. } | State::Held(..) => Answer::Held { state: state.name() },
            State::InFlight { token: own, until, .. } if self.now < until => {
                if token == Some(&own) {
                    Answer::Claimed
                } else {
                    let left = seconds(until.saturating_sub(self.now));
                    Answer::InFlight { retry_after: left.min(IN_FLIGHT_RETRY) }
                }
            }
            State::InFlight { .. } if terms.repeatable => return Ok(Standing::Free),
            State::InFlight { kept, .. } => {
                let payload = if let Kept::Spare(payload) = kept { payload } else { payload.into() };
                self.interrupted(key, payload, terms)?
            }
        }))
    }

    /// Holds what is not yet held, to be forwarded as soon as it may.
    fn hold(&self, key: &str, payload: &str, terms: Terms, why: Why) -> Result<Answer, SqlFault> {
        let Some(place) = self.next_place(why)? else { return Ok(Answer::Full) };
        let state = State::Held(Held { payload: payload.into(), place }, Wait::Until(self.now));
        let answer = Answer::Held { state: state.name() };
        self.place(key, &Delivery { at: self.now, terms, state })?;
        Ok(answer)
    }

    /// Holds a delivery whose forward never ended. It gets a place even beyond [`MAX_HELD`].
    pub(super) fn interrupted(&self, key: &str, payload: String, terms: Terms) -> Result<Answer, SqlFault> {
        let mut place = Place { attempts: 1, ..self.place_after(self.last_place()?, Why::Failure) };
        let wait = self.wait_after(Fact::Unknown, terms, &mut place);
        self.put_in_line(key, terms, Held { payload, place }, wait)
    }

    pub(super) fn put_in_line(&self, key: &str, terms: Terms, held: Held, wait: Wait) -> Result<Answer, SqlFault> {
        if let Wait::Until(ready) = wait {
            self.wake(ready);
        }
        let state = State::Held(held, wait);
        let answer = Answer::Held { state: state.name() };
        self.place(key, &Delivery { at: self.now, terms, state })?;
        Ok(answer)
    }

    /// The next place in the line; none if [`MAX_HELD`] are taken.
    pub(super) fn next_place(&self, why: Why) -> Result<Option<Place>, SqlFault> {
        let last = self.last_place()?;
        // Places are given in order, so there are never more held than the distance of the first from the last.
        let first = self.number("SELECT min(seq) FROM deliveries WHERE seq IS NOT NULL", &[])?.unwrap_or(0);
        let is_full = last.saturating_sub(first) >= MAX_HELD.saturating_sub(1)
            && self.number("SELECT count(*) FROM deliveries WHERE seq IS NOT NULL", &[])?.unwrap_or(0) >= MAX_HELD;
        Ok((!is_full).then(|| self.place_after(last, why)))
    }

    fn last_place(&self) -> Result<u64, SqlFault> {
        Ok(self.number("SELECT max(seq) FROM deliveries WHERE seq IS NOT NULL", &[])?.unwrap_or(0))
    }

    fn place_after(&self, last: u64, why: Why) -> Place {
        Place { seq: last.saturating_add(1), why, attempts: 0, arrived: self.now, since: None }
    }
}

/// Whole seconds, at least one.
pub(super) fn seconds(ms: u64) -> u64 {
    ms.div_ceil(1_000).max(1)
}
