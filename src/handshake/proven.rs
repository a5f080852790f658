//! Handshakes that a provider signs: known by what stands in the signed body, never by a header, which is not signed.

use super::{Handshake, is_echo, is_token};
use crate::outcome::{Malformation, Outcome, Rejection};
use crate::project;
use crate::receive::{Media, Received};
use crate::scheme::Mechanism;

/// Most bytes of a handshake's body: a larger one is a delivery, and is not read twice.
const LARGEST: usize = 8 * 1024;

/// Ends what is a handshake, signed with the secret of this index of the mechanism, and writes its `answer`; a delivery
/// passes. A handshake whose challenge may not be given back is refused: it is no delivery either.
pub(crate) fn proven(
    mechanism: &Mechanism,
    secret: usize,
    received: &Received,
    answer: &mut String,
) -> Result<(), Outcome> {
    let Some(handshake) = Handshake::of(&mechanism.name) else { return Ok(()) };
    // What tells the handshake, and what is to be answered; or what a delivery has that a handshake has not.
    let places = match handshake {
        Handshake::Slack => ["/type", "/challenge"],
        Handshake::Zoom => ["/event", "/payload/plainToken"],
        Handshake::Twitch => ["/subscription/status", "/challenge"],
        Handshake::Discord => ["/type", "/event/type"],
        Handshake::Xero => ["/lastEventSequence", "/events/*/resourceId"],
        _ => return Ok(()),
    };
    if received.media() != Media::Json || received.body().len() > LARGEST {
        return Ok(());
    }
    let Ok(found) = project::pick(received.body(), places) else { return Ok(()) };
    let found = found.each_ref().map(|text| text.as_deref());
    let echo = |text: &str| is_echo(text).then(|| text.to_owned());
    let text = match (handshake, found) {
        (Handshake::Slack, [Some("url_verification"), challenge]) | (Handshake::Twitch, [_, challenge @ Some(_)]) => {
            challenge.and_then(echo)
        }
        (Handshake::Zoom, [Some("endpoint.url_validation"), token]) => {
            token.and_then(|token| signed(mechanism, secret, token))
        }
        (Handshake::Discord, [Some("1"), None]) => Some("{\"type\":1}".into()),
        (Handshake::Discord, [Some("0"), None]) => return Err(Outcome::Handshake(Handshake::DiscordEvents)),
        (Handshake::Xero, [Some("0"), None]) => Some(String::new()),
        _ => return Ok(()),
    };
    *answer = text.ok_or(Rejection::Malformed(Malformation::FieldValue))?;
    Err(Outcome::Handshake(handshake))
}

/// Zoom's answer: the token, and its HMAC in hex.
fn signed(mechanism: &Mechanism, secret: usize, token: &str) -> Option<String> {
    let mac = mechanism.mac(secret, token).filter(|_| is_token(token))?;
    let mac = base16ct::lower::encode_string(&mac);
    Some(format!("{{\"plainToken\":\"{token}\",\"encryptedToken\":\"{mac}\"}}"))
}
