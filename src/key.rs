//! The idempotency key: what makes two requests the same delivery. It is made only of bytes that the sender
//! authenticated, so that nobody can give a captured request a new one.

use crate::hash::{Framed, hash_by, sha256};
use crate::hook::Hook;
use crate::host::{Body, Host};
use crate::outcome::Malformation;
use crate::project;
use crate::receive::Received;

/// The SHA-256 of a hook's id and of what identifies a delivery to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IdempotencyKey([u8; 32]);

/// What identifies a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// The body: all that an HMAC signs.
    Body,
    /// Method, query and body: a password or key vouches for the whole request.
    Request,
    /// So many places in the payload, from [`crate::hook::Replay::places`].
    Places(usize),
    /// The id in a header that the sender signs, or the digest of what it signs where that is not the body as it was
    /// sent: who has captured a delivery may write its form otherwise, or change what is not signed. The body where a
    /// JWT has no id.
    Id,
    /// The id at the first of these places; the body where it has none, such as that of a ping.
    IdPlace,
}

impl IdempotencyKey {
    /// `id` is what the sender's proof names. `topic` is not signed, but one of the few that the hook lists, so
    /// that a captured request has no more keys than these; without it a site's second deletion would be a repeat.
    ///
    /// # Errors
    /// [`Malformation::KeyMissing`] where the source is empty: a constant key would swallow every later event.
    pub(crate) async fn of(
        received: &Received,
        hook: &Hook,
        id: Option<&str>,
        topic: Option<&str>,
        host: &impl Host,
    ) -> Result<Self, Malformation> {
        let identity = identity(received, hook, id, topic)?;
        let hash = hash_by(host, None, &identity).await.try_into();
        Ok(Self(hash.unwrap_or_else(|_| sha256(&identity.parts()))))
    }

    /// One of many keys.
    #[cfg(test)]
    pub(crate) fn of_number(number: u64) -> Self {
        Self(sha256(&[&number.to_be_bytes()]))
    }

    /// What [`Self::hex`] was made of.
    pub(crate) fn of_hex(hex: &str) -> Option<Self> {
        let mut key = [0; 32];
        base16ct::lower::decode(hex, &mut key).ok().filter(|decoded| decoded.len() == 32)?;
        Some(Self(key))
    }

    /// 64 lower-case hex digits.
    pub(crate) fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }

    /// The delivery reference: the first 16 hex digits, short enough to be read out on the telephone.
    pub(crate) fn reference(&self) -> String {
        base16ct::lower::encode_string(self.0.first_chunk::<8>().unwrap_or(&[0; 8]))
    }
}

/// What identifies a delivery, from the hook's source of it.
#[inline(never)]
fn identity<'r>(
    received: &'r Received,
    hook: &Hook,
    id: Option<&str>,
    topic: Option<&str>,
) -> Result<Framed<'r>, Malformation> {
    let body = received.body();
    // What is signed is the body; the query of a signed request is anybody's.
    let query = if hook.door.signs() { "" } else { received.query() };
    let places = |count| project::key_parts(hook, query, received.media(), body, count);
    match hook.replay.key {
        KeySource::Body => match topic {
            Some(topic) => framed(hook, "topic", &[topic], Some(body)),
            None => framed(hook, "body", &[], Some(body)),
        },
        KeySource::Id => match id {
            Some(id) => framed(hook, "id", &[id], None),
            None => framed(hook, "body", &[], Some(body)),
        },
        KeySource::IdPlace => match places(1).as_deref() {
            Ok([id]) => framed(hook, "id", &[id], None),
            _ => framed(hook, "body", &[], Some(body)),
        },
        KeySource::Request => framed(hook, received.method(), &[query], Some(body)),
        KeySource::Places(count) => {
            let texts = places(count)?;
            framed(hook, "places", &texts.iter().map(String::as_str).collect::<Vec<_>>(), None)
        }
    }
}

/// A hook, the name of the source, and its parts, each preceded by its length, so that no byte can move from one to the
/// next unnoticed.
#[inline(never)]
fn framed<'b>(hook: &Hook, source: &str, texts: &[&str], body: Option<&'b Body>) -> Result<Framed<'b>, Malformation> {
    if texts.iter().all(|text| text.is_empty()) && body.is_none_or(Body::is_empty) {
        return Err(Malformation::KeyMissing);
    }
    let mut framed = Framed::default();
    let length = |length: usize| (length as u64).to_be_bytes();
    for text in [&hook.id, source].iter().chain(texts) {
        framed.push(&length(text.len()));
        framed.push(text.as_bytes());
    }
    if let Some(body) = body {
        framed.push(&length(body.len()));
        framed.push_body(body);
    }
    Ok(framed)
}
