//! Signing as a provider does, with the same description that verifies it: for the operator's command line and for
//! tests. No part of the Worker.

mod body;
mod jwt;

use core::time::Duration;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use ed25519_dalek::Signer as _;
use p256::ecdsa;
use p256::ecdsa::signature::Verifier as _;

use crate::hash::sha256;
use crate::hook::describe;
use crate::host::{Body, BodyFault, PublicKey, Request};
use crate::project;
use crate::scheme::HeaderName;
use crate::scheme::description::{Algorithm, Description, Encoding, Id, KeyFormat, Place, TimestampAt, Unit};
use crate::scheme::keys::{Keys, decode};
use crate::scheme::presets::{self, Kind};
use crate::scheme::template::{Content, Piece, Template};
use crate::secret::Secret;
use crate::table::{Mistakes, Table};
use crate::var::Var;

/// A request that its sender has not signed yet.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'r> {
    /// Upper case.
    pub method: &'r str,
    /// The raw body. A time of signing in it is the caller's, unless the sender signs no more of it than that.
    pub body: &'r [u8],
    /// What names the delivery, where that is a header or a token in the body.
    pub id: &'r str,
    /// When it is signed, in milliseconds since 1970.
    pub now: u64,
}

/// A request as its sender has signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What the sender adds, names as its description spells them.
    pub headers: Vec<(String, String)>,
    /// The body, with what the sender writes into it.
    pub body: Vec<u8>,
    /// What the sender adds to the query of the URL, without `?`; empty for most.
    pub query: String,
    /// Whether the body is a form.
    pub form: bool,
}

/// What a sender sends. `mechanism` is an entry of `auth`, whose `secrets` do not matter; `secret` is what the sender
/// holds: the secret, or the private key in hex or base64.
///
/// # Errors
/// What is wrong with the mechanism, the secret, or a body that has no place for a signature.
pub fn sign(mechanism: &Var, secret: &str, request: Unsigned<'_>) -> Result<Signed, String> {
    let name = mechanism.get("scheme").and_then(Var::as_text).unwrap_or("");
    let with = |headers, body| Ok(Signed { headers, body, query: String::new(), form: false });
    let unchanged = || request.body.to_vec();
    match presets::find(name).map(|preset| preset.kind) {
        Some(Kind::Token(header)) => with(vec![(header.into(), secret.into())], unchanged()),
        Some(Kind::BodyToken(place)) => with(Vec::new(), body::put(false, request.body, place, secret)?),
        Some(Kind::Jwt(description)) => with(jwt::headers(&description, mechanism, secret, request)?, unchanged()),
        _ => described(mechanism, |description, url| signed(description, url, secret, request)),
    }
}

/// What the receiver configures for a sender that holds `secret`: the public key of a private one, or the secret itself.
///
/// # Errors
/// As [`sign`].
pub fn shown(mechanism: &Var, secret: &str) -> Result<String, String> {
    let name = mechanism.get("scheme").and_then(Var::as_text).unwrap_or("");
    match presets::find(name).map(|preset| preset.kind) {
        Some(Kind::Token(_) | Kind::BodyToken(_)) => return Ok(secret.into()),
        Some(Kind::Jwt(description)) => return jwt::shown(&description, secret),
        _ => {}
    }
    described(mechanism, |description, _| match description.algorithm {
        Algorithm::Hmac(_) | Algorithm::Prefixed => Ok(secret.into()),
        Algorithm::Ed25519 => {
            let key = ed25519(description.key, secret)?.verifying_key();
            Ok(encode_key(description.key, key.as_bytes()))
        }
        Algorithm::EcdsaP256 => {
            let point = p256_key(secret)?.verifying_key().to_encoded_point(false);
            Ok(Base64::encode_string(&[&crate::scheme::keys::NAMES_P256[..], point.as_bytes()].concat()))
        }
    })
}

/// What [`crate::host::Host::verify`] asks for, without WebCrypto.
#[must_use]
pub fn verify(key: &PublicKey, signature: &[u8; 64], message: &[u8]) -> bool {
    match key {
        PublicKey::Ed25519(bytes) => ed25519_dalek::VerifyingKey::from_bytes(bytes)
            .is_ok_and(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()),
        PublicKey::P256(point) => ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok_and(|key| {
            ecdsa::Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }),
    }
}

fn described<T>(mechanism: &Var, then: impl FnOnce(&Description<'_>, &str) -> Result<T, String>) -> Result<T, String> {
    let mistakes = Mistakes::default();
    let described = Table::new("", "", mechanism, &mistakes).and_then(|mut table| describe(&mut table));
    match described {
        Some((description, url)) => then(&description, url),
        None => Err(said(mistakes)),
    }
}

fn said(mistakes: Mistakes) -> String {
    mistakes.into_vec().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn signed(description: &Description<'_>, url: &str, secret: &str, request: Unsigned<'_>) -> Result<Signed, String> {
    let template = Template::new(description.content).ok_or("content is no template")?;
    let time = description.timestamp.map_or(String::new(), |timestamp| text(timestamp.unit, request.now));
    let body = with_time(description, &template, &time, request)?;
    let query = query(&template, &body)?;
    let mut sender = Sender { headers: headers(description, &template, &time, request.id), query };
    let method = request.method;
    let (id, form) = (request.id, description.form);
    let body = Body::from(body);
    let content = Content { id, timestamp: &time, method, url, form, ..Content::new(&body) };
    let filled = template.fill(content, &sender).ok_or("the body is not one that this sender could sign")?;
    let signature = encode(description.encoding, &raw(description, secret, filled.joined())?);
    let (name, value) = match description.place {
        Place::Header { name, prefix } => (name.to_owned(), format!("{prefix}{signature}")),
        Place::Numbered { name } => (format!("{name}-1"), signature),
        Place::Either { names: [name, _] } => (name.to_owned(), signature),
        Place::List { name, list } => {
            let space = if list.trim { " " } else { "" };
            let labelled = match description.timestamp.map(|timestamp| timestamp.at) {
                Some(TimestampAt::Label(label)) => format!("{label}{time}{}{space}", list.separator),
                _ => String::new(),
            };
            (name.to_owned(), format!("{labelled}{}{signature}", list.label))
        }
    };
    let body = if name.starts_with('/') {
        body::put(description.form, &body, &name, &value)?
    } else {
        sender.headers.insert(0, (name, value));
        body.to_vec()
    };
    Ok(Signed { headers: sender.headers, body, query: sender.query, form: description.form })
}

/// The body with the time and the token that are signed, where both are in it.
fn with_time(
    description: &Description<'_>,
    template: &Template,
    time: &str,
    request: Unsigned<'_>,
) -> Result<Vec<u8>, String> {
    let mut body = request.body.to_vec();
    let clock = description.timestamp.and_then(|timestamp| match timestamp.at {
        TimestampAt::Body(place) => Some(place),
        _ => None,
    });
    if template.body_places().any(|place| Some(place) == clock) {
        for place in template.body_places() {
            let text = if Some(place) == clock { time } else { request.id };
            body = body::put(description.form, &body, place, text)?;
        }
    }
    Ok(body)
}

/// What the sender adds to the query: the hash of the body, or what the body repeats.
fn query(template: &Template, body: &[u8]) -> Result<String, String> {
    if let Some(name) = template.query() {
        let place = format!("/{}", name.replace('.', "/"));
        let found = project::pick(body, [place.as_str()]).ok().and_then(|[text]| text);
        return found.map(|value| format!("{name}={value}")).ok_or(format!("the body has no {place}"));
    }
    let hashed = template.has(&Piece::Sha256) && template.is_special();
    Ok(if hashed { format!("bodySHA256={}", base16ct::lower::encode_string(&sha256(&[body]))) } else { String::new() })
}

/// All headers but that of the signature.
fn headers(description: &Description<'_>, template: &Template, time: &str, id: &str) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    if let Some(TimestampAt::Header(name)) = description.timestamp.map(|timestamp| timestamp.at) {
        headers.push((name.into(), time.into()));
    }
    if let Id::Header(name) = description.id {
        headers.push((name.into(), id.into()));
    }
    headers.extend(description.says.iter().map(|(name, says)| ((*name).into(), says.replace('*', "hookgate"))));
    if let Some([list, ..]) = template.listed() {
        let mut names: Vec<&str> = template.listed().unwrap_or_default().iter().map(HeaderName::as_str).collect();
        names.sort_unstable();
        headers.push((list.as_str().into(), names.join(",")));
    }
    headers
}

/// The request as far as it is signed.
struct Sender {
    headers: Vec<(String, String)>,
    query: String,
}

impl Request for Sender {
    fn method(&self) -> String {
        String::new()
    }

    fn url(&self) -> String {
        format!("https://hooks.example.com/?{}", self.query)
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    }

    fn tls_version(&self) -> Option<String> {
        None
    }

    async fn body(&self, _: usize, _: Duration) -> Result<Body, BodyFault> {
        Ok(Vec::new().into())
    }
}

fn raw(description: &Description<'_>, secret: &str, message: &[u8]) -> Result<Vec<u8>, String> {
    match description.algorithm {
        Algorithm::Ed25519 => Ok(ed25519(description.key, secret)?.sign(message).to_bytes().into()),
        Algorithm::EcdsaP256 => {
            let signature: ecdsa::Signature = ecdsa::signature::Signer::sign(&p256_key(secret)?, message);
            Ok(signature.to_der().as_bytes().into())
        }
        Algorithm::Hmac(_) | Algorithm::Prefixed => {
            let secret = Secret::new(secret.into())?;
            match Keys::new(description.algorithm, description.key, &[secret]).map_err(|(_, rule)| rule)? {
                Keys::Shared(keys) => keys.first().map(|key| key.sign(message)).ok_or("".into()),
                Keys::Public(_) => Err("is a public key".into()),
            }
        }
    }
}

/// The private key of Ed25519 is its seed (RFC 8032 §5.1.5), written as the public key is.
fn ed25519(format: KeyFormat, secret: &str) -> Result<ed25519_dalek::SigningKey, String> {
    let seed = decode(format, secret).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    seed.map(|seed| ed25519_dalek::SigningKey::from_bytes(&seed)).ok_or("must be the 32 bytes of a seed".into())
}

/// The private key of P-256 is its number in base64.
fn p256_key(secret: &str) -> Result<ecdsa::SigningKey, String> {
    let key = decode(KeyFormat::Base64, secret).and_then(|bytes| ecdsa::SigningKey::from_slice(&bytes).ok());
    key.ok_or("must be the 32 bytes of a number in base64".into())
}

fn encode_key(format: KeyFormat, key: &[u8]) -> String {
    match format {
        KeyFormat::Hex => base16ct::lower::encode_string(key),
        KeyFormat::Whpk => format!("whpk_{}", Base64::encode_string(key)),
        _ => Base64::encode_string(key),
    }
}

fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Hex => base16ct::lower::encode_string(bytes),
        Encoding::AnyHex => base16ct::upper::encode_string(bytes),
        Encoding::Base64 => Base64::encode_string(bytes),
        Encoding::Base64Url => Base64UrlUnpadded::encode_string(bytes),
        Encoding::Named => {
            let (name, hash) = bytes.split_at_checked(bytes.len().saturating_sub(20)).unwrap_or_default();
            format!("{}{}", String::from_utf8_lossy(name), base16ct::lower::encode_string(hash))
        }
    }
}

/// A moment as a sender writes it.
fn text(unit: Unit, now: u64) -> String {
    match unit {
        Unit::Seconds => (now / 1_000).to_string(),
        Unit::Milliseconds | Unit::SecondsOrMilliseconds => now.to_string(),
        Unit::Rfc3339 => crate::units::rfc3339_text(now),
    }
}
