//! Keys: what a secret's text becomes.

use base64ct::{Base64, Encoding as _};

use super::description::{Algorithm, KeyFormat};
use crate::hash::{Framed, HmacKey, hash_by, sha1};
use crate::host::{Host, PublicKey};
use crate::secret::Secret;

/// The keys of a mechanism, one for each secret.
#[derive(Debug)]
pub(crate) enum Keys {
    Shared(Vec<SharedKey>),
    Public(Vec<PublicKey>),
}

/// What a sender and the gate both know.
#[derive(Debug)]
pub(crate) enum SharedKey {
    Hmac(HmacKey),
    /// What is hashed before the content.
    Prefixed(Secret),
    /// What precedes each signature of a key.
    Named(Vec<u8>, HmacKey),
}

impl Keys {
    /// # Errors
    /// The index of the first secret that is no such key, and what it must be.
    pub(crate) fn new(
        algorithm: Algorithm,
        format: KeyFormat,
        secrets: &[Secret],
    ) -> Result<Self, (usize, &'static str)> {
        let bytes = |(index, secret): (usize, &Secret)| match decode(format, secret.expose()) {
            Some(bytes) if !bytes.is_empty() => Ok((index, bytes)),
            _ => Err((index, rule(format))),
        };
        let bytes: Vec<_> = secrets.iter().enumerate().map(bytes).collect::<Result<_, _>>()?;
        let public = |read: fn(&[u8]) -> Option<PublicKey>, rule| {
            let keys = bytes.iter().map(|(index, bytes)| read(bytes).ok_or((*index, rule)));
            keys.collect::<Result<_, _>>().map(Self::Public)
        };
        match algorithm {
            Algorithm::Ed25519 => {
                public(|bytes| bytes.try_into().ok().map(PublicKey::Ed25519), "must be an Ed25519 key of 32 bytes")
            }
            Algorithm::EcdsaP256 => public(p256_point, "must be a P-256 public key as X.509 writes it (SPKI)"),
            Algorithm::Hmac(hash) => {
                let key = |(_, bytes): &(usize, Vec<u8>)| match format {
                    KeyFormat::Named => {
                        let (name, key) = bytes.split_at(bytes.len().saturating_sub(SHA1));
                        SharedKey::Named(name.into(), HmacKey::new(hash, key))
                    }
                    _ => SharedKey::Hmac(HmacKey::new(hash, bytes)),
                };
                Ok(Self::Shared(bytes.iter().map(key).collect()))
            }
            Algorithm::Prefixed => Ok(Self::Shared(secrets.iter().cloned().map(SharedKey::Prefixed).collect())),
        }
    }
}

impl Keys {
    pub(crate) fn are_extensible(&self) -> bool {
        matches!(self, Self::Shared(keys) if keys.iter().any(|key| matches!(key, SharedKey::Prefixed(_))))
    }
}

impl SharedKey {
    /// The signature of a content, by whoever is faster at its size.
    pub(crate) async fn sign_by(&self, host: &impl Host, content: &Framed<'_>) -> Vec<u8> {
        let prefixed;
        let (name, key, content) = match self {
            Self::Hmac(key) => (&[][..], Some(key), content),
            Self::Prefixed(secret) => {
                prefixed = content.behind(secret.expose().as_bytes());
                (&[][..], None, &prefixed)
            }
            Self::Named(name, key) => (name.as_slice(), Some(key), content),
        };
        [name, &hash_by(host, key, content).await].concat()
    }

    /// The HMAC of a short message, where that is what the key makes.
    pub(crate) fn mac(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hmac(key) => Some(key.sign(&[message])),
            Self::Prefixed(_) | Self::Named(..) => None,
        }
    }

    /// The signature of a content as its sender makes it.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn sign(&self, content: &[u8]) -> Vec<u8> {
        match self {
            Self::Hmac(key) => key.sign(&[content]),
            Self::Prefixed(secret) => crate::hash::sha256(&[secret.expose().as_bytes(), content]).into(),
            Self::Named(name, key) => [name.as_slice(), &key.sign(&[content])].concat(),
        }
    }
}

/// The bytes of a key; `None` if the text is not of the format.
pub(crate) fn decode(format: KeyFormat, text: &str) -> Option<Vec<u8>> {
    let text = match format {
        KeyFormat::Whsec => text.strip_prefix("whsec_").unwrap_or(text),
        KeyFormat::Whpk => text.strip_prefix("whpk_").unwrap_or(text),
        _ => text,
    };
    match format {
        KeyFormat::Utf8 => Some(text.into()),
        KeyFormat::Ascii => text.is_ascii().then(|| text.into()),
        KeyFormat::Html => Some(unescape(text).into()),
        KeyFormat::Hex => base16ct::mixed::decode_vec(text).ok(),
        KeyFormat::Base64 | KeyFormat::Spki | KeyFormat::Whsec | KeyFormat::Whpk => Base64::decode_vec(text).ok(),
        KeyFormat::Named => {
            let (name, key) = text.split_once('|').filter(|(name, key)| !name.is_empty() && !key.is_empty())?;
            Some([name.as_bytes(), b"|", &sha1(&[key.as_bytes()])].concat())
        }
    }
}

/// Bytes of a SHA-1.
const SHA1: usize = 20;

fn rule(format: KeyFormat) -> &'static str {
    match format {
        KeyFormat::Utf8 | KeyFormat::Html => "must not be empty",
        KeyFormat::Ascii => "must be ASCII: the sender writes other characters in another way before it signs",
        KeyFormat::Hex => "must be hex digits",
        KeyFormat::Base64 => "must be base64",
        KeyFormat::Whsec => "must be whsec_ and base64",
        KeyFormat::Whpk => "must be whpk_ and base64",
        KeyFormat::Named => "must be the public key, `|` and the private key",
        KeyFormat::Spki => "must be a public key in base64, without its BEGIN and END lines",
    }
}

/// What precedes the point of a P-256 key: the algorithm and the curve (RFC 5480 §2).
pub(crate) const NAMES_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The point of a P-256 key in the one form that RFC 5480 has for an uncompressed one.
fn p256_point(spki: &[u8]) -> Option<PublicKey> {
    let point: [u8; 65] = spki.strip_prefix(&NAMES_P256)?.try_into().ok()?;
    (point.first() == Some(&0x04)).then_some(PublicKey::P256(point))
}

/// Decodes the entities in which WordPress keeps `&<>"'` (`wp_specialchars_decode` with `ENT_QUOTES`).
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.split_once(';').and_then(|(name, tail)| entity(name).map(|character| (character, tail)));
        let (character, tail) = entity.unwrap_or(('&', after));
        out.push(character);
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    let number = name.strip_prefix('#').unwrap_or("");
    let hex = number.strip_prefix(['x', 'X']);
    let digits = hex.unwrap_or(number).trim_start_matches('0');
    match (name, hex.is_some(), digits) {
        ("amp", ..) | (_, false, "38") | (_, true, "26") => Some('&'),
        ("lt", ..) | (_, false, "60") => Some('<'),
        ("gt", ..) | (_, false, "62") => Some('>'),
        ("quot", ..) | (_, false, "34") | (_, true, "22") => Some('"'),
        (_, false, "39") | (_, true, "27") => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_key_in_one_way() {
        for (format, text, bytes) in [
            (KeyFormat::Utf8, "größe", Some("größe".as_bytes().to_vec())),
            (KeyFormat::Ascii, "größe", None),
            (KeyFormat::Hex, "00fFA0", Some(vec![0, 0xff, 0xa0])),
            (KeyFormat::Hex, "0ff", None),
            (KeyFormat::Base64, "AP8=", Some(vec![0, 0xff])),
            (KeyFormat::Base64, "AP8", None),
            (KeyFormat::Whsec, "whsec_AP8=", Some(vec![0, 0xff])),
            (KeyFormat::Whsec, "AP8=", Some(vec![0, 0xff])),
            (KeyFormat::Whsec, "whpk_AP8=", None),
            (KeyFormat::Whpk, "whpk_AP8=", Some(vec![0, 0xff])),
            (KeyFormat::Named, "public", None),
            (KeyFormat::Named, "|private", None),
            (KeyFormat::Named, "public|", None),
        ] {
            assert_eq!(decode(format, text), bytes, "{format:?} {text}");
        }
    }

    #[test]
    fn wordpress_keeps_five_characters_as_entities() {
        for (kept, text) in [
            ("a&amp;b&lt;c&gt;d&quot;e&#039;f", "a&b<c>d\"e'f"),
            ("&#39;&#0039;&#x27;&#X0027;&#034;&#x22;&#038;&#x26;&#060;&#062;", "''''\"\"&&<>"),
            ("&amp;lt;", "&lt;"),
            ("a&b &nbsp; &; & &#x3c; &amp", "a&b &nbsp; &; & &#x3c; &amp"),
        ] {
            assert_eq!(unescape(kept), text, "{kept}");
        }
    }
}
