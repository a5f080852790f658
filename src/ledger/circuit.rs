//! The circuit breaker: after a few failures in a row the origin is asked by one delivery at a time.

use super::Ledger;
use super::call::Fact;
use super::sql::{Param, SqlFault};

/// So many failures in a row open the circuit.
const OPENS: u64 = 5;
/// Shortest and longest wait between two probes, in milliseconds.
const PROBES: [u64; 2] = [10_000, 300_000];

/// How the origin does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Circuit {
    /// Failures since it last answered.
    pub(super) failures: u64,
    /// When the next probe may go.
    ready: u64,
    /// Until when a probe may be under way.
    probe: u64,
    /// When it closed: what failed before may go at once.
    pub(super) closed: u64,
}

impl Circuit {
    pub(super) fn is_open(self) -> bool {
        self.failures >= OPENS
    }

    /// When the next forward may begin.
    pub(super) fn gate(self) -> u64 {
        if self.is_open() { self.ready.max(self.probe) } else { 0 }
    }
}

impl Ledger<'_> {
    pub(super) fn circuit(&self) -> Result<Circuit, SqlFault> {
        let mut row = self.row("SELECT failures, ready, probe, closed FROM circuit", &[])?;
        if row.is_empty() {
            return Ok(Circuit::default());
        }
        let mut number = || row.integer()?.ok_or(SqlFault);
        Ok(Circuit { failures: number()?, ready: number()?, probe: number()?, closed: number()? })
    }

    fn write_circuit(&self, circuit: Circuit) -> Result<(), SqlFault> {
        let params = [circuit.failures, circuit.ready, circuit.probe, circuit.closed].map(Param::Integer);
        let statement = "INSERT INTO circuit VALUES (1, ?1, ?2, ?3, ?4) \
                         ON CONFLICT (id) DO UPDATE SET failures = ?1, ready = ?2, probe = ?3, closed = ?4";
        self.run(statement, &params)
    }

    /// Lets a forward begin; if the circuit is open, it is the probe.
    pub(super) fn probe(&self, circuit: Circuit, until: u64) -> Result<(), SqlFault> {
        if circuit.is_open() { self.write_circuit(Circuit { probe: until, ..circuit }) } else { Ok(()) }
    }

    /// Closes the circuit: everything that waits for the origin may go.
    pub(super) fn close_circuit(&self) -> Result<(), SqlFault> {
        // Later than anything that failed up to now.
        self.write_circuit(Circuit { closed: self.now.saturating_add(1), ..Circuit::default() })
    }

    /// Learns from the end of a forward. A refusal comes from an origin that is well. While all is well, nothing is
    /// written.
    pub(super) fn learn(&self, fact: Fact) -> Result<(), SqlFault> {
        let circuit = self.circuit()?;
        let retry_after = match fact {
            Fact::Delivered | Fact::Refused if circuit.failures == 0 => return Ok(()),
            Fact::Delivered | Fact::Refused => {
                self.wake(self.now);
                return self.close_circuit();
            }
            Fact::Failed { retry_after } => retry_after,
            Fact::Unknown => 0,
        };
        let failures = circuit.failures.saturating_add(1);
        let [shortest, longest] = PROBES;
        let doubled =
            shortest.saturating_mul(1_u64.checked_shl(failures.saturating_sub(OPENS).min(16) as u32).unwrap_or(1));
        let wait = self.jitter(doubled.min(longest)).max(retry_after.min(longest));
        self.write_circuit(Circuit { failures, ready: self.now.saturating_add(wait), probe: 0, ..circuit })
    }
}
