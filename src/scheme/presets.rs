//! The providers Hookgate knows: one row each, in tables by what their signatures cover.
//!
//! The rows say what the vendor's documentation or its published verifier says; `fixtures/vectors.json` and
//! `fixtures/providers.json` have the proofs.

mod body;
mod event;
mod form;
mod jwt;
mod part;
mod public_key;
mod standard;
mod timestamped;
mod token;

pub(crate) use event::{TOPIC, event};

use super::description::{
    Algorithm, Description, Encoding, Hash, Id, KeyFormat, List, Place, Timestamp, TimestampAt, Unit,
};

/// One provider's way to prove who it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preset {
    /// As `scheme` in the configuration names it.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a provider presents.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Signature(Description<'static>),
    Jwt(super::jwt::Description),
    /// A shared token in this header. It signs nothing.
    Token(&'static str),
    /// A shared token at this place of every item of the body. It signs nothing.
    BodyToken(&'static str),
}

static TABLES: [&[Preset]; 8] = [
    &body::PRESETS,
    &timestamped::PRESETS,
    &standard::PRESETS,
    &form::PRESETS,
    &part::PRESETS,
    &public_key::PRESETS,
    &jwt::PRESETS,
    &token::PRESETS,
];

/// All presets.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn all() -> impl Iterator<Item = &'static Preset> {
    TABLES.into_iter().flatten()
}

pub(crate) fn find(name: &str) -> Option<&'static Preset> {
    TABLES.into_iter().find_map(|table| row(table, name))
}

/// Not inlined: the compiler would write the search out for each table.
#[inline(never)]
fn row(table: &'static [Preset], name: &str) -> Option<&'static Preset> {
    table.iter().find(|preset| preset.name == name)
}

/// Why a provider cannot be verified here, for those whose names an operator may well try.
pub(crate) fn refusal(name: &str) -> Option<&'static str> {
    match name {
        "paypal" => Some(
            "may not be \"paypal\": its signature covers no more of the body than a CRC-32, which anybody can forge, and needs a certificate from the network",
        ),
        "aws-sns" => Some(
            "may not be \"aws-sns\": its signature needs a certificate from a URL in the message, and the gate fetches nothing for a request that is not proven",
        ),
        "atlassian-connect" => Some(
            "may not be \"atlassian-connect\": its token covers the URL and nothing of the body, which anybody could replace",
        ),
        "gumroad" => Some("may not be \"gumroad\": it signs nothing"),
        "postmark" => Some("may not be \"postmark\": it signs nothing, use \"basic\""),
        _ => None,
    }
}

/// A row of signatures in the making.
#[derive(Clone, Copy)]
struct Row {
    name: &'static str,
    header: &'static str,
    description: Description<'static>,
}

/// An HMAC over the raw body, in hex, in one header.
const fn hmac(name: &'static str, hash: Hash, header: &'static str) -> Row {
    let description = Description {
        algorithm: Algorithm::Hmac(hash),
        key: KeyFormat::Utf8,
        place: Place::Header { name: header, prefix: "" },
        encoding: Encoding::Hex,
        content: "{body}",
        timestamp: None,
        id: Id::None,
        says: &[],
        form: false,
    };
    Row { name, header, description }
}

const fn sha256(name: &'static str, header: &'static str) -> Row {
    hmac(name, Hash::Sha256, header)
}

/// How a row differs from [`hmac`].
impl Row {
    const fn done(self) -> Preset {
        Preset { name: self.name, kind: Kind::Signature(self.description) }
    }

    const fn with(self, description: Description<'static>) -> Self {
        Self { description, ..self }
    }

    const fn algorithm(self, algorithm: Algorithm) -> Self {
        self.with(Description { algorithm, ..self.description })
    }

    const fn key(self, key: KeyFormat) -> Self {
        self.with(Description { key, ..self.description })
    }

    const fn encoding(self, encoding: Encoding) -> Self {
        self.with(Description { encoding, ..self.description })
    }

    const fn base64(self) -> Self {
        self.encoding(Encoding::Base64)
    }

    const fn prefix(self, prefix: &'static str) -> Self {
        self.with(Description { place: Place::Header { name: self.header, prefix }, ..self.description })
    }

    const fn list(self, list: List<'static>) -> Self {
        self.with(Description { place: Place::List { name: self.header, list }, ..self.description })
    }

    const fn numbered(self) -> Self {
        self.with(Description { place: Place::Numbered { name: self.header }, ..self.description })
    }

    const fn either(self, other: &'static str) -> Self {
        self.with(Description { place: Place::Either { names: [self.header, other] }, ..self.description })
    }

    const fn says(self, says: &'static [(&'static str, &'static str)]) -> Self {
        self.with(Description { says, ..self.description })
    }

    /// Bodies are forms.
    const fn form(self) -> Self {
        self.with(Description { form: true, ..self.description })
    }

    const fn content(self, content: &'static str) -> Self {
        self.with(Description { content, ..self.description })
    }

    const fn timestamp(self, at: TimestampAt<'static>, unit: Unit, tolerance: u32) -> Self {
        self.with(Description { timestamp: Some(Timestamp { at, unit, tolerance }), ..self.description })
    }

    /// A delivery is known by a header, which `{id}` stands for.
    const fn id_header(self, name: &'static str) -> Self {
        self.with(Description { id: Id::Header(name), ..self.description })
    }

    /// A delivery is known by a place in the body.
    const fn id_at(self, place: &'static str) -> Self {
        self.with(Description { id: Id::Body(place), ..self.description })
    }
}
