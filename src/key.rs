//! The idempotency key: what makes two requests the same delivery. It is made only of bytes that the sender
//! authenticated, so that nobody can give a captured request a new one.

use crate::hash::sha256;
use crate::hook::Hook;
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
    pub(crate) fn of(
        received: &Received,
        hook: &Hook,
        id: Option<&str>,
        topic: Option<&str>,
    ) -> Result<Self, Malformation> {
        let body = received.body();
        // What is signed is the body; the query of a signed request is anybody's.
        let query = if hook.door.signs() { "" } else { received.query() };
        match hook.replay.key {
            KeySource::Body => match topic {
                Some(topic) => Self::from_parts(hook, "topic", &[topic.as_bytes(), body]),
                None => Self::from_parts(hook, "body", &[body]),
            },
            KeySource::Id => match id {
                Some(id) => Self::from_parts(hook, "id", &[id.as_bytes()]),
                None => Self::from_parts(hook, "body", &[body]),
            },
            KeySource::IdPlace => match project::key_parts(hook, query, received.media(), body, 1).as_deref() {
                Ok([id]) => Self::from_parts(hook, "id", &[id.as_bytes()]),
                _ => Self::from_parts(hook, "body", &[body]),
            },
            KeySource::Request => {
                let parts = [query.as_bytes(), body];
                Self::from_parts(hook, received.method(), &parts)
            }
            KeySource::Places(count) => {
                let parts = project::key_parts(hook, query, received.media(), body, count)?;
                let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
                Self::from_parts(hook, "places", &parts)
            }
        }
    }

    /// Each part is preceded by its length, so that no byte can move from one to the next unnoticed.
    fn from_parts(hook: &Hook, source: &str, parts: &[&[u8]]) -> Result<Self, Malformation> {
        if parts.iter().all(|part| part.is_empty()) {
            return Err(Malformation::KeyMissing);
        }
        let parts = [&[hook.id.as_bytes(), source.as_bytes()][..], parts].concat();
        let lengths: Vec<[u8; 8]> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let all: Vec<&[u8]> = lengths.iter().zip(parts).flat_map(|(length, part)| [length.as_slice(), part]).collect();
        Ok(Self(sha256(&all)))
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
