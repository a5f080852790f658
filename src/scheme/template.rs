//! What a signature covers.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::HeaderName;
use super::headers::{is_token, listed};
use crate::host::Request;
use crate::project;
use crate::target::Target;

/// A template of signed content: `v0:{timestamp}:{body}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    Id,
    Timestamp,
    Body,
    /// `{sha256}`: the SHA-256 of the body in lower-case hex.
    Sha256,
    /// `{form}`: names and values of a form, decoded, sorted, equal ones once, with nothing between them.
    Form,
    Method,
    Url,
    /// `{path}`: path and query of the URL.
    Path,
    /// `{?&}`: `?`, or this character where the URL has a query.
    Join(char),
    /// `{/data/id}`: the text at a place in the body, or nothing. It may not have the character that follows in the
    /// template, for then it could be taken for two; `{/data/id~}` may, in the one place of a template where that is
    /// unambiguous.
    Place { at: String, open: bool },
    /// `{query:id}`: a parameter of the request's query, once, in lower case.
    Query(String),
    /// `{headers:list,other}`: the headers that the header `list` lists, itself and `other` among them.
    Headers(Vec<HeaderName>),
}

/// What the pieces of a template stand for in one request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Content<'r> {
    pub(crate) id: &'r str,
    pub(crate) timestamp: &'r str,
    pub(crate) body: &'r [u8],
    pub(crate) method: &'r str,
    pub(crate) url: &'r str,
    /// Whether the body is a form.
    pub(crate) form: bool,
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
            pieces.push(Piece::new(name)?);
            rest = after;
        }
        Some(Self(pieces))
    }

    pub(crate) fn has(&self, piece: &Piece) -> bool {
        self.0.contains(piece)
    }

    /// Whether the signature covers every byte of the body.
    pub(crate) fn has_body(&self) -> bool {
        self.has(&Piece::Body) || self.has(&Piece::Sha256)
    }

    /// The places that the signature covers, where that is neither the whole body nor all of a form: as JSON pointers,
    /// parameters of the query among them.
    pub(crate) fn places(&self) -> Option<Vec<String>> {
        let whole = self.has_body() || self.has(&Piece::Form);
        let place = |piece: &Piece| match piece {
            Piece::Place { at, .. } => Some(at.clone()),
            Piece::Query(name) => Some(format!("/{name}")),
            _ => None,
        };
        (!whole).then(|| self.0.iter().filter_map(place).collect())
    }

    /// The parameter of the query that the signature covers.
    pub(crate) fn query(&self) -> Option<&str> {
        self.0.iter().find_map(|piece| match piece {
            Piece::Query(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether it has a piece for presets alone, which know what else their sender writes.
    pub(crate) fn is_special(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Join(_) | Piece::Query(_) | Piece::Headers(_)))
    }

    /// The header that lists signed headers, and others that it must list.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn listed(&self) -> Option<&[HeaderName]> {
        self.0.iter().find_map(|piece| match piece {
            Piece::Headers(names) => Some(names.as_slice()),
            _ => None,
        })
    }

    /// The places in the body that it looks for.
    pub(crate) fn body_places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place { at, .. } => Some(at.as_str()),
            _ => None,
        })
    }

    /// The bytes of each piece in turn; none if the request lacks one, or writes it otherwise than its sender does.
    pub(crate) fn fill<'r>(&'r self, content: Content<'r>, request: &impl Request) -> Option<Vec<Cow<'r, [u8]>>> {
        let places: Vec<&str> = self.body_places().collect();
        let mut found = project::look(content.form, content.body, &places)?.into_iter();
        let mut filled = Vec::with_capacity(self.0.len());
        for (index, piece) in self.0.iter().enumerate() {
            let made = |text: String| Cow::Owned(text.into_bytes());
            filled.push(match piece {
                Piece::Literal(text) => Cow::Borrowed(text.as_bytes()),
                Piece::Id => Cow::Borrowed(content.id.as_bytes()),
                Piece::Timestamp => Cow::Borrowed(content.timestamp.as_bytes()),
                Piece::Body => Cow::Borrowed(content.body),
                Piece::Sha256 => made(base16ct::lower::encode_string(&Sha256::digest(content.body))),
                Piece::Form => made(project::joined(content.body)?),
                Piece::Method => Cow::Borrowed(content.method.as_bytes()),
                Piece::Url => Cow::Borrowed(content.url.as_bytes()),
                Piece::Path => Cow::Borrowed(path(content.url).as_bytes()),
                Piece::Join(other) => made(if content.url.contains('?') { *other } else { '?' }.into()),
                Piece::Place { open, .. } => {
                    let text = found.next()?;
                    let next = match self.0.get(index.saturating_add(1)) {
                        Some(Piece::Literal(literal)) if !open => literal.chars().next(),
                        _ => None,
                    };
                    if next.is_some_and(|next| text.contains(next)) {
                        return None;
                    }
                    made(text)
                }
                Piece::Query(name) => {
                    let url = request.url();
                    let value = project::parameter(Target::of(&url).query, name).filter(|value| is_token(value))?;
                    made(value.to_ascii_lowercase())
                }
                Piece::Headers(names) => made(listed(names, request)?),
            });
        }
        Some(filled)
    }

    /// The SHA-256 of what is signed, in hex, without what a retry may have anew: the time, which is at `clock` if it is
    /// in the body, and the id.
    pub(crate) fn digest(&self, filled: &[Cow<'_, [u8]>], clock: Option<&str>) -> String {
        let mut hash = Sha256::new();
        for (piece, bytes) in self.0.iter().zip(filled) {
            match piece {
                Piece::Id | Piece::Timestamp => {}
                Piece::Place { at, .. } if Some(at.as_str()) == clock => {}
                _ => hash.update(bytes),
            }
        }
        base16ct::lower::encode_string(&hash.finalize())
    }
}

impl Piece {
    fn new(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "timestamp" => Self::Timestamp,
            "body" => Self::Body,
            "sha256" => Self::Sha256,
            "form" => Self::Form,
            "method" => Self::Method,
            "url" => Self::Url,
            "path" => Self::Path,
            _ if name.starts_with('/') => {
                let at = name.strip_suffix('~');
                Self::Place { at: at.unwrap_or(name).into(), open: at.is_some() }
            }
            _ => {
                if let Some(join) = name.strip_prefix('?') {
                    return join.parse().ok().map(Self::Join);
                }
                match name.split_once(':')? {
                    ("query", name) => Self::Query(name.into()),
                    ("headers", names) => Self::Headers(names.split(',').map(HeaderName::new).collect::<Option<_>>()?),
                    _ => return None,
                }
            }
        })
    }
}

/// Path and query of an absolute URL.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|start| rest.get(start..)).unwrap_or("/")
}
