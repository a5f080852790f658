//! Schemes: how a sender proves who it is. Each mechanism takes a list of secrets and says which one matched.

mod api_key;
mod basic;
mod body_token;
mod der;
pub(crate) mod description;
mod headers;
mod jwk;
pub(crate) mod jwt;
pub(crate) mod keys;
pub(crate) mod presets;
pub(crate) mod signature;
mod signer;
pub(crate) mod template;
pub(crate) mod timestamp;
mod verify;

pub(crate) use api_key::ApiKey;
pub(crate) use basic::Basic;
pub(crate) use body_token::BodyToken;
pub(crate) use jwt::Jwt;
pub(crate) use verify::Verifier;

use subtle::ConstantTimeEq as _;

use crate::hash::sha256;
use crate::host::{Body, Host, Request};
use crate::receive::Media;
use crate::secret::Secret;

/// One mechanism of a hook.
#[derive(Debug)]
pub(crate) struct Mechanism {
    /// The word in the configuration and in the audit entry.
    pub(crate) name: String,
    pub(crate) means: Means,
    /// What the configuration says of each secret.
    pub(crate) secrets: Vec<SecretName>,
    /// Where its sender names the event: a place in the body, or a header, which nothing signs.
    pub(crate) event: Option<String>,
    /// What a provider presents that asks for a subscription before it signs anything (Meta).
    pub(crate) verify_token: Option<Digest>,
}

/// What a sender presents.
#[derive(Debug)]
pub(crate) enum Means {
    Basic(Basic),
    ApiKey(ApiKey),
    BodyToken(BodyToken),
    Signature(Box<Verifier>),
    Jwt(Box<Jwt>),
}

/// A secret as the configuration names it.
#[derive(Debug)]
pub(crate) struct SecretName {
    pub(crate) name: String,
    /// The last day it may be used, and milliseconds since 1970 at the end of that day.
    pub(crate) not_after: Option<(String, u64)>,
}

/// What a mechanism has found out about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// The index of the secret that it was made with.
    pub(crate) secret: usize,
    /// What names the delivery: an id from a header that is signed, or the digest of what is signed where that is not
    /// the body as it was sent.
    pub(crate) id: Option<String>,
}

impl Mechanism {
    /// Whether it is a signature: then the query is not covered, and only what it covers counts.
    pub(crate) fn signs(&self) -> bool {
        matches!(self.means, Means::Signature(_) | Means::Jwt(_))
    }

    /// Whether a captured body can be continued by anybody: so a form can gain a parameter, and JSON nothing.
    pub(crate) fn is_extensible(&self) -> bool {
        self.verifier().is_some_and(Verifier::is_extensible)
    }

    /// See [`Verifier::has_clear_id`].
    pub(crate) fn has_clear_id(&self) -> bool {
        self.verifier().is_none_or(Verifier::has_clear_id)
    }

    /// The places that it covers, where that is neither the whole body nor all of a form. A password or key vouches for
    /// the whole request.
    pub(crate) fn places(&self) -> Option<Vec<String>> {
        self.verifier()?.content().places()
    }

    /// Whether it vouches for the body as it was sent: else who has captured a delivery may spell it otherwise.
    pub(crate) fn has_body(&self) -> bool {
        self.verifier().is_none_or(|verifier| verifier.content().has_body())
    }

    /// What of a payload its signature vouches for; none where it signs nothing.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn covers(&self) -> Option<description::Coverage> {
        match &self.means {
            Means::Signature(verifier) => Some(verifier.content().covers()),
            Means::Jwt(_) => Some(description::Coverage::Body),
            Means::Basic(_) | Means::ApiKey(_) | Means::BodyToken(_) => None,
        }
    }

    /// The parameter of the query that it covers.
    pub(crate) fn query(&self) -> Option<&str> {
        self.verifier()?.content().query()
    }

    /// The only format of bodies that it can read, if it reads them.
    pub(crate) fn media(&self) -> Option<Media> {
        match &self.means {
            Means::Signature(verifier) => verifier.media(),
            Means::BodyToken(_) => Some(Media::Json),
            Means::Basic(_) | Means::ApiKey(_) | Means::Jwt(_) => None,
        }
    }

    /// What this request proves at `now` (milliseconds).
    pub(crate) async fn verify(
        &self,
        request: &impl Request,
        body: &Body,
        now: u64,
        host: &impl Host,
    ) -> Option<Proof> {
        let may: Vec<bool> = self.secrets.iter().map(|secret| !secret.is_over(now)).collect();
        let credential = |secret: Option<usize>| secret.map(|secret| Proof { secret, id: None });
        match &self.means {
            Means::Basic(basic) => credential(basic.verify(request, &may)),
            Means::ApiKey(key) => credential(key.verify(request, &may)),
            Means::BodyToken(token) => credential(token.verify(body, &may)),
            Means::Signature(verifier) => verifier.verify(request, body, now, &may, host).await,
            Means::Jwt(jwt) => jwt.verify(request, body, now, &may, host).await,
        }
    }

    /// The HMAC of a message with the secret of this index, where that is a shared key.
    pub(crate) fn mac(&self, secret: usize, message: &str) -> Option<Vec<u8>> {
        self.verifier()?.mac(secret, message.as_bytes())
    }

    fn verifier(&self) -> Option<&Verifier> {
        match &self.means {
            Means::Signature(verifier) => Some(verifier),
            Means::Basic(_) | Means::ApiKey(_) | Means::BodyToken(_) | Means::Jwt(_) => None,
        }
    }
}

impl SecretName {
    pub(crate) fn is_over(&self, now: u64) -> bool {
        self.not_after.as_ref().is_some_and(|(_, end)| now >= *end)
    }
}

/// A header's name as RFC 9110 §5.1 writes it: the `X_HUB_SIGNATURE` of PHP is `x-hub-signature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderName {
    dashed: String,
    underscored: String,
}

impl HeaderName {
    #[inline(never)]
    pub(crate) fn new(text: &str) -> Option<Self> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if text.is_empty() || text.len() > 64 || !text.bytes().all(token) {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        Some(Self { dashed: lower.replace('_', "-"), underscored: lower.replace('-', "_") })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.dashed
    }

    /// The one value of this header in either spelling; none if both are there, for then they may disagree.
    #[inline(never)]
    pub(crate) fn value(&self, request: &impl Request) -> Option<String> {
        if self.dashed == self.underscored {
            return request.header(&self.dashed);
        }
        request.either(&self.dashed, &self.underscored)
    }

    fn is_present(&self, request: &impl Request) -> bool {
        request.header(&self.dashed).is_some() || request.header(&self.underscored).is_some()
    }
}

/// The SHA-256 of a credential: compared instead of it, so that neither content nor length shows in the time it takes.
pub(crate) type Digest = [u8; 32];

#[inline(never)]
fn digests(secrets: &[Secret]) -> Vec<Digest> {
    secrets.iter().map(|secret| sha256(&[secret.expose().as_bytes()])).collect()
}

/// The index of the first digest that `may` be used and equals `presented`; every one is compared, in constant time.
#[inline(never)]
fn position(digests: &[Digest], presented: &Digest, may: &[bool]) -> Option<usize> {
    digests.iter().enumerate().rev().fold(None, |found, (index, digest)| {
        let equal = bool::from(digest.ct_eq(presented));
        if equal && may.get(index) == Some(&true) { Some(index) } else { found }
    })
}

#[cfg(test)]
mod tests;
