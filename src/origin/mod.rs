//! Step 7: the origin. A request to it can be made of nothing but a claim, and its silence is an answer of its own.
//! What the request holds and what an answer means depends on the kind of origin: one module for each.

mod connector;
mod rest;
mod route;
mod site;
mod wunderautomation;

use core::time::Duration;

pub(crate) use connector::Connector;
pub(crate) use rest::Rest;
pub(crate) use route::{Place, Route};
use site::Signer;
pub(crate) use site::{Site, read_basic, read_secret};
pub(crate) use wunderautomation::{Parameters, Proof, Proofs, WunderAutomation};

use crate::claim::Claim;
use crate::host::{OriginAnswer, OriginFault};
use crate::ledger::Fact;
use crate::outcome::{Failure, Outcome, RETRY_AFTER, Rejection};
use crate::project::{self, ThinPayload};

/// Longest `Retry-After` that is passed on, in seconds.
const LONGEST_RETRY: u32 = 86_400;

/// The headers that every request has.
const FIXED_HEADERS: [(&str, &str); 3] = [
    ("content-type", "application/json"),
    ("accept", "application/json"),
    ("user-agent", concat!("hookgate/", env!("CARGO_PKG_VERSION"))),
];

/// Where the deliveries of a hook go.
#[derive(Debug)]
pub(crate) enum Origin {
    Connector(Connector),
    Rest(Rest),
    WunderAutomation(WunderAutomation),
}

/// What one kind of origin is to be told of a delivery.
struct Message<'o> {
    url: String,
    body: String,
    /// Headers that show who sends it.
    proofs: Vec<(String, String)>,
    signer: Option<&'o Signer>,
}

/// A request to the origin, built from nothing: no header of the sender is in it. It is made of a claim, which is made
/// of a thin payload, which is made of a verified delivery:
///
/// ```
/// # use hookgate::{claim::Claim, origin::OriginRequest};
/// fn forward(claim: &Claim<'_>) -> OriginRequest {
///     OriginRequest::new(claim, 0)
/// }
/// ```
/// A payload that nobody has claimed does not fit:
/// ```compile_fail
/// # use hookgate::{origin::OriginRequest, project::ThinPayload};
/// fn forward(payload: &ThinPayload<'_>) -> OriginRequest {
///     OriginRequest::new(payload, 0)
/// }
/// ```
/// Nor does a delivery that was verified, but not projected:
/// ```compile_fail
/// # use hookgate::{authenticate::Verified, origin::OriginRequest};
/// fn forward(verified: &Verified<'_>) -> OriginRequest {
///     OriginRequest::new(verified, 0)
/// }
/// ```
/// And there is no other way to make one:
/// ```compile_fail
/// # use hookgate::origin::OriginRequest;
/// fn forward(url: String, body: String) -> OriginRequest {
///     OriginRequest { url, headers: Vec::new(), body, timeout: core::time::Duration::ZERO }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRequest {
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    timeout: Duration,
}

/// What the origin's answer, or its silence, means for the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It has the delivery.
    Accepted,
    /// It does not have it.
    Refused(Outcome),
    /// It may have it.
    Unknown(Failure),
}

impl Origin {
    fn message(&self, payload: &ThinPayload<'_>) -> Message<'_> {
        match self {
            Self::Connector(connector) => connector.message(payload),
            Self::Rest(rest) => rest.message(payload),
            Self::WunderAutomation(trigger) => trigger.message(payload),
        }
    }

    /// The kind of an origin that takes every request for a new one, as the configuration spells it.
    pub(crate) fn forgetful(&self) -> Option<&'static str> {
        match self {
            Self::Connector(_) => None,
            Self::Rest(_) => Some("rest"),
            Self::WunderAutomation(_) => Some("wunderautomation"),
        }
    }

    /// Whether this origin takes a text for an ID that only begins like one, or is another spelling of it.
    pub(crate) fn forgives(&self) -> bool {
        matches!(self, Self::WunderAutomation(_))
    }

    /// What this origin's answer, or its silence, means.
    pub(crate) fn judge(&self, result: Result<OriginAnswer, OriginFault>) -> Answer {
        match (result, self) {
            (Err(OriginFault::Timeout), _) => Answer::Unknown(Failure::OriginTimeout),
            (Err(OriginFault::Broken), _) => Answer::Unknown(Failure::OriginBroken),
            (Ok(answer), Self::Connector(_)) => connector::judge(&answer),
            (Ok(answer), Self::Rest(_)) => rest::judge(&answer),
            (Ok(answer), Self::WunderAutomation(_)) => wunderautomation::judge(&answer),
        }
    }
}

impl OriginRequest {
    /// Most bytes of an answer that are read; none that is looked into needs more than a few hundred.
    pub const ANSWER_CAP: usize = 4_096;

    /// The payload of a claim as its hook's origin wants it, signed as Standard Webhooks does wherever the site shares a
    /// secret with the gate; `now` in Unix seconds.
    #[must_use]
    pub fn new(claim: &Claim<'_>, now: u64) -> Self {
        let payload = claim.payload();
        let Message { url, body, proofs, signer } = payload.hook().origin.message(payload);
        let mut headers = Vec::new();
        for (name, value) in FIXED_HEADERS {
            headers.push(header(name, value));
        }
        if let Some(signer) = signer {
            let id = payload.key().hex();
            headers.push(header("webhook-id", &id));
            headers.push(header("webhook-timestamp", &now.to_string()));
            headers.push(header("webhook-signature", &signer.sign(&id, now, &body)));
        }
        headers.extend(proofs);
        Self { url, headers, body, timeout: payload.hook().timeout }
    }

    /// Absolute URL, to be sent a `POST`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All headers, names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// JSON.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The time limit for connection, headers and body of the answer together.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl Answer {
    /// What the ledger is told of it. What is wrong with the site or the gate may be put right.
    pub(crate) fn fact(&self) -> Fact {
        let retry_after = match *self {
            Self::Accepted => return Fact::Delivered,
            Self::Unknown(_) => return Fact::Unknown,
            Self::Refused(Outcome::Rejected(Rejection::InProgress { retry_after })) => retry_after,
            Self::Refused(Outcome::Failed(Failure::OriginBusy { retry_after })) => retry_after,
            Self::Refused(Outcome::Failed(_)) => 0,
            Self::Refused(_) => return Fact::Refused,
        };
        Fact::Failed { retry_after: u64::from(retry_after).saturating_mul(1_000) }
    }

    /// What a status means that the kind of the origin has no word for.
    fn of_status(answer: &OriginAnswer) -> Self {
        match answer.status {
            200..=299 => Self::Unknown(Failure::OriginUnrecognized),
            // RFC 9110 §15.4.4: "see other" comes after the act.
            303 => Self::Unknown(Failure::OriginRedirect),
            300..=399 => Self::Refused(Failure::OriginRedirect.into()),
            429 | 503 => Self::Refused(Failure::OriginBusy { retry_after: retry_after(answer) }.into()),
            400..=499 => Self::Refused(Failure::OriginRefused.into()),
            _ => Self::Unknown(Failure::OriginError),
        }
    }
}

#[inline(never)]
fn header(name: &str, value: &str) -> (String, String) {
    (name.into(), value.into())
}

/// The text at one place of an answer's JSON.
fn picked(answer: &OriginAnswer, place: &str) -> Option<String> {
    project::pick(&answer.body, [place]).ok().and_then(|[text]| text)
}

/// RFC 9110 §10.2.3 in seconds; a date is not worth a calendar here.
fn retry_after(answer: &OriginAnswer) -> u32 {
    let seconds = answer.retry_after.as_deref().and_then(|text| text.parse().ok());
    seconds.map_or(RETRY_AFTER, |seconds: u32| seconds.clamp(1, LONGEST_RETRY))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn answer(status: u16, body: &str, retry_after: Option<&str>) -> OriginAnswer {
        OriginAnswer {
            status,
            content_type: Some("application/json".into()),
            retry_after: retry_after.map(Into::into),
            body: body.into(),
        }
    }

    pub(super) fn refused(failure: Failure) -> Answer {
        Answer::Refused(failure.into())
    }

    #[test]
    fn every_status_of_an_origin_has_a_meaning() {
        let meaning = |status: u16| Answer::of_status(&answer(status, "", None));
        for status in [200, 201, 202, 204] {
            assert_eq!(meaning(status), Answer::Unknown(Failure::OriginUnrecognized));
        }
        for status in [301, 302, 307, 308, 304] {
            assert_eq!(meaning(status), refused(Failure::OriginRedirect));
        }
        assert_eq!(meaning(303), Answer::Unknown(Failure::OriginRedirect));
        for status in [400, 401, 403, 404, 409, 410, 499] {
            assert_eq!(meaning(status), refused(Failure::OriginRefused));
        }
        for status in [500, 502, 504, 599] {
            assert_eq!(meaning(status), Answer::Unknown(Failure::OriginError));
        }
    }

    #[test]
    fn a_busy_origin_says_when_to_come_back() {
        for (header, seconds) in [
            (Some("17"), 17),
            (Some("0"), 1),
            (Some("999999"), 86_400),
            (Some("soon"), 60),
            (Some("-5"), 60),
            (None, 60),
        ] {
            for status in [429, 503] {
                let busy = refused(Failure::OriginBusy { retry_after: seconds });
                assert_eq!(Answer::of_status(&answer(status, "", header)), busy);
            }
        }
    }
}
