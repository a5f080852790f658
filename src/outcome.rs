//! How a delivery ended. Every ending has a name, a status, a message and a reason code, and nothing of the sender in it.

mod failure;
mod rejection;

pub use failure::Failure;
pub use rejection::{Malformation, Rejection};

use crate::handshake::Handshake;
use crate::ledger::Settled;

/// The end of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The origin accepted it.
    Delivered(Accepted),
    /// It is at its end: the origin accepted it, or an operator gave it up.
    Duplicate(Settled),
    /// The gate keeps it, and delivers it later.
    Held(Held),
    /// No delivery, but a provider that asks whether the hook is there.
    Handshake(Handshake),
    /// Verified, but the hook is not for its event.
    Ignored,
    /// Verified and reduced, but the hook only observes.
    Observed,
    /// An operator stopped the hook in mode `drop`.
    Dropped,
    /// Refused because of the request, or because an operator stopped the hook.
    Rejected(Rejection),
    /// Refused or uncertain because of the gate, its stores or the origin.
    Failed(Failure),
}

/// How a delivery was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// At once, and its repeats are known.
    Recorded,
    /// At once, but the replay cache or the ledger did not take it: only this isolate and the origin know a repeat.
    Unrecorded,
    /// After it was held.
    Released,
}

/// Why a delivery is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// An operator stopped the hook in mode `hold`.
    Stopped,
    /// The origin failed, or kept silent.
    Failed(Failure),
    /// The origin is at work on it, or does not know its objects.
    Refused(Rejection),
    /// It was held before, as the replay cache knows.
    Repeat,
    /// It was held before, or waits behind others, and stands so in the ledger: see [`crate::ledger::Answer::Held`].
    Standing(&'static str),
}

/// What a sender sees of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// HTTP status.
    pub(crate) status: u16,
    /// `ok` or `fail`, as WunderAutomation answers.
    pub(crate) code: &'static str,
    /// One short sentence; the four of WunderAutomation keep their text.
    pub(crate) message: &'static str,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after: Option<u32>,
}

/// Seconds a sender should wait after a failure that tells nothing better.
pub(crate) const RETRY_AFTER: u32 = 60;

impl Outcome {
    /// The name in the audit entry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered(_) => "delivered",
            Self::Held(_) => "held",
            Self::Duplicate(_) => "duplicate",
            Self::Handshake(_) => "handshake",
            Self::Ignored => "ignored",
            Self::Observed => "observed",
            Self::Dropped => "dropped",
            Self::Rejected(_) => "rejected",
            Self::Failed(_) => "failed",
        }
    }

    /// The reason code in the audit entry; `None` where the name says it all.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Delivered(Accepted::Unrecorded) => Some("repeat-guard-missing"),
            Self::Delivered(Accepted::Released) => Some("released"),
            Self::Held(held) => Some(held.reason()),
            Self::Handshake(handshake) => Some(handshake.name()),
            Self::Delivered(Accepted::Recorded)
            | Self::Duplicate(_)
            | Self::Ignored
            | Self::Observed
            | Self::Dropped => None,
            Self::Rejected(rejection) => Some(rejection.reason()),
            Self::Failed(failure) => Some(failure.reason()),
        }
    }

    pub(crate) fn ending(self) -> Ending {
        match self {
            Self::Delivered(_) => ok("Success"),
            // RFC 9110 §15.3.3: accepted, and not yet done.
            Self::Held(_) => Ending { status: 202, ..ok("Held") },
            Self::Duplicate(_) => ok("Duplicate delivery"),
            // What is answered stands in the place of this.
            Self::Handshake(handshake) => Ending { status: handshake.status(), ..ok("") },
            Self::Ignored => ok("Ignored"),
            Self::Observed => ok("Observed"),
            Self::Dropped => ok("Dropped"),
            Self::Rejected(rejection) => rejection.ending(),
            Self::Failed(failure) => failure.ending(),
        }
    }
}

impl Held {
    fn reason(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Failed(failure) => failure.reason(),
            Self::Refused(rejection) => rejection.reason(),
            Self::Repeat => "repeat",
            Self::Standing(state) => state,
        }
    }
}

impl From<Rejection> for Outcome {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

const fn ok(message: &'static str) -> Ending {
    Ending { status: 200, code: "ok", message, retry_after: None }
}

const fn fail(status: u16, message: &'static str) -> Ending {
    Ending { status, code: "fail", message, retry_after: None }
}

const fn later(status: u16, message: &'static str, seconds: u32) -> Ending {
    Ending { status, code: "fail", message, retry_after: Some(seconds) }
}
