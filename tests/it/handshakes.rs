//! Handshakes: what providers ask besides delivering. `fixtures/handshakes` has one of each, right and wrong; here is
//! what takes more than one request.

use core::time::Duration;

use hookgate::gateway::Gateway;
use hookgate::reply::Reply;
use hookgate::sign::{Unsigned, sign};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::world::{Environment, Inbound, START, World, var};

const SECRET: &str = "not a secret: handshakes";

/// A hook for one scheme, in a world of its own.
struct Door {
    scheme: &'static str,
    world: World,
    gateway: Gateway,
}

impl Door {
    fn new(scheme: &'static str, more: &Value) -> Self {
        let mut hook = json!({
            "id": "hook", "enabled": true, "owner": "tests", "on_failure": "reply", "fields": ["/object"],
            "auth": [{ "scheme": scheme, "secrets": ["HOOK_SECRET"] }],
        });
        for (key, value) in more.as_object().unwrap() {
            hook[key] = value.clone();
        }
        let environment = Environment::default()
            .var("ORIGIN", "https://www.example.com")
            .var("HOOKS", json!([hook]))
            .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
            .secret("HOOK_SECRET", SECRET);
        let world = World::new();
        let gateway = Gateway::new(&environment, &world);
        assert_eq!(world.mistakes(), [""; 0], "{scheme}");
        Self { scheme, world, gateway }
    }

    fn get(&self, query: &str) -> Reply {
        self.world.deliver(&self.gateway, &Inbound::post(&format!("/wa-hook/hook?{query}")).method("GET"))
    }

    /// A delivery that the provider has signed, with its status and how it ended.
    fn signed(&self, body: &str) -> (Reply, String) {
        let mechanism = var(&json!({ "scheme": self.scheme }));
        let unsigned = Unsigned { method: "POST", body: body.as_bytes(), id: "id", now: START };
        let headers = sign(&mechanism, SECRET, unsigned).unwrap();
        let request = headers
            .headers
            .iter()
            .fold(Inbound::post("/wa-hook/hook").json(body), |request, (name, value)| request.header(name, value));
        let reply = self.world.deliver(&self.gateway, &request);
        (reply, self.outcome())
    }

    fn outcome(&self) -> String {
        self.world.audit().pop().unwrap()["outcome"].as_str().unwrap().to_owned()
    }

    fn is_untouched(&self) -> bool {
        self.world.operations() == 0 && self.world.origin.sent().is_empty()
    }
}

fn header<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    reply.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// X signs a body as the gate has to sign a token: whoever can have one signed must not be able to deliver it.
#[test]
fn a_challenge_is_never_a_signature_of_a_delivery() {
    let json = Door::new("x-twitter", &json!({}));
    let form = Door::new("x-twitter", &json!({ "media": "form" }));
    let deliverable = |body: &str| {
        let reply = json.get(&format!("crc_token={}", encoded(body)));
        if reply.status != 200 {
            return false;
        }
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        let signature = answer["response_token"].as_str().unwrap();
        let sent =
            [(&json, Inbound::post("/wa-hook/hook").json(body)), (&form, Inbound::post("/wa-hook/hook").form(body))];
        sent.into_iter().any(|(door, request)| {
            let reply = door.world.deliver(&door.gateway, &request.header("x-twitter-webhooks-signature", signature));
            reply.status != 401
        })
    };
    for body in ["42", "-7", "1e9", "true", "null", "a", "order=42", "order", "AAAA=", "0", "a/b+c-d_e"] {
        let reply = json.get(&format!("crc_token={}", encoded(body)));
        assert_eq!(reply.status, 200, "{body} is a token");
        assert!(!deliverable(body), "{body}");
    }
    for body in ["{}", "[]", "\"a\"", " 42", "42 ", "{\"for_user_id\":\"1\"}", "a=b&c=d", "[1]", "a%20b", ""] {
        assert_eq!(json.get(&format!("crc_token={}", encoded(body))).status, 405, "{body} is no token");
    }
    let bodies = prop_oneof!["[a-z0-9=&+/_{}\":,. -]{0,12}", "\\PC{0,8}", "[0-9]{1,4}", "[a-z]=[a-z0-9]{0,4}"];
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(2_000) });
    runner
        .run(&bodies, |body| {
            prop_assert!(!deliverable(&body), "{}", body);
            Ok(())
        })
        .unwrap();
    assert!(json.is_untouched() && form.is_untouched());
    assert_eq!(json.signed("{\"for_user_id\":\"1\"}").1, "delivered", "X itself delivers");
}

/// The same for Zoom, whose tokens nobody but Zoom can have signed.
#[test]
fn the_answer_to_zoom_signs_no_delivery() {
    let door = Door::new("zoom", &json!({}));
    let token = "qgg8vlvZRS6UYooatFL8Aw";
    let (reply, outcome) =
        door.signed(&json!({ "event": "endpoint.url_validation", "payload": { "plainToken": token } }).to_string());
    assert_eq!((reply.status, outcome.as_str()), (200, "handshake"));
    let answer: Value = serde_json::from_str(&reply.body).unwrap();
    let mac = answer["encryptedToken"].as_str().unwrap();
    for body in [token, "{}", ""] {
        let forged = Inbound::post("/wa-hook/hook").json(body).header("x-zm-signature", &format!("v0={mac}"));
        let forged = forged.header("x-zm-request-timestamp", &(START / 1_000).to_string());
        assert_eq!(door.world.deliver(&door.gateway, &forged).status, 401, "{body}");
    }
    for (plain, wrong) in [("v0:1795294800:{}", "signed content"), ("", "empty"), ("a\"b", "a quote"), ("{}", "JSON")] {
        let body = json!({ "event": "endpoint.url_validation", "payload": { "plainToken": plain } }).to_string();
        assert_eq!(door.signed(&body).0.status, 400, "{wrong}");
    }
    assert!(door.is_untouched());
    assert_eq!(door.signed(r#"{"event":"meeting.started","payload":{"plainToken":"a"}}"#).1, "delivered");
}

#[test]
fn what_a_provider_delivers_is_no_handshake() {
    for (scheme, delivery) in [
        ("slack", r#"{"type":"event_callback","challenge":"a","event_id":"1"}"#),
        ("slack", r#"{"event":{"type":"url_verification"},"challenge":"a"}"#),
        ("zoom", r#"{"event":"meeting.ended","event_ts":1}"#),
        ("xero", r#"{"events":[{"resourceId":"r"}],"lastEventSequence":0,"firstEventSequence":0}"#),
        ("xero", r#"{"events":[],"lastEventSequence":1,"firstEventSequence":1}"#),
        ("twitch", r#"{"subscription":{"type":"stream.online"},"event":{"challenge":"a"}}"#),
        ("meta", r#"{"object":"page","hub.challenge":"1"}"#),
        ("dropbox", r#"{"challenge":"a"}"#),
        ("stripe", r#"{"type":"url_verification","challenge":"a"}"#),
        ("github", r#"{"zen":"Keep it logically awesome.","hook_id":1}"#),
    ] {
        let door = Door::new(scheme, &json!({}));
        assert_eq!(door.signed(delivery).1, "delivered", "{scheme}: {delivery}");
    }
}

/// Interactions have pings of type 1, and events are of type 1, too.
#[test]
fn a_discord_event_is_no_ping() {
    let private = "0123456789abcdef".repeat(4);
    let mechanism = var(&json!({ "scheme": "discord" }));
    let public = hookgate::sign::shown(&mechanism, &private).unwrap();
    let environment = Environment::default()
        .var("ORIGIN", "https://www.example.com")
        .var("HOOKS", json!([{
            "id": "hook", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [{ "scheme": "discord", "secrets": ["HOOK_SECRET"] }],
        }]))
        .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
        .secret("HOOK_SECRET", &public);
    let world = World::new();
    let gateway = Gateway::new(&environment, &world);
    for (body, outcome) in [
        (r#"{"type":1,"id":"1","token":"t"}"#, "handshake"),
        (r#"{"type":0,"application_id":"1","version":1}"#, "handshake"),
        (r#"{"type":1,"application_id":"1","version":1,"event":{"type":"ENTITLEMENT_CREATE","data":{}}}"#, "delivered"),
        (r#"{"type":2,"id":"2","data":{"type":1}}"#, "delivered"),
    ] {
        let unsigned = Unsigned { method: "POST", body: body.as_bytes(), id: "", now: START };
        let headers = sign(&mechanism, &private, unsigned).unwrap();
        let request = headers
            .headers
            .iter()
            .fold(Inbound::post("/wa-hook/hook").json(body), |request, (name, value)| request.header(name, value));
        world.deliver(&gateway, &request);
        assert_eq!(world.audit().pop().unwrap()["outcome"], outcome, "{body}");
    }
}

#[test]
fn xero_is_never_told_anything_but_a_status() {
    let door = Door::new("xero", &json!({}));
    let events = r#"{"events":[{"resourceId":"r"}],"lastEventSequence":1,"firstEventSequence":1}"#;
    let first = door.signed(events);
    let again = door.signed(events);
    let (stranger, put) = (Inbound::post("/wa-hook/hook").json("{}"), Inbound::post("/wa-hook/hook").method("PUT"));
    let refused = [stranger, put].map(|request| door.world.deliver(&door.gateway, &request));
    assert_eq!((first.1.as_str(), again.1.as_str()), ("delivered", "duplicate"));
    assert_eq!([first.0.status, again.0.status, refused[0].status, refused[1].status], [200, 200, 401, 405]);
    for reply in [&first.0, &again.0].into_iter().chain(&refused) {
        assert_eq!((reply.body.as_str(), header(reply, "content-type")), ("", None));
    }
}

#[test]
fn a_ping_is_read_as_far_as_a_ping_may_go() {
    let door = Door::new("woocommerce", &json!({ "body_timeout": "3s" }));
    for (body, status, asked) in [
        ("webhook_id=5".to_owned(), 200, true),
        (format!("webhook_id={}", "1".repeat(20)), 200, true),
        (format!("webhook_id={}", "1".repeat(21)), 415, true),
        ("id=7".to_owned(), 415, true),
        ("a".repeat(100_000), 415, true),
    ] {
        let ping = Inbound::post("/wa-hook/hook").form(body.clone());
        assert_eq!(door.world.deliver(&door.gateway, &ping).status, status, "{body}");
        assert_eq!(ping.asked(), asked.then_some((31, Duration::from_secs(3))), "{body}");
    }
    let declared = Inbound::post("/wa-hook/hook").form("webhook_id=5").header("content-length", "32");
    assert_eq!(door.world.deliver(&door.gateway, &declared).status, 415);
    let coded = Inbound::post("/wa-hook/hook").form("webhook_id=5").header("content-encoding", "gzip");
    assert_eq!(door.world.deliver(&door.gateway, &coded).status, 415);
    assert_eq!((declared.asked(), coded.asked()), (None, None), "what is no ping is not read");
    assert!(door.is_untouched());
    let form = Door::new("woocommerce", &json!({ "media": "form" }));
    let ping = Inbound::post("/wa-hook/hook").form("webhook_id=5");
    assert_eq!(form.world.deliver(&form.gateway, &ping).status, 401, "where forms are delivered, a form is signed");
}

#[test]
fn a_reply_to_a_handshake_can_be_no_page() {
    let door = Door::new("dropbox", &json!({}));
    let reply = door.get("challenge=abc");
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'"),
    ] {
        assert_eq!(header(&reply, name), Some(value));
    }
    assert_eq!(header(&reply, "hookgate-reference"), None);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(1_000) });
    let property = |text: String| {
        let reply = door.get(&format!("challenge={}", encoded(&text)));
        let given_back = reply.status == 200;
        prop_assert!(!given_back || reply.body == text);
        prop_assert!(!given_back || text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=: ".contains(c)));
        Ok(())
    };
    runner
        .run(&prop_oneof!["\\PC{0,4}", "[ -~]{0,4}", "[\\x00-\\x1f]", "[A-Za-z0-9._~+/=: -]{1,9}"], property)
        .unwrap();
    assert!(door.is_untouched());
}

/// Microsoft signs nothing, but repeats a token of the subscriber's in every item.
#[test]
fn every_item_of_a_microsoft_notification_has_the_token() {
    let door = Door::new("microsoft-graph", &json!({ "fields": ["/value/*/changeType"] }));
    let deliver = |body: &str| door.world.deliver(&door.gateway, &Inbound::post("/wa-hook/hook").json(body)).status;
    let item = |state: &str| format!(r#"{{"changeType":"created","clientState":"{state}"}}"#);
    let notification = |items: &[String]| format!(r#"{{"value":[{}]}}"#, items.join(","));
    assert_eq!(deliver(&notification(&[item(SECRET)])), 200);
    assert_eq!(deliver(&notification(&[item(SECRET), item(SECRET)])), 200);
    assert_eq!(door.world.audit()[0]["auth"], json!(["microsoft-graph[0]"]));
    let before = door.world.operations();
    for items in [
        vec![],
        vec![item("guess guess guess")],
        vec![item(SECRET), item("guess guess guess")],
        vec![item("guess guess guess"), item(SECRET)],
        vec![item(SECRET), r#"{"changeType":"deleted"}"#.into()],
        vec![r#"{"changeType":"deleted"}"#.into(), item(SECRET)],
        vec![item(&SECRET[1..])],
    ] {
        assert_eq!(deliver(&notification(&items)), 401, "{items:?}");
    }
    assert_eq!(door.world.operations(), before, "who proves nothing costs nothing");
}

#[test]
fn a_verify_token_is_the_name_of_a_secret_of_a_scheme_that_has_one() {
    let mistakes = |scheme: &str, token: Value| {
        let hook = json!({
            "id": "hook", "enabled": true, "owner": "tests", "on_failure": "reply",
            "auth": [{ "scheme": scheme, "secrets": ["HOOK_SECRET"], "verify_token": token }],
        });
        let environment = Environment::default()
            .var("ORIGIN", "https://www.example.com")
            .var("HOOKS", json!([hook]))
            .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
            .secret("HOOK_SECRET", SECRET)
            .secret("SHORT_TOKEN", "short");
        let world = World::new();
        let gateway = Gateway::new(&environment, &world);
        let status = world.deliver(&gateway, &Inbound::post("/wa-hook/hook").json("{}")).status;
        (world.mistakes().pop().unwrap_or_default().replace("HOOKS[0] (id \"hook\"): auth[0].", ""), status)
    };
    assert_eq!(mistakes("meta", json!("HOOK_SECRET")), (String::new(), 401));
    assert_eq!(mistakes("meta-sha1", json!("HOOK_SECRET")), (String::new(), 401));
    for (scheme, token, mistake) in [
        ("meta", json!("META_TOKEN"), "verify_token: is not set: npx wrangler secret put META_TOKEN"),
        ("meta", json!("SHORT_TOKEN"), "verify_token: the secret SHORT_TOKEN is shorter than 12 bytes"),
        ("meta", json!(""), "verify_token: must be a text that is not empty"),
        (
            "meta",
            json!("my token"),
            "verify_token: must be the name of a Worker secret (A-Z, 0-9, `_`), never the secret itself",
        ),
        ("github", json!("HOOK_SECRET"), "verify_token: unknown key; known here: secrets, scheme, tolerance"),
    ] {
        let (told, status) = mistakes(scheme, token.clone());
        assert_eq!(status, 503, "{scheme} {token}");
        assert!(told.starts_with(mistake.split(", tolerance").next().unwrap()), "{told}");
    }
}
