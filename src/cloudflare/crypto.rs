//! Public-key signatures, by WebCrypto: an implementation in the Worker would be half as large as all the rest.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use worker::wasm_bindgen::{self, JsValue, prelude::wasm_bindgen};
use worker::wasm_bindgen_futures::JsFuture;

use crate::host::PublicKey;

#[wasm_bindgen]
extern "C" {
    /// `crypto.subtle`.
    type Subtle;

    #[wasm_bindgen(thread_local_v2, js_namespace = crypto, js_name = subtle)]
    static SUBTLE: Subtle;

    #[wasm_bindgen(method, catch, js_name = importKey)]
    fn import_key(
        this: &Subtle,
        format: &str,
        key: &Uint8Array,
        algorithm: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn verify(
        this: &Subtle,
        algorithm: &Object,
        key: &JsValue,
        signature: &Uint8Array,
        message: &Uint8Array,
    ) -> Result<Promise, JsValue>;
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
    let parameters = Object::new();
    for (name, value) in algorithm {
        Reflect::set(&parameters, &(*name).into(), &(*value).into())?;
    }
    let usages = Array::of1(&"verify".into());
    let imported =
        SUBTLE.with(|subtle| subtle.import_key("raw", &Uint8Array::from(bytes), &parameters, false, &usages))?;
    let imported = JsFuture::from(imported).await?;
    let (signature, message) = (Uint8Array::from(signature.as_slice()), Uint8Array::from(message));
    let verified = SUBTLE.with(|subtle| subtle.verify(&parameters, &imported, &signature, &message))?;
    JsFuture::from(verified).await.map(|verified| verified.is_truthy())
}
