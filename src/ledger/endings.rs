//! The last hundred endings of a hook, in a ring: one row for each, in which the counters are as well.

use super::Ledger;
use super::sql::{Param, SqlFault};
use crate::project::pick;

/// The totals up to the latest ending; its row is the one with the largest serial number.
const NOTE: &str = "INSERT INTO endings SELECT n % 100, n, ?1, ?2, delivered + (?3 = 'delivered'), \
     duplicate + (?3 = 'duplicate'), held + (?3 = 'held'), uncertain + (?3 = 'uncertain'), rejected + (?3 = 'rejected'), \
     failed + (?3 = 'failed'), other + (?3 NOT IN ('delivered', 'duplicate', 'held', 'uncertain', 'rejected', 'failed')) \
     FROM (SELECT coalesce(max(serial), 0) + 1 AS n, coalesce(delivered, 0) AS delivered, \
     coalesce(duplicate, 0) AS duplicate, coalesce(held, 0) AS held, coalesce(uncertain, 0) AS uncertain, \
     coalesce(rejected, 0) AS rejected, coalesce(failed, 0) AS failed, coalesce(other, 0) AS other FROM endings) \
     WHERE true ON CONFLICT (slot) DO UPDATE SET serial = excluded.serial, at = excluded.at, entry = excluded.entry, \
     delivered = excluded.delivered, duplicate = excluded.duplicate, held = excluded.held, \
     uncertain = excluded.uncertain, rejected = excluded.rejected, failed = excluded.failed, other = excluded.other";

impl Ledger<'_> {
    /// Adds an audit entry, a JSON table with its `outcome`. What is no such table is not added: it could not be shown.
    pub(super) fn note(&self, entry: Option<&str>) -> Result<(), SqlFault> {
        let Some(entry) = entry.filter(|entry| entry.starts_with('{')) else { return Ok(()) };
        let Ok([Some(outcome)]) = pick(entry.as_bytes(), ["/outcome"]) else { return Ok(()) };
        let params = [Param::Integer(self.now), Param::Text(entry), Param::Text(&outcome)];
        self.run(NOTE, &params)
    }
}
