//! Promises about who hashes: large messages are for the platform, small ones for the gate, and nobody can tell by the
//! answer which of them it was.

use base64ct::{Base64, Encoding as _};
use hookgate::gateway::Gateway;
use hookgate::sign::{Signed, Unsigned, sign};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::native::hmac;
use crate::world::{Environment, Inbound, START, World, var};

/// From how many bytes on the platform is asked.
const FROM: [(&str, usize); 3] = [("SHA-1", 10 * 1024), ("SHA-256", 4 * 1024), ("SHA-512", 17 * 1024)];
const SECRET: &str = "not a secret: hashing";
const URL: &str = "https://hooks.example.com/wa-hook/sender";

fn environment(mechanism: &Value, secrets: &[&str]) -> Environment {
    let mut mechanism = mechanism.clone();
    mechanism["secrets"] = (0..secrets.len()).map(|index| format!("SECRET_{index}")).collect();
    let hook = json!({ "id": "sender", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [mechanism] });
    let environment = Environment::default()
        .var("ORIGIN", "https://www.example.com")
        .var("HOOKS", json!([hook]))
        .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5");
    secrets.iter().enumerate().fold(environment, |all, (index, secret)| all.secret(&format!("SECRET_{index}"), secret))
}

fn hashed_with(hash: &str) -> Value {
    json!({ "scheme": "hmac", "hash": hash.replace('-', "").to_lowercase(), "header": "X-Signature" })
}

/// A gate in a world whose platform answers as this pattern says.
fn gate(environment: &Environment, pattern: &[bool]) -> (World, Gateway) {
    let world = World::new();
    world.native.answer(pattern);
    let gateway = Gateway::new(environment, &world);
    assert_eq!(world.mistakes(), [""; 0]);
    (world, gateway)
}

fn inbound(request: &Signed) -> Inbound {
    let inbound = Inbound::post(&format!("/wa-hook/sender?{}", request.query));
    let body = request.body.clone();
    let inbound = if request.form { inbound.form(body) } else { inbound.json(body) };
    request.headers.iter().fold(inbound, |inbound, (name, value)| inbound.header(name, value))
}

/// A request with a body of this many bytes.
fn of_size(hash: &str, secret: &str, size: usize) -> Inbound {
    let body = format!("\"{}\"", "x".repeat(size - 2));
    let signature = base16ct::lower::encode_string(&hmac(hash, secret.as_bytes(), body.as_bytes()));
    Inbound::post("/wa-hook/sender").json(body).header("x-signature", &signature)
}

/// What was asked of a hash, and not of the idempotency key, which is made of the body and some bytes more.
fn asked_of(world: &World, hash: &str) -> Vec<usize> {
    world.native.take_asked().into_iter().filter(|(asked, _)| *asked == hash).map(|(_, size)| size).collect()
}

/// A way to sign; what its secrets look like; whether bodies are forms.
fn mechanisms() -> Vec<(Value, Keys)> {
    let plain = |hash: &str, content: &str| {
        let mut mechanism = hashed_with(hash);
        mechanism["content"] = content.into();
        (mechanism, Keys::Text)
    };
    let timed = |hash: &str, content: &str| {
        let (mut mechanism, keys) = plain(hash, content);
        mechanism["timestamp"] = json!({ "header": "X-Time", "unit": "s" });
        mechanism["id"] = json!({ "header": "X-Id" });
        (mechanism, keys)
    };
    let preset = |name: &str, keys| (json!({ "scheme": name }), keys);
    let with_url = |name: &str, keys| (json!({ "scheme": name, "url": URL }), keys);
    vec![
        plain("SHA-1", "{body}"),
        plain("SHA-256", "{body}"),
        plain("SHA-512", "{body}"),
        plain("SHA-256", "{sha256}"),
        plain("SHA-1", "{body}-{sha256}-{body}"),
        timed("SHA-1", "{id}.{timestamp}.{body}"),
        timed("SHA-512", "{timestamp}.{body}.{id}"),
        preset("standard-webhooks", Keys::Whsec),
        preset("patreon", Keys::Text),
        preset("recharge", Keys::Text),
        with_url("hubspot-v2", Keys::Text),
        preset("netlify", Keys::Text),
        with_url("twilio-json", Keys::Text),
        with_url("mandrill", Keys::Form),
        preset("braintree", Keys::Named),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Keys {
    Text,
    Whsec,
    /// Text; bodies are forms.
    Form,
    /// A name and a text; bodies are forms with one parameter that is signed.
    Named,
}

impl Keys {
    fn secret(self, bytes: &[u8]) -> String {
        match self {
            Self::Text | Self::Form => bytes.iter().map(|byte| char::from(33 + byte % 94)).collect(),
            Self::Whsec => format!("whsec_{}", Base64::encode_string(bytes)),
            Self::Named => format!("name|{}", Self::Text.secret(bytes)),
        }
    }

    fn body(self, size: usize, seed: &[u8]) -> String {
        let text: String = seed.iter().cycle().take(size).map(|byte| char::from(b'a' + byte % 26)).collect();
        match self {
            Self::Text | Self::Whsec => format!("{{\"text\":\"{text}\"}}"),
            Self::Form => format!("text={text}"),
            Self::Named => format!("bt_payload={text}"),
        }
    }
}

/// A request, and who is asked to verify it.
#[derive(Clone, Debug)]
struct Case {
    mechanism: Value,
    keys: Keys,
    /// Those that are configured.
    secrets: Vec<String>,
    signer: String,
    body: String,
    changed: &'static str,
    /// Which calls a platform answers.
    pattern: Vec<bool>,
}

fn cases() -> impl Strategy<Value = Case> {
    let near = select(vec![0_usize, 64, 4_096, 10_240, 17_408, 70_000]);
    let size = (near, -300_isize..300).prop_map(|(near, by)| near.saturating_add_signed(by));
    let body = (size, vec(any::<u8>(), 1..40));
    let secrets = (vec(vec(any::<u8>(), 12..200), 1..4), 0_usize..4);
    let changed = select(vec!["nothing", "body", "signature"]);
    let parts = (select(mechanisms()), secrets, body, changed, vec(any::<bool>(), 1..6));
    parts.prop_map(|((mechanism, keys), (secrets, signer), (size, seed), changed, pattern)| {
        let secrets: Vec<String> = secrets.iter().map(|bytes| keys.secret(bytes)).collect();
        let stranger = keys.secret(b"a secret that nobody knows");
        let signer = secrets.get(signer).cloned().unwrap_or(stranger);
        Case { mechanism, keys, secrets, signer, body: keys.body(size, &seed), changed, pattern }
    })
}

impl Case {
    fn request(&self) -> Signed {
        let unsigned = Unsigned { method: "POST", body: self.body.as_bytes(), id: "msg-1", now: START };
        let mut request = sign(&var(&self.mechanism), &self.signer, unsigned).unwrap();
        if self.changed == "body" {
            let at = request.body.iter().rposition(u8::is_ascii_lowercase).unwrap();
            request.body[at] = if request.body[at] == b'a' { b'b' } else { b'a' };
        }
        if self.changed == "signature" {
            assert!(self.keys == Keys::Named || !request.headers.is_empty());
            request.headers.iter_mut().for_each(|(_, value)| *value = value.replace(['a', 'A', '0'], "1"));
        }
        request
    }

    /// All that can be seen of a gate that gets the request twice: replies, log, records and what has left.
    fn end(&self, pattern: &[bool]) -> [Vec<String>; 4] {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let (world, gateway) = gate(&environment(&self.mechanism, &secrets), pattern);
        let request = self.request();
        let replies = [(), ()].map(|()| format!("{:?}", world.deliver(&gateway, &inbound(&request))));
        let records = world.replay.values().iter().map(|record| format!("{record:?}")).collect();
        let sent = world.origin.sent().iter().map(|sent| format!("{sent:?}")).collect();
        [replies.into(), world.log(), records, sent]
    }
}

#[test]
fn whoever_hashes_it_comes_to_the_same() {
    let property = |case: Case| {
        let natively = case.end(&[true]);
        let accepted = natively[0][0].contains("status: 200");
        if case.changed != "signature" {
            prop_assert_eq!(accepted, case.changed == "nothing" && case.secrets.contains(&case.signer));
        }
        prop_assert_eq!(&case.end(&[]), &natively);
        prop_assert_eq!(&case.end(&case.pattern), &natively);
        Ok(())
    };
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&cases(), property).unwrap();
}

#[test]
fn the_platform_hashes_what_is_large_and_the_gate_what_is_small() {
    for (hash, from) in FROM {
        let (world, gateway) = gate(&environment(&hashed_with(hash), &[SECRET]), &[true]);
        for (size, asked) in [(2, 0), (from - 1, 0), (from, 1), (from + 1, 1), (200_000, 1)] {
            assert_eq!(world.deliver(&gateway, &of_size(hash, SECRET, size)).status, 200, "{hash} {size}");
            assert_eq!(asked_of(&world, hash), vec![size; asked], "{hash}");
        }
    }
    let (world, gateway) = gate(&environment(&json!({ "scheme": "patreon" }), &[SECRET]), &[true]);
    world.deliver(
        &gateway,
        &Inbound::post("/wa-hook/sender").json("x".repeat(200_000)).header("x-patreon-signature", "00"),
    );
    assert_eq!(world.native.take_asked(), [], "WebCrypto has no MD5");
}

#[test]
fn what_is_hashed_besides_a_signature_is_hashed_by_the_platform_too() {
    let body = format!("\"{}\"", "x".repeat(100_000));
    let unsigned = Unsigned { method: "POST", body: body.as_bytes(), id: "msg-1", now: START };
    let sizes = |mechanism: &Value| {
        let (world, gateway) = gate(&environment(mechanism, &[SECRET]), &[true]);
        let request = sign(&var(mechanism), SECRET, unsigned).unwrap();
        assert_eq!(world.deliver(&gateway, &inbound(&request)).status, 200, "{mechanism}");
        asked_of(&world, "digest")
    };
    // Hook, source and body, each with its length before it.
    let key = body.len() + 3 * 8 + "sender".len() + "body".len();
    assert_eq!(sizes(&hashed_with("SHA-256")), [key]);
    assert_eq!(sizes(&json!({ "scheme": "netlify" })), [body.len(), key]);
    assert_eq!(sizes(&json!({ "scheme": "twilio-json", "url": URL })), [body.len(), key]);
    assert_eq!(sizes(&json!({ "scheme": "recharge" })), [SECRET.len() + body.len(), key]);
}

#[test]
fn every_secret_is_tried_by_the_platform_whichever_is_right() {
    let others = ["not a secret: other 1", "not a secret: other 2", "not a secret: other 3"];
    let (world, gateway) = gate(&environment(&hashed_with("SHA-256"), &others), &[true]);
    let unsigned = Inbound::post("/wa-hook/sender").json("x".repeat(9_000));
    let elsewhere = Inbound::post("/wa-hook/nowhere").json("x".repeat(9_000));
    for (request, status) in [
        (of_size("SHA-256", others[0], 9_000), 200),
        (of_size("SHA-256", others[2], 9_000), 200),
        (of_size("SHA-256", SECRET, 9_000), 401),
        (of_size("SHA-256", SECRET, 9_000).header("x-signature", "none"), 401),
        (unsigned, 401),
    ] {
        assert_eq!(world.deliver(&gateway, &request).status, status);
        assert_eq!(asked_of(&world, "SHA-256"), [9_000; 3], "{status}");
    }
    assert_eq!(world.deliver(&gateway, &elsewhere).status, 404);
    assert_eq!(asked_of(&world, "SHA-256"), [9_000], "an unknown hook costs what one with a secret costs");
}

#[test]
fn a_body_stays_with_the_platform_until_its_sender_is_proven_and_it_is_new() {
    for mechanism in
        [hashed_with("SHA-256"), json!({ "scheme": "netlify" }), json!({ "scheme": "twilio-json", "url": URL })]
    {
        let (world, gateway) = gate(&environment(&mechanism, &[SECRET, "not a secret: another"]), &[true]);
        let body = format!("\"{}\"", "x".repeat(20_000));
        let unsigned = Unsigned { method: "POST", body: body.as_bytes(), id: "msg-1", now: START };
        let right = sign(&var(&mechanism), SECRET, unsigned).unwrap();
        let wrong = sign(&var(&mechanism), "not a secret: a stranger's", unsigned).unwrap();
        let looked_into = |request: &Inbound, status| {
            assert_eq!(world.deliver(&gateway, request).status, status, "{mechanism}");
            request.was_looked_into()
        };
        assert!(!looked_into(&inbound(&wrong), 401), "{mechanism}");
        assert!(looked_into(&inbound(&right), 200), "{mechanism}");
        assert!(!looked_into(&inbound(&right), 200), "a repeat, {mechanism}");
        let elsewhere = Inbound::post("/wa-hook/nowhere").json(body);
        assert!(!looked_into(&elsewhere, 404));
    }
}

#[test]
fn a_key_is_imported_once_and_goes_with_its_environment() {
    let (old, new) = ("not a secret: revoked", "not a secret: its successor");
    let (world, gateway) = gate(&environment(&hashed_with("SHA-256"), &[old]), &[true]);
    let status = |gateway: &Gateway, secret, size| world.deliver(gateway, &of_size("SHA-256", secret, size)).status;
    assert_eq!((status(&gateway, old, 100), world.native.imports()), (200, 0), "a small body needs no import");
    for size in [5_000, 6_000, 7_000] {
        assert_eq!(status(&gateway, old, size), 200);
        assert_eq!((world.native.imports(), world.native.kept()), (1, 1));
    }

    let successor = gateway.reconfigured(&environment(&hashed_with("SHA-256"), &[new]), &world);
    drop(gateway);
    assert_eq!(world.native.kept(), 0, "what was made of a revoked secret is gone");
    assert_eq!((status(&successor, old, 8_000), status(&successor, new, 8_000)), (401, 200));
    assert_eq!((world.native.imports(), world.native.kept()), (2, 1));
}

#[test]
fn what_the_platform_does_not_hash_the_gate_hashes() {
    let (world, gateway) = gate(&environment(&hashed_with("SHA-256"), &[SECRET]), &[]);
    assert_eq!(world.deliver(&gateway, &of_size("SHA-256", SECRET, 50_000)).status, 200);
    assert_eq!(world.deliver(&gateway, &of_size("SHA-256", "not a secret: another", 50_001)).status, 401);
    assert_eq!(world.native.take_asked().len(), 3, "it was asked");
}
