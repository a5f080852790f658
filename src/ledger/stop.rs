//! The stop of a hook, where its claims see it at once.

use super::Ledger;
use super::answer::Answer;
use super::sql::{Param, SqlFault};

/// What becomes of the deliveries of a stopped hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// They are kept, in order, and the sender is told so.
    Hold,
    /// The sender keeps them and tries again.
    Reject,
    /// They are gone.
    Drop,
    /// The sender is to give up this URL.
    Gone,
}

/// A stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop<'t> {
    /// What becomes of deliveries.
    pub mode: StopMode,
    /// Why.
    pub reason: Option<&'t str>,
    /// Who said so.
    pub by: Option<&'t str>,
    /// When it ends, in milliseconds since 1970; `None` until somebody resumes.
    pub until: Option<u64>,
}

/// A stop in force.
#[derive(Debug)]
pub(super) struct Stopped {
    pub(super) mode: StopMode,
    pub(super) until: Option<u64>,
}

impl StopMode {
    /// The name in calls, in answers and in the row.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Reject => "reject",
            Self::Drop => "drop",
            Self::Gone => "gone",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Hold, Self::Reject, Self::Drop, Self::Gone].into_iter().find(|mode| mode.name() == text)
    }
}

impl Ledger<'_> {
    /// The stop in force.
    pub(super) fn stopped(&self) -> Result<Option<Stopped>, SqlFault> {
        let statement = "SELECT mode, until FROM stop WHERE until IS NULL OR until > ?1";
        let mut row = self.row(statement, &[Param::Integer(self.now)])?;
        if row.is_empty() {
            return Ok(None);
        }
        Ok(Some(Stopped {
            mode: row.text()?.as_deref().and_then(StopMode::parse).ok_or(SqlFault)?,
            until: row.integer()?,
        }))
    }

    pub(super) fn stop(&self, stop: &Stop<'_>) -> Result<Answer, SqlFault> {
        let params = [
            Param::Text(stop.mode.name()),
            stop.reason.into(),
            stop.by.into(),
            stop.until.into(),
            Param::Integer(self.now),
        ];
        self.run(
            "INSERT INTO stop VALUES (1, ?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (id) DO UPDATE SET mode = ?1, reason = ?2, author = ?3, until = ?4, at = ?5",
            &params,
        )?;
        // Whatever waits goes on when the stop is over.
        stop.until.into_iter().for_each(|until| self.wake(until));
        Ok(Answer::Done)
    }

    pub(super) fn resume(&self) -> Result<Answer, SqlFault> {
        self.run("DELETE FROM stop", &[])?;
        self.wake(self.now);
        Ok(Answer::Done)
    }
}
