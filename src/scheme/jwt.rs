//! JSON Web Tokens (RFC 7519, compact as RFC 7515 §3.1 writes them) that carry the hash of the body: what a sender's
//! token must say, as data, and the verifier that executes it.

use subtle::ConstantTimeEq as _;

use super::description::{self, Encoding, KeyFormat, Unit};
use super::keys::Keys;
use super::signature::decode;
use super::signer::{public, shared};
use super::{Digest, HeaderName, Proof, jwk, timestamp};
use crate::allowlist::{Bounds, Kind, Use};
use crate::hash::{Framed, Hash, hash_by, sha256};
use crate::host::{Body, Host, Request};
use crate::project;
use crate::secret::Secret;

/// Most bytes of a token. Senders' own are below 1,000.
const MAX_TOKEN: usize = 4_096;
const JWK: &str = "must be the JSON of a P-256 public key (JWK) that has not expired";
/// Seconds that the clock of a sender may be ahead, where it signs no time by itself.
const AHEAD: u32 = 300;

/// What a sender's tokens say. Claims are JSON pointers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Description {
    pub(crate) header: &'static str,
    /// What precedes the token in it.
    pub(crate) prefix: &'static str,
    /// The only one: what the token says of its algorithm chooses nothing.
    pub(crate) algorithm: Algorithm,
    /// What `iss` must be.
    pub(crate) issuer: Option<&'static str>,
    /// The claim with the SHA-256 of the body, and how that is written.
    pub(crate) body_hash: &'static str,
    pub(crate) encoding: Encoding,
    /// The claim with the SHA-256 of the URL as the sender knows it, in hex.
    pub(crate) url_hash: Option<&'static str>,
    pub(crate) life: Life,
    /// Of an empty body there is no hash. Else a token without one covers nothing, and may be for something else.
    pub(crate) unhashed: bool,
    /// Whether `jti` names the delivery.
    pub(crate) has_id: bool,
}

/// RFC 7518 §3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Hs256,
    Es256,
}

/// The time in which a token is good; `tolerance` is in seconds, into the past and into the future. An `exp` or `nbf`
/// that is there without being asked for counts as well (RFC 7519 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// No time is signed: a captured request is good for ever.
    Endless,
    /// From `iat`.
    Since { tolerance: u32 },
    /// From `nbf`, and until `exp` at the latest.
    Until { tolerance: u32 },
}

/// A description with its keys.
#[derive(Debug)]
pub(crate) struct Jwt {
    description: &'static Description,
    /// That of the description, or the hook's own.
    life: Life,
    header: HeaderName,
    keys: Keys,
    /// What the issuer calls each public key, if anything.
    key_ids: Vec<Option<String>>,
    url_hash: Digest,
}

/// A token in the right form. Nobody has vouched for it yet.
#[derive(Default)]
struct Token<'t> {
    /// Its first two parts: what is signed.
    signed: &'t str,
    payload: Vec<u8>,
    /// One, or none.
    signatures: Vec<Vec<u8>>,
    /// The `kid` in its header.
    key_id: Option<String>,
}

impl Jwt {
    /// `url` is the URL as the sender knows it, where it signs that.
    ///
    /// # Errors
    /// The index of the first secret that is no key of this description, and what it must be.
    #[inline(never)]
    pub(crate) fn new(
        description: &'static Description,
        life: Life,
        url: &str,
        secrets: &[Secret],
    ) -> Result<Self, (usize, &'static str)> {
        let mut key_ids = Vec::new();
        let keys = match description.algorithm {
            Algorithm::Hs256 => Keys::new(description::Algorithm::Hmac(Hash::Sha256), KeyFormat::Utf8, secrets)?,
            Algorithm::Es256 => {
                let mut keys = Vec::new();
                for (index, secret) in secrets.iter().enumerate() {
                    let (key, id) = jwk::read(secret.expose()).ok_or((index, JWK))?;
                    keys.push(key);
                    key_ids.push(id);
                }
                Keys::Public(keys)
            }
        };
        let header = HeaderName::new(description.header).ok_or((0, ""))?;
        Ok(Self { description, life, header, keys, key_ids, url_hash: sha256(&[url.as_bytes()]) })
    }

    /// What a request proves at `now` (milliseconds), if a key that `may` be used has signed it. All keys are tried,
    /// and something is signed and hashed even where no token is presented: the time taken tells neither.
    pub(crate) async fn verify(
        &self,
        request: &impl Request,
        body: &Body,
        now: u64,
        may: &[bool],
        host: &impl Host,
    ) -> Option<Proof> {
        let hash = hash_by(host, None, &Framed::new(body)).await;
        let value = self.header.value(request).unwrap_or_default();
        let token = self.read(&value).unwrap_or_default();
        let message = &mut Framed::default();
        message.push(token.signed.as_bytes());
        let secret = match &self.keys {
            Keys::Shared(keys) => shared(keys, &token.signatures, message, may, host).await,
            Keys::Public(keys) => {
                let may = self.meant(&token, may);
                public(keys, &token.signatures, |fixed| fixed.try_into().ok(), message, &may, host).await
            }
        }?;
        let hash = (!body.is_empty() || !self.description.unhashed).then_some(hash);
        let id = self.check(&token.payload, hash.as_deref(), now)?;
        Some(Proof { secret, id: id.filter(|_| self.description.has_id) })
    }

    /// The token in a header, if it has three parts of which the first one names this algorithm.
    fn read<'t>(&self, value: &'t str) -> Option<Token<'t>> {
        let token = value.strip_prefix(self.description.prefix).filter(|token| token.len() <= MAX_TOKEN)?;
        let (signed, signature) = token.rsplit_once('.')?;
        // A fourth part would be in the second one, and a dot is no character of base64url.
        let (head, payload) = signed.split_once('.')?;
        let part = |text: &str| decode(Encoding::Base64Url, text);
        let [algorithm, key_id, critical] = project::pick(&part(head)?, ["/alg", "/kid", "/crit"]).ok()?;
        // What `crit` lists must be understood (RFC 7515 §4.1.11), and none of it is; a list is no scalar anyway.
        let right = algorithm.as_deref() == Some(self.description.algorithm.name()) && critical.is_none();
        let (payload, signature) = (part(payload)?, part(signature)?);
        right.then(|| Token { signed, payload, signatures: vec![signature], key_id })
    }

    /// Which keys a token may mean, of those that `may` be used: none that its issuer calls otherwise.
    fn meant(&self, token: &Token<'_>, may: &[bool]) -> Vec<bool> {
        let other = |id: &Option<String>| id.is_some() && token.key_id.is_some() && *id != token.key_id;
        may.iter().zip(&self.key_ids).map(|(may, id)| *may && !other(id)).collect()
    }

    /// Whether the claims of a signed token are right for a body with this `hash`, which there is none of where the
    /// sender hashes no empty body; and the `jti`, if it has one.
    #[inline(never)]
    fn check(&self, payload: &[u8], hash: Option<&[u8]>, now: u64) -> Option<Option<String>> {
        let Description { body_hash, url_hash, .. } = self.description;
        let places = [body_hash, url_hash.unwrap_or("/url_hash"), "/iss", "/jti", "/iat", "/nbf", "/exp"];
        let mut claims = project::keys(&places).ok()?;
        for time in ["/iat", "/nbf", "/exp"] {
            claims.add(time, Use::Field(Bounds { kind: Some(Kind::Integer), ..Bounds::default() })).ok()?;
        }
        let mut found = project::scalars(payload, &claims, places.len()).ok()?;
        let [body_hash, url_hash, issuer, id, iat, nbf, exp] = found.as_mut_slice() else { return None };
        let (iat, nbf, exp) = (moment(iat)?, moment(nbf)?, moment(exp)?);
        let fresh = |at: Option<u64>, tolerance| at.is_some_and(|at| timestamp::is_fresh(at, now, tolerance));
        let (good, ahead) = match self.life {
            Life::Endless => (true, AHEAD),
            Life::Since { tolerance } => (fresh(iat, tolerance), tolerance),
            Life::Until { tolerance } => (fresh(nbf, tolerance) && exp.is_some(), tolerance),
        };
        // The last millisecond is within it, as it is within a tolerance.
        let alive = exp.is_none_or(|end| now <= end)
            && nbf.is_none_or(|start| start <= now.saturating_add(u64::from(ahead).saturating_mul(1_000)));
        let Description { issuer: own, encoding, url_hash: url, .. } = self.description;
        let right = good
            && alive
            && own.is_none_or(|own| issuer.as_deref() == Some(own))
            && is_hash(body_hash, *encoding, hash)
            && (url.is_none() || is_hash(url_hash, Encoding::Hex, Some(&self.url_hash)));
        right.then(|| id.take())
    }
}

impl Algorithm {
    /// As `alg` names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Es256 => "ES256",
        }
    }
}

/// Whether a claim is this hash, or is missing as it should.
#[inline(never)]
fn is_hash(claim: &Option<String>, encoding: Encoding, hash: Option<&[u8]>) -> bool {
    match (claim, hash) {
        (Some(claim), Some(hash)) => decode(encoding, claim).is_some_and(|claimed| bool::from(claimed.ct_eq(hash))),
        (claim, hash) => claim.is_none() && hash.is_none(),
    }
}

/// Milliseconds since 1970 of a claim in seconds. The outer `None` is one that is wrong.
#[inline(never)]
fn moment(claim: &Option<String>) -> Option<Option<u64>> {
    claim.as_ref().map_or(Some(None), |text| timestamp::read(text, Unit::Seconds).map(Some))
}

#[cfg(test)]
mod tests;
