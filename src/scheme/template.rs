//! What a signature covers.

/// A template of signed content: `v0:{timestamp}:{body}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    Id,
    Timestamp,
    Body,
    Method,
    Url,
}

/// What the pieces of a template stand for in one request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Content<'r> {
    pub(crate) id: &'r str,
    pub(crate) timestamp: &'r str,
    pub(crate) body: &'r [u8],
    pub(crate) method: &'r str,
    pub(crate) url: &'r str,
}

impl Template {
    /// `None` if a brace does not belong to a piece.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (literal, after) = rest.split_at_checked(rest.find('{').unwrap_or(rest.len()))?;
            if literal.contains('}') {
                return None;
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.into()));
            }
            let Some(named) = after.strip_prefix('{') else { break };
            let (name, after) = named.split_once('}')?;
            pieces.push(match name {
                "id" => Piece::Id,
                "timestamp" => Piece::Timestamp,
                "body" => Piece::Body,
                "method" => Piece::Method,
                "url" => Piece::Url,
                _ => return None,
            });
            rest = after;
        }
        Some(Self(pieces))
    }

    pub(crate) fn has(&self, piece: &Piece) -> bool {
        self.0.contains(piece)
    }

    /// The bytes of each piece in turn.
    pub(crate) fn pieces<'r>(&'r self, content: Content<'r>) -> impl Iterator<Item = &'r [u8]> {
        self.0.iter().map(move |piece| match piece {
            Piece::Literal(text) => text.as_bytes(),
            Piece::Id => content.id.as_bytes(),
            Piece::Timestamp => content.timestamp.as_bytes(),
            Piece::Body => content.body,
            Piece::Method => content.method.as_bytes(),
            Piece::Url => content.url.as_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in_its_order() {
        let template = Template::new("v0:{timestamp}.{id}{method}{url}|{body}").unwrap();
        let content =
            Content { id: "a", timestamp: "7", body: b"{body}", method: "POST", url: "https://h.example/{id}" };
        let bytes: Vec<u8> = template.pieces(content).flatten().copied().collect();
        assert_eq!(bytes, b"v0:7.aPOSThttps://h.example/{id}|{body}");
        assert!(template.has(&Piece::Url) && !Template::new("{body}").unwrap().has(&Piece::Url));
    }

    #[test]
    fn a_brace_that_names_nothing_is_a_mistake() {
        for wrong in ["{", "}", "{body", "body}", "{bodies}", "{}", "{body}}", "{{body}}", "{ body }", "{Body}"] {
            assert_eq!(Template::new(wrong), None, "{wrong}");
        }
    }
}
