//! Step 5: cut a verified payload down to its allowlist, in one pass over the raw bytes and without a document tree.
//! What is dropped is skipped, not parsed into anything.

mod draft;
mod json;
mod params;

use crate::allowlist::{Allowlist, Use};
use crate::authenticate::Verified;
use crate::hook::Hook;
use crate::key::IdempotencyKey;
use crate::object::ObjectRule;
use crate::outcome::{Malformation, Rejection};
use crate::receive::Media;

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
    json: String,
}

impl<'g> ThinPayload<'g> {
    pub(crate) fn hook(&self) -> &'g Hook {
        self.hook
    }

    pub(crate) fn key(&self) -> &IdempotencyKey {
        &self.key
    }

    /// The payload as the origin receives it: `{"hook":…,"objects":{…},"fields":{…}}`.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }
}

/// Who has vouched for the query of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Query {
    /// Its parameters count like those of a form.
    Trusted,
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
    let mut json = format!("{{\"hook\":\"{}\",\"objects\":{{", hook.id);
    let mut first = true;
    for rule in &hook.objects {
        let written = write_object(&mut json, rule, &draft, first);
        if rule.required && !written {
            return Err(Rejection::ObjectsNotFound);
        }
        first &= !written;
    }
    json.push_str("},\"fields\":");
    json.push_str(draft.fields());
    json.push('}');
    Ok(ThinPayload { hook, key: *verified.key(), json })
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
    Ok(draft.fields().into())
}

/// The scalars at some places of a JSON document that is not a sender's: a record, a switch, an answer of the origin.
/// `None` for what is not there, `null` or empty.
pub(crate) fn pick<const N: usize>(document: &[u8], places: [&str; N]) -> Result<[Option<String>; N], Malformation> {
    let mut allowlist = Allowlist::default();
    for (place, pointer) in places.into_iter().enumerate() {
        allowlist.add(pointer, Use::Key(place)).map_err(|_| Malformation::KeyMissing)?;
    }
    let mut draft = Draft::new(&allowlist);
    json::read(&mut draft, document)?;
    Ok(core::array::from_fn(|place| draft.key_part(place)))
}

fn gather<'v>(hook: &'v Hook, verified: &'v Verified<'_>) -> Result<Draft<'v>, Malformation> {
    let mut draft = Draft::new(&hook.allowlist);
    let unsigned = hook.door.signs_body() && !hook.unsigned_query;
    params::read_query(&mut draft, verified.query(), if unsigned { Query::Unsigned } else { Query::Trusted })?;
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

/// Writes `"order":{"id":"1042"}`; returns whether there was anything to write.
fn write_object(json: &mut String, rule: &ObjectRule, draft: &Draft<'_>, first: bool) -> bool {
    let Some(identifier) = draft.identifier(rule.kind) else { return false };
    let mut kinds = rule.candidates(identifier).peekable();
    if kinds.peek().is_none() {
        return false;
    }
    json.extend([if first { "\"" } else { ",\"" }, rule.kind.name(), "\":{"]);
    for (place, kind) in kinds.enumerate() {
        // No identifier's grammar has a character that JSON would escape.
        json.extend([if place == 0 { "\"" } else { ",\"" }, kind.name(), "\":\"", identifier, "\""]);
    }
    json.push('}');
    true
}
