//! What the fuzz targets in `fuzz/` see of the core besides its public parts: each place where bytes of a sender or of
//! an operator are taken apart. Compiled with the feature `fuzzing` only, and never into the Worker.

use crate::allowlist::{Allowlist, Bounds, Kind, Use};
use crate::config::{Gate, Vars};
use crate::host::{Body, Request};
use crate::outcome::Malformation;
use crate::project;
use crate::scheme::description::{Description, Encoding, List, Place, Unit};
use crate::scheme::template::{Content, Template};
use crate::scheme::{self, presets};

/// How bytes are spelled, by the words of the configuration.
fn encoding(name: &str) -> Option<Encoding> {
    Some(match name {
        "hex" => Encoding::Hex,
        "any-hex" => Encoding::AnyHex,
        "base64" => Encoding::Base64,
        "base64url" => Encoding::Base64Url,
        _ => return None,
    })
}

/// The bytes of a signature in `hex`, `any-hex`, `base64` or `base64url`.
#[must_use]
pub fn signature(encoded: &str, text: &str) -> Option<Vec<u8>> {
    scheme::signature::decode(encoding(encoded)?, text)
}

/// Milliseconds since 1970 of a timestamp in `seconds`, `milliseconds` or as `rfc3339` writes it.
#[must_use]
pub fn timestamp(unit: &str, text: &str) -> Option<u64> {
    let unit = match unit {
        "seconds" => Unit::Seconds,
        "milliseconds" => Unit::Milliseconds,
        "rfc3339" => Unit::Rfc3339,
        _ => return None,
    };
    scheme::timestamp::read(text, unit)
}

/// What a template makes of the id `I`, the timestamp `T`, the body `B`, the method `M` and the URL `U` of a request.
pub fn template(text: &str, request: &impl Request) -> Option<Vec<u8>> {
    let body = Body::from(b"B".to_vec());
    let content = Content { id: "I", timestamp: "T", method: "M", url: "U", ..Content::new(&body) };
    Some(Template::new(text)?.fill(content, request)?.joined().into())
}

/// The grammar of a list of signatures.
#[derive(Clone, Copy, Debug)]
pub struct ListGrammar<'t> {
    /// Between two items.
    pub separator: char,
    /// What a signature begins with.
    pub label: &'t str,
    /// Whether one space may follow the separator.
    pub trim: bool,
    /// What the timestamp begins with, where the list has one.
    pub timestamp: Option<&'t str>,
    /// As [`signature`] takes it.
    pub encoding: &'t str,
}

/// The signatures and the timestamp of the list in the header `x-list` of a request.
pub fn list(grammar: ListGrammar<'_>, request: &impl Request) -> Option<(Vec<Vec<u8>>, Option<String>)> {
    let ListGrammar { separator, label, trim, timestamp, encoding: encoded } = grammar;
    let place = Place::List { name: "x-list", list: List { separator, label, trim } };
    let presented = scheme::signature::Place::new(place, timestamp)?.read(
        request,
        &Body::from(Vec::new()),
        false,
        encoding(encoded)?,
    )?;
    Some((presented.signatures, presented.timestamp))
}

/// What is between two signatures of a provider, if it lists them.
#[must_use]
pub fn separator(provider: &str) -> Option<char> {
    match presets::find(provider)?.kind {
        presets::Kind::Signature(Description { place: Place::List { list, .. }, .. }) => Some(list.separator),
        _ => None,
    }
}

/// An allowlist of fields, each a JSON pointer and perhaps a type as `type` names it.
///
/// # Errors
/// Says what is wrong with the first field that cannot be added.
pub fn allowlist(fields: &[(&str, Option<&str>)]) -> Result<Allowlist, &'static str> {
    let mut allowlist = Allowlist::default();
    for (pointer, kind) in fields {
        let kind = match kind {
            Some("string") => Some(Kind::String),
            Some("number") => Some(Kind::Number),
            Some("integer") => Some(Kind::Integer),
            Some("boolean") => Some(Kind::Boolean),
            Some(_) => return Err("has a type that is none"),
            None => None,
        };
        allowlist.add(pointer, Use::Field(Bounds { kind, ..Bounds::default() }))?;
    }
    Ok(allowlist)
}

/// The fields that an allowlist keeps of a query that the sender vouches for and of a form, as JSON.
///
/// # Errors
/// What is wrong with them.
pub fn parameters(allowlist: &Allowlist, query: &str, form: &[u8]) -> Result<String, Malformation> {
    project::reduce_parameters(allowlist, query, form)
}

/// The ids of the open hooks, and all mistakes, as `Gate::read` finds them.
pub fn configured(vars: &dyn Vars) -> (Vec<String>, Vec<String>) {
    let (gate, mistakes) = Gate::read(vars);
    let open = gate.open_hooks().map(|hook| hook.id.clone()).collect();
    (open, mistakes.iter().map(ToString::to_string).collect())
}

/// What `hookgate check` says of `wrangler.toml` and `.dev.vars`: how many errors, and in which words.
#[must_use]
pub fn checked(config: &str, dev_vars: &str) -> (usize, String) {
    crate::operator::check_texts(config, dev_vars)
}
