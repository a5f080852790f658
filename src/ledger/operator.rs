//! What an operator asks and says.

use super::Ledger;
use super::answer::Answer;
use super::call::Fact;
use super::claim::seconds;
use super::delivery::{Delivery, Kept, Settled, State, Wait, Why};
use super::sql::{Param, SqlFault};

const STATUS: &str = "SELECT json_object('stop', json((SELECT json_object('mode', mode, 'reason', reason, 'by', author, \
     'until', until, 'at', at) FROM stop WHERE until IS NULL OR until > ?1)), 'failures', (SELECT failures FROM circuit), \
     'held', json((SELECT json_group_array(json_object('state', state, 'count', n, 'oldest', oldest)) FROM \
     (SELECT state, count(*) AS n, min(arrived) AS oldest FROM deliveries WHERE seq IS NOT NULL GROUP BY state))), \
     'last', json((SELECT json_object('at', at, 'entry', json(entry), 'delivered', delivered, 'duplicate', duplicate, \
     'held', held, 'uncertain', uncertain, 'rejected', rejected, 'failed', failed, 'other', other) FROM endings \
     ORDER BY serial DESC LIMIT 1)))";

const DELIVERIES: &str = "SELECT json_group_array(json_object('at', at, 'entry', json(entry))) FROM \
     (SELECT at, entry FROM endings ORDER BY serial DESC)";

const HELD: &str = "SELECT json_group_array(json_object('place', seq, 'key', key, 'state', state, 'until', until, \
     'why', why, 'attempts', attempts, 'arrived', arrived, 'since', since)) FROM (SELECT seq, key, state, until, why, \
     attempts, arrived, since FROM deliveries WHERE seq IS NOT NULL AND seq > ?1 ORDER BY seq LIMIT 100)";

const SHOW: &str = "SELECT json_object('key', key, 'state', state, 'at', at, 'until', until, 'why', why, \
     'attempts', attempts, 'arrived', arrived, 'since', since, 'payload', payload) FROM deliveries WHERE key = ?1";

impl Ledger<'_> {
    /// `{"stop":{…},"failures":…,"held":[…],"last":{…}}`; `null` without a stop, a failure or an ending.
    pub(super) fn status(&self) -> Result<Answer, SqlFault> {
        self.report(STATUS, &[Param::Integer(self.now)])
    }

    /// `[{"at":…,"entry":{…}},…]`, the latest first.
    pub(super) fn deliveries(&self) -> Result<Answer, SqlFault> {
        self.report(DELIVERIES, &[])
    }

    /// A hundred held deliveries in order of arrival, without payloads.
    pub(super) fn held(&self, after: u64) -> Result<Answer, SqlFault> {
        self.report(HELD, &[Param::Integer(after)])
    }

    /// One delivery, with its payload if the ledger has it.
    pub(super) fn show(&self, reference: &str) -> Result<Answer, SqlFault> {
        match self.named(reference)? {
            Ok((key, _)) => self.report(SHOW, &[Param::Text(&key)]),
            Err(answer) => Ok(answer),
        }
    }

    /// SQLite writes the JSON itself.
    fn report(&self, statement: &str, params: &[Param<'_>]) -> Result<Answer, SqlFault> {
        self.text(statement, params)?.map(Answer::Report).ok_or(SqlFault)
    }

    /// Lets a held delivery go next: stop, circuit and wait are the operator's to judge.
    pub(super) fn release(&self, reference: &str) -> Result<Answer, SqlFault> {
        let (key, Delivery { terms, state, .. }) = match self.named(reference)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        let State::Held(mut held, _) = state else { return Ok(self.refusal(&state)) };
        (held.place.why, held.place.attempts, held.place.since) = (Why::Release, 0, None);
        let state = State::Held(held, Wait::Until(self.now));
        self.write(&key, &Delivery { at: self.now, terms, state })?;
        self.wake(self.now);
        Ok(Answer::Done)
    }

    /// Tries everything again that may be repeated: what waits for the origin, and what was given up. A stop still
    /// holds it. What is uncertain is released by name.
    pub(super) fn release_all(&self) -> Result<Answer, SqlFault> {
        let given_up = "UPDATE deliveries SET state = 'waiting', why = 'failure', until = ?1, at = ?1, attempts = 0, \
                        since = NULL WHERE seq IS NOT NULL AND state = 'given-up'";
        self.run(given_up, &[Param::Integer(self.now)])?;
        self.close_circuit()?;
        self.wake(self.now);
        Ok(Answer::Done)
    }

    /// Says what became of a delivery that an operator knows more of than the gate.
    pub(super) fn resolve(&self, reference: &str, how: Settled, window: u64) -> Result<Answer, SqlFault> {
        let (key, delivery) = match self.named(reference)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        if let State::Held(..) = delivery.state {
            self.settle(&key, Some(&delivery), how, window)?;
            return Ok(Answer::Done);
        }
        Ok(self.refusal(&delivery.state))
    }

    /// Forgets a delivery, unless somebody forwards it.
    pub(super) fn forget(&self, reference: &str) -> Result<Answer, SqlFault> {
        let (key, delivery) = match self.named(reference)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        if matches!(delivery.state, State::InFlight { until, .. } if self.now < until) {
            return Ok(self.refusal(&delivery.state));
        }
        self.forget_key(&key)?;
        // It may have been the first in line.
        self.wake(self.now);
        Ok(Answer::Done)
    }

    /// The one delivery whose key begins with `reference`, or why there is none. What was interrupted is held first.
    fn named(&self, reference: &str) -> Result<Result<(String, Delivery), Answer>, SqlFault> {
        // `g` follows the hex digits.
        let beyond = format!("{reference}g");
        let range = [Param::Text(reference), Param::Text(&beyond)];
        if self.number("SELECT count(*) FROM deliveries WHERE key BETWEEN ?1 AND ?2", &range)? > Some(1) {
            return Ok(Err(Answer::Ambiguous));
        }
        let Some(key) = self.text("SELECT key FROM deliveries WHERE key BETWEEN ?1 AND ?2", &range)? else {
            return Ok(Err(Answer::Unknown));
        };
        self.recover(&key)?;
        Ok(self.delivery(&key)?.map(|delivery| (key, delivery)).ok_or(Answer::Unknown))
    }

    fn refusal(&self, state: &State) -> Answer {
        match state {
            State::InFlight { until, .. } if self.now < *until => {
                Answer::InFlight { retry_after: seconds(until.saturating_sub(self.now)) }
            }
            _ => Answer::Unknown,
        }
    }

    /// Holds a delivery whose forward never ended, if the ledger has what it takes.
    pub(super) fn recover(&self, key: &str) -> Result<(), SqlFault> {
        let Some(Delivery { terms, state: State::InFlight { until, kept, .. }, .. }) = self.delivery(key)? else {
            return Ok(());
        };
        if self.now < until {
            return Ok(());
        }
        match kept {
            Kept::None => Ok(()),
            Kept::Spare(payload) => self.interrupted(key, payload, terms).map(drop),
            Kept::Held(held) => self.put_back(key, terms, held, Fact::Unknown).map(drop),
        }
    }
}
