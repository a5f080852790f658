//! HMAC (RFC 2104) over the raw body, in lower-case hex, with or without a prefix.

use hmac::{Hmac as Keyed, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::Sha256;

use super::HeaderName;
use crate::host::Request;
use crate::secret::Secret;

/// A header that carries a signature of the body.
#[derive(Debug)]
pub(crate) struct Hmac {
    header: HeaderName,
    prefix: String,
    keys: Vec<Key>,
    /// GitHub sends an old and a new signature; who presents both must be right about the new one, too.
    stronger: Option<Box<Hmac>>,
}

/// The hash functions senders use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
}

/// A hash function with its key, absorbed once.
#[derive(Debug)]
enum Key {
    Sha1(Keyed<Sha1>),
    Sha256(Keyed<Sha256>),
}

impl Hmac {
    pub(crate) fn new(hash: Hash, header: HeaderName, prefix: &str, secrets: &[Secret]) -> Option<Self> {
        let stronger = if header.as_str() == "x-hub-signature" {
            Some(Box::new(Self::new(Hash::Sha256, HeaderName::new("x-hub-signature-256")?, "sha256=", secrets)?))
        } else {
            None
        };
        let keys: Option<Vec<Key>> = secrets.iter().map(|secret| Key::new(hash, secret)).collect();
        Some(Self { header, prefix: prefix.into(), keys: keys?, stronger })
    }

    pub(crate) fn verify(&self, request: &impl Request, body: &[u8]) -> Option<usize> {
        if let Some(stronger) = self.stronger.as_ref().filter(|stronger| stronger.is_present(request)) {
            stronger.verify(request, body)?;
        }
        let header = self.header.value(request);
        let presented = header.as_deref().and_then(|header| header.strip_prefix(self.prefix.as_str())).unwrap_or("");
        self.position(presented, body)
    }

    /// The index of the first key that made this signature; every key is tried, whatever was presented.
    fn position(&self, presented: &str, body: &[u8]) -> Option<usize> {
        let mut buffer = [0; 32];
        let signature = base16ct::lower::decode(presented, &mut buffer).unwrap_or(&[]);
        self.keys
            .iter()
            .enumerate()
            .rev()
            .fold(None, |found, (index, key)| if key.verifies(signature, body) { Some(index) } else { found })
    }

    fn is_present(&self, request: &impl Request) -> bool {
        request.header(&self.header.dashed).is_some() || request.header(&self.header.underscored).is_some()
    }
}

impl Key {
    fn new(hash: Hash, secret: &Secret) -> Option<Self> {
        let bytes = secret.expose().as_bytes();
        match hash {
            Hash::Sha1 => Keyed::new_from_slice(bytes).ok().map(Self::Sha1),
            Hash::Sha256 => Keyed::new_from_slice(bytes).ok().map(Self::Sha256),
        }
    }

    /// Compares in constant time; a signature of another length is none.
    fn verifies(&self, signature: &[u8], body: &[u8]) -> bool {
        match self {
            Self::Sha1(key) => key.clone().chain_update(body).verify_slice(signature).is_ok(),
            Self::Sha256(key) => key.clone().chain_update(body).verify_slice(signature).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::tests::Sent;

    // GitHub's documented example: this secret and this body.
    const BODY: &[u8] = b"Hello, World!";
    const SHA256: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    const SHA1: &str = "01dc10d0c83e72ed246219cdd91669667fe2ca59";

    fn scheme(hash: Hash, header: &str, prefix: &str) -> Hmac {
        let secrets = ["another secret", "It's a Secret to Everybody"].map(|text| Secret::new(text.into()).unwrap());
        Hmac::new(hash, HeaderName::new(header).unwrap(), prefix, &secrets).unwrap()
    }

    fn github(value: &str) -> Option<usize> {
        scheme(Hash::Sha256, "X-Hub-Signature-256", "sha256=").verify(&Sent(&[("x-hub-signature-256", value)]), BODY)
    }

    #[test]
    fn a_signature_is_right_in_one_spelling_only() {
        assert_eq!(github(&format!("sha256={SHA256}")), Some(1));
        for wrong in [
            String::new(),
            "sha256=".into(),
            SHA256.into(),
            format!("sha1={SHA256}"),
            format!("SHA256={SHA256}"),
            format!("sha256={}", SHA256.to_uppercase()),
            format!("sha256= {SHA256}"),
            format!("sha256={SHA256} "),
            format!("sha256={SHA256}00"),
            format!("sha256={}", SHA256.trim_end_matches("17")),
            format!("sha256={}", SHA256.trim_end_matches('7')),
            format!("sha256={SHA256}, sha256={SHA256}"),
            format!("sha256={SHA256}zz"),
        ] {
            assert_eq!(github(&wrong), None, "{wrong:?}");
        }
        assert_eq!(scheme(Hash::Sha256, "x", "").verify(&Sent(&[]), BODY), None);
    }

    #[test]
    fn a_signature_in_both_spellings_of_its_header_is_none() {
        let scheme = scheme(Hash::Sha1, "X_HUB_SIGNATURE", "");
        let verify = |headers: &[(&str, &str)]| scheme.verify(&Sent(headers), BODY);
        assert_eq!(verify(&[("x_hub_signature", SHA1)]), Some(1));
        assert_eq!(verify(&[("x-hub-signature", SHA1), ("x_hub_signature", SHA1)]), None);
    }

    #[test]
    fn wunderautomation_signs_with_bare_hex() {
        let bare = scheme(Hash::Sha1, "X_HUB_SIGNATURE", "");
        assert_eq!(bare.verify(&Sent(&[("x-hub-signature", SHA1)]), BODY), Some(1));
        assert_eq!(bare.verify(&Sent(&[("x-hub-signature", &format!("sha1={SHA1}"))]), BODY), None);
    }

    #[test]
    fn who_presents_both_of_githubs_signatures_must_be_right_about_the_stronger() {
        let old = scheme(Hash::Sha1, "X-Hub-Signature", "sha1=");
        let sha1 = format!("sha1={SHA1}");
        let verify =
            |sha256: &str| old.verify(&Sent(&[("x-hub-signature", &sha1), ("x-hub-signature-256", sha256)]), BODY);
        assert_eq!(old.verify(&Sent(&[("x-hub-signature", &sha1)]), BODY), Some(1));
        assert_eq!(verify(&format!("sha256={SHA256}")), Some(1));
        assert_eq!(verify(&format!("sha256={}", SHA256.replace('7', "8"))), None);
        assert_eq!(verify(""), None);
    }
}
