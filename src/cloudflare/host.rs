//! Clock, KV, ledger, origin and log.

use core::time::Duration;

use wasm_bindgen::prelude::wasm_bindgen;

use super::crypto;
use super::passage::{Fault, Passage};
use crate::hook::LONGEST_TIMEOUT;
use crate::host::{Framed, HmacKey, Host, OriginAnswer, OriginFault, PublicKey, StoreFault};
use crate::origin::OriginRequest;

/// Milliseconds that KV or the ledger may take over an operation.
const STORE_LIMIT: u32 = 1_500;

// Workers grant 30 s after the sender has hung up: a read, a claim, the longest forward and its end fit.
const _: () = assert!(LONGEST_TIMEOUT * 1_000 + 3 * STORE_LIMIT as u64 <= 29_500);

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;

    #[wasm_bindgen(js_namespace = console)]
    fn log(line: &str);
}

/// The platform, for one request or one alarm.
pub(super) struct Edge<'p>(pub(super) &'p Passage);

impl Edge<'_> {
    /// The one text that an operation has come to.
    async fn text(&self, operation: u32) -> Result<Option<String>, StoreFault> {
        let operation = self.done(operation).await?;
        Ok(self.0.text(operation, 0))
    }

    async fn done(&self, operation: u32) -> Result<u32, StoreFault> {
        self.0.ended(operation).await.map_err(|_| StoreFault)
    }
}

impl Host for Edge<'_> {
    fn now(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970 fit")]
        let now = js_sys::Date::now() as u64;
        now
    }

    async fn read_record(&self, key: &str) -> Result<Option<String>, StoreFault> {
        self.text(self.0.read_record(key, STORE_LIMIT)).await
    }

    async fn write_record(&self, key: &str, value: &str, ttl: u32) -> Result<(), StoreFault> {
        self.done(self.0.write_record(key, value, ttl, STORE_LIMIT)).await.map(drop)
    }

    async fn remove_record(&self, key: &str) -> Result<(), StoreFault> {
        self.done(self.0.remove_record(key, STORE_LIMIT)).await.map(drop)
    }

    async fn find_records(&self, prefix: &str) -> Result<Vec<String>, StoreFault> {
        let operation = self.done(self.0.find_records(prefix, STORE_LIMIT)).await?;
        (0..self.0.count(operation)).map(|index| self.0.text(operation, index).ok_or(StoreFault)).collect()
    }

    async fn read_switches(&self, [one, other]: [&str; 2]) -> Result<[Option<String>; 2], StoreFault> {
        let operation = self.done(self.0.read_switches(one, other, STORE_LIMIT)).await?;
        Ok([0, 1].map(|index| self.0.text(operation, index)))
    }

    async fn write_switch(&self, key: &str, value: Option<&str>) -> Result<(), StoreFault> {
        self.done(self.0.write_switch(key, value, STORE_LIMIT)).await.map(drop)
    }

    async fn ask(&self, object: &str, call: &str) -> Result<String, StoreFault> {
        self.text(self.0.ask(object, call, STORE_LIMIT)).await?.ok_or(StoreFault)
    }

    fn token(&self) -> String {
        random_uuid()
    }

    async fn send(&self, request: &OriginRequest) -> Result<OriginAnswer, OriginFault> {
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let message = message(Some(request.url()), headers, request.body()).ok_or(OriginFault::Broken)?;
        match self.0.ended(self.0.send(&message, millis(request.timeout()))).await {
            Ok(operation) => Ok(OriginAnswer {
                status: self.0.status(operation),
                content_type: self.0.text(operation, 0),
                retry_after: self.0.text(operation, 1),
                body: self.0.bytes(operation),
            }),
            Err(Fault::Late) => Err(OriginFault::Timeout),
            Err(Fault::Failed | Fault::TooLarge) => Err(OriginFault::Broken),
        }
    }

    async fn verify(&self, key: &PublicKey, signature: &[u8; 64], message: &[u8]) -> bool {
        crypto::verify(self.0, key, signature, message).await.unwrap_or(false)
    }

    async fn hash(&self, key: Option<&HmacKey>, message: &Framed<'_>) -> Option<Vec<u8>> {
        crypto::hash(self.0, key, message).await.ok()
    }

    fn log(&self, line: &str) {
        log(line);
    }
}

/// A message as `passage.js` reads it: the URL of a request, lines of headers, an empty line, the body. `None` if a header
/// would be two.
pub(super) fn message<'h>(
    url: Option<&str>,
    headers: impl Iterator<Item = (&'h str, &'h str)>,
    body: &str,
) -> Option<String> {
    let mut text = String::with_capacity(512_usize.saturating_add(body.len()));
    text.extend(url);
    for (name, value) in headers {
        if value.contains(['\r', '\n']) {
            return None;
        }
        text.extend(["\n", name, ": ", value]);
    }
    text.extend(["\n\n", body]);
    Some(text)
}

pub(super) fn millis(limit: Duration) -> u32 {
    u32::try_from(limit.as_millis()).unwrap_or(u32::MAX)
}
