//! A signature described in `wrangler.toml`, for a provider that is no preset, and what a preset leaves open.

use crate::allowlist::{Allowlist, Use};
use crate::scheme::HeaderName;
use crate::scheme::description::{
    Algorithm, Description, Encoding, Hash, Id, KeyFormat, List, Place, Timestamp, TimestampAt, Unit,
};
use crate::scheme::template::{Piece, Template};
use crate::table::Table;
use crate::units;

/// Seconds that clocks may differ, unless a description says otherwise: what Standard Webhooks allows.
const TOLERANCE: u32 = 300;

/// Reads a description for `scheme`, and the URL where that is signed. `None` after a mistake.
pub(super) fn read<'v>(table: &mut Table<'v>, scheme: &str) -> Option<(Description<'v>, &'v str)> {
    let algorithm = read_algorithm(table, scheme);
    let header = read_header(table);
    let key = table.parsed_or("key", default_key(scheme), KEYS, key_format);
    let encoding =
        table.parsed_or("encoding", "hex", "\"hex\", \"HEX\", \"base64\" or \"base64url\"", |text| match text {
            "hex" => Some(Encoding::Hex),
            "HEX" => Some(Encoding::AnyHex),
            "base64" => Some(Encoding::Base64),
            "base64url" => Some(Encoding::Base64Url),
            _ => None,
        });
    let place = read_place(table, header);
    let content = table.verbatim_or("content", "{body}");
    let template = content.and_then(|content| read_template(table, content));
    let (place, label) = place?;
    let timestamp = read_timestamp(table, label, template.as_ref()?);
    let id = read_id(table, template.as_ref()?);
    let url = read_url(table, template.as_ref()?);
    let description = Description {
        algorithm: algorithm?,
        key: key?,
        place,
        encoding: encoding?,
        content: content?,
        timestamp: timestamp?,
        id: id?,
        says: &[],
        form: template?.has(&Piece::Form),
    };
    Some((description, url?))
}

/// A preset with the hook's own tolerance and URL.
pub(super) fn adjust<'v>(
    table: &mut Table<'v>,
    mut preset: Description<'static>,
) -> Option<(Description<'static>, &'v str)> {
    if let Some(timestamp) = &mut preset.timestamp {
        timestamp.tolerance = read_tolerance(table, timestamp.tolerance)?;
    }
    let url = read_url(table, &Template::new(preset.content)?)?;
    Some((preset, url))
}

/// What a mechanism says of its signature, whether by a preset's name or by itself.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn describe<'v>(table: &mut Table<'v>) -> Option<(Description<'v>, &'v str)> {
    use crate::scheme::presets::{self, Kind};
    let scheme = table.required_text("scheme", "the way it signs")?;
    match presets::find(scheme).map(|preset| preset.kind) {
        Some(Kind::Signature(preset)) => adjust(table, preset),
        _ if matches!(scheme, "hmac" | "ed25519" | "ecdsa-p256") => read(table, scheme),
        _ => {
            table.mistake("scheme", "signs nothing");
            None
        }
    }
}

/// The name of a header.
pub(super) fn read_header<'v>(table: &mut Table<'v>) -> Option<&'v str> {
    let name = table.required_text("header", "the header senders use, such as X-Hub-Signature-256")?;
    check_header(table, "header", name)
}

pub(super) fn check_header<'v>(table: &Table<'_>, key: &str, name: &'v str) -> Option<&'v str> {
    if HeaderName::new(name).is_none() {
        table.mistake(key, "must be a header name: letters, digits, `-`, `_`");
        return None;
    }
    Some(name)
}

fn read_algorithm(table: &mut Table<'_>, scheme: &str) -> Option<Algorithm> {
    match scheme {
        "ed25519" => return Some(Algorithm::Ed25519),
        "ecdsa-p256" => return Some(Algorithm::EcdsaP256),
        _ => {}
    }
    const HASHES: &str = "\"sha1\", \"sha256\" or \"sha512\"";
    table.required_text("hash", HASHES)?;
    let hash = table.parsed("hash", HASHES, |text| match text {
        "sha1" => Some(Hash::Sha1),
        "sha256" => Some(Hash::Sha256),
        "sha512" => Some(Hash::Sha512),
        _ => None,
    });
    hash.map(Algorithm::Hmac)
}

const KEYS: &str = "\"utf8\", \"hex\", \"base64\", \"whsec\", \"whpk\" or \"spki\"";

fn default_key(scheme: &str) -> &'static str {
    match scheme {
        "ed25519" => "base64",
        "ecdsa-p256" => "spki",
        _ => "utf8",
    }
}

fn key_format(text: &str) -> Option<KeyFormat> {
    match text {
        "utf8" => Some(KeyFormat::Utf8),
        "hex" => Some(KeyFormat::Hex),
        "base64" => Some(KeyFormat::Base64),
        "whsec" => Some(KeyFormat::Whsec),
        "whpk" => Some(KeyFormat::Whpk),
        "spki" => Some(KeyFormat::Spki),
        _ => None,
    }
}

/// Where the signature is, and the label of the timestamp beside it.
fn read_place<'v>(table: &mut Table<'v>, header: Option<&'v str>) -> Option<(Place<'v>, Option<&'v str>)> {
    let visible = |text: &str| text.trim_end_matches(' ').bytes().all(|b| b.is_ascii_graphic());
    let prefix = table.verbatim_or("prefix", "");
    if prefix.is_some_and(|prefix| !visible(prefix)) {
        table.mistake("prefix", "must be visible ASCII, such as sha256=; it may end with a space");
    }
    if !table.has("list") {
        return Some((Place::Header { name: header?, prefix: prefix? }, None));
    }
    if table.has("prefix") {
        table.mistake("prefix", "does not go with list: its label is the prefix of each signature");
    }
    let mut list = table.table("list")?;
    // Read as it is: a text of white space is one here.
    let separator = list.get("separator").map_or(Some(","), |separator| separator.as_text());
    let separator = separator.and_then(|text| match text {
        "," | ";" | " " => text.chars().next(),
        _ => None,
    });
    if separator.is_none() {
        list.mistake("separator", "must be \",\", \";\" or \" \"");
    }
    let label = list.required_text("label", "what each signature begins with, such as v1=");
    let label = label.and_then(|label| check_label(&list, "label", label));
    let timestamp = match list.text("timestamp") {
        Some(text) => Some(check_label(&list, "timestamp", text)?),
        None => None,
    };
    if label.is_some() && label == timestamp {
        list.mistake("timestamp", "must be another label than that of the signatures");
    }
    let trim = list.flag("trim");
    list.finish();
    let list = List { separator: separator?, label: label?, trim };
    Some((Place::List { name: header?, list }, timestamp))
}

/// A name and the delimiter after it.
fn check_label<'v>(table: &Table<'_>, key: &str, label: &'v str) -> Option<&'v str> {
    let name = label.strip_suffix(['=', ',', ':']).unwrap_or("");
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        table.mistake(key, "must be a word and its delimiter, such as v1= or v1,");
        return None;
    }
    Some(label)
}

fn read_template(table: &Table<'_>, content: &str) -> Option<Template> {
    let template = Template::new(content).filter(|template| !template.is_special());
    match &template {
        None => table.mistake("content", PIECES),
        Some(template) if template.places().is_some() => {
            table.mistake("content", UNSIGNED);
            return None;
        }
        Some(_) => {}
    }
    template.filter(|template| template.body_places().all(|place| check_place(table, "content", place).is_some()))
}

const UNSIGNED: &str = "must have {body}, {sha256} or {form}: nobody vouches for a body that is not signed";
const PIECES: &str = "may have {id}, {timestamp}, {body}, {sha256}, {form}, {method}, {url}, {path} and places in the body such as {/data/id}, and no other braces";

/// The outer `None` is a mistake.
fn read_timestamp<'v>(
    table: &mut Table<'v>,
    label: Option<&'v str>,
    template: &Template,
) -> Option<Option<Timestamp<'v>>> {
    let signed = template.has(&Piece::Timestamp);
    let mut of = table.table("timestamp");
    if table.has("timestamp") && of.is_none() {
        return None;
    }
    let header = of.as_mut().and_then(|of| of.text("header").map(|name| check_header(of, "header", name)));
    let place = of.as_mut().and_then(|of| of.text("place").map(|place| check_place(of, "place", place)));
    let unit = match &mut of {
        None => Some(Unit::Seconds),
        Some(of) => of.parsed_or("unit", "s", "\"s\", \"ms\" or \"rfc3339\"", |text| match text {
            "s" => Some(Unit::Seconds),
            "ms" => Some(Unit::Milliseconds),
            "rfc3339" => Some(Unit::Rfc3339),
            _ => None,
        }),
    };
    if let Some(of) = of {
        of.finish();
    }
    let at = match (label, header, place) {
        (None, None, None) if signed => {
            table.mistake("timestamp", "is missing: content has {timestamp}, say where that is");
            return None;
        }
        (None, None, None) if table.has("timestamp") => {
            table.mistake("timestamp", "needs a header or a place, or a label in list");
            return None;
        }
        (None, None, None) => return Some(None),
        (None, None, Some(place)) if !signed => TimestampAt::Body(place?),
        (None, None, Some(_)) => {
            table.mistake("timestamp.place", "is in the body: content may not have {timestamp} as well");
            return None;
        }
        (Some(_), None, None) | (None, Some(_), None) if !signed => {
            table.mistake("content", "must have {timestamp}: a time that is not signed is anybody's");
            return None;
        }
        (Some(label), None, None) => TimestampAt::Label(label),
        (None, Some(header), None) => TimestampAt::Header(header?),
        _ => {
            table.mistake("timestamp", "must be in one place: a header, the list or the body");
            return None;
        }
    };
    let tolerance = read_tolerance(table, TOLERANCE)?;
    Some(Some(Timestamp { at, unit: unit?, tolerance }))
}

pub(super) fn read_tolerance(table: &mut Table<'_>, default: u32) -> Option<u32> {
    table.parsed_or("tolerance", &format!("{default}s"), "a duration from 1s to 24h", |text| {
        let seconds = units::duration(text)? / 1_000;
        u32::try_from(seconds).ok().filter(|seconds| (1..=86_400).contains(seconds))
    })
}

fn read_id<'v>(table: &mut Table<'v>, template: &Template) -> Option<Id<'v>> {
    let signed = template.has(&Piece::Id);
    if !table.has("id") {
        if signed {
            table.mistake("id", "is missing: content has {id}, say which header that is");
            return None;
        }
        return Some(Id::None);
    }
    let mut of = table.table("id")?;
    let header = of.text("header").map(|name| check_header(&of, "header", name));
    let place = of.text("place").map(|place| check_place(&of, "place", place));
    of.finish();
    match (header, place) {
        (Some(header), None) if signed => header.map(Id::Header),
        (Some(_), None) => {
            table.mistake("id.header", "is not signed: content has no {id}, and anybody can change it");
            None
        }
        (None, Some(place)) if !signed && template.has_body() => place.map(Id::Body),
        _ => {
            table.mistake("id", "must have a header, which content has as {id}, or a place in the body");
            None
        }
    }
}

pub(super) fn check_place<'v>(table: &Table<'_>, key: &str, place: &'v str) -> Option<&'v str> {
    let added = Allowlist::default().add_one(place, Use::Key(0));
    added.map_err(|why| table.mistake(key, why)).ok().map(|()| place)
}

/// The URL that senders sign; empty where they do not.
pub(super) fn read_url<'v>(table: &mut Table<'v>, template: &Template) -> Option<&'v str> {
    if !template.has(&Piece::Url) && !template.has(&Piece::Path) {
        return Some("");
    }
    let url = table.required_text("url", "it is signed: give it as the sender has it, with its query")?;
    if !url.starts_with("https://") || !url.bytes().all(|b| b.is_ascii_graphic()) {
        table.mistake("url", "must be https://…, exactly as the sender has it");
        return None;
    }
    Some(url)
}
