//! Public keys as JSON (JWK, RFC 7517).

use super::description::Encoding;
use super::signature::decode;
use crate::host::PublicKey;
use crate::project;

/// A P-256 key (RFC 7518 §6.2.1), and the id that it has among its issuer's keys. `None` for any other key, for a
/// private one, and for one that its issuer says has expired.
#[inline(never)]
pub(super) fn read(text: &str) -> Option<(PublicKey, Option<String>)> {
    // The curve is one of this type of key alone.
    let places = project::keys(&["/crv", "/x", "/y", "/d", "/expired_at", "/kid"]).ok()?;
    let mut found = project::scalars(text.as_bytes(), &places, 6).ok()?;
    let [Some(curve), Some(x), Some(y), None, None, id] = found.as_mut_slice() else { return None };
    // A number of 256 bits, which fills its last character in one way.
    if curve != "P-256" || x.len() != 43 {
        return None;
    }
    let point = [&[0x04], &decode(Encoding::Base64Url, x)?[..], &decode(Encoding::Base64Url, y)?[..]].concat();
    Some((PublicKey::P256(point.try_into().ok()?), id.take()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: &str = "H93qcLohUYemMMaILfIn6WWV8CT_Q3-AndequwVE6eM";
    const Y: &str = "yG89hCRQLQy1dOGlqpLznVEoghKSg3gBQ0dPUuykjYk";

    fn key(more: &str) -> String {
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"{more}}}"#)
    }

    #[test]
    fn a_point_is_read_whole() {
        let Some((PublicKey::P256(point), None)) = read(&key("")) else { panic!() };
        let decode = |text| decode(Encoding::Base64Url, text).unwrap();
        assert_eq!(point.to_vec(), [vec![0x04], decode(X), decode(Y)].concat());
        let plaid = r#","alg":"ES256","use":"sig","kid":"a","created_at":1560466950,"expired_at":null"#;
        assert_eq!(read(&key(plaid)), Some((PublicKey::P256(point), Some("a".into()))));
    }

    #[test]
    fn any_other_key_is_none() {
        let short = format!(r#""{}""#, X.trim_end_matches("eM"));
        for wrong in [
            String::new(),
            "null".into(),
            "[]".into(),
            X.into(),
            key(r#","d":"AAAA""#),
            key(r#","expired_at":1560466950"#),
            key(&format!(r#","x":"{X}""#)),
            key("").replace("P-256", "P-384"),
            key("").replace(X, &format!("{X}=")),
            key("").replace(X, ""),
            key("").replace(&format!("\"{Y}\""), &short),
            key("").replace(&format!("\"{Y}\""), "7"),
            format!("{}x", key("")),
        ] {
            assert_eq!(read(&wrong), None, "{wrong}");
        }
    }
}
