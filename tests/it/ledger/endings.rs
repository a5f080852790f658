//! What a hook's last endings were, and what all of this costs.

use hookgate::ledger::{Answer, Call, Cause, Fact, Stop, StopMode};
use serde_json::json;

use super::{HOUR, KEEP, ONCE, Object, REPLY, WINDOW, held, key};

fn note(object: &mut Object, outcome: &str, number: u64) {
    let entry = format!("{{\"outcome\":\"{outcome}\",\"ms\":{number}}}");
    assert_eq!(object.ask(Call::Note { entry: &entry }), Answer::Done);
}

#[test]
fn the_last_hundred_endings_are_kept_and_all_are_counted() {
    let mut object = Object::new();
    assert_eq!(object.report(Call::Deliveries), json!([]));
    let outcomes = ["delivered", "failed", "delivered", "rejected", "held", "uncertain", "duplicate", "dropped"];
    for number in 0..250 {
        note(&mut object, outcomes[number as usize % 8], number);
        object.now += 1;
    }
    let endings = object.report(Call::Deliveries);
    let endings = endings.as_array().unwrap();
    assert_eq!(endings.len(), 100);
    assert_eq!(endings[0]["entry"], json!({"outcome": "failed", "ms": 249}));
    assert_eq!(endings[99]["entry"]["ms"], 150);
    assert_eq!(endings[0]["at"], object.now - 1);
    let last = &object.report(Call::Status)["last"];
    let counts = ["delivered", "duplicate", "held", "uncertain", "rejected", "failed", "other"].map(|name| &last[name]);
    assert_eq!(counts.map(|count| count.as_u64().unwrap()), [63, 31, 31, 31, 31, 32, 31]);
}

#[test]
fn what_is_no_audit_entry_is_not_kept() {
    let mut object = Object::new();
    for entry in ["delivered", "[1]", "{", "{}", r#"{"outcome":""}"#, r#"{"outcome":"held"} x"#] {
        object.ask(Call::Note { entry });
        assert_eq!(object.report(Call::Deliveries), json!([]), "{entry}");
    }
}

#[test]
fn the_rows_that_each_operation_writes() {
    let mut object = Object::new();
    let note = r#"{"outcome":"delivered","auth":["A"]}"#;
    let entry = Some(note);
    let end = |key, fact, entry| Call::End { key, token: "a", fact, window: WINDOW, entry };
    let [one, two, three, four, five] = [1, 2, 3, 4, 5].map(key);
    let rows = |object: &mut Object, call: Call<'_>| object.written(|object| object.ask(call)).0;
    let claim = |key, terms| Call::Claim { key, token: "a", lease: 20_000, payload: "{}", terms };

    assert_eq!(rows(&mut object, claim(&one, REPLY)), 1, "a claim");
    assert_eq!(rows(&mut object, claim(&one, REPLY)), 0, "the same again");
    assert_eq!(rows(&mut object, end(&one, Fact::Delivered, entry)), 2, "its end, audited");
    assert_eq!(rows(&mut object, claim(&one, REPLY)), 0, "a repeat");
    assert_eq!(rows(&mut object, claim(&two, KEEP)), 1, "a claim with its payload");
    assert_eq!(rows(&mut object, end(&two, Fact::Delivered, None)), 1, "its end");
    for slot in 0..100 {
        assert_eq!(rows(&mut object, Call::Note { entry: note }), 1, "ending {slot}");
    }
    rows(&mut object, claim(&three, KEEP));
    assert_eq!(rows(&mut object, end(&three, Fact::Unknown, None)), 2, "a failure, and the circuit learns of it");
    assert_eq!(
        rows(&mut object, Call::Due { token: "a", lease: 20_000, repeatable: true, until: None }),
        1,
        "it leaves"
    );
    assert_eq!(rows(&mut object, end(&three, Fact::Delivered, None)), 2, "it is delivered, and the circuit closes");
    assert_eq!(rows(&mut object, Call::Stop(Stop { mode: StopMode::Hold, reason: None, by: None, until: None })), 1);
    assert_eq!(rows(&mut object, claim(&four, REPLY)), 1, "held at once");
    assert_eq!(rows(&mut object, claim(&four, REPLY)), 0, "and again");
    assert_eq!(rows(&mut object, Call::Resume), 1);
    assert_eq!(rows(&mut object, Call::Due { token: "b", lease: 20_000, repeatable: true, until: None }), 1);
    object.keep(&five, ONCE, Cause::Forward(Fact::Unknown));
    for reading in [Call::Status, Call::Deliveries, Call::Held { after: 0 }, Call::Show { reference: &five }] {
        assert_eq!(rows(&mut object, reading), 0);
    }
    object.now += WINDOW + HOUR;
    assert_eq!(rows(&mut object, Call::Sweep { after: None }), 3, "a sweep, for each of three that are over");
    assert_eq!(object.claim(&five, "z", ONCE), held("uncertain"));
}
