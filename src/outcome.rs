//! How a delivery ended. Every ending has a name, a status, a message and a reason code, and nothing of the sender in it.

use crate::handshake::Handshake;
use crate::replay::Record;

/// The end of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The origin accepted it.
    Delivered {
        /// Whether the replay cache took the record; without it only this isolate and the origin know a repeat.
        recorded: bool,
    },
    /// The origin accepted it before.
    Duplicate(Record),
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

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Not https, and the host is not a loopback one.
    InsecureTransport,
    /// A TLS version that is absent, unknown or below `MIN_TLS`.
    OldTls,
    /// No such hook, or a disabled one.
    UnknownHook,
    /// A method the hook does not list.
    Method,
    /// Neither JSON nor a form.
    MediaType,
    /// A `content-encoding` other than `identity`.
    ContentEncoding,
    /// More than the hook's `max_body`, declared or sent.
    TooLarge,
    /// The sender did not finish its body in the hook's `body_timeout`.
    BodyTimeout,
    /// The sender went away in the middle of its body.
    BodyBroken,
    /// At least one mechanism of the hook did not pass.
    Unauthenticated,
    /// An operator stopped the hook in mode `reject`.
    Stopped {
        /// Seconds until a retry makes sense.
        retry_after: u32,
    },
    /// An operator stopped the hook in mode `gone`.
    Gone,
    /// The payload cannot be reduced without guessing.
    Malformed(Malformation),
    /// A required object is not named, or the origin does not know it.
    ObjectsNotFound,
    /// The same delivery is under way, here or at the origin.
    InProgress {
        /// Seconds until a retry makes sense.
        retry_after: u32,
    },
}

/// What is wrong with a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformation {
    /// Not JSON.
    Json,
    /// Not a form: an allowlisted value that is not UTF-8, or too many parameters.
    Form,
    /// The same for the query.
    Query,
    /// An allowlisted name occurs twice in one object, form or query.
    DuplicateField,
    /// Body and query disagree about a field.
    ConflictingField,
    /// A list or table where the allowlist has a scalar, or a scalar of another type.
    FieldType,
    /// Longer than its bound, or all fields together longer than a thin payload.
    FieldLength,
    /// Not among the values the allowlist names.
    FieldValue,
    /// More values than a thin payload may hold.
    TooManyValues,
    /// The query names an allowlisted field, but the sender does not sign the query.
    UnsignedQuery,
    /// The place the hook takes its idempotency key from is empty.
    KeyMissing,
}

/// Why the gate could not deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The hook's configuration or secrets have a mistake: the hook is closed.
    Misconfigured,
    /// The switches could not be read: the hook is closed.
    SwitchesUnreadable,
    /// The replay cache could not be read: the hook is closed.
    ReplayUnreadable,
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
            Self::Delivered { .. } => "delivered",
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
            Self::Delivered { recorded: false } => Some("repeat-guard-missing"),
            Self::Handshake(handshake) => Some(handshake.name()),
            Self::Delivered { recorded: true }
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
            Self::Delivered { .. } => ok("Success"),
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

impl Rejection {
    fn reason(self) -> &'static str {
        match self {
            Self::InsecureTransport => "insecure-transport",
            Self::OldTls => "old-tls",
            Self::UnknownHook => "unknown-hook",
            Self::Method => "method",
            Self::MediaType => "media-type",
            Self::ContentEncoding => "content-encoding",
            Self::TooLarge => "too-large",
            Self::BodyTimeout => "body-timeout",
            Self::BodyBroken => "body-broken",
            Self::Unauthenticated => "authentication",
            Self::Stopped { .. } => "stopped",
            Self::Gone => "stopped-gone",
            Self::Malformed(malformation) => malformation.reason(),
            Self::ObjectsNotFound => "objects-not-found",
            Self::InProgress { .. } => "in-progress",
        }
    }

    fn ending(self) -> Ending {
        match self {
            Self::InsecureTransport | Self::OldTls => fail(403, "HTTPS required"),
            Self::UnknownHook => fail(404, "Unknown hook code"),
            Self::Method => fail(405, "Method not allowed"),
            Self::MediaType | Self::ContentEncoding => fail(415, "Unsupported media type"),
            Self::TooLarge => fail(413, "Payload too large"),
            Self::BodyTimeout => fail(408, "Request timeout"),
            Self::BodyBroken | Self::Malformed(_) => fail(400, "Malformed payload"),
            Self::Unauthenticated => fail(401, "Authentication failed"),
            Self::Stopped { retry_after } => later(503, "Paused", retry_after),
            Self::Gone => fail(410, "Gone"),
            Self::ObjectsNotFound => fail(400, "Objects not found"),
            Self::InProgress { retry_after } => later(409, "In progress", retry_after),
        }
    }
}

impl Malformation {
    fn reason(self) -> &'static str {
        match self {
            Self::Json => "malformed-json",
            Self::Form => "malformed-form",
            Self::Query => "malformed-query",
            Self::DuplicateField => "duplicate-field",
            Self::ConflictingField => "conflicting-field",
            Self::FieldType => "field-type",
            Self::FieldLength => "field-length",
            Self::FieldValue => "field-value",
            Self::TooManyValues => "too-many-values",
            Self::UnsignedQuery => "unsigned-query",
            Self::KeyMissing => "key-missing",
        }
    }
}

impl Failure {
    fn reason(self) -> &'static str {
        match self {
            Self::Misconfigured => "misconfigured",
            Self::SwitchesUnreadable => "switches-unreadable",
            Self::ReplayUnreadable => "replay-unreadable",
            Self::OriginBusy { .. } => "origin-busy",
            Self::OriginTimeout => "origin-timeout",
            Self::OriginBroken => "origin-broken",
            Self::OriginError => "origin-error",
            Self::OriginUnrecognized => "origin-unrecognized",
            Self::OriginRefused => "origin-refused",
            Self::OriginRedirect => "origin-redirect",
        }
    }

    fn ending(self) -> Ending {
        match self {
            Self::Misconfigured | Self::SwitchesUnreadable | Self::ReplayUnreadable => {
                later(503, "Unavailable", RETRY_AFTER)
            }
            Self::OriginBusy { retry_after } => later(503, "Unavailable", retry_after),
            Self::OriginTimeout => later(504, "Delivery timed out", RETRY_AFTER),
            Self::OriginBroken
            | Self::OriginError
            | Self::OriginUnrecognized
            | Self::OriginRefused
            | Self::OriginRedirect => later(502, "Delivery failed", RETRY_AFTER),
        }
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
