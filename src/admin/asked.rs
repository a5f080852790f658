//! What a request says, read strictly: a name that nobody reads, one that is there twice, and a text that is empty are
//! mistakes of whoever asks, and a mistaken `hook` must not stop everything.

use core::time::Duration;

use super::{Asked, Refusal};
use crate::host::{Body, BodyFault, Request};
use crate::project::{parameter, pick_whole};

/// Most bytes of a body.
const MAX_BODY: usize = 16 * 1024;
/// How long an operator may take over it.
const BODY_LIMIT: Duration = Duration::from_secs(10);
/// Most characters of a text for people.
const MAX_NOTE: usize = 200;

/// The texts of a request.
pub(super) struct Said {
    places: &'static [&'static str],
    texts: Vec<Option<String>>,
}

impl Refusal {
    #[inline(never)]
    pub(super) fn new(status: u16, error: &'static str, message: &[&str]) -> Self {
        Self { status, error, message: message.concat() }
    }

    pub(super) fn bad(message: &[&str]) -> Self {
        Self::new(400, "bad-request", message)
    }

    pub(super) fn unknown_hook(message: &[&str]) -> Self {
        Self::new(404, "unknown-hook", message)
    }

    pub(super) fn unreachable(message: &[&str]) -> Self {
        Self::new(503, "store-unreachable", message)
    }
}

impl Asked {
    /// What the request says: in its query, or in its body.
    pub(super) async fn said(&self, request: &impl Request) -> Result<Said, Refusal> {
        let places = self.route.places();
        let texts = if self.route.method() == "GET" {
            of_query(&self.query, places)?
        } else {
            of_body(request.body(MAX_BODY, BODY_LIMIT).await, places)?
        };
        Ok(Said { places, texts })
    }
}

impl Said {
    /// One of the texts.
    #[inline(never)]
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let place = self.places.iter().position(|place| plain(place) == name)?;
        self.texts.get(place)?.as_deref()
    }
}

#[inline(never)]
fn of_query(query: &str, places: &[&str]) -> Result<Vec<Option<String>>, Refusal> {
    let mut texts = Vec::new();
    for place in places {
        texts.push(parameter(query, plain(place)).filter(|text| !text.is_empty()));
    }
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).count();
    if places.is_empty() || texts.iter().flatten().count() == pairs {
        return Ok(texts);
    }
    Err(Refusal::bad(&["the query may have ", &names(places), ", each once and not empty"]))
}

#[inline(never)]
fn of_body(body: Result<Body, BodyFault>, places: &[&str]) -> Result<Vec<Option<String>>, Refusal> {
    let body = body.map_err(|fault| {
        Refusal::bad(&[match fault {
            BodyFault::TooLarge => "the body is larger than 16 KiB",
            BodyFault::Timeout | BodyFault::Broken => "the body did not arrive",
        }])
    })?;
    let may = "the body must be a table of JSON; it may have ";
    pick_whole(&body, places).map_err(|_| Refusal::bad(&[may, &names(places), ", each once and not empty"]))
}

/// The name at a place.
fn plain(place: &str) -> &str {
    place.strip_prefix('/').unwrap_or(place)
}

fn names(places: &[&str]) -> String {
    places.join(", ").replace('/', "")
}

/// The first 200 characters.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(MAX_NOTE).collect()
}

/// A text for people, which goes into the log, the ledger and KV.
pub(super) fn note(name: &str, said: &Said) -> Result<Option<String>, Refusal> {
    let text = said.get(name);
    if text.is_some_and(|text| text.chars().count() > MAX_NOTE) {
        return Err(Refusal::bad(&[name, " is longer than 200 characters"]));
    }
    Ok(text.map(Into::into))
}

/// The beginning of a key.
pub(super) fn reference(said: &Said) -> Result<&str, Refusal> {
    let is_hex = |text: &&str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let right = said.get("ref").filter(|text| (8..=64).contains(&text.len())).filter(is_hex);
    right.ok_or_else(|| Refusal::bad(&["ref must be 8 to 64 hex digits in lower case"]))
}

/// A text that has to be there.
pub(super) fn required<'s>(name: &str, said: &'s Said) -> Result<&'s str, Refusal> {
    let text = said.get(name).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| Refusal::bad(&[name, " is missing"]))
}

/// A number in decimal digits; 0 if it is not said.
pub(super) fn number(name: &str, said: &Said) -> Result<u64, Refusal> {
    let text = said.get(name).unwrap_or("0");
    let digits = text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or_else(|| Refusal::bad(&[name, " must be a number"]))
}
