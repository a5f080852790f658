//! Step 5: cut a verified payload down to its allowlist, in one pass over the raw bytes and without a document tree.
//! What is dropped is skipped, not parsed into anything.

mod draft;
mod json;
mod kept;
mod params;
mod skip;

use crate::allowlist::{Allowlist, Bounds, Use};
use crate::authenticate::Verified;
use crate::body::Body;
use crate::hook::Hook;
use crate::key::IdempotencyKey;
use crate::object::NamedObject;
use crate::outcome::{Malformation, Rejection};
use crate::receive::Media;
use crate::scheme::Mechanism;

use draft::Draft;
pub(crate) use params::{joined, parameter};

/// Most values in a thin payload, and most parameters in a form or query (PHP's `max_input_vars`).
pub(crate) const MAX_VALUES: usize = 1_000;
/// Most bytes of the fields of a thin payload.
pub(crate) const MAX_FIELDS: usize = 64 * 1024;

/// What may leave the Worker: the hook, the identifiers of its objects, the allowlisted fields. Only [`project`] makes
/// one, of a verified delivery; the ledger keeps its text, and nothing else is read as one.
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

/// The same of a query that the sender vouches for and of a form. For the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn reduce_parameters(allowlist: &Allowlist, query: &str, form: &[u8]) -> Result<String, Malformation> {
    let mut draft = Draft::new(allowlist);
    params::read_query(&mut draft, query, Query::Trusted)?;
    params::read_form(&mut draft, form)?;
    draft.finish()?;
    Ok(draft.into_fields())
}

/// The scalars at some places of a JSON document that is not a sender's: a record, a switch, an answer of the origin.
/// `None` for what is not there, `null` or empty.
pub(crate) fn pick<const N: usize>(document: &[u8], places: [&str; N]) -> Result<[Option<String>; N], Malformation> {
    pick_all(document, &places)?.try_into().map_err(|_| Malformation::KeyMissing)
}

/// The same of a table in which nothing else may be, and nothing empty: what an operator asks for is not guessed.
#[inline(never)]
pub(crate) fn pick_whole(document: &[u8], places: &[&str]) -> Result<Vec<Option<String>>, Malformation> {
    if !document.trim_ascii_start().starts_with(b"{") {
        return Err(Malformation::Json);
    }
    let allowlist = keys(places)?;
    let mut draft = Draft::new(&allowlist);
    draft.whole = true;
    found(draft, document, Media::Json, places.len())
}

/// What [`pick`] does for each number of places, in the Worker once.
#[inline(never)]
fn pick_all(document: &[u8], places: &[&str]) -> Result<Vec<Option<String>>, Malformation> {
    scalars(document, &keys(places)?, places.len())
}

/// An allowlist of nothing but keys, in the order of these places.
#[inline(never)]
pub(crate) fn keys(places: &[&str]) -> Result<Allowlist, Malformation> {
    let mut allowlist = Allowlist::default();
    for (place, pointer) in places.iter().enumerate() {
        allowlist.add(pointer, Use::Key(place)).map_err(|_| Malformation::KeyMissing)?;
    }
    Ok(allowlist)
}

/// The scalars at the first `count` keys of an allowlist, as [`pick`] finds them.
pub(crate) fn scalars(
    document: &[u8],
    allowlist: &Allowlist,
    count: usize,
) -> Result<Vec<Option<String>>, Malformation> {
    found(Draft::new(allowlist), document, Media::Json, count)
}

/// The texts at some places of a body before anybody has vouched for it, empty where nothing is. `None` if they could be
/// read in two ways: a place that is there twice, or one of several elements of a list.
pub(crate) fn look(form: bool, body: &Body, places: &[&str]) -> Option<Vec<String>> {
    if places.is_empty() {
        return Some(Vec::new());
    }
    let allowlist = keys(places).ok()?;
    let mut draft = Draft::new(&allowlist);
    draft.alone = true;
    let found = found(draft, body, if form { Media::Form } else { Media::Json }, places.len()).ok()?;
    Some(found.into_iter().map(Option::unwrap_or_default).collect())
}

/// The texts at a place that every table of a list has (`/value/*/clientState`); `None` unless each has one that is not
/// empty.
pub(crate) fn each(document: &[u8], place: &str) -> Option<Vec<String>> {
    let mut allowlist = keys(&[place]).ok()?;
    allowlist.add(place, Use::Field(Bounds::default())).ok()?;
    let mut draft = Draft::new(&allowlist);
    json::read(&mut draft, document).ok()?;
    draft.of_each()
}

#[inline(never)]
fn found<'b>(
    mut draft: Draft<'b>,
    body: &'b [u8],
    media: Media,
    count: usize,
) -> Result<Vec<Option<String>>, Malformation> {
    match media {
        Media::Form => params::read_form(&mut draft, body)?,
        _ => json::read(&mut draft, body)?,
    }
    Ok((0..count).map(|place| draft.key_part(place)).collect())
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
