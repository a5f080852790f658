//! WebCrypto: public-key signatures, whose implementation in the Worker would be half as large as all the rest, and the
//! hashes of large messages. A slice goes there as a view of the Worker's memory: WebCrypto takes what it needs of it
//! before it returns (Web Cryptography Level 2, the first steps of each method), so nothing is copied on the way.

use wasm_bindgen::JsValue;

use super::passage::{Fault, Passage};
use crate::host::{Framed, HmacKey, PublicKey};

/// Whether the private half of `key` has signed `message`. A key that is none, such as a point beside the curve, is a
/// fault.
pub(super) async fn verify(
    passage: &Passage,
    key: &PublicKey,
    signature: &[u8; 64],
    message: &[u8],
) -> Result<bool, Fault> {
    let (algorithm, bytes) = match key {
        PublicKey::Ed25519(bytes) => ("Ed25519", bytes.as_slice()),
        PublicKey::P256(point) => ("P-256", point.as_slice()),
    };
    let key = import(passage, algorithm, bytes).await?;
    let verified = passage.ended(passage.verify(algorithm, &key, signature, message)).await?;
    Ok(passage.status(verified) == 1)
}

/// The HMAC of a message, or its SHA-256. The imported key stays with the key, and serves every request that has it.
pub(super) async fn hash(passage: &Passage, key: Option<&HmacKey>, message: &Framed<'_>) -> Result<Vec<u8>, Fault> {
    // A body that lies in JavaScript's memory is hashed there.
    let parts = || message.kept().map_or_else(|| (message.joined(), None), |(before, body)| (before, Some(body)));
    let hashed = match key {
        None => {
            let (bytes, body) = parts();
            passage.digest(bytes, body)
        }
        Some(key) => {
            if key.imported::<JsValue>().is_none() {
                // Who comes meanwhile imports it, too: no request may wait for what another one has begun.
                key.keep(import(passage, key.hash(), key.expose()).await?);
            }
            let (bytes, body) = parts();
            passage.sign(key.imported().ok_or(Fault::Failed)?, bytes, body)
        }
    };
    let hashed = passage.ended(hashed).await?;
    Ok(passage.bytes(hashed))
}

async fn import(passage: &Passage, algorithm: &str, key: &[u8]) -> Result<JsValue, Fault> {
    let imported = passage.ended(passage.import_key(algorithm, key)).await?;
    Ok(passage.key(imported))
}
