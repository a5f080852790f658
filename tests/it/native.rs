//! The native code of a platform that hashes: it can be counted, and fail.

use core::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use hookgate::host::{Body, Framed, HmacKey};
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

thread_local! {
    /// Bodies that nobody has looked into, by number.
    static BODIES: RefCell<BTreeMap<u32, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
}

/// For as long as somebody may ask for it.
struct Number(u32);

impl Number {
    fn take(&self) -> Option<Vec<u8>> {
        BODIES.with_borrow_mut(|bodies| bodies.remove(&self.0))
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        self.take();
    }
}

/// A body that the platform keeps, and says when somebody looks into it.
pub(crate) fn keep(bytes: &[u8], looked: &Rc<Cell<bool>>) -> Body {
    let number = BODIES.with_borrow_mut(|bodies| {
        let number = bodies.last_key_value().map_or(0, |(last, _)| last + 1);
        bodies.insert(number, bytes.into());
        Number(number)
    });
    let looked = Rc::clone(looked);
    Body::kept(bytes.len(), number.0, move || {
        looked.set(true);
        number.take().expect("a body is taken once")
    })
}

/// All of a message, of which the platform may keep the body.
fn whole(message: &Framed<'_>) -> Vec<u8> {
    match message.kept() {
        Some((before, number)) => BODIES.with_borrow(|bodies| [before, &bodies[&number]].concat()),
        None => message.joined().into(),
    }
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

    pub(crate) fn hash(&self, key: Option<&HmacKey>, message: &Framed<'_>) -> Option<Vec<u8>> {
        let message = &whole(message);
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
