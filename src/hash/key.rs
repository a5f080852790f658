//! The keys that senders sign with.

use core::any::Any;
use core::cell::OnceCell;
use core::fmt;

use super::{Hash, Mac};

/// A key of HMAC (RFC 2104) that a sender signs with, and what the platform has made of it. Both live as long as the
/// configuration that the key was read from: a secret that was revoked leaves nothing behind.
pub struct HmacKey {
    pub(super) hash: Hash,
    pub(super) mac: Mac,
    bytes: Vec<u8>,
    imported: OnceCell<Box<dyn Any>>,
}

impl HmacKey {
    /// Of some bytes, as many as the sender has.
    pub(crate) fn new(hash: Hash, bytes: &[u8]) -> Self {
        Self { hash, mac: Mac::new(hash, bytes), bytes: bytes.into(), imported: OnceCell::new() }
    }

    /// The name of its hash in WebCrypto, `SHA-1`, `SHA-256` or `SHA-512`; `MD5`, which WebCrypto has not.
    #[must_use]
    pub fn hash(&self) -> &'static str {
        match self.hash {
            Hash::Md5 => "MD5",
            Hash::Sha1 => "SHA-1",
            Hash::Sha256 => "SHA-256",
            Hash::Sha512 => "SHA-512",
        }
    }

    /// The key itself, to be imported and never to be shown.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// What the platform has made of it, if it has, and as this type.
    #[must_use]
    pub fn imported<T: 'static>(&self) -> Option<&T> {
        self.imported.get()?.downcast_ref()
    }

    /// Keeps what the platform has made of it; what is kept already stays.
    pub fn keep<T: 'static>(&self, imported: T) {
        let _ = self.imported.set(Box::new(imported));
    }

    /// The authentication code of some parts, computed here. To be compared in constant time.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        self.mac.sign(parts)
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HmacKey({:?}, …)", self.hash)
    }
}
