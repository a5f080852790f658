//! What the end of a forward makes of a delivery, and when a failed one goes again.

use super::Ledger;
use super::answer::Answer;
use super::call::Fact;
use super::delivery::{Delivery, Held, Kept, Place, Settled, State, Terms, Wait, Why};
use super::sql::SqlFault;

/// Shortest and longest wait after a failure, in milliseconds: exponential, with full jitter.
const BACKOFF: [u64; 2] = [10_000, 3_600_000];
/// For how long, in milliseconds, a delivery is tried whose hook leaves that to the sender, who was told not to worry.
const KEEP: u64 = 72 * 3_600_000;
/// So long may the first of a line keep the others, in milliseconds, before it steps aside.
const PATIENCE: u64 = 900_000;

impl Ledger<'_> {
    /// Whoever has the token ends its own forward. Without it nothing changes but this: what the origin accepted is
    /// delivered, whoever says so and however late.
    pub(super) fn end(&self, key: &str, token: &str, fact: Fact, window: u64) -> Result<Answer, SqlFault> {
        self.learn(fact)?;
        let found = self.delivery(key)?;
        if fact == Fact::Delivered {
            return self.settle(key, found.as_ref(), Settled::Delivered, window);
        }
        let Some(Delivery { terms, state: State::InFlight { token: own, kept, .. }, .. }) = found else {
            return Ok(Answer::Lost);
        };
        if own != token {
            return Ok(Answer::Lost);
        }
        let uncertain = fact == Fact::Unknown && !terms.repeatable;
        match kept {
            Kept::Held(held) => self.put_back(key, terms, held, fact),
            Kept::Spare(payload) if uncertain || (terms.keep.is_some() && fact != Fact::Refused) => {
                // Whoever keeps too many lets the sender keep this one, unless nobody could tell what became of it.
                match self.next_place(Why::Failure)? {
                    Some(place) => {
                        let mut place = Place { attempts: 1, ..place };
                        let wait = self.wait_after(fact, terms, &mut place);
                        self.put_in_line(key, terms, Held { payload, place }, wait)
                    }
                    None if uncertain => self.interrupted(key, payload, terms),
                    None => self.forget_key(key).map(|()| Answer::Full),
                }
            }
            Kept::Spare(_) | Kept::None => self.forget_key(key).map(|()| Answer::Forgotten),
        }
    }

    /// Puts a delivery at its end, and drops what was kept of it.
    pub(super) fn settle(
        &self,
        key: &str,
        found: Option<&Delivery>,
        how: Settled,
        window: u64,
    ) -> Result<Answer, SqlFault> {
        let state = State::Settled { how, until: self.now.saturating_add(window) };
        let terms = Terms { repeatable: true, keep: None };
        let delivery = Delivery { at: self.now, terms, state };
        match found {
            Some(Delivery { state: State::Settled { how: Settled::Delivered, .. }, .. }) => return Ok(Answer::Settled),
            Some(found) if found.state.held().is_some() => {
                self.place(key, &delivery)?;
                // The next in line can go.
                self.wake(self.now);
            }
            _ => self.write(key, &delivery)?,
        }
        self.wake(self.now.saturating_add(window));
        Ok(Answer::Settled)
    }

    /// Puts a held delivery back into its place after a forward that did not deliver it.
    pub(super) fn put_back(&self, key: &str, terms: Terms, mut held: Held, fact: Fact) -> Result<Answer, SqlFault> {
        let wait = self.wait_after(fact, terms, &mut held.place);
        self.wake(if let Wait::Until(ready) = wait { ready } else { self.now });
        let state = State::Held(held, wait);
        let answer = Answer::Held { state: state.name() };
        self.write(key, &Delivery { at: self.now, terms, state })?;
        Ok(answer)
    }

    /// What a delivery waits for after a forward that did not deliver it. It is given up only after a failure, however
    /// long a stop has lasted: the time to keep it begins with the first.
    pub(super) fn wait_after(&self, fact: Fact, terms: Terms, place: &mut Place) -> Wait {
        let retry_after = match fact {
            Fact::Unknown if !terms.repeatable => return Wait::Uncertain,
            Fact::Delivered | Fact::Refused => return Wait::GivenUp,
            Fact::Failed { retry_after } => retry_after,
            Fact::Unknown => 0,
        };
        let since = *place.since.get_or_insert(self.now);
        // An operator's word is good for one attempt; the place in the line for many.
        if place.why == Why::Release || self.now.saturating_sub(since) >= PATIENCE {
            place.why = Why::Failure;
        }
        let end = since.saturating_add(terms.keep.unwrap_or(KEEP));
        let earliest = self.now.saturating_add(retry_after);
        if end <= self.now || end < earliest {
            return Wait::GivenUp;
        }
        let [shortest, longest] = BACKOFF;
        let doublings = u32::try_from(place.attempts.saturating_sub(1).min(16)).unwrap_or(16);
        let most = shortest.saturating_mul(1_u64.checked_shl(doublings).unwrap_or(1)).min(longest);
        // The last attempt is made when the time is up.
        Wait::Until(self.now.saturating_add(self.jitter(most)).max(earliest).min(end))
    }
}
