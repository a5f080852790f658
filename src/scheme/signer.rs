//! Which key has signed.

use subtle::ConstantTimeEq as _;

use super::keys::SharedKey;
use crate::hash::Framed;
use crate::host::{Host, PublicKey};

/// The index of the first key that made one of these signatures, in constant time.
pub(super) async fn shared(
    keys: &[SharedKey],
    signatures: &[Vec<u8>],
    message: &Framed<'_>,
    may: &[bool],
    host: &impl Host,
) -> Option<usize> {
    let mut found = None;
    for (index, key) in keys.iter().enumerate().rev() {
        let right = key.sign_by(host, message).await;
        let equal = |signature: &Vec<u8>| bool::from(right.as_slice().ct_eq(signature));
        let equals = signatures.iter().fold(false, |any, signature| equal(signature) | any);
        if equals && may.get(index) == Some(&true) {
            found = Some(index);
        }
    }
    found
}

/// The same for public keys; there is no secret whose comparison could be timed. `ecdsa` reads `r` and `s`.
pub(super) async fn public(
    keys: &[PublicKey],
    signatures: &[Vec<u8>],
    ecdsa: fn(&[u8]) -> Option<[u8; 64]>,
    message: &Framed<'_>,
    may: &[bool],
    host: &impl Host,
) -> Option<usize> {
    for (index, key) in keys.iter().enumerate().filter(|(index, _)| may.get(*index) == Some(&true)) {
        for signature in signatures {
            let fixed = match key {
                PublicKey::Ed25519(_) => signature.as_slice().try_into().ok(),
                PublicKey::P256(_) => ecdsa(signature),
            };
            if let Some(fixed) = fixed
                && host.verify(key, &fixed, message.joined()).await
            {
                return Some(index);
            }
        }
    }
    None
}
