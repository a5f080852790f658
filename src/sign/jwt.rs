//! Signing a JWT as a provider does.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa;
use sha2::{Digest as _, Sha256};

use super::{Unsigned, encode, p256_key, said};
use crate::hash::{Hash, Mac};
use crate::hook::adjust_jwt;
use crate::json::quoted;
use crate::scheme::description::Encoding;
use crate::scheme::jwt::{Algorithm, Description, Life};
use crate::secret::Secret;
use crate::table::{Mistakes, Table};
use crate::var::Var;

/// The header with the token.
pub(super) fn headers(
    description: &Description,
    mechanism: &Var,
    secret: &str,
    request: Unsigned<'_>,
) -> Result<Vec<(String, String)>, String> {
    let mistakes = Mistakes::default();
    let adjusted = Table::new("", "", mechanism, &mistakes).and_then(|mut table| adjust_jwt(&mut table, description));
    let Some((_, url)) = adjusted else { return Err(said(mistakes)) };
    let head = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, description.algorithm.name());
    let signed = [head, claims(description, url, request)].map(|part| base64url(part.as_bytes())).join(".");
    let signature = match description.algorithm {
        Algorithm::Hs256 => {
            let secret = Secret::new(secret.into())?;
            Mac::new(Hash::Sha256, secret.expose().as_bytes()).sign(&[signed.as_bytes()])
        }
        Algorithm::Es256 => {
            let signature: ecdsa::Signature = ecdsa::signature::Signer::sign(&p256_key(secret)?, signed.as_bytes());
            signature.to_bytes().to_vec()
        }
    };
    let token = format!("{}{signed}.{}", description.prefix, base64url(&signature));
    Ok(vec![(description.header.into(), token)])
}

/// What the receiver configures: the public key as a JWK, or the secret itself.
pub(super) fn shown(description: &Description, secret: &str) -> Result<String, String> {
    match description.algorithm {
        Algorithm::Hs256 => Ok(secret.into()),
        Algorithm::Es256 => {
            let point = p256_key(secret)?.verifying_key().to_encoded_point(false);
            let [x, y] = [point.x(), point.y()].map(|number| base64url(number.map_or(&[][..], |number| number)));
            Ok(format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#))
        }
    }
}

/// The claims that the description names, as JSON. An empty `id` is none.
fn claims(description: &Description, url: &str, request: Unsigned<'_>) -> String {
    let now = request.now / 1_000;
    let text =
        |pointer: &str, text: &str| Some(format!("{}:{}", quoted(pointer.trim_start_matches('/')), quoted(text)));
    let (issued, window) = match description.life {
        Life::Endless => (None, None),
        Life::Since { .. } => (Some(format!(r#""iat":{now}"#)), None),
        // The preset's tolerance is its sender's own lifetime of a token.
        Life::Until { tolerance } => {
            (None, Some(format!(r#""nbf":{now},"exp":{}"#, now.saturating_add(tolerance.into()))))
        }
    };
    let hash = encode(description.encoding, &Sha256::digest(request.body));
    let claims = [
        description.issuer.and_then(|issuer| text("/iss", issuer)),
        issued,
        window,
        (description.has_id && !request.id.is_empty()).then_some(request.id).and_then(|id| text("/jti", id)),
        description.url_hash.and_then(|claim| text(claim, &encode(Encoding::Hex, &Sha256::digest(url)))),
        (!description.unhashed || !request.body.is_empty())
            .then_some(hash)
            .and_then(|hash| text(description.body_hash, &hash)),
    ];
    format!("{{{}}}", claims.into_iter().flatten().collect::<Vec<_>>().join(","))
}

fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
