//! What is over is forgotten, and what was interrupted is found.

use super::Ledger;
use super::answer::Answer;
use super::claim::SWEEP;
use super::sql::{Param, SqlFault};

/// Most keys that are looked at before others get their turn.
const PART: u64 = 1_000;

impl Ledger<'_> {
    /// Sweeps the keys after `after`. There is no index by time, for each claim and each end would write to it: a sweep
    /// reads every row, which costs a thousandth, and comes when an eighth of what it saw is over.
    pub(super) fn sweep(&self, after: &str) -> Result<Answer, SqlFault> {
        let part = "SELECT max(key) FROM (SELECT key FROM deliveries WHERE key > ?1 ORDER BY key LIMIT ?2)";
        let Some(last) = self.text(part, &[Param::Text(after), Param::Integer(PART)])? else {
            return Ok(Answer::Swept { after: None, next: None });
        };
        let range = [Param::Text(after), Param::Text(&last), Param::Integer(self.now)];
        let interrupted = "SELECT key FROM deliveries WHERE key > ?1 AND key <= ?2 AND seq IS NULL AND until <= ?3 \
                           AND state = 'in-flight' AND payload IS NOT NULL";
        let mut interrupted = self.row(interrupted, &range)?;
        while !interrupted.is_empty() {
            if let Some(key) = interrupted.text()? {
                self.recover(&key)?;
            }
        }
        self.run("DELETE FROM deliveries WHERE key > ?1 AND key <= ?2 AND seq IS NULL AND until <= ?3", &range)?;
        let times = "SELECT min(until), max(until) FROM deliveries WHERE key > ?1 AND key <= ?2 AND seq IS NULL";
        let mut times = self.row(times, &[Param::Text(after), Param::Text(&last)])?;
        let next = match (times.integer()?, times.integer()?) {
            (Some(first), Some(last)) => {
                let eighth = last.saturating_sub(first) / 8;
                Some(first.saturating_add(eighth).max(self.now.saturating_add(SWEEP)))
            }
            _ => None,
        };
        next.into_iter().for_each(|next| self.wake(next));
        Ok(Answer::Swept { after: Some(last), next })
    }
}
