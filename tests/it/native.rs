//! The native code of a platform that hashes: it can be counted, and fail.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use hookgate::host::HmacKey;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// Hashes nothing until it is told to.
#[derive(Debug, Default)]
pub(crate) struct Native {
    /// Which of the next calls it answers, one after the other and again from the start.
    answers: RefCell<Vec<bool>>,
    asked: RefCell<Vec<(&'static str, usize)>>,
    imports: Cell<usize>,
    alive: Rc<()>,
}

/// What is made of a key: all that a later call knows of it.
struct Imported {
    hash: &'static str,
    bytes: Vec<u8>,
    /// For as long as the gate keeps it.
    _alive: Rc<()>,
}

impl Native {
    /// Answers calls as this pattern says.
    pub(crate) fn answer(&self, pattern: &[bool]) {
        *self.answers.borrow_mut() = pattern.to_vec();
    }

    /// What it was asked since this was last called, answered or not: the hash of an HMAC or `digest`, and how many bytes.
    pub(crate) fn take_asked(&self) -> Vec<(&'static str, usize)> {
        self.asked.take()
    }

    /// Keys that were imported so far.
    pub(crate) fn imports(&self) -> usize {
        self.imports.get()
    }

    /// Imported keys that the gate keeps.
    pub(crate) fn kept(&self) -> usize {
        Rc::strong_count(&self.alive) - 1
    }

    pub(crate) fn hash(&self, key: Option<&HmacKey>, message: &[u8]) -> Option<Vec<u8>> {
        let calls = self.asked.borrow().len();
        self.asked.borrow_mut().push((key.map_or("digest", HmacKey::hash), message.len()));
        let answers = self.answers.borrow();
        if answers.is_empty() || !answers[calls % answers.len()] {
            return None;
        }
        let Some(key) = key else { return Some(Sha256::digest(message).to_vec()) };
        if key.imported::<Imported>().is_none() {
            self.imports.set(self.imports.get() + 1);
            key.keep(Imported { hash: key.hash(), bytes: key.expose().into(), _alive: Rc::clone(&self.alive) });
        }
        let Imported { hash, bytes, .. } = key.imported().expect("it was just kept");
        Some(hmac(hash, bytes, message))
    }
}

/// RFC 2104, for the hashes that WebCrypto has.
pub(crate) fn hmac(hash: &str, key: &[u8], message: &[u8]) -> Vec<u8> {
    match hash {
        "SHA-1" => Hmac::<Sha1>::new_from_slice(key).unwrap().chain_update(message).finalize().into_bytes().to_vec(),
        "SHA-256" => {
            Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(message).finalize().into_bytes().to_vec()
        }
        "SHA-512" => {
            Hmac::<Sha512>::new_from_slice(key).unwrap().chain_update(message).finalize().into_bytes().to_vec()
        }
        _ => panic!("WebCrypto has no {hash}"),
    }
}
