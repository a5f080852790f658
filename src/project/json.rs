//! JSON: one pass along the allowlist. What it does not name is skipped; serde_json decodes what needs decoding.

use core::fmt;
use std::borrow::Cow;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::draft::{Draft, Scalar};
use super::skip;
use crate::allowlist::Node;
use crate::outcome::Malformation;

/// Keeps what the allowlist names in the document `body`.
#[inline(never)]
pub(super) fn read(draft: &mut Draft<'_>, body: &[u8]) -> Result<(), Malformation> {
    let root = &draft.allowlist.root;
    let mut walk = Walk { draft, rest: body };
    walk.value(root, None)?;
    if skip::token(walk.rest).is_some() { Err(Malformation::Json) } else { Ok(()) }
}

/// Walks a document. What it finds wrong first is what is wrong with it.
struct Walk<'w, 'd, 'b> {
    draft: &'w mut Draft<'d>,
    /// What has not been read.
    rest: &'b [u8],
}

impl<'b> Walk<'_, '_, 'b> {
    /// Walks the value at one place; the query may name it, too, if it is the `member` of the root. Returns whether the
    /// value was written.
    fn value(&mut self, node: &Node, member: Option<usize>) -> Result<bool, Malformation> {
        let Some(leaf) = &node.leaf else { return self.descend(node) };
        let raw = str::from_utf8(self.skip()?).map_err(|_| Malformation::Json)?;
        let text;
        let scalar = match raw.as_bytes().first() {
            // Decoded, so that half a surrogate pair is found before it leaves.
            Some(b'"') => {
                text = decode(raw.as_bytes())?;
                Scalar::Text(&text)
            }
            Some(b'{' | b'[') | None => return Err(Malformation::FieldType),
            Some(_) => Scalar::Bare(raw),
        };
        if let Some(index) = member {
            self.draft.settle_query(index, &scalar)?;
        }
        self.draft.keep(leaf, &scalar)
    }

    /// Walks a value on the way to others. A scalar is no way on, but is decoded: what has no value is refused.
    fn descend(&mut self, node: &Node) -> Result<bool, Malformation> {
        let (first, after) = self.peek()?;
        match first {
            b'{' => {
                self.rest = after;
                self.table(node)
            }
            b'[' => {
                self.rest = after;
                self.list(node)
            }
            b'"' | b'-' | b'0'..=b'9' => decode(self.skip()?).map(|_| false),
            _ => self.skip().map(|_| false),
        }
    }

    fn table(&mut self, node: &Node) -> Result<bool, Malformation> {
        if node.members.is_empty() {
            let mut first = true;
            while self.name(&mut first)?.is_some() {
                self.colon()?;
                self.skip()?;
            }
            return Ok(false);
        }
        // A table with a `0` is not the list that its sender signs.
        if self.draft.alone && node.position("0").is_some() {
            return Err(Malformation::FieldType);
        }
        self.open(node, "{")?;
        let is_root = self.is_root(node);
        let (mut seen, mut first) = (0_u64, true);
        while let Some(name) = self.name(&mut first)? {
            let Some((index, member)) = node.position(&name).and_then(|index| Some((index, node.members.get(index)?)))
            else {
                if self.draft.whole {
                    return Err(Malformation::FieldValue);
                }
                self.colon()?;
                self.skip()?;
                continue;
            };
            let bit = 1_u64.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0);
            if seen & bit != 0 {
                return Err(Malformation::DuplicateField);
            }
            seen |= bit;
            self.step('{', &member.json, &member.node, |walk| {
                walk.colon()?;
                walk.value(&member.node, is_root.then_some(index))
            })?;
        }
        self.close(node, "}")
    }

    fn list(&mut self, node: &Node) -> Result<bool, Malformation> {
        // RFC 6901 §4: `0` is the first element. Others would change their places in a list that leaves out the rest.
        let is_root = self.is_root(node);
        let zero = node.members.iter().find(|member| member.name == "0" && !is_root).map(|member| &member.node);
        let mut first = true;
        let Some(elements) = node.elements.as_deref().or(zero) else {
            while self.element(&mut first)? {
                self.skip()?;
            }
            return Ok(false);
        };
        self.open(node, "[")?;
        let mut more = true;
        while more {
            self.step('[', "", elements, |walk| {
                more = walk.element(&mut first)?;
                if more { walk.value(elements, None) } else { Ok(false) }
            })?;
            if node.elements.is_none() {
                while more {
                    more = self.element(&mut first)?;
                    if more {
                        self.skip()?;
                        if self.draft.alone {
                            return Err(Malformation::FieldType);
                        }
                    }
                }
            }
        }
        self.close(node, "]")
    }

    /// Walks a place below; what it does not write leaves no trace, not even its name.
    fn step(
        &mut self,
        open: char,
        name: &str,
        place: &Node,
        walk: impl FnOnce(&mut Self) -> Result<bool, Malformation>,
    ) -> Result<bool, Malformation> {
        let mark = self.draft.mark();
        if place.emits {
            self.draft.separate(open);
            self.draft.write(name)?;
        }
        let written = walk(self)?;
        if !written {
            self.draft.rewind(mark);
        }
        Ok(written)
    }

    /// Opens a table or list, if it has fields in it or below.
    fn open(&mut self, node: &Node, bracket: &str) -> Result<(), Malformation> {
        if node.emits {
            self.draft.count()?;
            self.draft.write(bracket)?;
        }
        Ok(())
    }

    fn close(&mut self, node: &Node, bracket: &str) -> Result<bool, Malformation> {
        if node.emits {
            self.draft.write(bracket)?;
        }
        Ok(node.emits)
    }

    fn is_root(&self, node: &Node) -> bool {
        core::ptr::eq(node, &raw const self.draft.allowlist.root)
    }

    fn peek(&self) -> Result<(u8, &'b [u8]), Malformation> {
        skip::token(self.rest).ok_or(Malformation::Json)
    }

    /// The next name of a table; `None` at its end.
    fn name(&mut self, first: &mut bool) -> Result<Option<Cow<'b, str>>, Malformation> {
        if !self.another(first, b'}')? {
            return Ok(None);
        }
        let (b'"', _) = self.peek()? else { return Err(Malformation::Json) };
        decode(self.skip()?).map(Some)
    }

    /// Whether a list has another element.
    fn element(&mut self, first: &mut bool) -> Result<bool, Malformation> {
        self.another(first, b']')
    }

    /// Steps over what is before the next member or element, or over the bracket after the last.
    fn another(&mut self, first: &mut bool, bracket: u8) -> Result<bool, Malformation> {
        let (next, after) = self.peek()?;
        if next == bracket {
            self.rest = after;
            return Ok(false);
        }
        if !core::mem::take(first) {
            let b',' = next else { return Err(Malformation::Json) };
            self.rest = after;
        }
        Ok(true)
    }

    fn colon(&mut self) -> Result<(), Malformation> {
        self.rest = skip::colon(self.rest).ok_or(Malformation::Json)?;
        Ok(())
    }

    /// Steps over a value, and returns its bytes.
    #[inline(never)]
    fn skip(&mut self) -> Result<&'b [u8], Malformation> {
        let start = skip::space(self.rest);
        self.rest = skip::value(start).ok_or(Malformation::Json)?;
        Ok(start.get(..start.len().saturating_sub(self.rest.len())).unwrap_or_default())
    }
}

/// The text of a string, of which `raw` are the bytes; empty for a number or literal.
#[inline(never)]
fn decode(raw: &[u8]) -> Result<Cow<'_, str>, Malformation> {
    let plain = raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\"")).filter(|raw| !raw.contains(&b'\\'));
    let text = match plain {
        Some(plain) => str::from_utf8(plain).ok().map(Cow::Borrowed),
        None => serde_json::Deserializer::from_slice(raw).deserialize_any(Text).ok().map(Cow::Owned),
    };
    text.ok_or(Malformation::Json)
}

/// Visits whatever there is, though never more than a scalar: with serde's own answer to a number, which formats it,
/// the Worker would have 20 KB more.
struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.into())
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Ok(String::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Ok(String::new())
    }
}

#[cfg(test)]
mod tests;
