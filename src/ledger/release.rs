//! Held deliveries leave: one at a time, in order of arrival, and never two at once.

use super::Ledger;
use super::answer::Answer;
use super::call::Fact;
use super::claim::MAX_LEASE;
use super::delivery::{Delivery, Kept, State, Wait};
use super::sql::{Param, SqlFault};

/// Later than any time.
const NEVER: u64 = 1 << 53;

/// The held delivery whose turn it is, and when. What an operator released goes before any gate. Of those that a stop
/// held only the first can go, so that none overtakes another; of the others those whose wait is over, or which failed
/// before the circuit closed.
const NEXT: &str = "SELECT key, CASE WHEN why = 'release' THEN until \
     ELSE max(?1, CASE WHEN at < ?2 THEN 0 ELSE until END) END AS ready \
     FROM deliveries WHERE seq IS NOT NULL AND state = 'waiting' AND (why <> 'stop' OR seq = \
     (SELECT min(seq) FROM deliveries WHERE seq IS NOT NULL AND state = 'waiting' AND why = 'stop')) \
     ORDER BY max(?3, CASE WHEN why = 'release' THEN until \
     ELSE max(?1, CASE WHEN at < ?2 THEN 0 ELSE until END) END), seq LIMIT 1";

/// The held delivery that is being forwarded.
const LEAVING: &str = "SELECT key FROM deliveries WHERE seq IS NOT NULL AND state = 'in-flight' LIMIT 1";

impl Ledger<'_> {
    /// Claims the held delivery whose turn it is. A release that was interrupted keeps the others until its lease is
    /// over: then it goes again, or waits for an operator if the origin keeps no keys.
    pub(super) fn due(
        &self,
        token: &str,
        lease: u64,
        repeatable: bool,
        until: Option<u64>,
    ) -> Result<Answer, SqlFault> {
        if let Some(key) = self.text(LEAVING, &[])?
            && let Some(Delivery { terms, state: State::InFlight { until, kept: Kept::Held(held), .. }, .. }) =
                self.delivery(&key)?
        {
            if self.now < until {
                return Ok(Answer::Idle { next: Some(until) });
            }
            self.put_back(&key, terms, held, Fact::Unknown)?;
        }
        let circuit = self.circuit()?;
        let stop = self.stopped()?.map_or(0, |stop| stop.until.unwrap_or(NEVER));
        let params = [stop.max(circuit.gate()).max(until.unwrap_or(0)), circuit.closed, self.now].map(Param::Integer);
        let mut next = self.row(NEXT, &params)?;
        if next.is_empty() {
            return Ok(Answer::Idle { next: None });
        }
        let (Some(key), Some(ready)) = (next.text()?, next.integer()?) else { return Err(SqlFault) };
        if self.now < ready {
            return Ok(Answer::Idle { next: Some(ready).filter(|ready| *ready < NEVER) });
        }
        let Some(Delivery { mut terms, state: State::Held(mut held, Wait::Until(_)), .. }) = self.delivery(&key)?
        else {
            return Err(SqlFault);
        };
        terms.repeatable &= repeatable;
        held.place.attempts = held.place.attempts.saturating_add(1);
        let until = self.now.saturating_add(lease.min(MAX_LEASE));
        self.probe(circuit, until)?;
        self.wake(until);
        let (payload, attempts) = (held.payload.clone(), held.place.attempts);
        let state = State::InFlight { token: token.into(), until, kept: Kept::Held(held) };
        self.write(&key, &Delivery { at: self.now, terms, state })?;
        Ok(Answer::Due { key, payload, attempts })
    }
}
