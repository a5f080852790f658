//! Who has captured a delivery and moves its bytes from one part of the signed content to the next.

use hookgate::gateway::Gateway;
use hookgate::sign::{Signed, Unsigned, sign};
use serde_json::{Value, json};

use crate::world::{Environment, Inbound, START, World, var};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A hook of one mechanism in a world of its own.
struct Sender {
    mechanism: Value,
    world: World,
    gateway: Gateway,
}

impl Sender {
    fn new(mechanism: &Value, more: &Value) -> Self {
        let mut mechanism = mechanism.clone();
        mechanism["secrets"] = json!(["SENDER_SECRET"]);
        let mut hook =
            json!({ "id": "sender", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [mechanism] });
        for (key, value) in more.as_object().unwrap() {
            hook[key] = value.clone();
        }
        let environment = Environment::default()
            .var("ORIGIN", "https://www.example.com")
            .var("HOOKS", json!([hook]))
            .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
            .secret("SENDER_SECRET", SECRET);
        let world = World::new();
        let gateway = Gateway::new(&environment, &world);
        Self { mechanism, world, gateway }
    }

    fn signed(&self, body: &str) -> Signed {
        let request = Unsigned { method: "POST", body: body.as_bytes(), id: "a1", now: START };
        sign(&var(&self.mechanism), SECRET, request).unwrap()
    }

    /// Status and outcome.
    fn send(&self, request: &Signed, form: bool) -> (u16, String) {
        let inbound = Inbound::post(&format!("/wa-hook/sender?{}", request.query));
        let body = request.body.clone();
        let inbound = if form { inbound.form(body) } else { inbound.json(body) };
        let inbound = request.headers.iter().fold(inbound, |inbound, (name, value)| inbound.header(name, value));
        let status = self.world.deliver(&self.gateway, &inbound).status;
        let audit = self.world.audit().pop().unwrap();
        (status, audit["outcome"].as_str().unwrap().to_owned())
    }
}

fn changed(request: &Signed, from: &str, to: &str) -> Signed {
    let body = String::from_utf8(request.body.clone()).unwrap();
    assert!(body.contains(from), "{body}");
    Signed { body: body.replacen(from, to, 1).into(), ..request.clone() }
}

/// A shop whose references have colons: what stands between them is no amount.
#[test]
fn no_part_of_a_reference_of_adyen_becomes_an_amount() {
    let item = "/notificationItems/0/NotificationRequestItem";
    let fields = ["merchantReference", "amount/value"].map(|name| format!("{item}/{name}"));
    let sender = Sender::new(&json!({ "scheme": "adyen" }), &json!({ "fields": fields }));
    let body = json!({ "notificationItems": [{ "NotificationRequestItem": {
        "pspReference": "8835", "merchantAccountCode": "shop", "merchantReference": "1042:1:EUR:AUTHORISATION",
        "amount": { "value": 1000, "currency": "EUR" }, "eventCode": "AUTHORISATION", "success": "true",
    } }] });
    let request = sender.signed(&body.to_string());
    let forged = changed(&request, "1042:1:EUR:AUTHORISATION", "1042");
    let forged = changed(&forged, r#""value":1000"#, r#""value":1"#);
    let forged = changed(&forged, r#""success":"true""#, r#""success":"1000:EUR:AUTHORISATION:true""#);
    assert_eq!(sender.send(&forged, false).0, 401);
    assert_eq!(sender.send(&request, false), (200, "delivered".into()));
}

#[test]
fn an_event_that_is_not_signed_is_looked_for_only_where_the_hook_says_so() {
    let mechanism = json!({ "scheme": "mailgun", "event": "/event-data/event" });
    let sender = Sender::new(&mechanism, &json!({ "fields": ["/signature/token"], "events": ["failed"] }));
    let request = sender.signed(r#"{"event-data":{"event":"opened"}}"#);
    let forged = changed(&request, "opened", "failed");
    let ends = [sender.send(&request, false), sender.send(&forged, false)];
    assert_eq!(ends.map(|(status, _)| status), [503, 503], "{:?}", sender.world.mistakes());
}

#[test]
fn a_form_has_one_id_however_it_is_cut() {
    for (content, at, from, to, id) in [
        ("{id}.{body}", "", "x=1.5&order=12", "5&order=12", "a1.x=1"),
        ("{body}.{id}", "", "order=12.34", "order=12", "34.a1"),
        ("{id}.{timestamp}.{body}", "X-Time", "x=.1795294801.&order=12", "&order=12", "a1.1795294800.x="),
    ] {
        let mut mechanism = json!({
            "scheme": "hmac", "hash": "sha256", "header": "X-Mac", "content": content, "id": { "header": "X-Id" },
        });
        if !at.is_empty() {
            mechanism["timestamp"] = json!({ "header": at });
        }
        let sender = Sender::new(&mechanism, &json!({ "media": "form", "fields": ["/order"] }));
        assert_eq!(sender.world.mistakes(), [""; 0], "{content}");
        let request = sender.signed(from);
        let mut forged = Signed { body: to.into(), ..request.clone() };
        for (name, value) in &mut forged.headers {
            if name.eq_ignore_ascii_case("X-Id") {
                *value = id.into();
            } else if name.eq_ignore_ascii_case("X-Time") {
                *value = "1795294801".into();
            }
        }
        assert_eq!(sender.send(&request, true), (200, "delivered".into()), "{content}");
        assert_eq!(sender.send(&forged, true).0, 401, "{content}");
        assert_eq!(sender.world.origin.sent().len(), 1, "{content}");
    }
}

#[test]
fn an_id_that_touches_a_form_is_a_mistake() {
    for content in ["{id}{body}", "{body}{id}", "{url}{form}{id}", "{id}-{body}", "{form}x{id}"] {
        let mut mechanism = json!({
            "scheme": "hmac", "hash": "sha256", "header": "X-Mac", "content": content, "id": { "header": "X-Id" },
        });
        if content.contains("{url}") {
            mechanism["url"] = "https://hooks.example.com/wa-hook/sender".into();
        }
        let sender = Sender::new(&mechanism, &json!({ "media": "form", "fields": ["/order"] }));
        let mistakes = sender.world.mistakes();
        assert!(mistakes[0].contains("nothing in content shows where {id} ends"), "{content}: {mistakes:?}");
        let request = sender.signed("order=12");
        assert_eq!(sender.send(&request, true).0, 503, "{content}");
    }
}

#[test]
fn the_first_element_of_a_list_and_all_of_them_are_not_asked_for_at_once() {
    let sender = Sender::new(&json!({ "scheme": "github" }), &json!({ "fields": ["/items/0/id", "/items/*/name"] }));
    let request = sender.signed(r#"{"items":[{"id":1,"name":"a"}]}"#);
    let end = sender.send(&request, false);
    assert!(sender.world.mistakes()[0].contains("fields[1]: does not go with the others"));
    assert_eq!(end.0, 503);
}

#[test]
fn a_list_is_no_table() {
    let item = "/notificationItems/0/NotificationRequestItem";
    let sender = Sender::new(&json!({ "scheme": "adyen" }), &json!({ "fields": [format!("{item}/pspReference")] }));
    let body = json!({ "notificationItems": [{ "NotificationRequestItem": { "pspReference": "8835" } }] });
    let request = sender.signed(&body.to_string());
    let forged = changed(&changed(&request, "[{", r#"{"0":{"#), "}]}", "}}}");
    assert_eq!(sender.send(&forged, false).0, 401);
    assert_eq!(sender.send(&request, false), (200, "delivered".into()));
}

#[test]
fn two_formats_in_one_hook_are_a_mistake() {
    let hook = json!({ "id": "sender", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [
        { "scheme": "mailgun", "secrets": ["SENDER_SECRET"] },
        { "scheme": "mandrill", "url": "https://a.example", "secrets": ["SENDER_SECRET"] } ] });
    let environment = Environment::default()
        .var("ORIGIN", "https://www.example.com")
        .var("HOOKS", json!([hook]))
        .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
        .secret("SENDER_SECRET", SECRET);
    let world = World::new();
    let _ = Gateway::new(&environment, &world);
    let mistake = "HOOKS[0] (id \"sender\"): media: must be \"form\": the signature is read from such bodies";
    assert!(world.mistakes().iter().any(|own| own == mistake), "{:?}", world.mistakes());
}
