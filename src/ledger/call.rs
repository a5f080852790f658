//! What the ledger is asked.

use super::delivery::{Settled, Terms};
use super::stop::Stop;

/// One operation. Durations are milliseconds. `entry` is an audit entry, kept in the ring of endings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'c> {
    /// Asks for the right to forward a delivery.
    Claim {
        /// 64 hex digits.
        key: &'c str,
        /// Made up by the caller, different for each claim: whoever asks again with it gets the same answer.
        token: &'c str,
        /// For how long nobody else gets the right.
        lease: u64,
        /// The thin payload.
        payload: &'c str,
        /// What the hook wants.
        terms: Terms,
    },
    /// Tells how a forward ended.
    End {
        /// 64 hex digits.
        key: &'c str,
        /// That of the claim.
        token: &'c str,
        /// What the origin said.
        fact: Fact,
        /// For how long a repeat is to be told.
        window: u64,
        /// What is audited.
        entry: Option<&'c str>,
    },
    /// Asks to keep a delivery that was not claimed here.
    Keep {
        /// 64 hex digits.
        key: &'c str,
        /// The thin payload.
        payload: &'c str,
        /// What the hook wants.
        terms: Terms,
        /// Why.
        cause: Cause,
        /// What is audited.
        entry: Option<&'c str>,
    },
    /// Adds to the ring of endings.
    Note {
        /// What is audited.
        entry: &'c str,
    },
    /// Asks for the held delivery whose turn it is, and for the right to forward it.
    Due {
        /// As in a claim.
        token: &'c str,
        /// As in a claim.
        lease: u64,
        /// Whether the origin keeps idempotency keys now, whatever it did when it was held.
        repeatable: bool,
        /// Until when a switch in KV stops all but what an operator released.
        until: Option<u64>,
    },
    /// Forgets what is over, and finds what was interrupted; a part of the keys at a time.
    Sweep {
        /// The last key of the part before.
        after: Option<&'c str>,
    },
    /// Stops the hook.
    Stop(Stop<'c>),
    /// Ends the stop.
    Resume,
    /// Asks for the state of the hook.
    Status,
    /// Asks for the latest endings, at most a hundred.
    Deliveries,
    /// Asks for a hundred held deliveries.
    Held {
        /// The place after which to begin, 0 for the start.
        after: u64,
    },
    /// Asks for one delivery, by the beginning of its key.
    Show {
        /// 8 to 64 hex digits.
        reference: &'c str,
    },
    /// Lets a held delivery go next, whatever it waits for.
    Release {
        /// 8 to 64 hex digits.
        reference: &'c str,
        /// What is audited.
        entry: Option<&'c str>,
    },
    /// Tries all held deliveries again, but for the uncertain ones.
    ReleaseAll {
        /// What is audited.
        entry: Option<&'c str>,
    },
    /// Says what became of a held delivery, which is not forwarded any more.
    Resolve {
        /// 8 to 64 hex digits.
        reference: &'c str,
        /// What became of it.
        how: Settled,
        /// For how long a repeat is to be told.
        window: u64,
        /// What is audited.
        entry: Option<&'c str>,
    },
    /// Forgets a delivery, so that it may come again.
    Forget {
        /// 8 to 64 hex digits.
        reference: &'c str,
        /// What is audited.
        entry: Option<&'c str>,
    },
}

/// How a forward ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The origin accepted it.
    Delivered,
    /// The origin said no, and will say so again.
    Refused,
    /// The origin did nothing, and may do it later.
    Failed {
        /// What it asked for, in milliseconds; 0 if nothing.
        retry_after: u64,
    },
    /// Whether the origin acted is unknown.
    Unknown,
}

/// Why a delivery that was not claimed in the ledger is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The hook is stopped.
    Stop,
    /// A forward ended so; not [`Fact::Delivered`].
    Forward(Fact),
}
