//! A request of headers, and what is common to all mechanisms.

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

    async fn body(&self, _: usize, _: Duration) -> Result<Body, BodyFault> {
        Ok(Vec::new().into())
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
    assert_eq!(HeaderName::new("authorization").unwrap().value(&Sent(&[("authorization", "a")])).as_deref(), Some("a"));
    for wrong in ["", "X Api Key", "X-Käy", "X:", "x\n"] {
        assert!(HeaderName::new(wrong).is_none(), "{wrong:?}");
    }
}

#[test]
fn the_first_of_equal_secrets_is_named() {
    let digests = [[1; 32], [2; 32], [2; 32]];
    assert_eq!(position(&digests, &[2; 32], &[true, true, true]), Some(1));
    assert_eq!(position(&digests, &[2; 32], &[true, false, true]), Some(2), "the first that may be used");
    assert_eq!(position(&digests, &[2; 32], &[true, false, false]), None);
    assert_eq!(position(&[[1; 32]], &[2; 32], &[true]), None);
}
