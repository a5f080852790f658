//! What a signature covers.

use core::mem::discriminant;

use super::HeaderName;
#[cfg(not(target_arch = "wasm32"))]
use super::description::Coverage;
use super::headers::{is_token, listed};
use crate::hash::{Framed, sha256};
use crate::host::{Body, Request};
use crate::project;
use crate::target::Target;

/// A template of signed content: `v0:{timestamp}:{body}`.
#[derive(Debug)]
pub(crate) struct Template(pub(super) Vec<Piece>);

#[derive(Debug)]
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
    Join(u8),
    /// `{/data/id}`: the text at a place in the body, or nothing. It may not have the character beside it in the template,
    /// for then it could be taken for two; `{/data/id~}` may, in the one place of a template where that is unambiguous.
    Place {
        at: String,
        open: bool,
    },
    /// `{query:id}`: a parameter of the request's query, once, in lower case.
    Query(String),
    /// `{headers:list,other}`: the headers that the header `list` lists, itself and `other` among them.
    Headers(Vec<HeaderName>),
}

/// What the pieces of a template stand for in one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'r> {
    pub(crate) id: &'r str,
    pub(crate) timestamp: &'r str,
    pub(crate) body: &'r Body,
    pub(crate) method: &'r str,
    pub(crate) url: &'r str,
    /// Whether the body is a form.
    pub(crate) form: bool,
    /// A place that is to be left out.
    pub(crate) without: Option<&'r str>,
    /// The SHA-256 of the body, where it is known already.
    pub(crate) sha256: Option<&'r [u8]>,
}

impl<'r> Content<'r> {
    /// Of a body, and nothing else yet.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn new(body: &'r Body) -> Self {
        Self { id: "", timestamp: "", body, method: "", url: "", form: false, without: None, sha256: None }
    }
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
            let (name, after) = named.split_once('}').filter(|(name, _)| !name.contains('{'))?;
            pieces.push(Piece::new(name)?);
            rest = after;
        }
        Some(Self(pieces))
    }

    /// Whether it has a piece of this kind.
    pub(crate) fn has(&self, kind: &Piece) -> bool {
        self.0.iter().any(|piece| discriminant(piece) == discriminant(kind))
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

    /// What of a payload the signature vouches for.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn covers(&self) -> Coverage {
        match self.places() {
            Some(places) => Coverage::Places(places),
            None if self.has_body() => Coverage::Body,
            None => Coverage::Form,
        }
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

    /// The content; none if the request lacks a piece, or writes it otherwise than its sender does.
    pub(crate) fn fill<'r>(&self, content: Content<'r>, request: &impl Request) -> Option<Framed<'r>> {
        let places: Vec<&str> = self.body_places().collect();
        let mut found = project::look(content.form, content.body, &places)?.into_iter();
        let mut filled = Framed::default();
        for (index, piece) in self.0.iter().enumerate() {
            let made;
            filled.push(match piece {
                Piece::Body => {
                    filled.push_body(content.body);
                    continue;
                }
                Piece::Literal(text) => text.as_bytes(),
                Piece::Id => content.id.as_bytes(),
                Piece::Timestamp => content.timestamp.as_bytes(),
                Piece::Method => content.method.as_bytes(),
                Piece::Url => content.url.as_bytes(),
                Piece::Path => path(content.url).as_bytes(),
                Piece::Join(other) => {
                    if content.url.contains('?') {
                        core::slice::from_ref(other)
                    } else {
                        b"?"
                    }
                }
                _ => {
                    made = match piece {
                        Piece::Sha256 => {
                            let here = || base16ct::lower::encode_string(&sha256(&[content.body]));
                            content.sha256.map_or_else(here, base16ct::lower::encode_string)
                        }
                        Piece::Form => project::joined(content.body)?,
                        Piece::Query(name) => query(name, request)?,
                        Piece::Headers(names) => listed(names, request)?,
                        Piece::Place { at, open } => {
                            let text = found.next()?;
                            // At the end, what precedes it: it could as well be followed by more.
                            let before = || self.0.get(index.checked_sub(1)?);
                            let next = match self.0.get(index.saturating_add(1)).or_else(before) {
                                Some(Piece::Literal(literal)) if !open => literal.bytes().next(),
                                _ => None,
                            };
                            if next.is_some_and(|next| text.bytes().any(|b| b == next)) {
                                return None;
                            }
                            if content.without == Some(at) { String::new() } else { text }
                        }
                        _ => return None,
                    };
                    made.as_bytes()
                }
            });
        }
        Some(filled)
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
                if let Some([other]) = name.strip_prefix('?').map(str::as_bytes) {
                    return Some(Self::Join(*other));
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

/// Path and query of an URL that begins with `https://`.
fn path(url: &str) -> &str {
    let rest = url.get("https://".len()..).unwrap_or("");
    rest.find('/').and_then(|start| rest.get(start..)).unwrap_or("/")
}

/// A parameter of the query, in lower case: letters, digits, `_` and `-`.
fn query(name: &str, request: &impl Request) -> Option<String> {
    let url = request.url();
    let mut value = project::parameter(Target::of(&url).query, name).filter(|value| is_token(value))?;
    value.make_ascii_lowercase();
    Some(value)
}

#[cfg(test)]
mod tests;
