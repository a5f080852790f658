//! Tokens that differ from a right one in one thing.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use futures::executor::block_on;

use super::*;
use crate::hash::Mac;
use crate::host::Memoryless;
use crate::scheme::presets;
use crate::scheme::tests::Sent;

const SECRET: &str = "not a secret: jwt";
const NOW: u64 = 1_700_000_000;
const BODY: &[u8] = b"{}";
const HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

fn preset(name: &str) -> &'static Description {
    match presets::find(name).map(|preset| &preset.kind) {
        Some(presets::Kind::Jwt(description)) => description,
        _ => panic!("{name} presents no JWT"),
    }
}

fn jwt(name: &str, secrets: &[&str]) -> Jwt {
    let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new((*secret).into()).unwrap()).collect();
    Jwt::new(preset(name), preset(name).life, "https://hooks.example.com/a?b=c", &secrets).unwrap()
}

fn proof(jwt: &Jwt, header: &str, body: &[u8], now: u64) -> Option<Proof> {
    let sent = Sent(&[(jwt.header.as_str(), header)]);
    block_on(jwt.verify(&sent, &body.to_vec().into(), now.saturating_mul(1_000), &[true; 2], &Memoryless::at(NOW)))
}

fn part(text: &str) -> String {
    Base64UrlUnpadded::encode_string(text.as_bytes())
}

/// A token of these two documents, signed with the secret.
fn token(head: &str, payload: &str) -> String {
    signed(&format!("{}.{}", part(head), part(payload)))
}

fn signed(content: &str) -> String {
    let key = Mac::new(Hash::Sha256, SECRET.as_bytes());
    let signature = key.sign(&[content.as_bytes()]);
    format!("{content}.{}", Base64UrlUnpadded::encode_string(&signature))
}

const HEAD: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn netlify() -> String {
    format!(r#"{{"iss":"netlify","sha256":"{HASH}"}}"#)
}

#[test]
fn the_configuration_says_which_algorithm_it_is() {
    let jwt = jwt("netlify", &[SECRET]);
    assert!(proof(&jwt, &token(HEAD, &netlify()), BODY, NOW).is_some());
    for head in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS384"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":null}"#,
        r#"{"alg":""}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":"exp"}"#,
        r#"["HS256"]"#,
        r#""HS256""#,
        r#"{"alg":"HS256"}x"#,
        r#"{"alg":"HS256""#,
    ] {
        assert_eq!(proof(&jwt, &token(head, &netlify()), BODY, NOW), None, "{head}");
    }
}

#[test]
fn a_token_has_three_parts_in_one_spelling() {
    let jwt = jwt("netlify", &[SECRET]);
    let good = token(HEAD, &netlify());
    let (content, signature) = good.rsplit_once('.').unwrap();
    let (head, payload) = content.split_once('.').unwrap();
    let padded = part(r#"{"alg":"HS256"}  "#);
    assert!(proof(&jwt, &signed(&format!("{padded}.{payload}")), BODY, NOW).is_some());
    let long = format!(r#"{{"iss":"netlify","sha256":"{HASH}","more":"{}"}}"#, "x".repeat(3_000));
    for wrong in [
        String::new(),
        ".".into(),
        "..".into(),
        content.into(),
        format!("{content}."),
        format!("{good}."),
        format!("{good}.{payload}"),
        format!(".{good}"),
        format!("{head}..{signature}"),
        format!("{good}="),
        signed(&format!("{padded}=.{payload}")),
        signed(&format!("{head}.{payload}.{payload}")),
        signed(&format!("{head}.")),
        signed(&format!(".{payload}")),
        signed(payload),
        signed(&format!(" {content}")),
        signed(&format!("{head} .{payload}")),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}, {good}"),
        format!("Bearer {good}"),
        token(HEAD, &long),
    ] {
        assert_eq!(proof(&jwt, &wrong, BODY, NOW), None, "{wrong}");
    }
    let shorter = long.replace(&"x".repeat(200), "");
    assert!(token(HEAD, &shorter).len() <= MAX_TOKEN);
    assert!(proof(&jwt, &token(HEAD, &shorter), BODY, NOW).is_some());
}

#[test]
fn a_claim_is_there_once_and_of_its_type() {
    let jwt = jwt("netlify", &[SECRET]);
    let hash = format!(r#""sha256":"{HASH}""#);
    for wrong in [
        "{}".to_owned(),
        format!("{{{hash}}}"),
        r#"{"iss":"netlify"}"#.into(),
        format!(r#"{{"iss":"Netlify",{hash}}}"#),
        format!(r#"{{"iss":"netlify","iss":"netlify",{hash}}}"#),
        format!(r#"{{"iss":["netlify"],{hash}}}"#),
        format!(r#"{{"iss":"netlify",{hash},{hash}}}"#),
        format!(r#"{{"iss":"netlify",{hash},"sha256":null}}"#),
        format!(r#"{{"iss":"netlify","sha256":"{}"}}"#, HASH.to_uppercase()),
        format!(r#"{{"iss":"netlify","sha256":"{}"}}"#, HASH.trim_end_matches("8a")),
        format!(r#"{{"iss":"netlify","sha256":"{HASH}00"}}"#),
        r#"{"iss":"netlify","sha256":""}"#.into(),
        r#"{"iss":"netlify","sha256":null}"#.into(),
        format!(r#"[{{"iss":"netlify",{hash}}}]"#),
        format!(r#"{{"iss":"netlify",{hash}}}{{}}"#),
        // What the row does not ask for counts as well.
        format!(r#"{{"iss":"netlify",{hash},"exp":{}}}"#, NOW - 1),
        format!(r#"{{"iss":"netlify",{hash},"nbf":{}}}"#, NOW + 301),
        format!(r#"{{"iss":"netlify",{hash},"exp":"{}"}}"#, NOW + 60),
    ] {
        assert_eq!(proof(&jwt, &token(HEAD, &wrong), BODY, NOW), None, "{wrong}");
    }
    let more = format!(r#"{{"iat":1,"nbf":{},"exp":{NOW},"iss":"netlify",{hash},"jti":"a"}}"#, NOW + 300);
    assert_eq!(proof(&jwt, &token(HEAD, &more), BODY, NOW), Some(Proof { secret: 0, id: None }));
    assert_eq!(proof(&jwt, &token(HEAD, &netlify()), b"{} ", NOW), None);
    // Nor does a token without a hash vouch for an empty body.
    assert_eq!(proof(&jwt, &token(HEAD, r#"{"iss":"netlify"}"#), b"", NOW), None);
}

#[test]
fn a_time_is_an_integer_within_its_tolerance() {
    let vonage = jwt("vonage", &[SECRET]);
    let issued = |at: &str| {
        let payload = format!(r#"{{"iat":{at},"payload_hash":"{HASH}","jti":"a"}}"#);
        proof(&vonage, &format!("Bearer {}", token(HEAD, &payload)), BODY, NOW).is_some()
    };
    for (at, fresh) in [(NOW - 300, true), (NOW + 300, true), (NOW - 301, false), (NOW + 301, false), (0, false)] {
        assert_eq!(issued(&at.to_string()), fresh, "{at}");
    }
    for wrong in [
        "\"1700000000\"",
        "1700000000.0",
        "17e8",
        "-1700000000",
        "[1700000000]",
        "null",
        "true",
        "99999999999999999999",
    ] {
        assert!(!issued(wrong), "{wrong}");
    }

    let livekit = jwt("livekit", &[SECRET]);
    let hash = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=";
    let between = |nbf: u64, exp: &str| {
        let payload = format!(r#"{{"iss":"any","nbf":{nbf},"exp":{exp},"sha256":"{hash}"}}"#);
        proof(&livekit, &token(HEAD, &payload), BODY, NOW).is_some()
    };
    for (nbf, exp, good) in [
        (NOW, NOW + 300, true),
        (NOW - 300, NOW, true),
        (NOW + 300, NOW + 600, true),
        (NOW - 10, NOW - 1, false),
        (NOW - 301, NOW + 300, false),
        (NOW + 301, NOW + 600, false),
        (NOW, u64::MAX, true),
        (u64::MAX, u64::MAX, false),
    ] {
        assert_eq!(between(nbf, &exp.to_string()), good, "{nbf} {exp}");
    }
    assert!(!between(NOW, "null") && !between(NOW, "\"1700000300\""));
}

#[test]
fn messagebird_signs_the_url_and_no_hash_of_an_empty_body() {
    let jwt = jwt("messagebird", &[SECRET]);
    let url = base16ct::lower::encode_string(&sha256(&[b"https://hooks.example.com/a?b=c"]));
    let claims = |more: &str| format!(r#"{{"iss":"MessageBird","nbf":{NOW},"exp":{}{more}}}"#, NOW + 60);
    let proven = |more: String, body: &[u8]| proof(&jwt, &token(HEAD, &claims(&more)), body, NOW);
    let url = format!(r#","url_hash":"{url}""#);
    let (hash, id) = (format!(r#","payload_hash":"{HASH}""#), r#","jti":"a""#);
    assert_eq!(proven(format!("{url}{hash}{id}"), BODY), Some(Proof { secret: 0, id: Some("a".into()) }));
    assert_eq!(proven(format!("{url}{hash}"), BODY), Some(Proof { secret: 0, id: None }));
    assert!(proven(format!("{url}{id}"), b"").is_some());
    assert_eq!(proven(format!("{url}{id}"), BODY), None, "a body was added");
    assert_eq!(proven(format!("{url}{hash}{id}"), b""), None, "the body was taken away");
    assert_eq!(proven(format!("{hash}{id}"), BODY), None, "no URL is signed");
    assert_eq!(proven(format!(r#","url_hash":"{HASH}"{hash}{id}"#), BODY), None, "another URL is signed");
}

#[test]
fn a_public_key_that_its_issuer_calls_otherwise_is_not_tried() {
    use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let point = key.verifying_key().to_encoded_point(false);
    let [x, y] = [point.x(), point.y()].map(|number| Base64UrlUnpadded::encode_string(number.unwrap()));
    let jwk = |more: &str| format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"{more}}}"#);
    let (named, unnamed) = (jwk(r#","kid":"a","expired_at":null"#), jwk(""));
    let token = |head: &str| {
        let payload = format!(r#"{{"iat":{NOW},"request_body_sha256":"{HASH}"}}"#);
        let content = format!("{}.{}", part(head), part(&payload));
        let signature: Signature = key.sign(content.as_bytes());
        (format!("{content}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes())), content, signature)
    };
    let own = r#"{"alg":"ES256","kid":"a"}"#;
    for (secrets, head, secret) in [
        (vec![named.as_str()], own, Some(0)),
        (vec![&named], r#"{"alg":"ES256"}"#, Some(0)),
        (vec![&named], r#"{"alg":"ES256","kid":"b"}"#, None),
        (vec![&unnamed], r#"{"alg":"ES256","kid":"b"}"#, Some(0)),
        (vec![&named, &unnamed], r#"{"alg":"ES256","kid":"b"}"#, Some(1)),
        (vec![&named, &unnamed], own, Some(0)),
        (vec![&named], r#"{"alg":"HS256","kid":"a"}"#, None),
        (vec![&named], r#"{"alg":"none","kid":"a"}"#, None),
        (vec![&named], r#"{"alg":"ES256","kid":"a","kid":"a"}"#, None),
        (vec![&named], r#"{"alg":"ES256","kid":["a"]}"#, None),
    ] {
        let proof = proof(&jwt("plaid", &secrets), &token(head).0, BODY, NOW);
        assert_eq!(proof.map(|proof| proof.secret), secret, "{head} {secrets:?}");
    }
    // DER is another spelling.
    let (_, content, signature) = token(own);
    let der = format!("{content}.{}", Base64UrlUnpadded::encode_string(signature.to_der().as_bytes()));
    assert_eq!(proof(&jwt("plaid", &[&named]), &der, BODY, NOW), None);
    // Nor is a public key a shared secret.
    let key = Mac::new(Hash::Sha256, named.as_bytes());
    let forged = key.sign(&[content.as_bytes()]);
    let forged = format!("{content}.{}", Base64UrlUnpadded::encode_string(&forged));
    assert_eq!(proof(&jwt("plaid", &[&named]), &forged, BODY, NOW), None);
}

#[test]
fn a_secret_whose_time_is_over_proves_nothing() {
    let jwt = jwt("netlify", &[SECRET, "another secret"]);
    let header = token(HEAD, &netlify());
    let sent = Sent(&[("x-webhook-signature", &header)]);
    let body = BODY.to_vec().into();
    let proof = |may| block_on(jwt.verify(&sent, &body, NOW * 1_000, may, &Memoryless::at(NOW)));
    assert_eq!(proof(&[true, true]).map(|proof| proof.secret), Some(0));
    assert_eq!(proof(&[false, true]), None);
    assert_eq!(proof(&[]), None);
}
