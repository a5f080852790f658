//! A token in the body, in every item of a list.

use super::{Digest, digests, position};
use crate::hash::sha256;
use crate::project;
use crate::secret::Secret;

/// A place that carries one of a list of tokens.
#[derive(Debug)]
pub(crate) struct BodyToken {
    /// Of a list: `/value/*/clientState`.
    place: &'static str,
    tokens: Vec<Digest>,
}

impl BodyToken {
    pub(crate) fn new(place: &'static str, tokens: &[Secret]) -> Self {
        Self { place, tokens: digests(tokens) }
    }

    /// The index of the last token that an item has. An item without a token could be anybody's.
    pub(crate) fn verify(&self, body: &[u8], may: &[bool]) -> Option<usize> {
        let presented = project::each(body, self.place)?;
        let mut indices = presented.iter().map(|token| position(&self.tokens, &sha256(&[token.as_bytes()]), may));
        indices.try_fold(0, |last: usize, index| Some(last.max(index?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_the_token() {
        let tokens = ["first-token-1", "second-token"].map(|text| Secret::new(text.into()).unwrap());
        let scheme = BodyToken::new("/value/*/clientState", &tokens);
        let verify = |body: &str| scheme.verify(body.as_bytes(), &[true, true]);
        assert_eq!(verify(r#"{"value":[{"clientState":"first-token-1"}]}"#), Some(0));
        assert_eq!(
            verify(r#"{"value":[{"a":1,"clientState":"first-token-1"},{"clientState":"second-token"}]}"#),
            Some(1)
        );
        for wrong in [
            "",
            "{}",
            r#"{"value":[]}"#,
            r#"{"value":{"clientState":"first-token-1"}}"#,
            r#"{"clientState":"first-token-1"}"#,
            r#"{"value":[{"clientState":"first-token"}]}"#,
            r#"{"value":[{"clientState":["first-token-1"]}]}"#,
            r#"{"value":[{"clientState":"first-token-1"},{}]}"#,
            r#"{"value":[{},{"clientState":"first-token-1"}]}"#,
            r#"{"value":[{"clientState":"first-token-1"},{"clientState":null}]}"#,
            r#"{"value":[{"clientState":"first-token-1"},{"clientState":""}]}"#,
            r#"{"value":[{"clientState":"first-token-1"},{"clientState":"guess"}]}"#,
            r#"{"value":[{"clientState":"guess","clientState":"first-token-1"}]}"#,
            r#"{"value":[{"clientState":"first-token-1"}],"value":[{}]}"#,
            r#"{"value":[{"clientState":"first-token-1"}]"#,
        ] {
            assert_eq!(verify(wrong), None, "{wrong}");
        }
        assert_eq!(scheme.verify(br#"{"value":[{"clientState":"first-token-1"}]}"#, &[false, true]), None);
    }
}
