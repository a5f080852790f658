//! The border: all that the gate asks of the platform. Workers implements it in `cloudflare/`, the tests in memory.

#[cfg(not(target_arch = "wasm32"))]
mod memoryless;

use core::time::Duration;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use memoryless::Memoryless;

pub use crate::body::Body;
pub use crate::hash::{Framed, HmacKey};
use crate::origin::OriginRequest;

/// One request, read piece by piece, so that what is refused early costs little.
#[allow(async_fn_in_trait, reason = "an isolate has one thread: no future crosses to another")]
pub trait Request {
    /// The method, upper case as sent.
    fn method(&self) -> String;
    /// The absolute URL.
    fn url(&self) -> String;
    /// The value of a header, repeated ones joined by `, `; `name` is lower case.
    fn header(&self, name: &str) -> Option<String>;
    /// The value of a header that may be spelled in two ways; `None` also if both are there, for then they may disagree.
    fn either(&self, one: &str, other: &str) -> Option<String> {
        match (self.header(one), self.header(other)) {
            (Some(value), None) | (None, Some(value)) => Some(value),
            _ => None,
        }
    }
    /// The TLS version of the connection as the edge names it (`TLSv1.3`).
    fn tls_version(&self) -> Option<String>;
    /// The raw body, at most `cap` bytes, within `limit`.
    ///
    /// # Errors
    /// See [`BodyFault`]; whatever was read is dropped.
    async fn body(&self, cap: usize, limit: Duration) -> Result<Body, BodyFault>;
}

/// Why a body could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// More than the cap arrived.
    TooLarge,
    /// The sender stalled.
    Timeout,
    /// The connection ended early.
    Broken,
}

/// Clock, stores, ledger, origin, cryptography and log.
#[allow(async_fn_in_trait, reason = "an isolate has one thread: no future crosses to another")]
pub trait Host {
    /// Milliseconds since 1970.
    fn now(&self) -> u64;
    /// Reads a record of the replay cache.
    ///
    /// # Errors
    /// The store did not answer, in time or at all.
    async fn read_record(&self, key: &str) -> Result<Option<String>, StoreFault>;
    /// Writes a record of the replay cache, to be forgotten after `ttl` seconds (at least 60).
    ///
    /// # Errors
    /// The store did not take it, in time or at all.
    async fn write_record(&self, key: &str, value: &str, ttl: u32) -> Result<(), StoreFault>;
    /// Removes a record of the replay cache.
    ///
    /// # Errors
    /// The store did not do it, in time or at all.
    async fn remove_record(&self, key: &str) -> Result<(), StoreFault>;
    /// The keys of records that begin so, at most two.
    ///
    /// # Errors
    /// The store did not answer, in time or at all.
    async fn find_records(&self, prefix: &str) -> Result<Vec<String>, StoreFault>;
    /// Reads two switches in one operation.
    ///
    /// # Errors
    /// The store did not answer, in time or at all.
    async fn read_switches(&self, keys: [&str; 2]) -> Result<[Option<String>; 2], StoreFault>;
    /// Writes a switch, or removes it.
    ///
    /// # Errors
    /// The store did not take it, in time or at all.
    async fn write_switch(&self, key: &str, value: Option<&str>) -> Result<(), StoreFault>;
    /// Asks an object of the ledger: a call and its answer are texts, see [`crate::ledger`].
    ///
    /// # Errors
    /// It did not answer, in time or at all: whether it did what it was asked is unknown.
    async fn ask(&self, object: &str, call: &str) -> Result<String, StoreFault>;
    /// A text that never was there before, of at most 64 characters.
    fn token(&self) -> String;
    /// Sends a request to the origin without following redirects; the time limit covers the whole answer.
    ///
    /// # Errors
    /// See [`OriginFault`].
    async fn send(&self, request: &OriginRequest) -> Result<OriginAnswer, OriginFault>;
    /// Whether the private half of `key` has signed `message`. An Ed25519 signature is that of RFC 8032, one of P-256
    /// the numbers `r` and `s` over the SHA-256 of the message.
    async fn verify(&self, key: &PublicKey, signature: &[u8; 64], message: &[u8]) -> bool;
    /// What native code makes of a message of kilobytes: with a key its HMAC (RFC 2104), else its SHA-256 (FIPS 180-4).
    /// `None` where the platform did not do it: then the gate does. What it imports it may keep, see [`HmacKey::keep`].
    async fn hash(&self, key: Option<&HmacKey>, message: &Framed<'_>) -> Option<Vec<u8>>;
    /// Writes one line to the log.
    fn log(&self, line: &str);
}

/// A sender's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RFC 8032 §5.1.5.
    Ed25519([u8; 32]),
    /// A point of P-256, uncompressed (SEC 1 §2.3.3). Whether it is on the curve is for the host to say.
    P256([u8; 65]),
}

/// A store did not answer, in time or at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreFault;

/// What an origin answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginAnswer {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The body up to [`OriginRequest::ANSWER_CAP`] bytes.
    pub body: Vec<u8>,
}

/// Silence of an origin: whether it acted is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginFault {
    /// No complete answer within the time limit.
    Timeout,
    /// The connection could not be made or broke.
    Broken,
}
