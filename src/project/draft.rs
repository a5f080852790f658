//! A thin payload in the making.

use std::borrow::Cow;

use super::{MAX_FIELDS, MAX_VALUES};
use crate::allowlist::{Allowlist, Bounds, Kind, Leaf, Member};
use crate::json::quoted;
use crate::object::ObjectKind;
use crate::outcome::Malformation;

/// A scalar at the end of an allowlisted path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    /// A JSON string, decoded.
    Text(&'a str),
    /// A JSON number, `true`, `false` or `null`, as the sender wrote it.
    Bare(&'a str),
    /// A parameter of a form or query: text that may stand for a number.
    Parameter(Cow<'a, str>),
}

/// What has been kept so far.
pub(super) struct Draft<'a> {
    pub(super) allowlist: &'a Allowlist,
    /// Whether the first element of a list has to be its only one.
    pub(super) alone: bool,
    /// Whether nothing may be there but what the allowlist names, and nothing of that empty.
    pub(super) whole: bool,
    /// The fields as JSON.
    out: String,
    values: usize,
    identifiers: [Option<String>; 4],
    key: Vec<(usize, String)>,
    /// Parameters of the query by member of the root, until the body has been read.
    query: Vec<(usize, Scalar<'a>)>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(allowlist: &'a Allowlist) -> Self {
        Self {
            allowlist,
            alone: false,
            whole: false,
            out: String::new(),
            values: 0,
            identifiers: [const { None }; 4],
            key: Vec::new(),
            query: Vec::new(),
        }
    }

    /// The fields: a JSON table, or a list if the payload is one.
    pub(super) fn into_fields(self) -> String {
        self.out
    }

    pub(super) fn identifier(&self, kind: ObjectKind) -> Option<&str> {
        self.identifiers.get(kind as usize)?.as_deref()
    }

    pub(super) fn key_part(&self, place: usize) -> Option<String> {
        self.key.iter().find(|(of, _)| *of == place).map(|(_, part)| part.clone())
    }

    /// The key's parts, if every table of the list that they are in has one. What is written counts: the document, the
    /// list, and each table and its value.
    pub(super) fn of_each(self) -> Option<Vec<String>> {
        let count = self.key.len();
        let complete = count > 0 && self.values == count.saturating_mul(2).saturating_add(2);
        complete.then(|| self.key.into_iter().map(|(_, part)| part).collect())
    }

    /// Remembers a parameter of the query; the body may repeat it, but not contradict it.
    pub(super) fn keep_query(&mut self, index: usize, value: Cow<'a, str>) {
        self.query.push((index, Scalar::Parameter(value)));
    }

    /// Notes that the body, too, has a value for the member `index` of the root.
    pub(super) fn settle_query(&mut self, index: usize, value: &Scalar<'_>) -> Result<(), Malformation> {
        let Some(place) = self.query.iter().position(|(of, _)| *of == index) else { return Ok(()) };
        let (_, said) = self.query.swap_remove(place);
        if said.as_str() == value.as_str() { Ok(()) } else { Err(Malformation::ConflictingField) }
    }

    /// Adds what only the query has, and closes the fields.
    pub(super) fn finish(&mut self) -> Result<(), Malformation> {
        let root = &self.allowlist.root;
        if self.out.is_empty() {
            self.out.push_str("{}");
        }
        for (index, value) in core::mem::take(&mut self.query) {
            let Some(Member { json, node, .. }) = root.members.get(index) else { continue };
            let Some(leaf) = &node.leaf else { continue };
            if node.emits {
                self.out.pop();
                self.separate('{');
                self.out.push_str(json);
            }
            self.keep(leaf, &value)?;
            if node.emits {
                self.out.push('}');
            }
        }
        Ok(())
    }

    /// Keeps a value for everything its path is for. Returns whether it was written as a field.
    pub(super) fn keep(&mut self, leaf: &Leaf, value: &Scalar<'_>) -> Result<bool, Malformation> {
        if self.whole && value.is_empty() {
            return Err(Malformation::FieldValue);
        }
        if let Some(text) = value.identifier() {
            for kind in &leaf.objects {
                if let Some(identifier) = self.identifiers.get_mut(*kind as usize) {
                    *identifier = Some(text.into());
                }
            }
        }
        if let (Some(place), true) = (leaf.key, !value.is_empty()) {
            self.key.push((place, value.as_str().into()));
        }
        let Some(bounds) = &leaf.field else { return Ok(false) };
        value.check(bounds)?;
        match value {
            Scalar::Bare(raw) => self.write(raw)?,
            Scalar::Text(_) | Scalar::Parameter(_) => self.write(&quoted(value.as_str()))?,
        }
        self.count()?;
        Ok(true)
    }

    /// Counts a value or a container: a thin payload stays thin.
    pub(super) fn count(&mut self) -> Result<(), Malformation> {
        self.values = self.values.saturating_add(1);
        if self.values > MAX_VALUES { Err(Malformation::TooManyValues) } else { Ok(()) }
    }

    pub(super) fn write(&mut self, json: &str) -> Result<(), Malformation> {
        if self.out.len().saturating_add(json.len()) > MAX_FIELDS {
            return Err(Malformation::FieldLength);
        }
        self.out.push_str(json);
        Ok(())
    }

    /// Writes a comma, unless `open` has just been written.
    pub(super) fn separate(&mut self, open: char) {
        if !self.out.ends_with(open) {
            self.out.push(',');
        }
    }

    pub(super) fn mark(&self) -> usize {
        self.out.len()
    }

    /// Takes back what was written since `mark`.
    pub(super) fn rewind(&mut self, mark: usize) {
        self.out.truncate(mark);
    }
}

impl Scalar<'_> {
    /// The value as text: a string without its quotes.
    fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Parameter(text) => text,
            Self::Bare(raw) => raw,
        }
    }

    /// Whether it says nothing: `null` or an empty text.
    fn is_empty(&self) -> bool {
        matches!(self, Self::Bare("null")) || self.as_str().is_empty()
    }

    /// The text that may identify an object: of the bare values only an integer does.
    fn identifier(&self) -> Option<&str> {
        match self {
            Self::Bare(raw) if !is_integer(raw) => None,
            _ => Some(self.as_str()),
        }
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Malformation> {
        let text = self.as_str();
        if !bounds.kind.is_none_or(|kind| self.is(kind)) {
            return Err(Malformation::FieldType);
        }
        let measured = !matches!(self, Self::Bare("null")) && text.len() > bounds.max;
        if measured && text.chars().count() > bounds.max {
            return Err(Malformation::FieldLength);
        }
        match &bounds.values {
            Some(values) if !values.iter().any(|value| value == text) => Err(Malformation::FieldValue),
            _ => Ok(()),
        }
    }

    /// `null` is of every type: it says that there is no value.
    fn is(&self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Bare("null"), _) | (Self::Text(_) | Self::Parameter(_), Kind::String) => true,
            (Self::Bare(raw), Kind::Boolean) => matches!(*raw, "true" | "false"),
            (Self::Bare(raw), Kind::Integer) => is_integer(raw),
            (Self::Bare(raw), Kind::Number) => is_number(raw),
            (Self::Parameter(text), Kind::Boolean) => matches!(text.as_ref(), "true" | "false"),
            (Self::Parameter(text), Kind::Integer) => is_integer(text),
            (Self::Parameter(text), Kind::Number) => is_number(text),
            (Self::Bare(_), Kind::String) | (Self::Text(_), _) => false,
        }
    }
}

/// RFC 8259 §6 without fraction and exponent.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    !digits.is_empty() && !leading_zero && digits.bytes().all(|b| b.is_ascii_digit())
}

/// RFC 8259 §6.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    is_integer(integer) && digits(fraction) && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}
