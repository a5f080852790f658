//! Refused because of the request, or because an operator stopped the hook.

use super::{Ending, fail, later};

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

impl Rejection {
    pub(super) fn reason(self) -> &'static str {
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

    pub(super) fn ending(self) -> Ending {
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
    pub(super) fn reason(self) -> &'static str {
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
