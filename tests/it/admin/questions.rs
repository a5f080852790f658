//! What an operator is told.

use serde_json::{Value, json};

use super::{Bench, TOKEN, environment, key, with_bank};
use crate::world::START;

const IDLE: &str = r#"{"stop":null,"failures":null,"held":[],"last":null}"#;

fn idle() -> Value {
    serde_json::from_str(IDLE).unwrap()
}

#[test]
fn status_tells_of_every_hook_whatever_its_state() {
    let bench = Bench::new();
    bench
        .world
        .switches
        .put("stop:posts", r#"{"mode":"gone","reason":"say \"no\"","by":"ops","until":"2026-11-21T22:00:00Z"}"#);
    let (status, answer) = bench.get("status");
    let hook = |id: &str, state: &str| json!({"id": id, "state": state, "switch": null, "switch_age": null, "ledger": [idle()]});
    let mut orders = hook("orders", "open");
    let more = json!({
        "owner": "Shop <shop@example.com>", "purpose": "Mark \"paid\"", "guarantee": "kv", "on_failure": "reply",
        "on_stop": "reject", "origin": "connector",
    });
    orders.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut posts = orders.clone();
    posts["id"] = "posts".into();
    (posts["owner"], posts["purpose"], posts["on_stop"], posts["origin"]) =
        ("Press".into(), Value::Null, "drop".into(), "rest".into());
    posts["switch"] = json!({
        "text": r#"{"mode":"gone","reason":"say \"no\"","by":"ops","until":"2026-11-21T22:00:00Z"}"#,
        "mode": "gone", "reason": "say \"no\"", "by": "ops", "until": "2026-11-21T22:00:00Z",
    });
    let mut watch = orders.clone();
    (watch["id"], watch["state"], watch["owner"], watch["purpose"]) =
        ("watch".into(), "observe".into(), "Watch".into(), Value::Null);
    let hooks = json!([orders, posts, watch, hook("old", "disabled"), hook("broken", "misconfigured")]);
    assert_eq!((status, answer), (200, json!({"now": START, "switch": null, "hooks": hooks})));
    assert_eq!(bench.world.switches.reads(), 3, "six switches, two at a time");
    assert_eq!(bench.deeds(), [json!({"admin": "status", "hook": null, "done": true})]);
}

#[test]
fn status_tells_switches_as_they_are_and_what_can_be_understood() {
    let bench = Bench::new();
    let read = |text: &str| {
        bench.world.switches.put("stop", text);
        bench.get("status").1["switch"].clone()
    };
    assert_eq!(read("doubled orders"), json!({"text": "doubled orders", "reason": "doubled orders"}));
    assert_eq!(read(r#"{"mode":"hold"}"#), json!({"text": r#"{"mode":"hold"}"#, "mode": "hold"}));
    assert_eq!(read("{\"mode\":"), json!({"text": "{\"mode\":"}));
    assert_eq!(read("\"\\\u{1}"), json!({"text": "\"\\\u{1}", "reason": "\"\\\u{1}"}));
    assert_eq!(read(&"é".repeat(500)), json!({"text": "é".repeat(500), "reason": "é".repeat(200)}));
}

#[test]
fn status_tells_what_did_not_answer() {
    let bench = Bench::new();
    bench.world.switches.fail_reads(true);
    bench.objects.silence("orders", true);
    let (status, answer) = bench.get("status");
    assert_eq!((status, &answer["switch"]), (200, &json!({"unreadable": true})));
    let hooks = answer["hooks"].as_array().unwrap();
    assert!(hooks.iter().all(|hook| hook["switch"] == json!({"unreadable": true})));
    let ledgers: Vec<Value> = hooks.iter().map(|hook| hook["ledger"].clone()).collect();
    assert_eq!(ledgers, [json!([null]), json!([idle()]), json!([idle()]), json!([idle()]), json!([idle()])]);
}

#[test]
fn status_tells_how_old_the_reading_is_that_this_isolate_acts_on() {
    let bench = Bench::new();
    let age = || bench.get("status").1["hooks"][0]["switch_age"].clone();
    assert_eq!(age(), Value::Null);
    bench.deliver(r#"{"id":1}"#);
    assert_eq!(age(), 0);
    bench.world.set_now(START + 9_999);
    assert_eq!(age(), 9_999);
    bench.world.set_now(START + 10_000);
    assert_eq!(age(), Value::Null, "the next delivery reads anew");
}

#[test]
fn endings_and_held_deliveries_are_told_as_the_ledger_tells_them() {
    let bench = Bench::new();
    for (object, own) in [("orders", "0a"), ("old", "0b"), ("broken", "0c")] {
        bench.hold(object, &key(own));
        let held = json!({
            "place": 1, "key": key(own), "state": "uncertain", "until": null, "why": "failure", "attempts": 1,
            "arrived": START, "since": null,
        });
        assert_eq!(bench.get(&format!("held?hook={object}")), (200, json!([held])));
        assert_eq!(bench.get(&format!("held?hook={object}&part=0&after=0")), (200, json!([held])));
        assert_eq!(bench.get(&format!("held?hook={object}&after=1")), (200, json!([])));
        assert_eq!(bench.get(&format!("deliveries?hook={object}")), (200, json!([])));
    }
    bench.post("forget", &format!(r#"{{"ref":"{}"}}"#, key("0a")));
    let (_, told) = bench.get("deliveries?hook=orders&part=0");
    assert_eq!((&told[0]["at"], &told[0]["entry"]["outcome"]), (&json!(START), &json!("forgotten")));
    assert_eq!(bench.deed(), json!({"admin": "deliveries", "hook": "orders", "done": true}));
}

#[test]
fn a_question_is_not_guessed() {
    let bench = Bench::new();
    let told = |path: &str| {
        let (status, answer) = bench.get(path);
        (status, answer["error"].as_str().unwrap().to_owned(), answer["message"].as_str().unwrap().to_owned())
    };
    let bad = |message: &str| (400, "bad-request".to_owned(), message.to_owned());
    for path in ["held", "deliveries", "held?part=0"] {
        assert_eq!(told(path), bad("hook is missing"));
    }
    for query in ["hook=orders&hook=posts", "hook=", "hok=orders", "hook=orders&x=1", "hook=%ff", "hook", "orders"] {
        let message = "the query may have hook, part, after, each once and not empty";
        assert_eq!(told(&format!("held?{query}")), bad(message), "{query}");
    }
    for part in ["1", "256", "99999999999999"] {
        assert_eq!(told(&format!("held?hook=orders&part={part}")), bad("part must be below 1"));
    }
    for part in ["-1", "a", "0x0", "%2b1", "99999999999999999999"] {
        assert_eq!(told(&format!("held?hook=orders&part={part}")), bad("part must be a number"));
    }
    assert_eq!(told("held?hook=orders&after=1.0"), bad("after must be a number"));
    for query in
        ["", "?hook=orders", "?ref=0123456", "?ref=0123456g", "?ref=ABCDEF01", &format!("?ref={}", "0".repeat(65))]
    {
        assert_eq!(told(&format!("show{query}")), bad("ref must be 8 to 64 hex digits in lower case"), "{query}");
    }
    let unknown = (404, "unknown-hook".to_owned(), "no hook has this id".to_owned());
    for path in ["held?hook=nothing", "deliveries?hook=ORDERS", "show?ref=01234567&hook=nothing"] {
        assert_eq!(told(path), unknown, "{path}");
    }
    assert_eq!((bench.world.operations(), bench.objects.asked().len()), (0, 0));
    bench.objects.silence("orders", true);
    let silent = (503, "store-unreachable".to_owned(), "the ledger did not answer".to_owned());
    assert_eq!((told("held?hook=orders"), told("deliveries?hook=orders")), (silent.clone(), silent));
    assert_eq!(
        bench.deed(),
        json!({"admin": "deliveries", "hook": "orders", "done": false, "error": "store-unreachable"})
    );
}

#[test]
fn a_delivery_is_shown_wherever_it_is_known() {
    let bench = Bench::new();
    let reference = {
        let reply = bench.deliver(r#"{"id":1}"#);
        reply.headers.iter().find(|(name, _)| *name == "hookgate-reference").unwrap().1.clone()
    };
    let record = json!({"outcome": "delivered", "at": START});
    let found = json!({"found": [{"hook": "orders", "ledger": null, "record": record}]});
    for path in [format!("show?ref={reference}"), format!("show?ref={}&hook=orders", &reference[..8])] {
        assert_eq!(bench.get(&path), (200, found.clone()));
    }
    assert_eq!(bench.deed(), json!({"admin": "show", "hook": "orders", "reference": &reference[..8], "done": true}));
    assert_eq!(bench.get(&format!("show?ref={reference}&hook=posts")), (200, json!({"found": []})));
    assert_eq!(bench.get("show?ref=ffffffffffffffff"), (200, json!({"found": []})));

    bench.hold("posts", &key("0123456789abcdef"));
    let ledger = json!({
        "key": key("0123456789abcdef"), "state": "uncertain", "at": START, "until": null, "why": "failure",
        "attempts": 1, "arrived": START, "since": null, "payload": r#"{"fields":{"note":"canary-payload"}}"#,
    });
    let found = json!({"found": [{"hook": "posts", "ledger": ledger, "record": null}]});
    assert_eq!(bench.get("show?ref=0123456789abcdef"), (200, found));
    assert!(!bench.world.log().concat().contains("canary-payload"), "a payload is told to whoever asks, and to no log");
    bench.hold("old", &key("0d0d0d0d"));
    assert_eq!(bench.get("show?ref=0d0d0d0d"), (200, json!({"found": []})), "all that are open are asked");
    assert_eq!(bench.get("show?ref=0d0d0d0d&hook=old").1["found"][0]["ledger"]["state"], "uncertain");
}

#[test]
fn what_could_not_be_asked_is_not_said_to_be_unknown() {
    let bench = Bench::new();
    bench.objects.silence("posts", true);
    let unread = |hook: &str| json!({"hook": hook, "ledger": null, "record": null, "unreadable": true});
    assert_eq!(bench.get("show?ref=01234567"), (200, json!({"found": [unread("posts")]})));
    bench.objects.silence("posts", false);
    bench.world.replay.put(&format!("orders:{}", key("01234567")), "what no gate wrote");
    assert_eq!(bench.get("show?ref=01234567"), (200, json!({"found": [unread("orders")]})));
}

#[test]
fn a_reference_that_several_begin_with_is_ambiguous() {
    let bench = Bench::new();
    bench.hold("orders", &key("01234567a"));
    bench.hold("orders", &key("01234567b"));
    let several = |hook: &str| {
        let message = format!("several deliveries of {hook} begin so: say more of the reference, or the hook");
        (409, json!({"done": false, "error": "ambiguous", "message": message}))
    };
    assert_eq!(bench.get("show?ref=01234567"), several("orders"));
    assert_eq!(bench.get("show?ref=01234567a").0, 200);
    for last in ["a", "b"] {
        bench
            .world
            .replay
            .put(&format!("posts:{}", key(&format!("89abcdef{last}"))), r#"{"outcome":"delivered","at":1}"#);
    }
    assert_eq!(bench.get("show?ref=89abcdef"), several("posts"));
    bench.hold("posts", &key("77777777a"));
    bench.world.replay.put(&format!("posts:{}", key("77777777b")), r#"{"outcome":"held","at":1}"#);
    assert_eq!(bench.get("show?ref=77777777"), several("posts"), "one is in the ledger, and another in KV");
}

#[test]
fn a_hook_is_asked_part_by_part() {
    let bench = Bench::sound(&with_bank());
    for (part, own) in [(0, "00"), (1, "01"), (2, "02")] {
        bench.hold(&format!("bank/{part}"), &key(own));
        let (status, held) = bench.get(&format!("held?hook=bank&part={part}"));
        assert_eq!((status, &held[0]["key"]), (200, &json!(key(own))));
        let found = bench.get(&format!("show?ref={}", key(own))).1["found"].clone();
        assert_eq!((found[0]["hook"].clone(), found[0]["ledger"]["key"].clone()), (json!("bank"), json!(key(own))));
    }
    assert_eq!(bench.get("held?hook=bank").1, bench.get("held?hook=bank&part=0").1);
    let message = "part must be below 3";
    let refused = (400, json!({"done": false, "error": "bad-request", "message": message}));
    assert_eq!(bench.get("deliveries?hook=bank&part=3"), refused);
    bench.objects.silence("bank/1", true);
    let hooks = bench.get("status").1["hooks"].clone();
    let bank = hooks.as_array().unwrap().iter().find(|hook| hook["id"] == "bank").unwrap().clone();
    let told = ["guarantee", "on_failure", "on_stop"].map(|name| bank[name].as_str().unwrap().to_owned());
    assert_eq!(told, ["strict", "keep", "hold"]);
    let held = |part: usize| bank["ledger"][part]["held"][0]["count"].clone();
    assert_eq!((held(0), bank["ledger"][1].clone(), held(2)), (json!(1), Value::Null, json!(1)));
    assert_eq!(bank["ledger"].as_array().unwrap().len(), 3);
}

#[test]
fn a_disabled_hook_keeps_the_parts_in_which_its_deliveries_are_held() {
    let old = json!([{
        "id": "vault", "enabled": false, "owner": "Bank", "on_failure": "keep", "replay": "strict", "shards": 3,
        "auth": [{"scheme": "hmac", "hash": "sha256", "header": "X-Signature", "secrets": ["SHOP_SECRET"]}],
        "fields": ["/note"],
    }]);
    let bench = Bench::sound(&environment().var("HOOKS_OLD", old).secret("ADMIN_TOKEN", TOKEN));
    bench.hold("vault/2", &key("02"));
    assert_eq!(bench.get("held?hook=vault&part=2").1[0]["key"], json!(key("02")));
    assert_eq!(bench.get(&format!("show?hook=vault&ref={}", key("02"))).1["found"][0]["ledger"]["key"], key("02"));
    let hooks = bench.get("status").1["hooks"].clone();
    let vault = hooks.as_array().unwrap().iter().find(|hook| hook["id"] == "vault").unwrap().clone();
    assert_eq!((vault["state"].clone(), vault["ledger"].as_array().unwrap().len()), (json!("disabled"), 3));
    assert_eq!(vault["ledger"][2]["held"][0]["count"], 1);
}

#[test]
fn of_a_strict_hook_the_replay_cache_is_not_asked() {
    let bench = Bench::sound(&with_bank());
    bench.world.replay.put(&format!("bank:{}", key("00")), r#"{"outcome":"delivered","at":1}"#);
    assert_eq!(bench.get(&format!("show?hook=bank&ref={}", key("00"))), (200, json!({"found": []})));
    assert_eq!(bench.world.replay.reads(), 0);
}
