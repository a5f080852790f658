//! Hashes, and HMAC over each of them (RFC 2104). The code of a hash is in the Worker once: each further copy, inlined
//! where it is used, is a kilobyte.

use core::fmt;

use md5::Md5;
use sha1::Sha1;
use sha2::digest::Output;
use sha2::{Digest, Sha256, Sha512};

/// The hash functions senders use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    /// Broken for signatures of documents, not for HMAC (RFC 6151 §2.3).
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// A key of HMAC, padded to a block as its two hashes begin.
#[derive(Clone)]
pub(crate) struct Mac {
    hash: Hash,
    inner: Vec<u8>,
    outer: Vec<u8>,
}

impl Hash {
    /// The hash of some parts, one after the other.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Md5 => run::<Md5>(parts).to_vec(),
            Self::Sha1 => run::<Sha1>(parts).to_vec(),
            Self::Sha256 => run::<Sha256>(parts).to_vec(),
            Self::Sha512 => run::<Sha512>(parts).to_vec(),
        }
    }

    /// Bytes of a block.
    fn block(self) -> usize {
        if self == Self::Sha512 { 128 } else { 64 }
    }
}

impl Mac {
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Self {
        let mut block = if key.len() > hash.block() { hash.of(&[key]) } else { key.into() };
        block.resize(hash.block(), 0);
        let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect();
        Self { hash, inner: padded(0x36), outer: padded(0x5c) }
    }

    /// The authentication code of some parts, one after the other. To be compared in constant time.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        let inner = self.hash.of(&[&[self.inner.as_slice()][..], parts].concat());
        self.hash.of(&[&self.outer, &inner])
    }
}

/// A key is not shown.
impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac")
    }
}

/// The SHA-256 of some parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    run::<Sha256>(parts).into()
}

#[inline(never)]
fn run<D: Digest>(parts: &[&[u8]]) -> Output<D> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::Hmac;
    use hmac::digest::KeyInit;

    fn reference<M: KeyInit + hmac::Mac>(key: &[u8], text: &[u8]) -> Vec<u8> {
        <M as KeyInit>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
    }

    #[test]
    fn a_code_is_that_of_rfc_2104_whatever_the_length_of_its_key() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=200 {
            let (key, text) = (&bytes[..length], &bytes[length..]);
            for (hash, code) in [
                (Hash::Md5, reference::<Hmac<Md5>>(key, text)),
                (Hash::Sha1, reference::<Hmac<Sha1>>(key, text)),
                (Hash::Sha256, reference::<Hmac<Sha256>>(key, text)),
                (Hash::Sha512, reference::<Hmac<Sha512>>(key, text)),
            ] {
                let (one, two) = text.split_at(text.len() / 2);
                assert_eq!(Mac::new(hash, key).sign(&[one, two]), code, "{hash:?} {length}");
            }
        }
        assert_eq!(format!("{:?}", Mac::new(Hash::Sha1, b"secret")), "Mac");
    }

    #[test]
    fn parts_are_hashed_as_one() {
        assert_eq!(sha256(&[b"a", b"", b"bc"]), sha256(&[b"abc"]));
        assert_eq!(Hash::Sha256.of(&[b"abc"]), sha256(&[b"abc"]));
    }
}
