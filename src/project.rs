//! Step 5: cut a verified payload down to its allowlist, in one pass over the raw bytes and without a document tree.
//! What is dropped is skipped, not parsed into anything.

mod draft;
mod json;
mod params;

use crate::allowlist::{Allowlist, Use};
use crate::authenticate::Verified;
use crate::hook::Hook;
use crate::key::IdempotencyKey;
use crate::object::NamedObject;
use crate::outcome::{Malformation, Rejection};
use crate::receive::Media;
use crate::scheme::Mechanism;

use draft::Draft;

/// Most values in a thin payload, and most parameters in a form or query (PHP's `max_input_vars`).
pub(crate) const MAX_VALUES: usize = 1_000;
/// Most bytes of the fields of a thin payload.
pub(crate) const MAX_FIELDS: usize = 64 * 1024;

/// What may leave the Worker: the hook, the identifiers of its objects, the allowlisted fields. Only [`project`] makes
/// one, of a verified delivery.
#[derive(Debug)]
pub struct ThinPayload<'g> {
    hook: &'g Hook,
    key: IdempotencyKey,
    objects: Vec<NamedObject<'g>>,
    /// A JSON table, or a list if the payload is one.
    fields: String,
}

impl<'g> ThinPayload<'g> {
    pub(crate) fn hook(&self) -> &'g Hook {
        self.hook
    }

    pub(crate) fn key(&self) -> &IdempotencyKey {
        &self.key
    }

    /// The objects that the delivery names, all required ones among them.
    pub(crate) fn objects(&self) -> &[NamedObject<'g>] {
        &self.objects
    }

    /// The allowlisted fields: a JSON table, or a list if the payload is one.
    pub(crate) fn fields(&self) -> &str {
        &self.fields
    }
}

/// Who has vouched for the query of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Query<'s> {
    /// Its parameters count like those of a form.
    Trusted,
    /// The sender signs this one, in lower case, and no other.
    Signed(&'s str),
    /// The sender does not sign it: a parameter that names an allowlisted place is refused.
    Unsigned,
}

/// Reduces a verified delivery to what its hook allows.
///
/// # Errors
/// A payload that cannot be reduced without guessing, or a required object that it does not name.
pub fn project(verified: Verified<'_>) -> Result<ThinPayload<'_>, Rejection> {
    let hook = verified.hook();
    let draft = gather(hook, &verified).map_err(Rejection::Malformed)?;
    let mut objects = Vec::new();
    for rule in &hook.objects {
        match draft.identifier(rule.kind).and_then(|text| rule.named(text)) {
            Some(object) => objects.push(object),
            None if rule.required => return Err(Rejection::ObjectsNotFound),
            None => {}
        }
    }
    Ok(ThinPayload { hook, key: *verified.key(), objects, fields: draft.into_fields() })
}

/// The fields of a JSON document that an allowlist keeps: what [`project`] does with a body, for whoever wants to see
/// it without a delivery.
///
/// # Errors
/// A document that cannot be reduced without guessing.
pub fn reduce(allowlist: &Allowlist, document: &[u8]) -> Result<String, Malformation> {
    let mut draft = Draft::new(allowlist);
    json::read(&mut draft, document)?;
    draft.finish()?;
    Ok(draft.into_fields())
}

/// The scalars at some places of a JSON document that is not a sender's: a record, a switch, an answer of the origin.
/// `None` for what is not there, `null` or empty.
pub(crate) fn pick<const N: usize>(document: &[u8], places: [&str; N]) -> Result<[Option<String>; N], Malformation> {
    let mut found = parts(document, &places, Media::Json, false)?.into_iter();
    Ok(core::array::from_fn(|_| found.next().flatten()))
}

/// The texts at some places of a body before anybody has vouched for it, empty where nothing is. `None` if they could be
/// read in two ways: a place that is there twice, or one of several elements of a list.
pub(crate) fn look(form: bool, body: &[u8], places: &[&str]) -> Option<Vec<String>> {
    if places.is_empty() {
        return Some(Vec::new());
    }
    let found = parts(body, places, if form { Media::Form } else { Media::Json }, true).ok()?;
    Some(found.into_iter().map(Option::unwrap_or_default).collect())
}

/// The parameters of a form, decoded, in order and equal ones once: each name and its value, with nothing between.
pub(crate) fn joined(form: &[u8]) -> Option<String> {
    params::joined(form)
}

/// The one value of a parameter of a query.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    params::one(query.as_bytes(), name)
}

fn parts(body: &[u8], places: &[&str], media: Media, alone: bool) -> Result<Vec<Option<String>>, Malformation> {
    let mut allowlist = Allowlist::default();
    for (place, pointer) in places.iter().enumerate() {
        allowlist.add(pointer, Use::Key(place)).map_err(|_| Malformation::KeyMissing)?;
    }
    let mut draft = Draft::new(&allowlist);
    draft.alone = alone;
    match media {
        Media::Form => params::read_form(&mut draft, body)?,
        _ => json::read(&mut draft, body)?,
    }
    Ok((0..places.len()).map(|place| draft.key_part(place)).collect())
}

fn gather<'v>(hook: &'v Hook, verified: &'v Verified<'_>) -> Result<Draft<'v>, Malformation> {
    let mut draft = Draft::new(&hook.allowlist);
    let trust = match hook.door.mechanisms.iter().find_map(Mechanism::query) {
        Some(name) => Query::Signed(name),
        None if hook.door.signs() && !hook.unsigned_query => Query::Unsigned,
        None => Query::Trusted,
    };
    params::read_query(&mut draft, verified.query(), trust)?;
    read_body(&mut draft, verified.media(), verified.body())?;
    draft.finish()?;
    Ok(draft)
}

/// The parts of an idempotency key at the places `hook` names; `query` is what the sender vouches for.
pub(crate) fn key_parts(
    hook: &Hook,
    query: &str,
    media: Media,
    body: &[u8],
    count: usize,
) -> Result<Vec<String>, Malformation> {
    let mut draft = Draft::new(&hook.replay.places);
    params::read_query(&mut draft, query, Query::Trusted)?;
    read_body(&mut draft, media, body)?;
    draft.finish()?;
    (0..count).map(|place| draft.key_part(place).ok_or(Malformation::KeyMissing)).collect()
}

fn read_body<'b>(draft: &mut Draft<'b>, media: Media, body: &'b [u8]) -> Result<(), Malformation> {
    match media {
        Media::Json if !body.is_empty() => json::read(draft, body),
        Media::Form => params::read_form(draft, body),
        Media::Json | Media::Absent | Media::Other => Ok(()),
    }
}
