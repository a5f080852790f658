//! Senders: each of them signs with its own description, and nothing else passes for it.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use hookgate::catalogue::{Provider, provider, providers};
use hookgate::gateway::Gateway;
use hookgate::sign::{Signed, Unsigned, shown, sign};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::native::hmac;
use crate::world::{Environment, Inbound, START, World, var};

/// Names and values.
type Headers = Vec<(String, String)>;

/// What a sender holds, in the format of its key: a text that is hex and base64 alike, of 32 bytes for private keys.
fn held(name: &str) -> String {
    match name {
        "discord" => "0123456789abcdef".repeat(4),
        "telnyx" | "sendgrid" | "plaid" => Base64::encode_string(&[7; 32]),
        "braintree" => "public_key|0123456789abcdef".into(),
        "standard-webhooks-ed25519" => format!("whpk_{}", Base64::encode_string(&[7; 32])),
        _ => "0123456789abcdef0123456789abcdef".into(),
    }
}

fn other(name: &str) -> String {
    held(name).replace(['7', 'B'], "6").replace("BwcH", "CAgI").replace("HBw", "ICA").replace("wcH", "AgI")
}

/// A hook for one mechanism in a world of its own.
struct Sender {
    mechanism: Value,
    world: World,
    gateway: Gateway,
}

impl Sender {
    /// For a sender that holds one secret or private key.
    fn new(mut mechanism: Value, held: &str) -> Self {
        mechanism["secrets"] = json!(["SENDER_SECRET"]);
        let configured = shown(&var(&mechanism), held).unwrap();
        Self::configured(mechanism, &[("SENDER_SECRET", &configured)])
    }

    fn for_events(scheme: &str, events: &[&str], held: &str) -> Self {
        let mechanism = json!({ "scheme": scheme, "secrets": ["SENDER_SECRET"] });
        let hook = json!({ "id": "sender", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [mechanism], "events": events });
        Self::of(mechanism, hook, &[("SENDER_SECRET", held)])
    }

    fn configured(mechanism: Value, secrets: &[(&str, &str)]) -> Self {
        let hook =
            json!({ "id": "sender", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [mechanism] });
        Self::of(mechanism, hook, secrets)
    }

    fn of(mechanism: Value, hook: Value, secrets: &[(&str, &str)]) -> Self {
        let mut environment = Environment::default()
            .var("ORIGIN", "https://www.example.com")
            .var("HOOKS", json!([hook]))
            .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5");
        for (name, value) in secrets {
            environment = environment.secret(name, value);
        }
        let world = World::new();
        let gateway = Gateway::new(&environment, &world);
        assert_eq!(world.mistakes(), [""; 0], "{mechanism}");
        Self { mechanism, world, gateway }
    }

    fn signed(&self, held: &str, body: &str, id: &str, now: u64) -> Signed {
        sign(&var(&self.mechanism), held, Unsigned { method: "POST", body: body.as_bytes(), id, now }).unwrap()
    }

    fn status(&self, request: &Signed) -> u16 {
        let path = format!("/wa-hook/sender?{}", request.query);
        let inbound = Inbound::post(&path);
        let body = request.body.clone();
        let inbound = if request.form { inbound.form(body) } else { inbound.json(body) };
        let inbound = request.headers.iter().fold(inbound, |inbound, (name, value)| inbound.header(name, value));
        self.world.deliver(&self.gateway, &inbound).status
    }
}

/// The same request with another body.
fn with_body(request: &Signed, body: impl Into<Vec<u8>>) -> Signed {
    Signed { body: body.into(), ..request.clone() }
}

/// The same request with other headers.
fn with_headers(request: &Signed, headers: Headers) -> Signed {
    Signed { headers, ..request.clone() }
}

/// An entry of `auth` for a preset.
fn mechanism(name: &str) -> Value {
    let url = provider(name).is_some_and(|provider| provider.signs_url);
    if url {
        json!({ "scheme": name, "url": "https://hooks.example.com/wa-hook/sender?x=1" })
    } else {
        json!({ "scheme": name })
    }
}

fn body(number: u32, now: u64) -> String {
    format!(r#"{{"number":{number},"webhookTimestamp":{now}}}"#)
}

/// A body as a provider sends it, before it is signed; `number` is in what it signs, if that is any of the body.
fn payload(name: &str, number: u32, now: u64) -> String {
    match name {
        "twilio" | "twilio-sharedkey" | "mandrill" | "plivo" | "mailgun-form" => format!("To=b&number=n{number}&From=a"),
        "braintree" => format!("bt_payload=n{number}"),
        "adyen" => json!({ "notificationItems": [{ "NotificationRequestItem": {
            "pspReference": format!("n{number}"), "merchantReference": "a:b", "amount": { "value": 1, "currency": "EUR" },
        } }] })
        .to_string(),
        "microsoft-graph" => format!(r#"{{"value":[{{"number":{number},"at":{now}}}]}}"#),
        "mercado-pago" => format!(r#"{{"data":{{"id":"n{number}"}}}}"#),
        _ => body(number, now),
    }
}

/// Those that leave the whole body, or all but a token in it, to anybody.
const COVER_NOTHING: [&str; 3] = ["mailgun", "mailgun-form", "mercado-pago"];

#[test]
fn every_provider_passes_in_its_own_spelling_and_no_other() {
    for provider in providers() {
        let name = provider.name;
        let held = held(name);
        let sender = Sender::new(mechanism(name), &held);
        let good = sender.signed(&held, &payload(name, 1, START), "delivery-1", START);
        assert_eq!(sender.status(&good), 200, "{name}: {good:?}");
        let refused = |what: &str, request: &Signed| {
            assert_eq!(sender.status(request), 401, "{name}: {what}: {request:?}");
        };
        if let Some(tolerance) = provider.fresh {
            let margin = u64::from(tolerance) * 1_000;
            for now in [START - margin, START + margin] {
                let body = payload(name, u32::try_from(now % 1_000_000_007).unwrap(), now);
                let request = sender.signed(&held, &body, &format!("delivery-{now}"), now);
                assert_eq!(sender.status(&request), 200, "{name}: at {now}");
            }
        }
        for (index, (header, value)) in good.headers.iter().enumerate() {
            let with = |value: String| {
                let mut changed = good.headers.clone();
                changed[index].1 = value;
                with_headers(&good, changed)
            };
            refused("a header is longer", &with(format!("{value}0")));
            refused("a header begins otherwise", &with(format!("x{value}")));
            refused("a header has lost its beginning", &with(value[1..].into()));
            let mut both = good.headers.clone();
            both.push((header.replace('-', "_"), value.clone()));
            if header.contains('-') {
                refused("a header is there in both spellings", &with_headers(&good, both));
            }
        }
        assert_eq!(sender.world.audit()[0]["auth"][0], format!("{name}[0]"));
    }
}

/// What no provider's request may be, each with why it cannot be tried of some.
const CASES: [(&str, Option<&str>); 9] = [
    ("another secret", None),
    ("another body", Some("the body is not signed")),
    ("too old", Some("no time is signed")),
    ("too new", Some("no time is signed")),
    ("a header is missing", None),
    ("a header is empty", None),
    ("a header is there twice", None),
    ("another prefix", Some("there is no prefix")),
    ("a signature is cut short", None),
];

/// The requests of one case; none where it cannot be tried.
fn spoilt(case: &str, provider: &Provider, sender: &Sender) -> Vec<Signed> {
    let (name, held) = (provider.name, held(provider.name));
    let first = payload(name, 1, START);
    let good = sender.signed(&held, &first, "delivery-1", START);
    let token = provider.signs.starts_with("nothing");
    let within = Within::of(provider, &good);
    let each = |change: &dyn Fn(&mut Headers, usize)| {
        let changed = (0..good.headers.len()).map(|index| {
            let mut headers = good.headers.clone();
            change(&mut headers, index);
            with_headers(&good, headers)
        });
        changed.collect::<Vec<_>>()
    };
    // Where the signature is no header, it is in the body.
    let with = |value: &str| match &within {
        Some(within) => with_body(&good, within.body.replace(&within.value, value)),
        // The first header is the one with the signature, by the contract of `sign`.
        None => {
            let mut headers = good.headers.clone();
            headers[0].1 = value.into();
            with_headers(&good, headers)
        }
    };
    let value = within.as_ref().map_or_else(|| good.headers[0].1.clone(), |within| within.value.clone());
    let at = |now: Option<u64>| {
        let one = now.map(|now| sender.signed(&held, &payload(name, 3, now), "delivery-3", now));
        one.into_iter().collect::<Vec<_>>()
    };
    let margin = provider.fresh.map(|seconds| (u64::from(seconds) + 1) * 1_000);
    match case {
        "another secret" => {
            let wrong = if token { "0123456789abcdef0123456789abcdee".into() } else { other(name) };
            assert_ne!(wrong, held);
            vec![sender.signed(&wrong, &first, "delivery-1", START)]
        }
        "another body" if token || COVER_NOTHING.contains(&name) => Vec::new(),
        "another body" => {
            let text = String::from_utf8(good.body.clone()).unwrap();
            let tampered = text.replace("n1", "n2").replace(r#""number":1,"#, r#""number":2,"#);
            let mut bodies = vec![tampered, String::new()];
            // Of forms and of Adyen's items the values are signed, and not how they are written.
            if !good.form && name != "adyen" {
                bodies.extend([format!("{text} "), text.replace(':', ": ")]);
            }
            bodies.into_iter().map(|body| with_body(&good, body)).collect()
        }
        "too old" => at(margin.map(|margin| START - margin)),
        "too new" => at(margin.map(|margin| START + margin)),
        "a header is missing" => {
            let mut requests = each(&|headers, index| drop(headers.remove(index)));
            requests.extend(within.map(|_| with_body(&good, first)));
            requests
        }
        "a header is empty" => {
            let mut requests = each(&|headers, index| headers[index].1.clear());
            requests.extend(within.is_some().then(|| with("")));
            requests
        }
        "a header is there twice" => {
            let mut requests = each(&|headers, index| headers.push(headers[index].clone()));
            requests.extend(within.map(|within| with_body(&good, within.doubled())));
            requests
        }
        "another prefix" => {
            let Some((_, prefix)) = provider.header.split_once(": ") else { return Vec::new() };
            assert!(value.contains(prefix), "{name}: {value}");
            let others = [prefix.to_uppercase(), format!("x{prefix}"), prefix[1..].into(), String::new()];
            others.iter().map(|other| with(&value.replacen(prefix, other, 1))).collect()
        }
        "a signature is cut short" => [1, 2, 4, value.len() / 2].map(|less| with(&value[..value.len() - less])).into(),
        _ => panic!("{case} is no case"),
    }
}

/// A signature that is in the body.
struct Within {
    body: String,
    /// Its name and value as they are written.
    member: String,
    value: String,
}

impl Within {
    fn of(provider: &Provider, request: &Signed) -> Option<Self> {
        let (_, name) = provider.header.starts_with(['/', '…']).then(|| provider.header.rsplit_once('/'))??;
        let body = String::from_utf8(request.body.clone()).unwrap();
        let (before, end) = if request.form { (format!("{name}="), '&') } else { (format!("\"{name}\":\""), '"') };
        let (_, after) = body.split_once(&before).unwrap();
        let value: String = after.chars().take_while(|character| *character != end).collect();
        let member = if request.form { format!("{before}{value}") } else { format!("{before}{value}\"") };
        Some(Self { body, member, value })
    }

    fn doubled(&self) -> String {
        let between = if self.member.starts_with('"') { "," } else { "&" };
        self.body.replace(&self.member, &format!("{}{between}{}", self.member, self.member))
    }
}

#[test]
fn every_provider_refuses_in_every_case() {
    let all = providers();
    let (mut refused, mut not_tried) = (0, Vec::new());
    for provider in &all {
        let name = provider.name;
        let sender = Sender::new(mechanism(name), &held(name));
        let good = sender.signed(&held(name), &payload(name, 1, START), "delivery-1", START);
        for (case, excuse) in CASES {
            let requests = spoilt(case, provider, &sender);
            for request in &requests {
                assert_ne!(request, &good, "{name}: {case} spoils nothing");
                assert_eq!(sender.status(request), 401, "{name}: {case}: {request:?}");
            }
            if requests.is_empty() {
                not_tried.push((name, excuse.unwrap_or_else(|| panic!("{name}: {case} is not tried"))));
            } else {
                refused += 1;
            }
        }
        // None of that was refused because nothing passes.
        assert_eq!(sender.status(&good), 200, "{name}: {good:?}");
        let audit = sender.world.audit();
        assert!(audit.iter().rev().skip(1).all(|entry| entry["reason"] == "authentication"), "{name}: {audit:?}");
    }
    assert_eq!(refused + not_tried.len(), all.len() * CASES.len());
    // What the table says of a provider is the only excuse.
    let count = |of: fn(&Provider) -> bool| all.iter().filter(|provider| of(provider)).count();
    let excused = |why: &str| not_tried.iter().filter(|(_, own)| *own == why).count();
    let unsigned = count(|provider| provider.signs.starts_with("nothing")) + COVER_NOTHING.len();
    assert_eq!(excused("the body is not signed"), unsigned);
    assert_eq!(excused("no time is signed"), 2 * count(|provider| provider.fresh.is_none()));
    assert_eq!(excused("there is no prefix"), count(|provider| !provider.header.contains(": ")));
    assert!(all.len() >= 104 && refused >= 700, "{refused} of {}", all.len());
}

#[test]
fn a_delivery_is_known_by_what_its_provider_signs() {
    for provider in providers() {
        let name = provider.name;
        let held = held(name);
        let sender = Sender::new(mechanism(name), &held);
        let send = |body: &str, id: &str, now: u64| {
            sender.world.set_now(now);
            let status = sender.status(&sender.signed(&held, body, id, now));
            assert_eq!(status, 200, "{name}");
            sender.world.audit().pop().unwrap()["outcome"] == "delivered"
        };
        // A retry is signed anew, a moment later.
        let first = payload(name, 1, START);
        let second = payload(name, 2, START);
        assert!(send(&first, "a", START), "{name}");
        assert!(!send(&first, "a", START + 1_000), "{name}: a retry");
        match provider.known_by.as_str() {
            "body" | "method, query and body" | "what is signed" => {
                assert!(send(&second, "a", START), "{name}: another body");
            }
            header if !header.contains("`/") || !header.contains("else") => {
                assert!(!send(&second, "a", START), "{name}: one id is one delivery");
                assert!(send(&first, "b", START), "{name}: another id is another delivery");
                if header.ends_with("else body") {
                    assert!(send(&first, "", START), "{name}: no id");
                    assert!(!send(&first, "", START + 1_000), "{name}: the same body");
                    assert!(send(&body(2, START), "", START), "{name}: another body");
                }
            }
            place => {
                let pointer = place.split('`').nth(1).unwrap();
                let at = |id: &str, number: u32| {
                    pointer
                        .rsplit('/')
                        .filter(|step| !step.is_empty())
                        .fold(json!(id), |value, step| json!({ step: value, "n": number }))
                        .to_string()
                };
                assert!(send(&at("e1", 1), "a", START), "{name}: an id in the body");
                assert!(!send(&at("e1", 2), "a", START), "{name}: the same id");
                assert!(send(&at("e2", 1), "a", START), "{name}: another id");
            }
        }
        let unsigned = [("X-GitHub-Delivery", "x"), ("X-Shopify-Event-Id", "x"), ("Idempotency-Key", "x")];
        let mut request = sender.signed(&held, &first, "a", START);
        request.headers.extend(unsigned.map(|(name, value)| (name.to_owned(), value.to_owned())));
        sender.world.set_now(START);
        assert_eq!(sender.status(&request), 200);
        assert_eq!(sender.world.audit().pop().unwrap()["outcome"], "duplicate", "{name}: what is not signed counts");
    }
}

/// Whatever stands in the headers of a provider: nothing but its own signature passes, and nothing breaks the gate.
#[test]
fn no_header_that_was_not_signed_passes() {
    let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let claims = prop_oneof![
        "\\{\"alg\":\"(HS256|ES256|HS512|none)\"(,\"crit\":\\[\\])?\\}",
        "[\\[{]\"(iat|nbf|exp|sha256)\":(-?1795294800(e9|\\.5)?|\"\"|null|\\[\\])[\\]}]",
        Just(format!(r#"{{"iss":"netlify","sha256":"{empty}"}}"#)),
        Just(format!(r#"{{"iat":1795294800,"payload_hash":"{empty}","request_body_sha256":"{empty}"}}"#)),
    ];
    let pieces = prop_oneof![
        Just("v1=".to_owned()),
        Just("v1,".to_owned()),
        Just("t=1795294800".to_owned()),
        Just("sha256=".to_owned()),
        Just("1795294800".to_owned()),
        Just("2026-11-21T21:00:00Z".to_owned()),
        "[,;= ]{1,2}",
        "[0-9a-f]{64}",
        "[A-Za-z0-9+/]{43}=",
        "MEUCIQ[A-Za-z0-9+/]{10}",
        Just("Bearer ".to_owned()),
        Just(".".to_owned()),
        claims.prop_map(|json| Base64UrlUnpadded::encode_string(json.as_bytes())),
        "[A-Za-z0-9_-]{43}",
        "[A-Za-z0-9_-]{86}",
        "\\PC{0,6}",
    ];
    let value = proptest::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat());
    let names = [
        "stripe",
        "workos",
        "svix",
        "twitch",
        "discord",
        "sendgrid",
        "docusign",
        "hubspot",
        "linear",
        "netlify",
        "plaid",
        "vonage",
        "messagebird",
        "livekit",
        "contentful",
        "box",
        "plivo",
    ];
    let senders: Vec<(Sender, Signed)> = names
        .map(|name| {
            let sender = Sender::new(mechanism(name), &held(name));
            let signed = sender.signed(&held(name), &payload(name, 1, START), "a", START);
            (sender, signed)
        })
        .into();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(1_000) });
    let property = |values: [String; 3]| {
        for (sender, signed) in &senders {
            let names = signed.headers.iter().map(|(name, _)| name.clone());
            prop_assert_eq!(sender.status(&with_headers(signed, names.zip(values.clone()).collect())), 401);
        }
        Ok(())
    };
    runner.run(&[value.clone(), value.clone(), value], property).unwrap();
}

/// Providers that are in no preset, of four families, from their descriptions alone.
#[test]
fn white_space_around_what_is_signed_and_after_a_prefix_counts() {
    let mechanism = json!({
        "scheme": "hmac", "hash": "sha256", "header": "Authorization", "prefix": "HMAC ", "content": "\n{body} \r\n",
    });
    let sender = Sender::new(mechanism, "not a secret: acme");
    let body = body(1, START);
    let spaced = format!("\n{body} \r\n");
    for (prefix, content, status) in [("HMAC ", &spaced, 200), ("HMAC", &spaced, 401), ("HMAC ", &body, 401)] {
        let code = hmac("SHA-256", b"not a secret: acme", content.as_bytes());
        let value = format!("{prefix}{}", base16ct::lower::encode_string(&code));
        let request = Inbound::post("/wa-hook/sender").json(body.clone()).header("authorization", &value);
        assert_eq!(sender.world.deliver(&sender.gateway, &request).status, status, "{value:?} {content:?}");
    }
}

#[test]
fn a_provider_of_no_preset_is_described_in_the_configuration() {
    let private = Base64::encode_string(&[7; 32]);
    for (mechanism, held) in [
        (
            json!({ "scheme": "hmac", "hash": "sha512", "header": "X-Acme-Mac", "encoding": "base64", "prefix": "v2:" }),
            "not a secret: acme",
        ),
        (
            json!({
                "scheme": "hmac", "hash": "sha256", "header": "Acme-Signature", "key": "hex", "encoding": "HEX",
                "list": { "separator": ";", "label": "sig=", "timestamp": "at=", "trim": true },
                "content": "{timestamp}|{method}|{url}|{body}", "timestamp": { "unit": "ms" }, "tolerance": "60s",
                "url": "https://hooks.example.com/wa-hook/sender", "id": { "place": "/event" },
            }),
            "00112233445566778899aabb",
        ),
        (
            json!({
                "scheme": "hmac", "hash": "sha1", "header": "X-Acme-Signature", "encoding": "base64url", "key": "base64",
                "content": "{id}:{timestamp}:{body}", "id": { "header": "X-Acme-Id" },
                "timestamp": { "header": "X-Acme-Time", "unit": "rfc3339" },
            }),
            "bm90IGEgc2VjcmV0",
        ),
        (
            json!({
                "scheme": "ed25519", "header": "X-Acme-Signature", "encoding": "base64",
                "timestamp": { "place": "/webhookTimestamp", "unit": "ms" },
            }),
            private.as_str(),
        ),
        (json!({ "scheme": "ecdsa-p256", "header": "X-Acme-Signature", "encoding": "hex" }), private.as_str()),
    ] {
        let sender = Sender::new(mechanism.clone(), held);
        let good = body(1, START);
        let request = sender.signed(held, &good, "a", START);
        assert_eq!(sender.status(&request), 200, "{mechanism}");
        assert_eq!(sender.status(&with_body(&request, body(2, START))), 401, "{mechanism}");
        let timed = mechanism.get("timestamp").is_some();
        let stale = START - 301_000;
        let old = body(3, stale);
        let status = sender.status(&sender.signed(held, &old, "b", stale));
        assert_eq!(status, if timed { 401 } else { 200 }, "{mechanism}");
        let mut shorter = request.clone();
        shorter.headers[0].1.pop();
        assert_eq!(sender.status(&shorter), 401, "{mechanism}");
    }
}

#[test]
fn a_secret_ends_on_its_last_day() {
    // START is 2026-11-21.
    let secrets = |not_after: &str| json!(["NEW_SECRET", { "name": "OLD_SECRET", "not_after": not_after }]);
    let pair = [("NEW_SECRET", "not a secret: new"), ("OLD_SECRET", "not a secret: old")];
    let good = body(1, START);
    for (scheme, keys) in [
        ("stripe", json!({})),
        ("telegram", json!({})),
        ("api-key", json!({ "header": "X-Telegram-Bot-Api-Secret-Token" })),
    ] {
        for (not_after, status) in [("2026-11-21", 200), ("2027-01-31", 200), ("2026-11-20", 401)] {
            let mut mechanism = json!({ "scheme": scheme, "secrets": secrets(not_after) });
            for (key, value) in keys.as_object().unwrap() {
                mechanism[key] = value.clone();
            }
            let signs = json!({ "scheme": if scheme == "stripe" { "stripe" } else { "telegram" } });
            let sender = Sender { mechanism: signs, ..Sender::configured(mechanism, &pair) };
            let request = sender.signed(pair[1].1, &good, "", START);
            assert_eq!(sender.status(&request), status, "{scheme} {not_after}");
            let notices: Vec<String> =
                sender.world.log().into_iter().filter(|line| line.contains("\"notice\"")).collect();
            let expected = if status == 200 {
                "hook sender: a sender uses the secret OLD_SECRET, which is not the first of auth[0].secrets".to_owned()
            } else {
                format!(
                    "hook sender: the secret OLD_SECRET has proven nothing since the end of {not_after}: take it out"
                )
            };
            assert_eq!(notices, [format!("{{\"notice\":\"{expected}\"}}")], "{scheme} {not_after}");
            sender.status(&request);
            let again = sender.world.log().iter().filter(|line| line.contains("\"notice\"")).count();
            assert_eq!(again, 1, "it is said once");
            assert_eq!(sender.status(&sender.signed(pair[0].1, &good, "", START)), 200);
        }
    }
}

#[test]
fn an_event_that_the_hook_is_not_for_is_acknowledged() {
    let held = held("");
    let sender = Sender::for_events("stripe", &["invoice.paid"], &held);
    let end = |sender: &Sender, body: &str, extra: Option<(&str, &str)>| {
        let mut request = sender.signed(&held, body, "", START);
        request.headers.extend(extra.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(sender.status(&request), 200);
        let audit = sender.world.audit().pop().unwrap();
        audit["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(end(&sender, r#"{"id":"evt_1","type":"invoice.paid"}"#, None), "delivered");
    let before = sender.world.operations();
    for other in [
        r#"{"id":"evt_2","type":"invoice.voided"}"#,
        r#"{"id":"evt_3"}"#,
        r#"{"id":"evt_4","type":["invoice.paid"]}"#,
        r#"{"id":"evt_5","type":"invoice.voided","type":"invoice.paid"}"#,
        r#"{"id":"evt_6","data":{"type":"invoice.paid"}}"#,
    ] {
        assert_eq!(end(&sender, other, None), "ignored", "{other}");
    }
    assert_eq!((sender.world.operations(), sender.world.origin.sent().len()), (before, 1));
    let nobody = with_headers(&sender.signed(&held, r#"{"type":"invoice.voided"}"#, "", START), Vec::new());
    assert_eq!(sender.status(&nobody), 401, "who proves nothing is told nothing");

    // WooCommerce: deleted and restored orders have the same body, and only an unsigned header tells them apart.
    let sender = Sender::for_events("woocommerce", &["order.deleted", "order.restored"], &held);
    let topic = |topic| Some(("X-WC-Webhook-Topic", topic));
    let gone = r#"{"id":7}"#;
    assert_eq!(end(&sender, gone, topic("order.deleted")), "delivered");
    assert_eq!(end(&sender, gone, topic("order.restored")), "delivered");
    assert_eq!(end(&sender, gone, topic("order.deleted")), "duplicate");
    assert_eq!(
        end(&sender, gone, topic("order.updated")),
        "ignored",
        "no header gives a captured request one key more"
    );
    assert_eq!(end(&sender, gone, None), "ignored");

    // GitHub: the event's name does not make another delivery of the same body.
    let sender = Sender::for_events("github", &["push", "ping"], &held);
    assert_eq!(end(&sender, gone, Some(("X-GitHub-Event", "push"))), "delivered");
    assert_eq!(end(&sender, gone, Some(("X-GitHub-Event", "ping"))), "duplicate");
}

#[test]
fn a_token_that_could_not_be_verified_is_a_mistake_of_the_configuration() {
    let key = json!({ "kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43) });
    let mut expired = key.clone();
    expired["expired_at"] = json!(1_560_466_950);
    let jwk = "secrets[0]: the secret SENDER_SECRET must be the JSON of a P-256 public key (JWK) that has not expired";
    let known = "unknown key; known here: secrets, scheme";
    for (mechanism, secret, mistake) in [
        (json!({ "scheme": "plaid" }), key.to_string(), None),
        (json!({ "scheme": "plaid" }), expired.to_string(), Some(jwk.to_owned())),
        (json!({ "scheme": "plaid" }), "not a secret: plaid".into(), Some(jwk.to_owned())),
        (json!({ "scheme": "netlify" }), "not a secret: any".into(), None),
        (
            json!({ "scheme": "netlify", "tolerance": "60s" }),
            "not a secret: any".into(),
            Some(format!("tolerance: {known}, event")),
        ),
        (
            json!({ "scheme": "messagebird" }),
            "not a secret: any".into(),
            Some("url: is missing: it is signed: give it as the sender has it, with its query".into()),
        ),
        (
            json!({ "scheme": "livekit", "url": "https://hooks.example.com/" }),
            "not a secret: any".into(),
            Some(format!("url: {known}, tolerance")),
        ),
    ] {
        let mut mechanism = mechanism;
        mechanism["secrets"] = json!(["SENDER_SECRET"]);
        // The secrets of a disabled hook are not read.
        for enabled in [true, false] {
            let hook = json!({ "id": "sender", "enabled": enabled, "owner": "tests", "on_failure": "reply", "auth": [mechanism] });
            let environment = Environment::default()
                .var("ORIGIN", "https://www.example.com")
                .var("HOOKS", json!([hook]))
                .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
                .secret("SENDER_SECRET", &secret);
            let world = World::new();
            let _ = Gateway::new(&environment, &world);
            let of_secret = mistake.as_deref() == Some(jwk);
            let expected: Vec<String> = mistake
                .iter()
                .filter(|_| enabled || !of_secret)
                .map(|mistake| format!("HOOKS[0] (id \"sender\"): auth[0].{mistake}"))
                .collect();
            assert_eq!(world.mistakes(), expected, "{mechanism}");
        }
    }
}

#[test]
fn an_event_of_a_described_sender_is_where_the_configuration_says() {
    let held = held("");
    let described = |event: &str| {
        let mechanism = json!({
            "scheme": "hmac", "hash": "sha256", "header": "X-S", "secrets": ["SENDER_SECRET"], "event": event,
        });
        let hook = json!({
            "id": "sender", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [mechanism.clone()], "events": ["order.paid"],
        });
        Sender::of(mechanism, hook, &[("SENDER_SECRET", &held)])
    };
    let outcome = |sender: &Sender, body: &str, extra: &[(&str, &str)]| {
        let mut request = sender.signed(&held, body, "", START);
        request.headers.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        assert_eq!(sender.status(&request), 200);
        sender.world.audit().pop().unwrap()["outcome"].as_str().unwrap().to_owned()
    };
    let sender = described("/about/event");
    assert_eq!(outcome(&sender, r#"{"about":{"event":"order.paid"}}"#, &[]), "delivered");
    assert_eq!(outcome(&sender, r#"{"about":{"event":"order.made"}}"#, &[]), "ignored");
    assert_eq!(outcome(&sender, r#"{"n":2}"#, &[("X-Event", "order.paid")]), "ignored");
    let sender = described("X_Event");
    assert_eq!(outcome(&sender, r#"{"n":1}"#, &[("X-Event", "order.paid")]), "delivered");
    assert_eq!(outcome(&sender, r#"{"n":2}"#, &[("X-Event", "order.made")]), "ignored");
    assert_eq!(outcome(&sender, r#"{"n":3}"#, &[]), "ignored");
    assert_eq!(outcome(&sender, r#"{"n":1}"#, &[("X-Event", "order.paid")]), "duplicate");
    let sender = described(" X-Event ");
    assert_eq!(outcome(&sender, r#"{"n":1}"#, &[("X-Event", "order.paid")]), "delivered");
}
