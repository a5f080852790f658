//! Forms and queries: `application/x-www-form-urlencoded`, as the URL standard §5.1 reads it, but with nothing replaced
//! that is not UTF-8.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::draft::{Draft, Scalar};
use super::{MAX_VALUES, Query};
use crate::outcome::Malformation;

pub(super) fn read_query<'q>(draft: &mut Draft<'q>, query: &'q str, trust: Query<'_>) -> Result<(), Malformation> {
    for (index, value) in Parameters::of(draft, query.as_bytes(), Malformation::Query)? {
        let value = match trust {
            Query::Trusted => value,
            Query::Signed(name) if draft.allowlist.root.members.get(index).is_some_and(|m| m.name == name) => {
                Cow::Owned(value.to_ascii_lowercase())
            }
            Query::Signed(_) | Query::Unsigned => return Err(Malformation::UnsignedQuery),
        };
        draft.keep_query(index, value);
    }
    Ok(())
}

/// The value of a parameter of a query; `None` unless it is there once, decoded once.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.as_bytes().split(|b| *b == b'&').map(split);
    let mut values = pairs.filter(|(own, _)| decode(own).is_some_and(|own| own == name)).map(|(_, value)| value);
    let value = values.next().and_then(decode);
    value.filter(|_| values.next().is_none()).map(Cow::into_owned)
}

pub(super) fn read_form<'b>(draft: &mut Draft<'b>, body: &'b [u8]) -> Result<(), Malformation> {
    let allowlist = draft.allowlist;
    draft.write("{")?;
    for (index, value) in Parameters::of(draft, body, Malformation::Form)? {
        let Some(member) = allowlist.root.members.get(index) else { continue };
        let Some(leaf) = &member.node.leaf else { continue };
        let value = Scalar::Parameter(value);
        draft.settle_query(index, &value)?;
        if member.node.emits {
            draft.separate('{');
            draft.write(&member.json)?;
        }
        draft.keep(leaf, &value)?;
    }
    draft.write("}")
}

/// Names and values in the order of both, equal pairs once, with nothing between: what Twilio and others sign. `None`
/// for what they do not send: a name without `=` or without a letter, a NUL, and what is not UTF-8.
pub(crate) fn joined(form: &[u8]) -> Option<String> {
    // A NUL stands between name and value, so that these are in the order of the pairs.
    let mut pairs: Vec<String> = Vec::new();
    for pair in form.split(|b| *b == b'&') {
        let (name, value) = split(pair);
        if pairs.len() >= MAX_VALUES || name.is_empty() || !pair.contains(&b'=') {
            return None;
        }
        let mut text = decode(name)?.into_owned();
        text.push('\0');
        text.push_str(&decode(value)?);
        if let Err(place) = pairs.binary_search(&text) {
            pairs.insert(place, text);
        }
    }
    let mut joined = pairs.concat();
    let nuls = joined.bytes().filter(|b| *b == 0).count();
    joined.retain(|character| character != '\0');
    (nuls == pairs.len()).then_some(joined)
}

struct Parameters;

impl Parameters {
    /// The parameters that the allowlist names, each once, by member of its root.
    fn of<'b>(
        draft: &Draft<'_>,
        source: &'b [u8],
        malformation: Malformation,
    ) -> Result<Vec<(usize, Cow<'b, str>)>, Malformation> {
        let mut found: Vec<(usize, Cow<'b, str>)> = Vec::new();
        for (count, pair) in source.split(|b| *b == b'&').enumerate() {
            if count >= MAX_VALUES {
                return Err(malformation);
            }
            let (name, value) = split(pair);
            let members = &draft.allowlist.root.members;
            // A name that is not UTF-8 is none of the allowlist's.
            let index =
                decode(name).and_then(|name| members.iter().position(|m| m.name == name && m.node.leaf.is_some()));
            let Some(index) = index else { continue };
            if found.iter().any(|(seen, _)| *seen == index) {
                return Err(Malformation::DuplicateField);
            }
            found.push((index, decode(value).ok_or(malformation)?));
        }
        Ok(found)
    }
}

fn split(pair: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = pair.splitn(2, |b| *b == b'=');
    (parts.next().unwrap_or(&[]), parts.next().unwrap_or(&[]))
}

#[inline(never)]
fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if bytes.contains(&b'+') {
        let spaced: Vec<u8> = bytes.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
        return Some(Cow::Owned(percent_decode(&spaced).decode_utf8().ok()?.into_owned()));
    }
    percent_decode(bytes).decode_utf8().ok()
}
