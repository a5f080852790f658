//! Refused or uncertain because of the gate, its stores or the origin.

use super::{Ending, RETRY_AFTER, later};

/// Why the gate could not deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The hook's configuration or secrets have a mistake: the hook is closed.
    Misconfigured,
    /// The switches could not be read: the hook is closed.
    SwitchesUnreadable,
    /// The replay cache could not be read: the hook is closed.
    ReplayUnreadable,
    /// The ledger did not answer, or not as one: the hook is closed.
    LedgerUnreachable,
    /// The ledger holds as many deliveries as it can.
    LedgerFull,
    /// The origin has failed often, and is being asked by another delivery.
    OriginResting {
        /// Seconds until a retry makes sense.
        retry_after: u32,
    },
    /// The origin answered 503 or 429.
    OriginBusy {
        /// Seconds until a retry makes sense.
        retry_after: u32,
    },
    /// The origin did not answer in time: uncertain.
    OriginTimeout,
    /// The connection broke: uncertain.
    OriginBroken,
    /// The origin answered 5xx: uncertain.
    OriginError,
    /// The origin answered 2xx, but not as its kind answers: uncertain. A parked domain does so, too.
    OriginUnrecognized,
    /// The origin answered 4xx: the gate or the site is misconfigured.
    OriginRefused,
    /// The origin redirected. A redirect is never followed: it would carry the signature away.
    OriginRedirect,
}

impl Failure {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Misconfigured => "misconfigured",
            Self::SwitchesUnreadable => "switches-unreadable",
            Self::ReplayUnreadable => "replay-unreadable",
            Self::LedgerUnreachable => "ledger-unreachable",
            Self::LedgerFull => "ledger-full",
            Self::OriginResting { .. } => "origin-resting",
            Self::OriginBusy { .. } => "origin-busy",
            Self::OriginTimeout => "origin-timeout",
            Self::OriginBroken => "origin-broken",
            Self::OriginError => "origin-error",
            Self::OriginUnrecognized => "origin-unrecognized",
            Self::OriginRefused => "origin-refused",
            Self::OriginRedirect => "origin-redirect",
        }
    }

    pub(super) fn ending(self) -> Ending {
        match self {
            Self::Misconfigured
            | Self::SwitchesUnreadable
            | Self::ReplayUnreadable
            | Self::LedgerUnreachable
            | Self::LedgerFull => later(503, "Unavailable", RETRY_AFTER),
            Self::OriginResting { retry_after } | Self::OriginBusy { retry_after } => {
                later(503, "Unavailable", retry_after)
            }
            Self::OriginTimeout => later(504, "Delivery timed out", RETRY_AFTER),
            Self::OriginBroken
            | Self::OriginError
            | Self::OriginUnrecognized
            | Self::OriginRefused
            | Self::OriginRedirect => later(502, "Delivery failed", RETRY_AFTER),
        }
    }
}
