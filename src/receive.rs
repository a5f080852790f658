//! Step 2: bound a request before it is believed. Transport, method, media type and size, cheapest first.

use crate::handshake::{Handshake, LONGEST_PING, is_ping};
use crate::hook::Door;
use crate::host::{Body, BodyFault, Request};
use crate::outcome::{Outcome, Rejection};
use crate::target::Target;

/// A request of bounded size. Nobody has vouched for it yet. Only [`receive`] makes one.
#[derive(Debug)]
pub(crate) struct Received {
    method: String,
    query: String,
    media: Media,
    body: Body,
}

/// How a request's payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json` or a `+json` type.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// No `content-type`: only right with an empty body.
    Absent,
    /// Anything else.
    Other,
}

/// The lowest TLS version a sender may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsVersion {
    V1_2,
    V1_3,
}

impl Received {
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// The raw query, without `?`.
    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    pub(crate) fn media(&self) -> Media {
        self.media
    }

    /// The raw body.
    pub(crate) fn body(&self) -> &Body {
        &self.body
    }
}

/// Refuses what did not come over TLS of at least `minimum`, except on a loopback host.
pub(crate) fn check_transport(
    target: &Target<'_>,
    request: &impl Request,
    minimum: TlsVersion,
) -> Result<(), Rejection> {
    if target.is_loopback() {
        return Ok(());
    }
    if target.scheme != "https" {
        return Err(Rejection::InsecureTransport);
    }
    match request.tls_version().as_deref().and_then(TlsVersion::of) {
        Some(version) if version >= minimum => Ok(()),
        _ => Err(Rejection::OldTls),
    }
}

/// Reads a request within the bounds of the door it came to.
///
/// # Errors
/// The first bound that the request breaks; or the handshake that it is, of those that a door would refuse otherwise.
pub(crate) async fn receive(
    door: &Door,
    target: &Target<'_>,
    media: Media,
    request: &impl Request,
) -> Result<Received, Outcome> {
    let method = request.method();
    if !door.methods.contains(&method) {
        return Err(Rejection::Method.into());
    }
    // A ping is a form, where only JSON is delivered: read as far as a ping may go, and then refused as well.
    let perhaps_ping = media == Media::Form && door.media == Some(Media::Json) && door.asks(Handshake::WooCommerce);
    let max_body = if perhaps_ping { LONGEST_PING } else { door.max_body };
    let other = |only: Media| media != only && media != Media::Absent;
    let refused = media == Media::Other || door.media.is_some_and(other);
    if refused && !perhaps_ping {
        return Err(Rejection::MediaType.into());
    }
    if request.header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(Rejection::ContentEncoding.into());
    }
    // RFC 9110 §8.6: decimal digits. What does not fit a u64 is too large as well.
    let declared = request.header("content-length").map_or(0, |length| length.parse().unwrap_or(u64::MAX));
    if declared > max_body as u64 {
        return Err(if refused { Rejection::MediaType } else { Rejection::TooLarge }.into());
    }
    let body = request.body(max_body, door.body_timeout).await.map_err(|fault| match fault {
        BodyFault::TooLarge if refused => Rejection::MediaType,
        BodyFault::TooLarge => Rejection::TooLarge,
        BodyFault::Timeout => Rejection::BodyTimeout,
        BodyFault::Broken => Rejection::BodyBroken,
    })?;
    if refused && is_ping(&body) {
        return Err(Outcome::Handshake(Handshake::WooCommerce));
    }
    if refused || media == Media::Absent && !body.is_empty() {
        return Err(Rejection::MediaType.into());
    }
    Ok(Received { method, query: target.query.into(), media, body })
}

impl Media {
    /// RFC 9110 §8.3.1. A charset other than UTF-8 is no media the gate can read.
    pub(crate) fn of(content_type: Option<&str>) -> Self {
        let Some(content_type) = content_type else { return Self::Absent };
        // What nearly all senders write.
        if content_type == "application/json" {
            return Self::Json;
        }
        let essence = essence(content_type);
        let utf8 = content_type.split(';').skip(1).map(str::trim).all(|parameter| {
            parameter.split_once('=').is_none_or(|(name, value)| {
                !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
        });
        match essence.as_str() {
            _ if !utf8 => Self::Other,
            _ if is_json(content_type) => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            _ => Self::Other,
        }
    }
}

/// A media type without its parameters, in lower case.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// Whether a media type is JSON, whatever its parameters.
pub(crate) fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

impl TlsVersion {
    /// The names of Cloudflare's `request.cf.tlsVersion`; older and unknown ones are none.
    fn of(name: &str) -> Option<Self> {
        match name {
            "TLSv1.2" => Some(Self::V1_2),
            "TLSv1.3" => Some(Self::V1_3),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_read_as_rfc_9110_writes_them() {
        let of = |text| Media::of(Some(text));
        for json in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/cloudevents+json",
            "application/json;charset=\"utf-8\"",
        ] {
            assert_eq!(of(json), Media::Json, "{json}");
        }
        assert_eq!(of("application/x-www-form-urlencoded; charset=utf-8"), Media::Form);
        for other in [
            "",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application/json; charset=utf-16",
            "text/json, application/json",
        ] {
            assert_eq!(of(other), Media::Other, "{other}");
        }
        assert_eq!(Media::of(None), Media::Absent);
    }
}
