//! Stops and resumptions.

use hookgate::gateway::Gateway;
use hookgate::ledger::{Answer, Call, StopMode};
use serde_json::{Value, json};

use super::{Bench, ONCE, TOKEN, environment, key, post, with_bank};
use crate::ledger::{HOUR, held};
use crate::world::{Inbound, START};

const ALL: [&str; 5] = ["orders", "posts", "watch", "old", "broken"];

/// What whoever claims in an object is told.
fn claim(bench: &Bench, object: &str) -> Answer {
    let key = key(&format!("{:016x}", bench.objects.asked().len() + 1));
    bench.objects.with(&bench.world, object, |object| {
        let answer = object.claim(&key, "a", ONCE);
        if answer == Answer::Claimed {
            object.ask(Call::Forget { reference: &key, entry: None });
        }
        answer
    })
}

fn stopped(mode: StopMode, until: Option<u64>) -> Answer {
    Answer::Stopped { mode, until, retry_after: until.map(|until| (until - START) / 1_000) }
}

fn switch(bench: &Bench, key: &str) -> Option<Value> {
    bench.world.switches.values().get(key).map(|stored| serde_json::from_str(&stored.text).unwrap())
}

fn refusal(error: &str, status: u16, message: &str) -> (u16, String, String) {
    (status, error.into(), message.into())
}

#[test]
fn a_stop_is_in_force_at_once_in_the_ledger_and_in_this_isolate() {
    let bench = Bench::new();
    assert_eq!(bench.deliver(r#"{"id":1}"#).status, 200, "this isolate has read that nothing is stopped");
    let said =
        r#"{"hook":"orders","mode":"gone","because":"doubled \"orders\"","by":"ops","until":"2026-11-21T22:00:00Z"}"#;
    let until = START + HOUR;
    let done = json!({"done": true, "hook": "orders", "mode": "gone", "until": until});
    assert_eq!(bench.post("stop", said), (200, done));
    assert_eq!(claim(&bench, "orders"), stopped(StopMode::Gone, Some(until)));
    assert_eq!(claim(&bench, "posts"), Answer::Claimed);
    let text = json!({"mode": "gone", "reason": "doubled \"orders\"", "by": "ops", "until": "2026-11-21T22:00:00Z"});
    assert_eq!(switch(&bench, "stop:orders"), Some(text));
    assert_eq!(bench.deliver(r#"{"id":2}"#).status, 410);
    let status = bench.objects.report(&bench.world, "orders", Call::Status);
    let told = json!({"mode": "gone", "reason": "doubled \"orders\"", "by": "ops", "until": until, "at": START});
    assert_eq!(status["stop"], told);
    let line = json!({
        "admin": "stop", "hook": "orders", "mode": "gone", "until": until, "by": "ops", "because": "doubled \"orders\"",
        "done": true,
    });
    assert_eq!(bench.deed(), line);

    let resumed = bench.post("resume", r#"{"hook":"orders","by":"ops","because":"mended"}"#);
    assert_eq!(resumed, (200, json!({"done": true, "hook": "orders", "still_stopped": []})));
    assert_eq!((claim(&bench, "orders"), switch(&bench, "stop:orders")), (Answer::Claimed, None));
    assert_eq!(bench.deliver(r#"{"id":2}"#).status, 200);
    assert_eq!(
        bench.deed(),
        json!({"admin": "resume", "hook": "orders", "by": "ops", "because": "mended", "done": true})
    );
}

#[test]
fn a_stop_takes_the_mode_that_is_said_or_that_of_the_hook() {
    for (mode, told) in [
        ("hold", held("waiting")),
        ("reject", stopped(StopMode::Reject, None)),
        ("drop", stopped(StopMode::Drop, None)),
        ("gone", stopped(StopMode::Gone, None)),
    ] {
        let bench = Bench::new();
        bench.post("stop", &format!(r#"{{"hook":"orders","mode":"{mode}","because":"x"}}"#));
        assert_eq!(claim(&bench, "orders"), told);
        assert_eq!(switch(&bench, "stop:orders"), Some(json!({"mode": mode, "reason": "x"})));
    }
    let bench = Bench::new();
    bench.post("stop", r#"{"because":"x"}"#);
    assert_eq!(switch(&bench, "stop"), Some(json!({"reason": "x"})), "each hook its own");
    assert_eq!(claim(&bench, "posts"), stopped(StopMode::Drop, None));
    for object in ["orders", "watch", "old", "broken"] {
        assert_eq!(claim(&bench, object), stopped(StopMode::Reject, None), "{object}");
    }
}

#[test]
fn everything_is_stopped_and_resumed_whatever_the_state_of_a_hook() {
    let bench = Bench::new();
    let done = json!({"done": true, "hook": null, "mode": "drop"});
    assert_eq!(bench.post("stop", r#"{"mode":"drop","because":"x"}"#), (200, done));
    for object in ALL {
        assert_eq!(claim(&bench, object), stopped(StopMode::Drop, None), "{object}");
    }
    assert_eq!(bench.deliver(r#"{"id":1}"#).body.lines().count(), 1);
    assert_eq!(bench.world.origin.sent(), []);
    assert_eq!(bench.post("resume", "{}"), (200, json!({"done": true, "hook": null, "still_stopped": []})));
    for object in ALL {
        assert_eq!(claim(&bench, object), Answer::Claimed, "{object}");
    }
    assert_eq!(bench.world.switches.values().len(), 0);
    assert_eq!(bench.deed(), json!({"admin": "resume", "hook": null, "done": true}));
    for hook in ["old", "broken"] {
        let done = json!({"done": true, "hook": hook});
        assert_eq!(bench.post("stop", &format!(r#"{{"hook":"{hook}","because":"x"}}"#)), (200, done));
        assert_eq!(claim(&bench, hook), stopped(StopMode::Reject, None));
        assert_eq!(bench.post("resume", &format!(r#"{{"hook":"{hook}"}}"#)).0, 200);
        assert_eq!(claim(&bench, hook), Answer::Claimed);
    }
}

#[test]
fn a_hook_that_was_stopped_by_itself_stays_stopped_when_everything_is_resumed() {
    let bench = Bench::new();
    bench.post("stop", r#"{"hook":"orders","mode":"gone","because":"own","by":"ops","until":"2026-11-21T22:00:00Z"}"#);
    bench.world.switches.put("stop:posts", "in plain text");
    bench.world.switches.put("stop:watch", r#"{"mode":"gone","until":"2026-11-21T20:59:59Z"}"#);
    bench.world.switches.put("stop:old", r#"{"mode":"#);
    bench.post("stop", r#"{"because":"all"}"#);
    let (status, answer) = bench.post("resume", "{}");
    // The rest is for the switches to say: the ledger would not hear of their end.
    let until_kv_tells = Some(START + 300_000);
    assert_eq!((status, &answer["still_stopped"]), (200, &json!(["orders", "posts", "old"])));
    assert_eq!(claim(&bench, "orders"), stopped(StopMode::Gone, until_kv_tells));
    assert_eq!(claim(&bench, "posts"), stopped(StopMode::Drop, until_kv_tells));
    assert_eq!(claim(&bench, "watch"), Answer::Claimed, "its own stop is over");
    assert_eq!(claim(&bench, "old"), stopped(StopMode::Reject, until_kv_tells), "what cannot be understood stops");
    let stop = bench.objects.report(&bench.world, "orders", Call::Status)["stop"].clone();
    assert_eq!((&stop["reason"], &stop["by"]), (&json!("own"), &json!("ops")));
    let stop = bench.objects.report(&bench.world, "posts", Call::Status)["stop"].clone();
    assert_eq!(stop["reason"], "in plain text");
}

#[test]
fn a_hook_that_is_resumed_while_everything_is_stopped_stays_stopped() {
    let bench = Bench::new();
    bench.post("stop", r#"{"mode":"drop","because":"all"}"#);
    bench.post("stop", r#"{"hook":"orders","mode":"gone","because":"own"}"#);
    assert_eq!(claim(&bench, "orders"), stopped(StopMode::Gone, None));
    let done = json!({"done": true, "hook": "orders", "still_stopped": ["orders"]});
    assert_eq!(bench.post("resume", r#"{"hook":"orders"}"#), (200, done));
    assert_eq!(claim(&bench, "orders"), stopped(StopMode::Drop, Some(START + 300_000)));
    assert_eq!((switch(&bench, "stop:orders"), switch(&bench, "stop").is_some()), (None, true));
}

#[test]
fn the_end_of_a_stop_is_an_instant_to_come() {
    let bench = Bench::new();
    for (until, written) in [
        ("2026-11-21T22:00:00Z", "2026-11-21T22:00:00Z"),
        ("2026-11-21T22:00:00.999Z", "2026-11-21T22:00:00Z"),
        ("2026-11-22T00:30:00+02:30", "2026-11-21T22:00:00Z"),
        ("2026-11-21T15:00:00-07:00", "2026-11-21T22:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(bench.post("stop", &format!(r#"{{"because":"x","until":"{until}"}}"#)).0, 200);
        assert_eq!(switch(&bench, "stop"), Some(json!({"reason": "x", "until": written})));
    }
    bench.post("resume", "{}");
    let over = refusal("bad-request", 400, "until is over already");
    for until in ["2026-11-21T21:00:00Z", "2026-11-21T21:00:00.999Z", "1970-01-01T00:00:00Z"] {
        assert_eq!(bench.refused("stop", &format!(r#"{{"because":"x","until":"{until}"}}"#)), over);
    }
    let wrong = refusal("bad-request", 400, "until must be an instant such as 2027-01-31T08:00:00Z");
    for until in ["tomorrow", "1h", "2026-11-21", "2026-11-21T22:00:00", "1795298400000", "2026-11-21t22:00:00z"] {
        assert_eq!(bench.refused("stop", &format!(r#"{{"because":"x","until":"{until}"}}"#)), wrong);
    }
    assert_eq!((switch(&bench, "stop"), claim(&bench, "orders")), (None, Answer::Claimed));
}

#[test]
fn a_stop_says_why_and_how() {
    let bench = Bench::new();
    for said in ["{}", r#"{"hook":"orders"}"#, r#"{"because":"  "}"#] {
        assert_eq!(bench.refused("stop", said), refusal("bad-request", 400, "because is missing"));
    }
    let mode = "mode must be \"hold\", \"reject\", \"drop\" or \"gone\"";
    for wrong in ["pause", "Hold", "true"] {
        let said = format!(r#"{{"because":"x","mode":"{wrong}"}}"#);
        assert_eq!(bench.refused("stop", &said), refusal("bad-request", 400, mode));
    }
    for path in ["stop", "resume"] {
        let refused = bench.refused(path, r#"{"because":"x","hook":"nothing"}"#);
        assert_eq!(refused, refusal("unknown-hook", 404, "no hook has this id"));
    }
    assert_eq!((bench.world.operations(), bench.objects.asked().len()), (0, 0));
}

#[test]
fn a_stop_that_reached_one_store_says_which() {
    let bench = Bench::new();
    bench.world.switches.fail_writes(true);
    let message = "the switch was not set, so that hooks which are not strict run on; the ledger was told; stop again";
    let stop = r#"{"hook":"orders","mode":"reject","because":"x"}"#;
    assert_eq!(bench.refused("stop", stop), refusal("store-unreachable", 503, message));
    assert_eq!(claim(&bench, "orders"), stopped(StopMode::Reject, None));
    let deed = bench.deed();
    assert_eq!((&deed["done"], &deed["error"]), (&json!(false), &json!("store-unreachable")));

    bench.world.switches.fail_writes(false);
    bench.objects.silence("posts", true);
    let message = "the switch is set; 4 of 5 parts of the ledger were told, and not: posts; stop again";
    assert_eq!(bench.refused("stop", r#"{"because":"x"}"#), refusal("store-unreachable", 503, message));
    assert!(switch(&bench, "stop").is_some());
    assert_eq!(claim(&bench, "watch"), stopped(StopMode::Reject, None));

    bench.objects.silence("posts", false);
    bench.objects.lose(Some("stop"));
    let message = "the switch is set; 0 of 1 parts of the ledger were told, and not: orders; stop again";
    assert_eq!(bench.refused("stop", stop), refusal("store-unreachable", 503, message), "whether it was is unknown");
}

#[test]
fn a_resumption_that_reached_one_store_says_which_and_what_it_left_is_stopped() {
    let bench = Bench::new();
    bench.post("stop", r#"{"mode":"reject","because":"x"}"#);
    bench.world.switches.fail_writes(true);
    let message = "nothing was resumed: the switch could not be taken away";
    assert_eq!(bench.refused("resume", "{}"), refusal("store-unreachable", 503, message));
    assert_eq!(claim(&bench, "orders"), stopped(StopMode::Reject, None));

    bench.world.switches.fail_writes(false);
    bench.objects.silence("posts", true);
    let message = "the switch is taken away; 4 of 5 parts of the ledger were told, and not: posts; resume again";
    assert_eq!(bench.refused("resume", "{}"), refusal("store-unreachable", 503, message));
    assert_eq!((claim(&bench, "orders"), claim(&bench, "posts")), (Answer::Claimed, stopped(StopMode::Reject, None)));

    bench.world.switches.fail_reads(true);
    let message =
        "the switch is taken away; the ledger was told; what else stops these could not be read: posts; resume again";
    assert_eq!(bench.refused("resume", r#"{"hook":"posts"}"#), refusal("store-unreachable", 503, message));
    assert_eq!(claim(&bench, "posts"), stopped(StopMode::Reject, None));
}

#[test]
fn another_isolate_follows_when_its_reading_is_old() {
    let bench = Bench::new();
    let other = Gateway::new(&environment().secret("ADMIN_TOKEN", TOKEN), &bench.world);
    let deliver = |id: u32| {
        let body = format!("{{\"id\":{id}}}");
        let request = Inbound::post("/wa-hook/orders").json(body).sha256("X-Signature", "", super::SENDER);
        bench.world.deliver(&other, &request).status
    };
    assert_eq!(deliver(1), 200);
    bench.reply(&post("stop", r#"{"because":"x"}"#));
    assert_eq!(deliver(2), 200, "KV reaches it later");
    bench.world.set_now(START + 10_000);
    assert_eq!(deliver(3), 503);
}

#[test]
fn every_part_of_a_strict_hook_is_stopped_at_once_in_its_own_mode() {
    let bench = Bench::sound(&with_bank());
    for said in [r#"{"hook":"bank","because":"x"}"#, r#"{"because":"x"}"#] {
        assert_eq!(bench.post("stop", said).0, 200);
        for part in ["bank/0", "bank/1", "bank/2"] {
            assert_eq!(claim(&bench, part), held("waiting"), "what is kept is held");
        }
    }
    bench.objects.silence("bank/1", true);
    let message = "the switch is set; 2 of 3 parts of the ledger were told, and not: bank/1; stop again";
    let refused = bench.refused("stop", r#"{"hook":"bank","mode":"reject","because":"x"}"#);
    assert_eq!(refused, refusal("store-unreachable", 503, message));
    assert_eq!(claim(&bench, "bank/0"), stopped(StopMode::Reject, None));
    assert_eq!(claim(&bench, "bank/1"), held("waiting"));
}
