//! WebCrypto: public-key signatures, whose implementation in the Worker would be half as large as all the rest, and the
//! hashes of large messages. A slice goes there as a view of the Worker's memory: WebCrypto takes what it needs of it
//! before it returns (Web Cryptography Level 2, the first steps of each method), so nothing is copied on the way.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use worker::wasm_bindgen::{self, JsValue, prelude::wasm_bindgen};
use worker::wasm_bindgen_futures::JsFuture;

use crate::host::{HmacKey, PublicKey};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    fn import_key(
        format: &str,
        key: &[u8],
        algorithm: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = verify)]
    fn is_signed(algorithm: &Object, key: &JsValue, signature: &[u8], message: &[u8]) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    fn sign(algorithm: &str, key: &JsValue, message: &[u8]) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    fn digest(algorithm: &str, message: &[u8]) -> Result<Promise, JsValue>;
}

/// Whether the private half of `key` has signed `message`. A key that is none, such as a point beside the curve, is an
/// error.
pub(super) async fn verify(key: &PublicKey, signature: &[u8; 64], message: &[u8]) -> Result<bool, JsValue> {
    let (bytes, algorithm) = match key {
        PublicKey::Ed25519(bytes) => (bytes.as_slice(), [("name", "Ed25519")].as_slice()),
        PublicKey::P256(point) => {
            (point.as_slice(), [("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")].as_slice())
        }
    };
    let (imported, parameters) = import(bytes, algorithm, "verify").await?;
    JsFuture::from(is_signed(&parameters, &imported, signature, message)?).await.map(|verified| verified.is_truthy())
}

/// The HMAC of a message, or its SHA-256. The imported key stays with the key, and serves every request that has it.
pub(super) async fn hash(key: Option<&HmacKey>, message: &[u8]) -> Result<Vec<u8>, JsValue> {
    let hashed = match key {
        None => digest("SHA-256", message),
        Some(key) => {
            if key.imported::<JsValue>().is_none() {
                // Who comes meanwhile imports it, too: no request may wait for what another one has begun.
                key.keep(import(key.expose(), &[("name", "HMAC"), ("hash", key.hash())], "sign").await?.0);
            }
            let imported: &JsValue = key.imported().ok_or(JsValue::UNDEFINED)?;
            sign("HMAC", imported, message)
        }
    };
    JsFuture::from(hashed?).await.map(|hash| Uint8Array::new(&hash).to_vec())
}

/// A key for one use, and the parameters of its algorithm.
async fn import(bytes: &[u8], algorithm: &[(&str, &str)], usage: &str) -> Result<(JsValue, Object), JsValue> {
    let parameters = Object::new();
    for (name, value) in algorithm {
        Reflect::set(&parameters, &(*name).into(), &(*value).into())?;
    }
    let usages = Array::of1(&usage.into());
    let imported = import_key("raw", bytes, &parameters, false, &usages)?;
    Ok((JsFuture::from(imported).await?, parameters))
}
