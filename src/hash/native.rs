//! Who hashes a message: the gate itself, or from some size on the platform, whose native code takes a fifth of the time,
//! but some microseconds to be asked. Both say the same; where the platform says nothing, the gate does it itself.

use super::{Framed, Hash, HmacKey, sha256};
use crate::host::Host;

impl Hash {
    /// From how many bytes on the platform is asked: about where both take equally long in workerd.
    const fn native_from(self) -> usize {
        match self {
            // WebCrypto has no MD5.
            Self::Md5 => usize::MAX,
            // Fast in the gate, too.
            Self::Sha1 => 10 << 10,
            Self::Sha256 => 4 << 10,
            // Made for 64 bits, which WebAssembly has, and natively without instructions of its own.
            Self::Sha512 => 17 << 10,
        }
    }
}

/// The HMAC of a message with a key, to be compared in constant time; without a key its SHA-256. By whoever is faster at
/// its size: nothing else decides, so that the time taken says nothing of a key.
pub(crate) async fn hash_by(host: &impl Host, key: Option<&HmacKey>, message: &Framed<'_>) -> Vec<u8> {
    let hash = key.map_or(Hash::Sha256, |key| key.hash);
    if message.len() >= hash.native_from()
        && let Some(code) = host.hash(key, message).await
    {
        return code;
    }
    let parts = message.parts();
    key.map_or_else(|| sha256(&parts).into(), |key| key.sign(&parts))
}
