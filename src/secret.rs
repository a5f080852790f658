//! Secrets: long enough to be one, never printed.

use core::fmt;

/// The least bytes of a secret. Shorter ones can be guessed; an empty one has let anybody in elsewhere (CVE-2025-3102).
pub(crate) const MIN_BYTES: usize = 12;

/// A shared secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// # Errors
    /// Says what is wrong with the text, without repeating it.
    pub(crate) fn new(text: String) -> Result<Self, &'static str> {
        if text.trim().is_empty() {
            Err("is empty")
        } else if text.trim().len() != text.len() {
            Err("has white space before or after it: set it again without")
        } else if text.len() < MIN_BYTES {
            Err("is shorter than 12 bytes")
        } else {
            Ok(Self(text))
        }
    }

    /// The text, to be used as a key and never to be shown.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_can_be_guessed_is_none() {
        for wrong in ["", " ", "\n\t", "12345678901", " 123456789012", "123456789012\n"] {
            assert!(Secret::new(wrong.into()).is_err(), "{wrong:?}");
        }
        assert!(Secret::new("123456789012".into()).is_ok());
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new("canary-canary".into()).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
