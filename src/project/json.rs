//! JSON: one pass with seeds. A place of the allowlist is the seed for the value found there.

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::draft::{Draft, Scalar};
use crate::allowlist::{Leaf, Node};
use crate::outcome::Malformation;

/// Keeps what the allowlist names in the document `body`.
#[inline(never)]
pub(super) fn read(draft: &mut Draft<'_>, body: &[u8]) -> Result<(), Malformation> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut fault = None;
    let walk = Walk { node: &draft.allowlist.root, member: None, draft, fault: &mut fault };
    let end = walk.deserialize(&mut deserializer).and_then(|_| deserializer.end());
    end.map_err(|_| fault.unwrap_or(Malformation::Json))
}

/// Walks the value at one place. Its result: whether the value was written.
struct Walk<'w, 'd> {
    node: &'w Node,
    /// The member of the root that this place is, for the query may name it, too.
    member: Option<usize>,
    draft: &'w mut Draft<'d>,
    fault: &'w mut Option<Malformation>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<bool, D::Error> {
        let Some(leaf) = &self.node.leaf else { return deserializer.deserialize_any(self) };
        let raw = deserializer.deserialize_newtype_struct(RAW, Raw)?;
        match raw.as_bytes().first() {
            // Decoded, so that half a surrogate pair is found before it leaves.
            Some(b'"') => serde_json::Deserializer::from_slice(raw.as_bytes())
                .deserialize_any(self)
                .map_err(|_| D::Error::custom("")),
            Some(b'{' | b'[') | None => self.note(Err(Malformation::FieldType)),
            Some(_) => self.keep(leaf, &Scalar::Bare(raw)),
        }
    }
}

impl Walk<'_, '_> {
    fn keep<E: Error>(&mut self, leaf: &Leaf, value: &Scalar<'_>) -> Result<bool, E> {
        let settled = self.member.map_or(Ok(()), |index| self.draft.settle_query(index, value));
        let kept = settled.and_then(|()| self.draft.keep(leaf, value));
        self.note(kept)
    }

    /// Carries a mistake past serde, whose errors are texts.
    fn note<T, E: Error>(&mut self, result: Result<T, Malformation>) -> Result<T, E> {
        result.map_err(|malformation| {
            *self.fault = Some(malformation);
            E::custom("")
        })
    }

    fn write<E: Error>(&mut self, json: &str) -> Result<(), E> {
        let written = self.draft.write(json);
        self.note(written)
    }

    /// Opens a table or list, if it has fields in it or below.
    fn open<E: Error>(&mut self, bracket: &str) -> Result<(), E> {
        if self.node.emits {
            let counted = self.draft.count();
            self.note(counted)?;
            self.write(bracket)?;
        }
        Ok(())
    }

    fn close<E: Error>(&mut self, bracket: &str) -> Result<bool, E> {
        if self.node.emits {
            self.write(bracket)?;
        }
        Ok(self.node.emits)
    }

    /// The walk of a place below; what it does not write leaves no trace, not even its name.
    fn descend<E: Error>(
        &mut self,
        open: char,
        name: &str,
        place: &Node,
        member: Option<usize>,
        walk: impl FnOnce(Walk<'_, '_>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let mark = self.draft.mark();
        if place.emits {
            self.draft.separate(open);
            self.write(name)?;
        }
        let written = walk(Walk { node: place, member, draft: &mut *self.draft, fault: &mut *self.fault })?;
        if !written {
            self.draft.rewind(mark);
        }
        Ok(written)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<bool, A::Error> {
        if self.node.members.is_empty() {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(false);
        }
        // A table with a `0` is not the list that its sender signs.
        if self.draft.alone && self.node.position("0").is_some() {
            return self.note(Err(Malformation::FieldType));
        }
        self.open("{")?;
        let is_root = core::ptr::eq(self.node, &raw const self.draft.allowlist.root);
        let mut seen = 0_u64;
        while let Some(found) = map.next_key_seed(Name(self.node))? {
            let Some((index, member)) = found.and_then(|index| Some((index, self.node.members.get(index)?))) else {
                if self.draft.whole {
                    return self.note(Err(Malformation::FieldValue));
                }
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let bit = 1_u64.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0);
            if seen & bit != 0 {
                return self.note(Err(Malformation::DuplicateField));
            }
            seen |= bit;
            self.descend('{', &member.json, &member.node, is_root.then_some(index), |walk| map.next_value_seed(walk))?;
        }
        self.close("}")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<bool, A::Error> {
        let is_root = core::ptr::eq(self.node, &raw const self.draft.allowlist.root);
        // RFC 6901 §4: `0` is the first element. Others would change their places in a list that leaves out the rest.
        let first = self.node.members.iter().find(|member| member.name == "0" && !is_root).map(|member| &member.node);
        let Some(elements) = self.node.elements.as_deref().or(first) else {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(false);
        };
        self.open("[")?;
        let mut more = true;
        while more {
            self.descend('[', "", elements, None, |walk| {
                let written = list.next_element_seed(walk)?;
                more = written.is_some();
                Ok(written.unwrap_or(false))
            })?;
            if self.node.elements.is_none() {
                while list.next_element::<IgnoredAny>()?.is_some() {
                    if self.draft.alone {
                        return self.note(Err(Malformation::FieldType));
                    }
                }
                more = false;
            }
        }
        self.close("]")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    /// At the end of a path the string is kept; on the way it is no way on.
    fn visit_str<E: Error>(mut self, text: &str) -> Result<bool, E> {
        self.node.leaf.as_ref().map_or(Ok(false), |leaf| self.keep(leaf, &Scalar::Text(text)))
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }
}

/// Finds a key among the members of a place.
struct Name<'w>(&'w Node);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.position(key))
    }
}

/// The name under which serde_json hands a value over as it was written. `RawValue` asks by it, too, but brings along
/// error messages that can format floats, 20 KB of the Worker.
const RAW: &str = "$serde_json::private::RawValue";

struct Raw;

impl<'de> Visitor<'de> for Raw {
    type Value = &'de str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<&'de str, A::Error> {
        map.next_entry::<IgnoredAny, &str>()?.map(|(_, raw)| raw).ok_or_else(|| A::Error::custom(""))
    }
}
