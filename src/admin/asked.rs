//! What a request says, read strictly: a name that nobody reads, one that is there twice, and a text that is empty are
//! mistakes of whoever asks, and a mistaken `hook` must not stop everything.

use core::time::Duration;

use super::Refusal;
use crate::host::{BodyFault, Request};
use crate::ledger::BadCall;
use crate::project::{parameter, pick_whole};

/// Most bytes of a body.
const MAX_BODY: usize = 16 * 1024;
/// How long an operator may take over it.
const BODY_LIMIT: Duration = Duration::from_secs(10);
/// Most characters of a text for people.
const MAX_NOTE: usize = 200;

impl Refusal {
    #[inline(never)]
    pub(super) fn new(status: u16, error: &'static str, message: String) -> Self {
        Self { status, error, message }
    }

    pub(super) fn bad(message: &str) -> Self {
        Self::new(400, "bad-request", message.into())
    }

    pub(super) fn unknown_hook(message: String) -> Self {
        Self::new(404, "unknown-hook", message)
    }

    pub(super) fn unreachable(message: String) -> Self {
        Self::new(503, "store-unreachable", message)
    }
}

/// The parameters of a query.
pub(super) fn query<const N: usize>(query: &str, names: [&str; N]) -> Result<[Option<String>; N], Refusal> {
    let values = names.map(|name| parameter(query, name).filter(|value| !value.is_empty()));
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).count();
    if values.iter().flatten().count() == pairs {
        return Ok(values);
    }
    Err(Refusal::bad(&format!("the query may have {}, each once and not empty", names.join(", "))))
}

/// The texts of a body.
pub(super) async fn body<const N: usize>(
    request: &impl Request,
    places: [&str; N],
) -> Result<[Option<String>; N], Refusal> {
    let body = request.body(MAX_BODY, BODY_LIMIT).await.map_err(|fault| {
        Refusal::bad(match fault {
            BodyFault::TooLarge => "the body is larger than 16 KiB",
            BodyFault::Timeout | BodyFault::Broken => "the body did not arrive",
        })
    })?;
    let texts = pick_whole(&body, &places).ok().and_then(|texts| texts.try_into().ok());
    texts.ok_or_else(|| {
        let names = places.map(|place| place.trim_start_matches('/')).join(", ");
        Refusal::bad(&format!("the body must be a table of JSON; it may have {names}, each once and not empty"))
    })
}

/// Checks a text for people, which goes into the log, the ledger and KV.
pub(super) fn note(name: &str, text: Option<&str>) -> Result<(), Refusal> {
    if text.is_some_and(|text| text.chars().count() > MAX_NOTE) {
        return Err(Refusal::bad(&format!("{name} is longer than 200 characters")));
    }
    Ok(())
}

/// The first 200 characters.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(MAX_NOTE).collect()
}

/// The beginning of a key.
pub(super) fn reference(text: Option<String>) -> Result<String, Refusal> {
    let is_hex = |text: &String| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let right = text.filter(|text| (8..=64).contains(&text.len()) && is_hex(text));
    right.ok_or_else(|| Refusal::bad("ref must be 8 to 64 hex digits in lower case"))
}

/// A text that has to be there.
pub(super) fn required(name: &str, text: Option<&String>) -> Result<(), Refusal> {
    match text {
        Some(text) if !text.trim().is_empty() => Ok(()),
        _ => Err(Refusal::bad(&format!("{name} is missing"))),
    }
}

/// A number in decimal digits.
pub(super) fn number(name: &str, text: Option<String>) -> Result<u64, Refusal> {
    let Some(text) = text else { return Ok(0) };
    let digits = text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { text.parse().map_err(|_| BadCall) } else { Err(BadCall) };
    number.map_err(|BadCall| Refusal::bad(&format!("{name} must be a number")))
}
