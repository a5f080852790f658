//! An API key in a named header.

use sha2::{Digest as _, Sha256};

use super::{Digest, HeaderName, position};
use crate::host::Request;
use crate::secret::Secret;

/// A header that carries one of a list of keys.
#[derive(Debug)]
pub(crate) struct ApiKey {
    header: HeaderName,
    keys: Vec<Digest>,
}

impl ApiKey {
    pub(crate) fn new(header: HeaderName, keys: &[Secret]) -> Self {
        Self { header, keys: keys.iter().map(|key| Sha256::digest(key.expose()).into()).collect() }
    }

    pub(crate) fn verify(&self, request: &impl Request) -> Option<usize> {
        position(&self.keys, &Sha256::digest(self.header.value(request)?).into())
    }
}
