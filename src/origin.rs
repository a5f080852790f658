//! Step 7: the origin. A request to it can be made of nothing but a claim, and its silence is an answer of its own.

use core::time::Duration;

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::host::{OriginAnswer, OriginFault};
use crate::outcome::{Failure, Outcome, RETRY_AFTER, Rejection};
use crate::project;
use crate::replay::Claim;
use crate::secret::Secret;
use crate::table::Table;
use crate::target::Target;

/// The connector's route below a site's URL.
const ROUTE: &str = "/wp-json/hookgate/v1/deliveries";
/// The code with which the connector says that a required object does not exist.
const OBJECTS_NOT_FOUND: &str = "hookgate_objects_not_found";
/// Longest `Retry-After` that is passed on, in seconds.
const LONGEST_RETRY: u32 = 86_400;

/// A WordPress site with the connector.
#[derive(Debug)]
pub(crate) struct Origin {
    url: String,
    signature: Hmac<Sha256>,
    /// The `authorization` header of an application password.
    authorization: Option<String>,
}

/// A request to the origin, built from nothing: no header of the sender is in it. It is made of a claim, which is made
/// of a thin payload, which is made of a verified delivery:
///
/// ```
/// # use hookgate::{origin::OriginRequest, replay::Claim};
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
    headers: Vec<(&'static str, String)>,
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
    /// Reads an origin. `None` after a mistake.
    pub(crate) fn read(table: &mut Table<'_>, secret: &dyn Fn(&str) -> Result<Secret, String>) -> Option<Self> {
        let url = table.required_text("url", "the address of the site").and_then(|url| {
            let url = route(url);
            if url.is_none() {
                table.mistake("url", "must be https://host or https://host/path (http only for a loopback host)");
            }
            url
        });
        let signature = read_secret(table, "secret", secret).and_then(|secret| {
            let signature = signature(&secret);
            if signature.is_none() {
                table.mistake(
                    "secret",
                    "must be whsec_ and 24 to 64 bytes in base64: echo \"whsec_$(openssl rand -base64 32)\"",
                );
            }
            signature
        });
        let authorization = match table.text("user") {
            None => None,
            Some(user) => {
                let password = read_secret(table, "password", secret)?;
                Some(format!("Basic {}", Base64::encode_string(format!("{user}:{}", password.expose()).as_bytes())))
            }
        };
        Some(Self { url: url?, signature: signature?, authorization })
    }
}

impl OriginRequest {
    /// Most bytes of an answer that are read; the connector needs a hundred.
    pub const ANSWER_CAP: usize = 4_096;

    /// Signs the payload of a claim for its hook's origin as Standard Webhooks does, at `now` in Unix seconds.
    #[must_use]
    pub fn new(claim: &Claim<'_>, now: u64) -> Self {
        let payload = claim.payload();
        let origin = &payload.hook().origin;
        let (id, body) = (payload.key().hex(), payload.json().to_owned());
        let signature = origin.signature.clone().chain_update(format!("{id}.{now}.")).chain_update(&body).finalize();
        let mut headers = vec![
            ("content-type", "application/json".into()),
            ("accept", "application/json".into()),
            ("user-agent", concat!("hookgate/", env!("CARGO_PKG_VERSION")).into()),
            ("webhook-id", id),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", format!("v1,{}", Base64::encode_string(&signature.into_bytes()))),
        ];
        headers.extend(origin.authorization.clone().map(|value| ("authorization", value)));
        Self { url: origin.url.clone(), headers, body, timeout: payload.hook().timeout }
    }

    /// Absolute URL, to be sent a `POST`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All headers, names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The thin payload.
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
    pub(crate) fn of(result: Result<OriginAnswer, OriginFault>) -> Self {
        let answer = match result {
            Ok(answer) => answer,
            Err(OriginFault::Timeout) => return Self::Unknown(Failure::OriginTimeout),
            Err(OriginFault::Broken) => return Self::Unknown(Failure::OriginBroken),
        };
        match answer.status {
            200..=299 => Self::Accepted,
            300..=399 => Self::Refused(Failure::OriginRedirect.into()),
            400 if says_objects_not_found(&answer.body) => Self::Refused(Rejection::ObjectsNotFound.into()),
            429 | 503 => {
                Self::Refused(Failure::OriginBusy { retry_after: retry_after(answer.retry_after.as_deref()) }.into())
            }
            400..=499 => Self::Refused(Failure::OriginRefused.into()),
            _ => Self::Unknown(Failure::OriginError),
        }
    }
}

fn says_objects_not_found(body: &[u8]) -> bool {
    project::pick(body, ["/code"]).is_ok_and(|[code]| code.as_deref() == Some(OBJECTS_NOT_FOUND))
}

/// RFC 9110 §10.2.3 in seconds; a date is not worth a calendar here.
fn retry_after(header: Option<&str>) -> u32 {
    header.and_then(|text| text.parse().ok()).map_or(RETRY_AFTER, |seconds: u32| seconds.clamp(1, LONGEST_RETRY))
}

/// The connector's URL on a site.
fn route(site: &str) -> Option<String> {
    let target = Target::of(site);
    let scheme = target.scheme == "https" || (target.scheme == "http" && target.is_loopback());
    let plain = !site.contains(['?', '#', '@', '\\']) && site.bytes().all(|b| b.is_ascii_graphic());
    (scheme && plain && !target.host.is_empty()).then(|| format!("{}{ROUTE}", site.trim_end_matches('/')))
}

fn read_secret(
    table: &mut Table<'_>,
    key: &'static str,
    secret: &dyn Fn(&str) -> Result<Secret, String>,
) -> Option<Secret> {
    let name = table.required_text(key, "the name of a Worker secret")?;
    secret(name).map_err(|why| table.mistake(key, why)).ok()
}

/// Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes.
fn signature(secret: &Secret) -> Option<Hmac<Sha256>> {
    let key = Base64::decode_vec(secret.expose().strip_prefix("whsec_")?).ok()?;
    if !(24..=64).contains(&key.len()) {
        return None;
    }
    Hmac::new_from_slice(&key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_reached_over_https_or_on_this_machine() {
        let at = |url| route(url).is_some_and(|url| url.ends_with("/wp-json/hookgate/v1/deliveries"));
        for right in
            ["https://www.example.com", "https://example.com/blog/", "http://127.0.0.1:8080", "http://localhost"]
        {
            assert!(at(right), "{right}");
        }
        for wrong in [
            "",
            "www.example.com",
            "http://example.com",
            "ftp://example.com",
            "https://",
            "https://u:p@example.com",
            "https://e.com/?a",
            "https://e.com/#a",
            "https://e.com/a b",
        ] {
            assert!(route(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_signing_secret_is_a_standard_webhooks_one() {
        let right = |text: &str| signature(&Secret::new(text.into()).unwrap()).is_some();
        assert!(right("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"));
        for wrong in [
            "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
            "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NT",
            "whsec_dG9vIHNob3J0",
            "whsec_!!!!!!!!!!!!",
        ] {
            assert!(!right(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_answer_of_an_origin_has_a_meaning() {
        let answer = |status: u16, body: &str, retry_after: Option<&str>| {
            Answer::of(Ok(OriginAnswer { status, retry_after: retry_after.map(Into::into), body: body.into() }))
        };
        let refused = |failure: Failure| Answer::Refused(failure.into());
        for status in [200, 201, 202, 204] {
            assert_eq!(answer(status, "", None), Answer::Accepted);
        }
        for status in [301, 302, 307, 308, 304] {
            assert_eq!(answer(status, "", None), refused(Failure::OriginRedirect));
        }
        let not_found = r#"{"code":"hookgate_objects_not_found","message":"Objects not found","data":{"status":400}}"#;
        assert_eq!(answer(400, not_found, None), Answer::Refused(Rejection::ObjectsNotFound.into()));
        assert_eq!(answer(404, not_found, None), refused(Failure::OriginRefused));
        for body in ["", "{}", r#"{"code":"rest_invalid_json"}"#, "hookgate_objects_not_found"] {
            assert_eq!(answer(400, body, None), refused(Failure::OriginRefused));
        }
        for (header, seconds) in [
            (Some("17"), 17),
            (Some("0"), 1),
            (Some("999999"), 86_400),
            (Some("soon"), 60),
            (Some("-5"), 60),
            (None, 60),
        ] {
            assert_eq!(answer(503, "", header), refused(Failure::OriginBusy { retry_after: seconds }));
            assert_eq!(answer(429, "", header), refused(Failure::OriginBusy { retry_after: seconds }));
        }
        for status in [500, 502, 504, 599] {
            assert_eq!(answer(status, "", None), Answer::Unknown(Failure::OriginError));
        }
        assert_eq!(Answer::of(Err(OriginFault::Timeout)), Answer::Unknown(Failure::OriginTimeout));
        assert_eq!(Answer::of(Err(OriginFault::Broken)), Answer::Unknown(Failure::OriginBroken));
    }
}
