//! Schemes: how a sender proves who it is. Each mechanism takes a list of secrets and says which one matched.

mod api_key;
mod basic;
mod hmac;

pub(crate) use api_key::ApiKey;
pub(crate) use basic::Basic;
pub(crate) use hmac::{Hash, Hmac};

use subtle::ConstantTimeEq as _;

use crate::host::Request;

/// One mechanism of a hook.
#[derive(Debug)]
pub(crate) enum Mechanism {
    Basic(Basic),
    ApiKey(ApiKey),
    Hmac(Hmac),
}

impl Mechanism {
    /// The word in the configuration and in the audit entry.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Basic(_) => "basic",
            Self::ApiKey(_) => "api-key",
            Self::Hmac(_) => "hmac",
        }
    }

    /// Whether it signs the body, and then nothing but the body.
    pub(crate) fn signs_body(&self) -> bool {
        matches!(self, Self::Hmac(_))
    }

    /// The index of the secret that this request was made with.
    pub(crate) fn verify(&self, request: &impl Request, body: &[u8]) -> Option<usize> {
        match self {
            Self::Basic(basic) => basic.verify(request),
            Self::ApiKey(key) => key.verify(request),
            Self::Hmac(hmac) => hmac.verify(request, body),
        }
    }
}

/// A header's name as RFC 9110 §5.1 writes it: the `X_HUB_SIGNATURE` of PHP is `x-hub-signature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderName {
    dashed: String,
    underscored: String,
}

impl HeaderName {
    pub(crate) fn new(text: &str) -> Option<Self> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if text.is_empty() || text.len() > 64 || !text.bytes().all(token) {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        Some(Self { dashed: lower.replace('_', "-"), underscored: lower.replace('-', "_") })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.dashed
    }

    /// The one value of this header in either spelling; none if both are there, for then they may disagree.
    fn value(&self, request: &impl Request) -> Option<String> {
        if self.dashed == self.underscored {
            return request.header(&self.dashed);
        }
        match (request.header(&self.dashed), request.header(&self.underscored)) {
            (Some(value), None) | (None, Some(value)) => Some(value),
            _ => None,
        }
    }
}

/// The SHA-256 of a credential: compared instead of it, so that neither content nor length shows in the time it takes.
type Digest = [u8; 32];

/// The index of the first digest that equals `presented`; every one is compared, and in constant time.
fn position(digests: &[Digest], presented: &Digest) -> Option<usize> {
    digests.iter().enumerate().rev().fold(
        None,
        |found, (index, digest)| {
            if bool::from(digest.ct_eq(presented)) { Some(index) } else { found }
        },
    )
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::host::BodyFault;

    /// A request of nothing but headers.
    pub(super) struct Sent<'a>(pub(super) &'a [(&'a str, &'a str)]);

    impl Request for Sent<'_> {
        fn method(&self) -> String {
            "POST".into()
        }

        fn url(&self) -> String {
            String::new()
        }

        /// Repeated headers joined, as the platform joins them.
        fn header(&self, name: &str) -> Option<String> {
            let values: Vec<&str> = self.0.iter().filter(|(n, _)| *n == name).map(|(_, value)| *value).collect();
            (!values.is_empty()).then(|| values.join(", "))
        }

        fn tls_version(&self) -> Option<String> {
            None
        }

        async fn body(&self, _: usize, _: Duration) -> Result<Vec<u8>, BodyFault> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_header_is_found_in_either_spelling_but_not_in_both() {
        for configured in ["X_API_KEY", "x-api-key", "X-Api_Key"] {
            let name = HeaderName::new(configured).unwrap();
            assert_eq!(name.value(&Sent(&[("x-api-key", "a")])).as_deref(), Some("a"), "{configured}");
            assert_eq!(name.value(&Sent(&[("x_api_key", "a")])).as_deref(), Some("a"), "{configured}");
            assert_eq!(name.value(&Sent(&[("x-api-key", "a"), ("x_api_key", "a")])), None, "{configured}");
        }
        assert_eq!(
            HeaderName::new("authorization").unwrap().value(&Sent(&[("authorization", "a")])).as_deref(),
            Some("a")
        );
        for wrong in ["", "X Api Key", "X-Käy", "X:", "x\n"] {
            assert!(HeaderName::new(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn the_first_of_equal_secrets_is_named() {
        assert_eq!(position(&[[1; 32], [2; 32], [2; 32]], &[2; 32]), Some(1));
        assert_eq!(position(&[[1; 32]], &[2; 32]), None);
    }
}
