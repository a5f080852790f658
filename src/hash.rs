//! Hashes, and HMAC over each of them (RFC 2104). The code of a hash is in the Worker once: each further copy, inlined
//! where it is used, is a kilobyte. Large messages are for the platform, see [`native`].

mod framed;
mod key;
mod native;

pub use framed::Framed;
pub use key::HmacKey;
pub(crate) use native::hash_by;

use hmac::{Hmac, KeyInit};
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

/// A key of HMAC (RFC 2104).
#[derive(Clone, Debug)]
pub(crate) enum Mac {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Mac {
    /// Of a key of any length.
    #[inline(never)]
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Self {
        match hash {
            Hash::Md5 => Self::Md5(keyed(key)),
            Hash::Sha1 => Self::Sha1(keyed(key)),
            Hash::Sha256 => Self::Sha256(keyed(key)),
            Hash::Sha512 => Self::Sha512(keyed(key)),
        }
    }

    /// The authentication code of some parts, one after the other. To be compared in constant time.
    #[inline(never)]
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Md5(mac) => code(mac, parts).to_vec(),
            Self::Sha1(mac) => code(mac, parts).to_vec(),
            Self::Sha256(mac) => code(mac, parts).to_vec(),
            Self::Sha512(mac) => code(mac, parts).to_vec(),
        }
    }
}

#[expect(clippy::expect_used, reason = "RFC 2104 §3: a key may have any length")]
fn keyed<M: KeyInit>(key: &[u8]) -> M {
    M::new_from_slice(key).expect("HMAC takes any key")
}

fn code<M: hmac::Mac + Clone>(mac: &M, parts: &[&[u8]]) -> Output<M> {
    let mut mac = mac.clone();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes()
}

/// The SHA-1 of some parts, one after the other.
pub(crate) fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    run::<Sha1>(parts).into()
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

    #[test]
    fn a_code_is_that_of_rfc_2104() {
        // RFC 2202 §2 and §3, RFC 4231 §4.3: the second case of each.
        for (hash, code) in [
            (Hash::Md5, "750c783e6ab0b503eaa86e310a5db738"),
            (Hash::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (Hash::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                Hash::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let mac = Mac::new(hash, b"Jefe").sign(&[b"what do ya want ", b"", b"for nothing?"]);
            assert_eq!(base16ct::lower::encode_string(&mac), code, "{hash:?}");
        }
    }

    #[test]
    fn a_key_of_any_length_is_one_and_is_not_shown() {
        let lengths = [0, 1, 63, 64, 65, 128, 129, 4_096];
        for hash in [Hash::Md5, Hash::Sha1, Hash::Sha256, Hash::Sha512] {
            let codes = lengths.map(|length| Mac::new(hash, &vec![7; length]).sign(&[b"text"]));
            for (index, code) in codes.iter().enumerate() {
                assert!(!codes[..index].contains(code), "{hash:?} {}", lengths[index]);
            }
        }
        assert!(!format!("{:?}", Mac::new(Hash::Sha1, b"canary")).contains("canary"));
    }

    #[test]
    fn parts_are_hashed_as_one() {
        assert_eq!(sha256(&[b"a", b"", b"bc"]), sha256(&[b"abc"]));
        assert_eq!(sha1(&[b"a", b"bc"]), sha1(&[b"abc"]));
    }
}
