//! An API key in a named header.

use super::{Digest, HeaderName, digests, position};
use crate::hash::sha256;
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
        Self { header, keys: digests(keys) }
    }

    pub(crate) fn verify(&self, request: &impl Request, may: &[bool]) -> Option<usize> {
        position(&self.keys, &sha256(&[self.header.value(request)?.as_bytes()]), may)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::tests::Sent;

    #[test]
    fn a_key_is_compared_whole() {
        let keys = ["first-api-key", "second-api-key"].map(|text| Secret::new(text.into()).unwrap());
        let scheme = ApiKey::new(HeaderName::new("X_API_KEY").unwrap(), &keys);
        let verify = |value: &str| scheme.verify(&Sent(&[("x-api-key", value)]), &[true, true]);
        assert_eq!(verify("first-api-key"), Some(0));
        assert_eq!(verify("second-api-key"), Some(1));
        for wrong in [
            "",
            "first-api-ke",
            "first-api-key1",
            "First-api-key",
            "first-api-key, first-api-key",
            "first-api-key, second-api-key",
        ] {
            assert_eq!(verify(wrong), None, "{wrong:?}");
        }
        assert_eq!(scheme.verify(&Sent(&[]), &[true, true]), None);
    }
}
