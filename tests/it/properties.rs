//! What holds for every input.

use std::sync::LazyLock;

use hookgate::allowlist::Allowlist;
use hookgate::gateway::Gateway;
use hookgate::host::{OriginAnswer, OriginFault};
use hookgate::outcome::Malformation;
use hookgate::project::reduce;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value};

use crate::world::{self, Environment, Inbound, World, accepted};

const NAMES: [&str; 5] = ["id", "data", "items", "a/b", "~"];

fn tokens() -> impl Strategy<Value = &'static str> {
    select(vec!["id", "data", "items", "a~1b", "~0", "*"])
}

fn paths() -> impl Strategy<Value = Vec<String>> {
    let path =
        vec(tokens(), 1..4).prop_map(|tokens| tokens.iter().map(|token| format!("/{token}")).collect::<String>());
    vec(path, 0..6)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[\\x00-\\x1f\"\\\\/]{0,4}".prop_map(Value::from),
    ]
}

fn document() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 48, 6, |below| {
        let name =
            prop_oneof![4 => select(NAMES.to_vec()).prop_map(String::from), 1 => "\\PC{0,4}".prop_map(String::from)];
        prop_oneof![
            vec(below.clone(), 0..5).prop_map(Value::from),
            btree_map(name, below, 0..5).prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

/// Projection, slow and obvious: `paths` are the rest of each path from here on.
fn keep(value: &Value, paths: &[Vec<String>]) -> Result<Option<Value>, ()> {
    if paths.iter().any(Vec::is_empty) {
        return if value.is_object() || value.is_array() { Err(()) } else { Ok(Some(value.clone())) };
    }
    let below = |step: &str| -> Vec<Vec<String>> {
        paths.iter().filter(|path| path[0] == step).map(|path| path[1..].to_vec()).collect()
    };
    match value {
        Value::Object(members) if paths.iter().any(|path| path[0] != "*") => {
            let mut kept = Map::new();
            for (name, member) in members.iter().filter(|(name, _)| *name != "*") {
                let paths = below(&name.replace('~', "~0").replace('/', "~1"));
                if !paths.is_empty()
                    && let Some(member) = keep(member, &paths)?
                {
                    kept.insert(name.clone(), member);
                }
            }
            Ok(Some(kept.into()))
        }
        Value::Array(elements) if !below("*").is_empty() => {
            let kept: Result<Vec<Option<Value>>, ()> =
                elements.iter().map(|element| keep(element, &below("*"))).collect();
            Ok(Some(kept?.into_iter().flatten().collect()))
        }
        _ => Ok(None),
    }
}

fn check(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, max_global_rejects: cases * 20, ..Config::default() })
}

#[test]
fn projection_keeps_what_a_walk_over_the_document_tree_keeps() {
    let property = |(paths, document): (Vec<String>, Value)| {
        let pointers: Vec<&str> = paths.iter().map(String::as_str).collect();
        let allowlist = Allowlist::of_fields(&pointers);
        prop_assume!(allowlist.is_ok());
        let steps: Vec<Vec<String>> =
            pointers.iter().map(|path| path[1..].split('/').map(String::from).collect()).collect();
        let text = document.to_string();
        let document: Value = serde_json::from_str(&text).unwrap();
        let expected = keep(&document, &steps).map(|kept| kept.unwrap_or_else(|| Map::new().into()));
        let reduced = reduce(&allowlist.unwrap(), text.as_bytes());
        let actual =
            reduced.map(|json| serde_json::from_str::<Value>(&json).expect("a thin payload is JSON")).map_err(|_| ());
        prop_assert_eq!(actual, expected);
        Ok(())
    };
    check(4_000).run(&(paths(), document()), property).unwrap();
}

#[test]
fn a_number_keeps_every_digit() {
    let allowlist = Allowlist::of_fields(&["/n"]).unwrap();
    let number = "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,5})?";
    let property = |number: String| {
        let document = format!("{{\"n\" : {number} ,\"m\":{number}}}");
        prop_assert_eq!(reduce(&allowlist, document.as_bytes()), Ok(format!("{{\"n\":{number}}}")));
        Ok(())
    };
    check(1_000).run(&number, property).unwrap();
}

/// It is kept and dropped like any other, but refused where a table or list would lead on.
#[test]
fn a_number_that_no_float_holds_is_no_way_on() {
    let allowlist = Allowlist::of_fields(&["/n", "/data/id"]).unwrap();
    let reduced = |document: &str| reduce(&allowlist, document.as_bytes());
    assert_eq!(reduced(r#"{"n":1e999,"x":1e999}"#), Ok(r#"{"n":1e999}"#.into()));
    assert_eq!(reduced(r#"{"data":1e9}"#), Ok("{}".into()));
    assert_eq!(reduced(r#"{"data":1e999}"#), Err(Malformation::Json));
}

const SECRET: &str = "not a secret: signing";
const PASSWORD: &str = "not a secret: password";

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| {
    Environment::of(
        r#"
        ORIGIN = "https://www.example.com"
        [[HOOKS]]
        id = "signed"
        enabled = true
        owner = "ops@example.com"
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SECRET"] }]
        objects = { order = { at = "/order_id" }, user = { at = "/user" } }
        fields = ["/type", { at = "/state", enum = ["paid"] }, { at = "/items/*/qty", type = "integer" }, "/deep/er/value"]
        [[HOOKS]]
        id = "basic"
        enabled = true
        owner = "ops@example.com"
        on_failure = "reply"
        methods = ["POST", "GET"]
        auth = [{ scheme = "basic", user = "shop", secrets = ["PASSWORD"] }]
        objects = { post = { at = "/post_id" } }
        fields = ["/type", { at = "/state", enum = ["paid"] }]
        [[HOOKS]]
        id = "trigger"
        enabled = true
        owner = "ops@example.com"
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SECRET"] }]
        objects = { order = { at = "/order_id" }, user = { at = "/user" } }
        fields = ["/type", { at = "/state", enum = ["paid"] }, { at = "/items/*/qty", type = "integer" }]
        origin = { kind = "wunderautomation", code = "abc123", hmac = { header = "X-Mac", secret = "TRIGGER_SECRET" } }
        [[HOOKS]]
        id = "route"
        enabled = true
        owner = "ops@example.com"
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SECRET"] }]
        objects = { order = { at = "/order_id", by = ["id"], required = true } }
        fields = ["/type", { at = "/state", enum = ["paid"] }, { at = "/items/*/qty", type = "integer" }]
        origin = { kind = "rest", site = "opened", route = "/wp-json/x/{order}" }
        [[HOOKS]]
        id = "identified"
        enabled = true
        owner = "ops@example.com"
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SECRET"] }]
        objects = { user = { at = "/user", required = true }, post = { at = "/post", required = true }, order = { at = "/order", by = ["id"], required = true } }
        origin = { kind = "rest", site = "opened", route = "/a/{order}/b?c={user}&d=.{post}" }
        [[HOOKS]]
        id = "forgiven"
        enabled = true
        owner = "ops@example.com"
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SECRET"] }]
        objects = { user = { at = "/user" }, post = { at = "/post" }, order = { at = "/order" } }
        origin = { kind = "wunderautomation", code = "abc123", hmac = { header = "X-Mac", secret = "TRIGGER_SECRET" } }
        [ORIGINS.opened]
        url = "https://opened.example"
        user = "gate"
        password = "SITE_PASSWORD"
        "#,
    )
    .secret("TRIGGER_SECRET", "not a secret: trigger")
    .secret("SITE_PASSWORD", "not a secret: site")
    .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
    .secret("SECRET", SECRET)
    .secret("PASSWORD", PASSWORD)
});

fn gate(world: &World) -> Gateway {
    let gateway = Gateway::new(&*ENVIRONMENT, world);
    assert_eq!(world.mistakes(), [""; 0]);
    gateway
}

#[test]
fn arbitrary_bytes_never_panic_and_never_pass_unsigned() {
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..200),
        document().prop_map(|document| document.to_string().into_bytes()),
        "[a-z_%+&=0-9]{0,60}".prop_map(String::into_bytes)
    ];
    let property = |(id, query, media, body, sign): (&str, String, &str, Vec<u8>, bool)| {
        let world = World::new();
        let gateway = gate(&world);
        let request = Inbound::post(&format!("/wa-hook/{id}?{query}")).header("content-type", media).body(body);
        let request = if sign { request.sha256("x-signature", "", SECRET).basic("shop", PASSWORD) } else { request };
        let reply = world.deliver(&gateway, &request);
        prop_assert_eq!(world.audit().len(), 1);
        if !sign {
            prop_assert!([401, 415].contains(&reply.status), "{}", reply.status);
            prop_assert_eq!((world.operations(), world.origin.sent().len()), (0, 0));
        }
        Ok(())
    };
    let media = select(vec!["application/json", "application/x-www-form-urlencoded", "text/plain"]);
    let strategy = (select(vec!["signed", "basic"]), "[ -~]{0,40}", media, bytes, any::<bool>());
    check(3_000).run(&strategy, property).unwrap();
}

/// A text that no allowlist names and no grammar of an identifier takes.
const CANARY: &str = "canary<7f3a>";

/// A payload with the canary wherever a sender may put it and it must not pass.
fn poisoned() -> impl Strategy<Value = Value> {
    let bait = || select(vec![Value::from(CANARY), serde_json::json!([CANARY]), serde_json::json!({ CANARY: CANARY })]);
    let state = prop_oneof![Just(Value::from("paid")), bait()];
    let order = prop_oneof![Just(Value::from(1042)), bait()];
    let item = prop_oneof![
        Just(serde_json::json!({ "qty": 3, "sku": CANARY })),
        Just(serde_json::json!({ "qty": CANARY })),
        bait()
    ];
    let deep = prop_oneof![
        Just(serde_json::json!({ "er": { "value": 1, CANARY: 2 } })),
        Just(serde_json::json!({ "er": CANARY })),
        bait()
    ];
    (state, order, vec(item, 0..3), deep, bait(), any::<u8>()).prop_map(|(state, order, items, deep, extra, keep)| {
        let mut payload = serde_json::json!({ "type": "t", "state": state, "order_id": order, "user": order, "items": items, "deep": deep, "x": extra, CANARY: extra });
        for (bit, name) in ["state", "order_id", "items", "deep"].into_iter().enumerate() {
            if keep >> bit & 1 == 0 {
                payload.as_object_mut().unwrap().remove(name);
            }
        }
        payload
    })
}

#[derive(Clone, Copy, Debug)]
enum Sent {
    Signed,
    Trigger,
    Route,
    Basic,
    Query,
    Form,
    WrongSignature,
    WrongPassword,
    UnknownHook,
    Broken,
}

fn poisoned_request(sent: Sent, payload: &Value) -> Inbound {
    let json = payload.to_string();
    let post = |path: &str| {
        Inbound::post(path).header("x-canary", CANARY).header("user-agent", CANARY).header("cf-ray", CANARY)
    };
    let form = format!("type=t&{CANARY}={CANARY}&state={CANARY}");
    let signed =
        |hook| post(&format!("/wa-hook/{hook}?x={CANARY}")).json(json.as_str()).sha256("x-signature", "", SECRET);
    match sent {
        Sent::Signed => signed("signed"),
        Sent::Trigger => signed("trigger"),
        Sent::Route => signed("route"),
        Sent::Basic => post("/wa-hook/basic").json(json).basic("shop", PASSWORD),
        Sent::Query => {
            post(&format!("/wa-hook/basic?type=t&post_id={CANARY}&{CANARY}=1&x={CANARY}")).basic("shop", PASSWORD)
        }
        Sent::Form => post("/wa-hook/basic").form(form).basic("shop", PASSWORD),
        Sent::WrongSignature => post("/wa-hook/signed").json(json).header("x-signature", CANARY),
        Sent::WrongPassword => post("/wa-hook/basic").json(json).basic(CANARY, CANARY),
        Sent::UnknownHook => post(&format!("/wa-hook/{CANARY}")).json(json),
        Sent::Broken => {
            let cut = json.len() / 2;
            post("/wa-hook/signed").json(&json.as_bytes()[..cut]).sha256("x-signature", "", SECRET)
        }
    }
}

#[test]
fn no_byte_that_the_allowlist_does_not_name_leaves_the_gate() {
    let delivered = core::cell::Cell::new(0);
    let property = |(sent, payload, answer, fail): (Sent, Value, u8, u8)| {
        let world = World::new();
        let gateway = gate(&world);
        world.origin.then(match answer % 8 {
            0 => Err(OriginFault::Timeout),
            1 => Ok(OriginAnswer {
                status: 500,
                content_type: Some(CANARY.into()),
                retry_after: Some(CANARY.into()),
                body: CANARY.into(),
            }),
            2 => Ok(world::answer(200, CANARY)),
            _ => Ok(accepted()),
        });
        world.replay.fail_writes(fail % 8 == 0);
        world.replay.fail_reads(fail % 8 == 1);
        world.switches.fail_reads(fail % 8 == 2);
        let replies: Vec<_> = (0..2).map(|_| world.deliver(&gateway, &poisoned_request(sent, &payload))).collect();
        let seen = format!(
            "{replies:?} {:?} {:?} {:?} {:?}",
            world.origin.sent(),
            world.replay.values(),
            world.switches.values(),
            world.log()
        );
        prop_assert!(!seen.contains("canary"), "{}", seen);
        for secret in [SECRET, PASSWORD] {
            prop_assert!(!seen.contains(secret), "{}", seen);
        }
        delivered.set(delivered.get() + usize::from(replies[0].status == 200));
        Ok(())
    };
    let sent = select(vec![
        Sent::Signed,
        Sent::Trigger,
        Sent::Route,
        Sent::Basic,
        Sent::Query,
        Sent::Form,
        Sent::WrongSignature,
        Sent::WrongPassword,
        Sent::UnknownHook,
        Sent::Broken,
    ]);
    check(10_000).run(&(sent, poisoned(), any::<u8>(), any::<u8>()), property).unwrap();
    assert!(delivered.get() > 500, "the canary must have had its chance: {}", delivered.get());
}

#[test]
fn an_identifier_never_leaves_its_place_in_a_route() {
    let forwarded = core::cell::Cell::new(0);
    let property = |(user, post, order): (String, String, String)| {
        let world = World::new();
        let body = serde_json::json!({ "user": user, "post": post, "order": order }).to_string();
        let request = Inbound::post("/wa-hook/identified").json(body).sha256("x-signature", "", SECRET);
        let status = world.deliver(&gate(&world), &request).status;
        let Some(sent) = world.origin.sent().pop() else {
            prop_assert_eq!(status, 400);
            return Ok(());
        };
        let path = sent.url().strip_prefix("https://opened.example/a/").expect("the route begins so");
        let parts: Vec<&str> = path.split(['/', '?', '#', '=', '&', '+']).collect();
        let [order_part, "b", "c", user_part, "d", post_part] = parts[..] else { panic!("{path}") };
        let whole = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned();
        prop_assert_eq!((whole(user_part), whole(post_part)), (user, format!(".{post}")));
        prop_assert_eq!(order_part, &order);
        prop_assert!(order.bytes().all(|b| b.is_ascii_digit()) && !order.starts_with('0'), "{}", path);
        forwarded.set(forwarded.get() + 1);
        Ok(())
    };
    let user = prop_oneof!["[a-z.*@ _-]{1,6}", "[a-z!#$%&'*+/=?^_`{|}~.-]{1,8}@example\\.com", "[ -~]{0,4}"];
    let post = prop_oneof!["[a-zö_/.-]{1,6}", "[ -~]{0,4}"];
    let order = prop_oneof![4 => "[1-9][0-9]{0,6}", 1 => "[a-z0-9_-]{1,6}", 1 => "[ -~]{0,4}"];
    check(4_000).run(&(user, post, order), property).unwrap();
    assert!(forwarded.get() > 500, "identifiers must have had their chance: {}", forwarded.get());
}

/// PHP's `(int)`: the digits at the start, after white space and a sign.
fn begins_like_a_number(text: &str) -> bool {
    text.trim_ascii_start().trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit())
}

/// PHP's `is_numeric()`; infinity and NaN have no digit.
fn is_numeric(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && text.trim_ascii().parse::<f64>().is_ok()
}

#[test]
fn a_trigger_reads_no_number_that_is_no_id() {
    let told = core::cell::Cell::new((0, 0));
    let is_id = |text: &str| !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    let property = |(user, post, order): (String, String, String)| {
        let world = World::new();
        let body = serde_json::json!({ "user": user, "post": post, "order": order }).to_string();
        let request = Inbound::post("/wa-hook/forgiven").json(body).sha256("x-signature", "", SECRET);
        world.deliver(&gate(&world), &request);
        let sent: Value = serde_json::from_str(world.origin.sent()[0].body()).unwrap();
        for (name, text) in sent.as_object().unwrap() {
            // What `sanitize_text_field()` leaves of it: no escapes.
            let bytes = text.as_str().unwrap().split('%').enumerate();
            let text: String =
                bytes.map(|(part, text)| if part == 0 { text } else { text.get(2..).unwrap_or("") }).collect();
            let number = if name == "post_id" { begins_like_a_number(&text) } else { is_numeric(&text) };
            prop_assert!(!number || is_id(&text) || text.starts_with('-'), "{}: {}", name, text);
            let (ids, names) = told.get();
            told.set(if number { (ids + 1, names) } else { (ids, names + 1) });
        }
        Ok(())
    };
    let text = || prop_oneof!["[0-9]{1,3}", "[0-9.eE+-]{1,5}", "(%[8-9a-f][0-9a-f]){0,2}[0-9a-e_-]{1,3}"];
    check(4_000).run(&(text(), text(), text()), property).unwrap();
    let (ids, names) = told.get();
    assert!(ids > 500 && names > 500, "both must have had their chance: {ids} IDs, {names} names");
}
