//! What an operator does to deliveries.

use hookgate::ledger::{Answer, Fact, Settled};
use serde_json::{Value, json};

use super::{Bench, ONCE, TOKEN, key, with_bank};
use crate::ledger::{REPLY, WINDOW};
use crate::world::START;

const REF: &str = "0123456789abcdef";

fn body(more: &Value) -> String {
    let mut table = json!({"ref": REF});
    table.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    table.to_string()
}

fn refusal(status: u16, error: &str, message: &str) -> (u16, String, String) {
    (status, error.into(), message.into())
}

/// The key of the delivery with this body, which `orders` has delivered.
fn delivered(bench: &Bench, body: &str) -> String {
    let before: Vec<String> = bench.world.replay.values().into_keys().collect();
    assert_eq!(bench.deliver(body).status, 200);
    let name = bench.world.replay.values().into_keys().find(|name| !before.contains(name)).unwrap();
    name.strip_prefix("orders:").unwrap().to_owned()
}

fn record(bench: &Bench, name: &str) -> Option<(String, Option<u32>)> {
    bench.world.replay.values().remove(name).map(|stored| (stored.text, stored.ttl.map(|(ttl, _)| ttl)))
}

#[test]
fn an_uncertain_delivery_is_released_by_its_reference() {
    for more in [json!({}), json!({"hook": "posts"})] {
        let bench = Bench::new();
        bench.hold("posts", &key(REF));
        assert_eq!(bench.objects.with(&bench.world, "posts", |object| object.due_key("a")), None);
        let mut said = json!({"by": "ops", "because": "the site has no \"order\""});
        said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let done = json!({"done": true, "hook": "posts", "key": key(REF)});
        assert_eq!(bench.post("release", &body(&said)), (200, done));
        assert_eq!(bench.objects.with(&bench.world, "posts", |object| object.due_key("a")), Some(key(REF)));
        let told = json!({"hook": "posts", "reference": REF, "by": "ops", "because": "the site has no \"order\""});
        let line = |first: &str, name: &str| {
            let mut line = told.clone();
            line[first] = name.into();
            line
        };
        assert_eq!(bench.ring("posts"), [line("outcome", "released")]);
        let mut logged = line("admin", "release");
        logged["done"] = true.into();
        assert_eq!(bench.deed(), logged);
    }
}

#[test]
fn all_that_a_hook_holds_is_tried_again() {
    let bench = Bench::new();
    bench.hold("orders", &key(REF));
    let released = bench.post("release", r#"{"all":true,"hook":"orders","by":"ops"}"#);
    assert_eq!(released, (200, json!({"done": true, "hook": "orders"})));
    assert_eq!(bench.state("orders", &key(REF)).as_deref(), Some("uncertain"), "but for what may have run");
    assert_eq!(bench.ring("orders"), [json!({"outcome": "released", "hook": "orders", "all": true, "by": "ops"})]);
    assert_eq!(bench.deed(), json!({"admin": "release", "hook": "orders", "all": true, "by": "ops", "done": true}));

    bench.objects.silence("orders", true);
    let message = "0 of 1 parts of the ledger released what they hold; these did not answer: orders";
    assert_eq!(bench.refused("release", r#"{"all":true,"hook":"orders"}"#), refusal(503, "store-unreachable", message));
    assert_eq!(bench.refused("release", r#"{"all":true}"#), refusal(400, "bad-request", "hook is missing"));
    for wrong in [r#"{"all":false,"hook":"orders"}"#, r#"{"all":1,"hook":"orders"}"#, &body(&json!({"all": true}))] {
        assert_eq!(bench.refused("release", wrong), refusal(400, "bad-request", "say either ref or \"all\": true"));
    }
}

#[test]
fn an_operator_says_what_became_of_a_delivery_and_its_repeat_is_told_so() {
    for (how, settled) in [("delivered", Settled::Delivered), ("abandoned", Settled::Abandoned)] {
        let bench = Bench::new();
        bench.hold("posts", &key(REF));
        bench.world.replay.put(&format!("posts:{}", key(REF)), r#"{"outcome":"held","at":1}"#);
        let done = json!({"done": true, "hook": "posts", "key": key(REF), "as": how});
        assert_eq!(bench.post("resolve", &body(&json!({"as": how, "because": "seen in the shop"}))), (200, done));
        let again = bench.objects.with(&bench.world, "posts", |object| object.claim(&key(REF), "a", ONCE));
        assert_eq!(again, Answer::Duplicate { how: settled, at: START });
        let written = format!("{{\"outcome\":\"{how}\",\"at\":{}}}", START / 1_000);
        assert_eq!(record(&bench, &format!("posts:{}", key(REF))), Some((written, Some(259_200))));
        let entry =
            json!({"outcome": "resolved", "hook": "posts", "reference": REF, "as": how, "because": "seen in the shop"});
        assert_eq!(bench.ring("posts"), [entry]);
        let line = json!({
            "admin": "resolve", "hook": "posts", "reference": REF, "as": how, "because": "seen in the shop", "done": true,
        });
        assert_eq!(bench.deed(), line);
    }
}

#[test]
fn what_was_resolved_in_the_ledger_alone_is_resolved_again() {
    let bench = Bench::new();
    bench.hold("posts", &key(REF));
    bench.world.replay.fail_writes(true);
    let said = body(&json!({"as": "delivered", "because": "x"}));
    let message = "the ledger knows it, the replay cache does not: say it again";
    assert_eq!(bench.refused("resolve", &said), refusal(503, "store-unreachable", message));
    assert_eq!(bench.deed()["done"], false);
    assert_eq!(bench.state("posts", &key(REF)).as_deref(), Some("delivered"));
    bench.world.replay.fail_writes(false);
    assert_eq!(bench.post("resolve", &said).0, 200);
    assert!(record(&bench, &format!("posts:{}", key(REF))).is_some());
    assert_eq!(bench.ring("posts").len(), 1, "it was resolved once");
    let other = body(&json!({"as": "abandoned", "because": "x"}));
    assert_eq!(bench.refused("resolve", &other), refusal(409, "not-held", "it is not held: it is delivered"));
}

#[test]
fn a_forgotten_delivery_may_come_again() {
    let bench = Bench::new();
    let order = r#"{"id":1}"#;
    let own = delivered(&bench, order);
    assert!(bench.deliver(order).body.contains("Duplicate delivery"));
    let said = format!(r#"{{"ref":"{}","by":"ops"}}"#, &own[..16]);
    assert_eq!(bench.post("forget", &said), (200, json!({"done": true, "hook": "orders", "key": own})));
    assert_eq!(record(&bench, &format!("orders:{own}")), None);
    assert_eq!(
        bench.ring("orders"),
        [json!({"outcome": "forgotten", "hook": "orders", "reference": &own[..16], "by": "ops"})]
    );
    assert!(bench.deliver(order).body.contains("Success"), "this isolate has forgotten it, too");
    assert_eq!(bench.world.origin.sent().len(), 2);

    bench.hold("posts", &key(REF));
    bench.world.replay.put(&format!("posts:{}", key(REF)), r#"{"outcome":"held","at":1}"#);
    assert_eq!(bench.post("forget", &body(&json!({}))).0, 200);
    assert_eq!((bench.state("posts", &key(REF)), record(&bench, &format!("posts:{}", key(REF)))), (None, None));
}

#[test]
fn what_was_forgotten_in_the_ledger_alone_is_forgotten_again() {
    let bench = Bench::new();
    bench.hold("posts", &key(REF));
    bench.world.replay.put(&format!("posts:{}", key(REF)), r#"{"outcome":"held","at":1}"#);
    bench.world.replay.fail_writes(true);
    let message = "the ledger has forgotten it, the replay cache has not: forget it again";
    assert_eq!(bench.refused("forget", &body(&json!({}))), refusal(503, "store-unreachable", message));
    assert_eq!(bench.state("posts", &key(REF)), None);
    bench.world.replay.fail_writes(false);
    assert_eq!(bench.post("forget", &body(&json!({}))).0, 200);
    assert_eq!(record(&bench, &format!("posts:{}", key(REF))), None);
}

#[test]
fn nothing_is_done_to_a_delivery_that_is_being_forwarded() {
    let bench = Bench::new();
    bench.world.replay.put(&format!("posts:{}", key(REF)), r#"{"outcome":"held","at":1}"#);
    bench.objects.with(&bench.world, "posts", |object| object.claim(&key(REF), "a", ONCE));
    let refused = refusal(409, "in-flight", "it is being forwarded: ask again when that has ended");
    for (path, more) in
        [("release", json!({})), ("resolve", json!({"as": "abandoned", "because": "x"})), ("forget", json!({}))]
    {
        assert_eq!(bench.refused(path, &body(&more)), refused, "{path}");
        assert_eq!(bench.deed()["error"], "in-flight");
    }
    assert_eq!(bench.ring("posts"), [] as [Value; 0], "what was refused did not happen");
    assert!(record(&bench, &format!("posts:{}", key(REF))).is_some());
}

#[test]
fn only_what_is_held_is_released_or_resolved() {
    let bench = Bench::new();
    let own = delivered(&bench, r#"{"id":1}"#);
    bench.objects.with(&bench.world, "posts", |object| {
        object.claim(&key(REF), "a", REPLY);
        object.end(&key(REF), "a", Fact::Delivered);
        assert_eq!(WINDOW, 259_200_000);
    });
    for (path, more) in [("release", json!({})), ("resolve", json!({"as": "abandoned", "because": "x"}))] {
        let mut said: Value = serde_json::from_str(&body(&more)).unwrap();
        let settled = refusal(409, "not-held", "it is not held: it is delivered");
        assert_eq!(bench.refused(path, &said.to_string()), settled);
        said["ref"] = own[..16].into();
        assert_eq!(bench.refused(path, &said.to_string()), refusal(409, "not-held", "it is not held"));
    }
    assert_eq!(bench.ring("posts"), [] as [Value; 0]);
}

#[test]
fn a_delivery_that_nobody_knows_or_several_are_is_not_guessed() {
    let bench = Bench::new();
    bench.hold("orders", &key("aaaaaaaa1"));
    bench.hold("posts", &key("aaaaaaaa2"));
    bench.hold("old", &key(REF));
    for (path, more) in
        [("release", json!({})), ("resolve", json!({"as": "abandoned", "because": "x"})), ("forget", json!({}))]
    {
        let unknown = refusal(404, "unknown-reference", "no delivery that is remembered begins so");
        assert_eq!(bench.refused(path, &body(&more)), unknown, "{path}: the hook that has it is disabled");
        let mut said: Value = serde_json::from_str(&body(&more)).unwrap();
        for (hook, message) in [("old", "old is disabled"), ("broken", "broken is misconfigured")] {
            said["hook"] = hook.into();
            assert_eq!(bench.refused(path, &said.to_string()), refusal(404, "unknown-hook", message));
        }
        said["hook"] = "nothing".into();
        assert_eq!(bench.refused(path, &said.to_string()), refusal(404, "unknown-hook", "no hook has this id"));
        said.as_object_mut().unwrap().remove("hook");
        said["ref"] = "aaaaaaaa".into();
        let message = "several deliveries of orders and posts begin so: say more of the reference, or the hook";
        assert_eq!(bench.refused(path, &said.to_string()), refusal(409, "ambiguous", message));
        said["ref"] = "aaaaaaa".into();
        let message = "ref must be 8 to 64 hex digits in lower case";
        assert_eq!(bench.refused(path, &said.to_string()), refusal(400, "bad-request", message));
    }
    assert_eq!(bench.deeds().iter().filter(|deed| deed["done"] == true).count(), 0);
    assert_eq!(bench.post("release", r#"{"ref":"aaaaaaaa","hook":"posts"}"#).0, 200);
}

#[test]
fn nothing_is_done_while_a_store_does_not_answer() {
    let bench = Bench::new();
    bench.hold("posts", &key(REF));
    for (path, more) in
        [("release", json!({})), ("resolve", json!({"as": "abandoned", "because": "x"})), ("forget", json!({}))]
    {
        let message = |hook: &str| format!("nothing was done: what is stored of {hook} could not be read");
        bench.objects.silence("orders", true);
        let refused = bench.refused(path, &body(&more));
        assert_eq!(refused, refusal(503, "store-unreachable", &message("orders")), "it could be that hook's, too");
        bench.objects.silence("orders", false);
        bench.world.replay.put(&format!("posts:{}", key(REF)), "what no gate wrote");
        assert_eq!(bench.refused(path, &body(&more)), refusal(503, "store-unreachable", &message("posts")));
        bench.world.replay.delete(&format!("posts:{}", key(REF)));
    }
    assert_eq!(bench.state("posts", &key(REF)).as_deref(), Some("uncertain"));
}

#[test]
fn what_may_have_been_done_is_said_to_be_unknown() {
    let message = "the ledger did not answer: whether it was done is unknown, ask again";
    for (path, more) in
        [("release", json!({})), ("resolve", json!({"as": "abandoned", "because": "x"})), ("forget", json!({}))]
    {
        let bench = Bench::new();
        bench.hold("posts", &key(REF));
        bench.objects.lose(Some(path));
        let refused = bench.refused(path, &body(&more));
        assert_eq!(refused, refusal(503, "store-unreachable", message), "{path}");
        assert_eq!((bench.deed()["done"].clone(), bench.world.replay.writes()), (json!(false), 0));
    }
}

#[test]
fn a_resolution_says_what_and_why() {
    let bench = Bench::new();
    bench.hold("posts", &key(REF));
    let how = refusal(400, "bad-request", "as must be \"delivered\" or \"abandoned\"");
    for more in
        [json!({"because": "x"}), json!({"as": "gone", "because": "x"}), json!({"as": "Delivered", "because": "x"})]
    {
        assert_eq!(bench.refused("resolve", &body(&more)), how);
    }
    for more in [json!({"as": "delivered"}), json!({"as": "delivered", "because": " \t"})] {
        assert_eq!(bench.refused("resolve", &body(&more)), refusal(400, "bad-request", "because is missing"));
    }
    assert_eq!(bench.state("posts", &key(REF)).as_deref(), Some("uncertain"));
}

#[test]
fn what_an_operator_says_is_text_and_ends() {
    let strange = "\"},{\"admin\":\"stop\"}\n\u{0}\u{1}\u{7f}\\ \u{2028}é😀</script>";
    let long = "😀".repeat(200);
    let worst = "\u{1}".repeat(200);
    for said in [strange, &long, &worst] {
        let bench = Bench::new();
        bench.hold("posts", &key(REF));
        assert_eq!(bench.post("release", &body(&json!({"by": said, "because": said}))).0, 200);
        let deed = bench.deed();
        assert_eq!((&deed["by"], &deed["because"]), (&json!(said), &json!(said)));
        let ring = bench.get("deliveries?hook=posts").1;
        assert_eq!((&ring[0]["entry"]["by"], &ring[0]["entry"]["because"]), (&json!(said), &json!(said)));
        assert!(bench.world.log().iter().all(|line| !line.contains('\n')), "a line of the log is one line");
    }
    let bench = Bench::new();
    bench.hold("posts", &key(REF));
    for name in ["by", "because"] {
        for path in ["release", "resolve", "forget", "stop", "resume"] {
            let mut said = match path {
                "resolve" => json!({"ref": REF, "as": "delivered", "because": "x"}),
                "stop" => json!({"because": "x"}),
                "resume" => json!({}),
                _ => json!({"ref": REF}),
            };
            said[name] = "é".repeat(201).into();
            let refused = refusal(400, "bad-request", &format!("{name} is longer than 200 characters"));
            assert_eq!(bench.refused(path, &said.to_string()), refused);
        }
    }
    assert_eq!((bench.ring("posts").len(), bench.world.switches.values().len()), (0, 0));
    assert!(!bench.world.log().concat().contains('é'));
}

#[test]
fn the_log_has_neither_payload_nor_token() {
    let bench = Bench::new();
    bench.deliver(r#"{"id":1,"note":"canary-payload"}"#);
    bench.hold("posts", &key(REF));
    for (path, more) in
        [("release", json!({})), ("resolve", json!({"as": "delivered", "because": "x"})), ("forget", json!({}))]
    {
        assert_eq!(bench.post(path, &body(&more)).0, 200, "{path}");
    }
    bench.get(&format!("show?ref={REF}"));
    bench.post("release", r#"{"canary-payload":"x"}"#);
    bench.get("show?ref=canary-payload");
    bench.get("held?hook=canary-payload");
    let log = bench.world.log().concat();
    assert!(!log.contains("canary") && !log.contains(TOKEN), "{log}");
    assert_eq!(bench.deeds().len(), 7);
}

#[test]
fn a_strict_hook_is_acted_upon_in_the_ledger_alone() {
    let bench = Bench::sound(&with_bank());
    let (first, second) = (key("05aaaaaa"), key("04aaaaaa"));
    bench.hold("bank/2", &first);
    bench.hold("bank/1", &second);
    let said = r#"{"ref":"05aaaaaa","as":"delivered","because":"x"}"#;
    assert_eq!(bench.post("resolve", said).0, 200);
    assert_eq!(bench.state("bank/2", &first).as_deref(), Some("delivered"));
    let refused = refusal(409, "not-held", "it is not held: it is delivered");
    assert_eq!(bench.refused("resolve", said), refused);
    assert_eq!(bench.post("forget", r#"{"ref":"05aaaaaa"}"#).0, 200);
    assert_eq!(bench.state("bank/2", &first), None);
    assert_eq!(bench.post("release", r#"{"ref":"04aaaaaa"}"#).0, 200);
    assert_eq!(bench.state("bank/1", &second).as_deref(), Some("waiting"));
    assert_eq!((bench.world.replay.writes(), bench.ring("bank/2").len(), bench.ring("bank/1").len()), (0, 2, 1));
}

#[test]
fn all_parts_of_a_hook_are_released_and_those_that_did_not_answer_are_named() {
    let bench = Bench::sound(&with_bank());
    assert_eq!(bench.post("release", r#"{"all":true,"hook":"bank"}"#).0, 200);
    bench.objects.silence("bank/0", true);
    bench.objects.silence("bank/2", true);
    let message = "1 of 3 parts of the ledger released what they hold; these did not answer: bank/0, bank/2";
    assert_eq!(bench.refused("release", r#"{"all":true,"hook":"bank"}"#), refusal(503, "store-unreachable", message));
    assert_eq!(["bank/0", "bank/1", "bank/2"].map(|part| bench.ring(part).len()), [1, 2, 1]);
}
