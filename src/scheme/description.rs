//! How a sender signs, as data: what a preset's row and a mechanism of `wrangler.toml` both say, and what
//! [`super::verify`] executes.

pub(crate) use crate::hash::Hash;

/// A way to sign requests. The texts are those of the preset or of the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Description<'t> {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: KeyFormat,
    pub(crate) place: Place<'t>,
    pub(crate) encoding: Encoding,
    /// What is signed: a [`super::template::Template`] of pieces in braces and literals.
    pub(crate) content: &'t str,
    pub(crate) timestamp: Option<Timestamp<'t>>,
    pub(crate) id: Id<'t>,
    /// Headers that must say just this, although nobody signs them: the sender's word for the version of its scheme. A
    /// `*` stands for letters, digits, `_` and `-`.
    pub(crate) says: &'t [(&'t str, &'t str)],
    /// Whether bodies are forms, and places in them their parameters.
    pub(crate) form: bool,
}

/// What makes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// RFC 2104.
    Hmac(Hash),
    /// SHA-256 of the secret followed by the content. Weaker than an HMAC: whoever knows one signature can sign a
    /// longer content that begins with it (length extension), which strict JSON then refuses.
    Prefixed,
    /// RFC 8032.
    Ed25519,
    /// FIPS 186-5 on P-256 with SHA-256; the signature is DER.
    EcdsaP256,
}

/// How a secret's text becomes the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFormat {
    /// Its bytes.
    Utf8,
    /// Its bytes, all of them ASCII: the sender normalises other characters.
    Ascii,
    /// Its bytes after HTML's entities for `&<>"'` are decoded, as WordPress keeps a secret.
    Html,
    /// Hex digits of either case.
    Hex,
    Base64,
    /// Base64 after `whsec_`, which may be missing (Standard Webhooks).
    Whsec,
    /// A public key in base64 after `whpk_`, which may be missing (Standard Webhooks).
    Whpk,
    /// A public key as X.509 writes it (SPKI), in base64.
    Spki,
    /// A name, `|` and a private key, whose SHA-1 is the key: the name goes with each signature (Braintree).
    Named,
}

/// Where signatures are. A `name` that begins with `/` is no header, but a place in the body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'t> {
    /// One signature after a prefix.
    Header { name: &'t str, prefix: &'t str },
    /// A list, of which one signature must be right.
    List { name: &'t str, list: List<'t> },
    /// Headers with `-1`, `-2`… after their name: one for each key of the sender.
    Numbered { name: &'t str },
    /// Headers of which one must be right, and those that are there well-formed (Box).
    Either { names: [&'t str; 2] },
}

/// The grammar of a list: items that each begin with a label.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'t> {
    pub(crate) separator: char,
    /// What a signature begins with, delimiter included: `v1=`, `v1,`. If it is empty, there is nothing but signatures.
    pub(crate) label: &'t str,
    /// Whether one space may follow the separator.
    pub(crate) trim: bool,
}

/// How a signature is written. Nothing is accepted in two spellings, but where a sender has used both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Lower-case hex.
    Hex,
    /// Hex of either case, not mixed.
    AnyHex,
    /// Padded, the standard alphabet.
    Base64,
    /// Unpadded, the alphabet of URLs.
    Base64Url,
    /// A name, `|`, lower-case hex (Braintree).
    Named,
}

/// When a request was signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timestamp<'t> {
    pub(crate) at: TimestampAt<'t>,
    pub(crate) unit: Unit,
    /// Seconds that the clocks may differ, into the past and into the future.
    pub(crate) tolerance: u32,
}

/// Where the timestamp is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TimestampAt<'t> {
    Header(&'t str),
    /// The item with this label of the list that has the signatures.
    Label(&'t str),
    /// A place in the signed body.
    Body(&'t str),
}

/// The unit and with it the grammar of a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    /// Either, told apart by its length: Mercado Pago has written both.
    SecondsOrMilliseconds,
    Rfc3339,
}

/// What names a delivery, covered by the signature.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Id<'t> {
    /// The signed content itself.
    None,
    /// The header that `{id}` stands for.
    Header(&'t str),
    /// A place in the signed body.
    Body(&'t str),
}

/// What of a payload a signature vouches for. The rest is anybody's who has captured a delivery.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// Every byte of the body.
    Body,
    /// Names and values of a form, but not where one ends and the next begins.
    Form,
    /// Nothing but these places, as JSON pointers; one of them may be a parameter of the query.
    Places(Vec<String>),
}

#[cfg(not(target_arch = "wasm32"))]
impl Description<'_> {
    /// See [`super::template::Template::covers`].
    pub(crate) fn covers(&self) -> Option<Coverage> {
        super::template::Template::new(self.content).map(|content| content.covers())
    }
}
