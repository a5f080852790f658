//! Signing as a provider does, with the same description that verifies it: for the operator's command line and for
//! tests. No part of the Worker.

mod jwt;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use ed25519_dalek::Signer as _;
use p256::ecdsa;
use p256::ecdsa::signature::Verifier as _;

use crate::hook::describe;
use crate::host::PublicKey;
use crate::scheme::description::{Algorithm, Description, Encoding, Id, KeyFormat, Place, TimestampAt, Unit};
use crate::scheme::keys::{Keys, decode};
use crate::scheme::presets::{self, Kind};
use crate::scheme::template::{Content, Template};
use crate::secret::Secret;
use crate::table::{Mistakes, Table};
use crate::var::Var;

/// A request that its sender has not signed yet.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'r> {
    /// Upper case.
    pub method: &'r str,
    /// The raw body. A time of signing in it is the caller's.
    pub body: &'r [u8],
    /// What names the delivery, where that is a header.
    pub id: &'r str,
    /// When it is signed, in milliseconds since 1970.
    pub now: u64,
}

/// The headers that a sender adds (none where the token is in the body): names as its description spells them. `mechanism` is an entry of `auth`, whose
/// `secrets` do not matter; `secret` is what the sender holds: the secret, or the private key in hex or base64.
///
/// # Errors
/// What is wrong with the mechanism or the secret.
pub fn sign(mechanism: &Var, secret: &str, request: Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
    let name = mechanism.get("scheme").and_then(Var::as_text).unwrap_or("");
    match presets::find(name).map(|preset| preset.kind) {
        Some(Kind::Token(header)) => return Ok(vec![(header.into(), secret.into())]),
        Some(Kind::BodyToken(_)) => return Ok(Vec::new()),
        Some(Kind::Jwt(description)) => return jwt::headers(&description, mechanism, secret, request),
        _ => {}
    }
    described(mechanism, |description, url| headers(description, url, secret, request))
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

fn headers(
    description: &Description<'_>,
    url: &str,
    secret: &str,
    request: Unsigned<'_>,
) -> Result<Vec<(String, String)>, String> {
    let timestamp = description.timestamp.map(|timestamp| (timestamp.at, text(timestamp.unit, request.now)));
    let time = timestamp.as_ref().map_or("", |(_, text)| text.as_str());
    let content = Content { id: request.id, timestamp: time, body: request.body, method: request.method, url };
    let template = Template::new(description.content).ok_or("content is no template")?;
    let message: Vec<u8> = template.pieces(content).collect::<Vec<_>>().concat();
    let signature = encode(description.encoding, &raw(description, secret, &message)?);
    let mut headers = Vec::new();
    match description.place {
        Place::Header { name, prefix } => headers.push((name.into(), format!("{prefix}{signature}"))),
        Place::Numbered { name } => headers.push((format!("{name}-1"), signature)),
        Place::List { name, list } => {
            let space = if list.trim { " " } else { "" };
            let labelled = match timestamp {
                Some((TimestampAt::Label(label), _)) => format!("{label}{time}{}{space}", list.separator),
                _ => String::new(),
            };
            headers.push((name.into(), format!("{labelled}{}{signature}", list.label)));
        }
    }
    if let Some((TimestampAt::Header(name), _)) = timestamp {
        headers.push((name.into(), time.into()));
    }
    if let Id::Header(name) = description.id {
        headers.push((name.into(), request.id.into()));
    }
    Ok(headers)
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
                Keys::Shared(keys) => keys.first().map(|key| key.sign(&[message.into()])).ok_or("".into()),
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
    }
}

/// A moment as a sender writes it.
fn text(unit: Unit, now: u64) -> String {
    match unit {
        Unit::Seconds => (now / 1_000).to_string(),
        Unit::Milliseconds => now.to_string(),
        Unit::Rfc3339 => crate::units::rfc3339_text(now),
    }
}
