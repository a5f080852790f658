//! What an operator asks and says.

use super::Ledger;
use super::answer::Answer;
use super::delivery::{Delivery, Kept, Settled, State, Terms, Wait, Why};
use super::report;
use super::sql::{Param, SqlFault};
use super::wire::Table;

/// For how long, in milliseconds, a delivery that an operator released is tried where the hook keeps none itself.
const KEEP: u64 = 3_600_000;

/// The columns of a held delivery in a report, without its payload.
const HELD: [&str; 8] = ["place", "key", "state", "until", "why", "attempts", "arrived", "since"];

impl Ledger<'_> {
    /// `{"stop":{…},"circuit":{…},"held":[…],"last":{…}}`; without a stop or an ending, there is none.
    pub(super) fn status(&self) -> Result<Answer, SqlFault> {
        let mut status = Table::default();
        if let Some(stop) = self.stopped()? {
            let table = Table::new("mode", stop.mode.name()).text("reason", stop.reason.as_deref());
            let table = table.text("by", stop.by.as_deref()).number("until", stop.until).number("at", Some(stop.at));
            status = status.raw("stop", &table.end());
        }
        let circuit = self.circuit()?;
        let table = Table::new("state", if circuit.is_open() { "open" } else { "closed" });
        status = status.raw("circuit", &table.number("failures", Some(circuit.failures)).end());
        let counted = "SELECT state, count(*), min(arrived) FROM deliveries WHERE seq IS NOT NULL GROUP BY state";
        status = status.raw("held", &report::list(&["state", "count", "oldest"], self.sql.rows(counted, &[])?));
        let last = "SELECT at, entry, delivered, duplicate, held, uncertain, rejected, failed, other FROM endings \
                    ORDER BY serial DESC LIMIT 1";
        let names =
            ["at", report::ENTRY, "delivered", "duplicate", "held", "uncertain", "rejected", "failed", "other"];
        if let Some(cells) = self.sql.rows(last, &[])?.into_iter().next() {
            status = status.raw("last", &report::table(&names, cells));
        }
        Ok(Answer::Report(status.end()))
    }

    /// A hundred held deliveries in order of arrival, without payloads.
    pub(super) fn held(&self, after: u64) -> Result<Answer, SqlFault> {
        let statement = "SELECT seq, key, state, until, why, attempts, arrived, since FROM deliveries \
                         WHERE seq IS NOT NULL AND seq > ?1 ORDER BY seq LIMIT 100";
        Ok(Answer::Report(report::list(&HELD, self.sql.rows(statement, &[Param::Integer(after)])?)))
    }

    /// One delivery, with its payload if the ledger has it.
    pub(super) fn show(&self, reference: &str) -> Result<Answer, SqlFault> {
        self.named(reference, |key, delivery| {
            let table = Table::new("key", key).text("state", Some(delivery.state.name()));
            let table = table.number("at", Some(delivery.at)).number("until", delivery.state.until());
            let place = delivery.state.held().map(|held| held.place);
            let table = table.text("why", place.map(|place| place.why.name()));
            let table = table.number("attempts", place.map(|place| place.attempts));
            let table = table.number("arrived", place.map(|place| place.arrived));
            let table = table.number("since", place.and_then(|place| place.since));
            Ok(Answer::Report(table.text("payload", delivery.state.payload()).end()))
        })
    }

    /// Lets a held delivery go next: stop, circuit and wait are the operator's to judge.
    pub(super) fn release(&self, reference: &str) -> Result<Answer, SqlFault> {
        self.named(reference, |key, delivery| {
            let State::Held(mut held, _) = delivery.state else { return Ok(self.refusal(&delivery.state)) };
            (held.place.why, held.place.attempts, held.place.since) = (Why::Release, 0, None);
            let terms = Terms { keep: delivery.terms.keep.or(Some(KEEP)), ..delivery.terms };
            let state = State::Held(held, Wait::Until(self.now));
            self.write(key, &Delivery { at: self.now, terms, state })?;
            self.wake(self.now);
            Ok(Answer::Done)
        })
    }

    /// Tries everything again that may be repeated: what waits for the origin, and what was given up. A stop still
    /// holds it. What is uncertain is released by name.
    pub(super) fn release_all(&self) -> Result<Answer, SqlFault> {
        let given_up = "UPDATE deliveries SET state = 'waiting', why = 'failure', until = ?1, at = ?1, attempts = 0, \
                        since = NULL, keep = coalesce(keep, ?2) WHERE seq IS NOT NULL AND state = 'given-up'";
        self.sql.rows(given_up, &[Param::Integer(self.now), Param::Integer(KEEP)])?;
        self.close_circuit()?;
        self.wake(self.now);
        Ok(Answer::Done)
    }

    /// Says what became of a delivery that an operator knows more of than the gate.
    pub(super) fn resolve(&self, reference: &str, how: Settled, window: u64) -> Result<Answer, SqlFault> {
        self.named(reference, |key, delivery| match &delivery.state {
            State::Held(..) => {
                self.settle(key, Some(&delivery), how, window)?;
                Ok(Answer::Done)
            }
            other => Ok(self.refusal(other)),
        })
    }

    /// Forgets a delivery, unless somebody forwards it.
    pub(super) fn forget(&self, reference: &str) -> Result<Answer, SqlFault> {
        self.named(reference, |key, delivery| match delivery.state {
            State::InFlight { until, .. } if self.now < until => Ok(self.refusal(&delivery.state)),
            _ => {
                self.forget_key(key)?;
                // It may have been the first in line.
                self.wake(self.now);
                Ok(Answer::Done)
            }
        })
    }

    /// The one delivery whose key begins with `reference`. What was interrupted is held first.
    fn named(
        &self,
        reference: &str,
        act: impl FnOnce(&str, Delivery) -> Result<Answer, SqlFault>,
    ) -> Result<Answer, SqlFault> {
        // `g` follows the hex digits.
        let beyond = format!("{reference}g");
        let range = [Param::Text(reference), Param::Text(&beyond)];
        if self.number("SELECT count(*) FROM deliveries WHERE key BETWEEN ?1 AND ?2", &range)?.unwrap_or(0) > 1 {
            return Ok(Answer::Ambiguous);
        }
        let Some(key) = self.key("SELECT key FROM deliveries WHERE key BETWEEN ?1 AND ?2", &range)? else {
            return Ok(Answer::Unknown);
        };
        self.recover(&key)?;
        match self.delivery(&key)? {
            Some(delivery) => act(&key, delivery),
            None => Ok(Answer::Unknown),
        }
    }

    fn refusal(&self, state: &State) -> Answer {
        match state {
            State::InFlight { until, .. } if self.now < *until => {
                Answer::InFlight { retry_after: super::claim::seconds(until.saturating_sub(self.now)) }
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
            Kept::Held(held) => self.put_back(key, terms, held, super::call::Fact::Unknown).map(drop),
        }
    }
}
