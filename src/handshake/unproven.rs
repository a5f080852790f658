//! Handshakes that nobody signs: anybody can ask, so the answer is worth nothing to anybody but the provider.

use base64ct::{Base64, Encoding as _};
use subtle::ConstantTimeEq as _;

use super::{Handshake, is_echo, is_token};
use crate::hash::sha256;
use crate::hook::Door;
use crate::outcome::Outcome;
use crate::project::parameter;
use crate::scheme::Mechanism;

/// Ends what is a handshake, by one of the door's mechanisms, at `now` (milliseconds), and writes its `answer`. All
/// else passes; a parameter that is doubled, too long or not of its grammar makes no handshake.
pub(crate) fn unproven(door: &Door, method: &str, query: &str, now: u64, answer: &mut String) -> Result<(), Outcome> {
    for mechanism in &door.mechanisms {
        let Some(handshake) = Handshake::of(&mechanism.name) else { continue };
        let parameter = |name| parameter(query, name);
        let text = match (handshake, method) {
            (Handshake::Meta, "GET") => parameter("hub.challenge").filter(|_| is_subscriber(mechanism, query)),
            (Handshake::X, "GET") => parameter("crc_token").and_then(|token| signed(mechanism, &token, now)),
            (Handshake::Dropbox, "GET") => parameter("challenge"),
            (Handshake::Microsoft, "GET" | "POST") => parameter("validationToken"),
            (Handshake::Trello | Handshake::Mandrill, "HEAD") => return Err(Outcome::Handshake(handshake)),
            _ => None,
        };
        if let Some(text) = text.filter(|text| handshake == Handshake::X || is_echo(text)) {
            *answer = text;
            return Err(Outcome::Handshake(handshake));
        }
    }
    Ok(())
}

/// Whether who asks wants to subscribe and knows the token. Compared as a digest, in constant time.
#[inline(never)]
fn is_subscriber(mechanism: &Mechanism, query: &str) -> bool {
    let token = parameter(query, "hub.verify_token").unwrap_or_default();
    let known = mechanism.verify_token.is_some_and(|own| bool::from(own.ct_eq(&sha256(&[token.as_bytes()]))));
    known && parameter(query, "hub.mode").as_deref() == Some("subscribe")
}

/// The HMAC of X's token, with the first secret that has not ended.
#[inline(never)]
fn signed(mechanism: &Mechanism, token: &str, now: u64) -> Option<String> {
    let secret = mechanism.secrets.iter().position(|secret| !secret.is_over(now)).filter(|_| is_token(token))?;
    let mac = Base64::encode_string(&mechanism.mac(secret, token)?);
    Some(format!("{{\"response_token\":\"sha256={mac}\"}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A door whose one mechanism has this name.
    fn door(scheme: &str) -> Door {
        let mut door = Door::decoy();
        door.mechanisms.iter_mut().for_each(|mechanism| mechanism.name = scheme.into());
        door
    }

    #[test]
    fn a_head_is_answered_where_the_provider_looks_with_one() {
        for (scheme, handshake) in [("mandrill", Handshake::Mandrill), ("trello", Handshake::Trello)] {
            let asked = |method| unproven(&door(scheme), method, "challenge=a", 0, &mut String::new());
            assert_eq!(asked("HEAD"), Err(Outcome::Handshake(handshake)));
            assert_eq!((asked("GET"), asked("POST")), (Ok(()), Ok(())));
        }
        assert_eq!(unproven(&door("github"), "HEAD", "", 0, &mut String::new()), Ok(()));
    }

    #[test]
    fn nobody_subscribes_where_no_token_is_configured() {
        let query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=";
        assert_eq!(unproven(&door("meta"), "GET", query, 0, &mut String::new()), Ok(()));
    }
}
