//! Handshakes that nobody signs: anybody can ask, so the answer is worth nothing to anybody but the provider.

use base64ct::{Base64, Encoding as _};
use subtle::ConstantTimeEq as _;

use super::{Answered, Handshake, is_echo, is_token};
use crate::hook::Door;
use crate::project::parameters;
use crate::scheme::{Mechanism, digest};
use crate::target::Target;

/// The handshake that a request is, by one of the door's mechanisms, at `now` (milliseconds).
pub(crate) fn unproven(door: &Door, method: &str, target: &Target<'_>, now: u64) -> Option<Answered> {
    for mechanism in &door.mechanisms {
        let Some(handshake) = Handshake::of(&mechanism.name) else { continue };
        let text = match (handshake, method) {
            (Handshake::Meta, "GET") => subscription(mechanism, target.query),
            (Handshake::X, "GET") => signed(mechanism, target.query, now),
            (Handshake::Dropbox, "GET") => given_back(target.query, "/challenge"),
            (Handshake::Microsoft, "GET" | "POST") => given_back(target.query, "/validationToken"),
            (Handshake::Trello | Handshake::Mandrill, "HEAD") => Some(String::new()),
            _ => None,
        };
        if let Some(text) = text {
            return Some(handshake.answered(text));
        }
    }
    None
}

/// The challenge of who knows the token. Compared as a digest, in constant time.
fn subscription(mechanism: &Mechanism, query: &str) -> Option<String> {
    let expected = mechanism.verify_token.as_ref()?;
    let values = parameters(query, &["/hub.mode", "/hub.verify_token", "/hub.challenge"])?;
    let [mode, token, challenge] = <[String; 3]>::try_from(values).ok()?;
    let known = bool::from(digest(&token).ct_eq(expected));
    (known && mode == "subscribe" && is_echo(&challenge)).then_some(challenge)
}

/// The HMAC of X's token, with the first secret that has not ended.
fn signed(mechanism: &Mechanism, query: &str, now: u64) -> Option<String> {
    let token = parameters(query, &["/crc_token"])?.pop().filter(|token| is_token(token.as_bytes()))?;
    let secret = mechanism.secrets.iter().position(|secret| !secret.is_over(now))?;
    let mac = Base64::encode_string(&mechanism.mac(secret, token.as_bytes())?);
    Some(format!("{{\"response_token\":\"sha256={mac}\"}}"))
}

fn given_back(query: &str, name: &str) -> Option<String> {
    parameters(query, &[name])?.pop().filter(|text| is_echo(text))
}
