//! What an operator sees and does.

use hookgate::ledger::{Answer, Call, Cause, Fact, Settled, Stop, StopMode};
use serde_json::json;

use super::{HOUR, KEEP, LEASE, ONCE, Object, REPLY, WINDOW, held, key};

const FAILED: Fact = Fact::Failed { retry_after: 0 };

fn release(reference: &str) -> Call<'_> {
    Call::Release { reference, entry: None }
}

fn resolve(reference: &str, how: Settled) -> Call<'_> {
    Call::Resolve { reference, how, window: WINDOW, entry: None }
}

fn forget(reference: &str) -> Call<'_> {
    Call::Forget { reference, entry: None }
}

#[test]
fn status_tells_of_stop_circuit_and_held_deliveries() {
    let mut object = Object::new();
    assert_eq!(object.report(Call::Status), json!({"stop": null, "failures": null, "held": [], "last": null}));
    let start = object.now;
    object.keep(&key(1), ONCE, Cause::Forward(Fact::Unknown));
    object.now += 5;
    object.keep(&key(2), KEEP, Cause::Forward(FAILED));
    object.keep(&key(3), KEEP, Cause::Forward(FAILED));
    let stop = Stop { mode: StopMode::Reject, reason: Some("say \"no\""), by: Some("ops"), until: Some(start + HOUR) };
    object.ask(Call::Stop(stop));
    object.ask(Call::Note { entry: r#"{"outcome":"held","auth":["STRIPE_SECRET"]}"# });
    assert_eq!(
        object.report(Call::Status),
        json!({
            "stop": {"mode": "reject", "reason": "say \"no\"", "by": "ops", "until": start + HOUR, "at": start + 5},
            "failures": 3,
            "held": [{"state": "uncertain", "count": 1, "oldest": start}, {"state": "waiting", "count": 2, "oldest": start + 5}],
            "last": {
                "at": start + 5, "entry": {"outcome": "held", "auth": ["STRIPE_SECRET"]}, "delivered": 0, "duplicate": 0,
                "held": 1, "uncertain": 0, "rejected": 0, "failed": 0, "other": 0,
            },
        })
    );
}

#[test]
fn held_deliveries_are_listed_in_order_of_arrival_a_hundred_at_a_time() {
    let mut object = Object::new();
    for number in 0..150 {
        object.keep(&key(number), KEEP, Cause::Stop);
    }
    let first = object.report(Call::Held { after: 0 });
    let keys = |page: &serde_json::Value| -> Vec<String> {
        page.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&first), (0..100).map(key).collect::<Vec<_>>());
    assert_eq!(
        first[0],
        json!({"place": 1, "key": key(0), "state": "waiting", "until": object.now, "why": "stop", "attempts": 0, "arrived": object.now, "since": null})
    );
    let rest = object.report(Call::Held { after: first[99]["place"].as_u64().unwrap() });
    assert_eq!(keys(&rest), (100..150).map(key).collect::<Vec<_>>());
}

#[test]
fn a_delivery_is_shown_by_its_reference() {
    let mut object = Object::new();
    let start = object.now;
    object.ask(Call::Keep {
        key: &key(1),
        payload: "{\"fields\":{\"note\":\"a \\\"b\\\"\"}}",
        terms: ONCE,
        cause: Cause::Forward(Fact::Unknown),
        entry: None,
    });
    let shown = json!({
        "key": key(1), "state": "uncertain", "at": start, "until": null, "why": "failure", "attempts": 1,
        "arrived": start, "since": null,
        "payload": "{\"fields\":{\"note\":\"a \\\"b\\\"\"}}",
    });
    for length in [8, 16, 64] {
        assert_eq!(object.report(Call::Show { reference: &key(1)[..length] }), shown);
    }
    object.claim(&key(2), "a", REPLY);
    object.end(&key(2), "a", Fact::Delivered);
    assert_eq!(
        object.report(Call::Show { reference: &key(2)[..16] }),
        json!({
            "key": key(2), "state": "delivered", "at": start, "until": start + WINDOW, "why": null, "attempts": null,
            "arrived": null, "since": null, "payload": null,
        })
    );
    assert_eq!(object.ask(Call::Show { reference: "ffffffffff" }), Answer::Unknown);
    for last in ["a", "b"] {
        object.claim(&format!("{}{last}", "0".repeat(63)), "a", REPLY);
    }
    assert_eq!(object.ask(Call::Show { reference: "00000000" }), Answer::Ambiguous);
    assert_eq!(object.ask(forget("00000000")), Answer::Ambiguous);
}

#[test]
fn an_operator_releases_what_is_uncertain_given_up_waiting_or_stopped() {
    let mut object = Object::new();
    object.keep(&key(1), ONCE, Cause::Forward(Fact::Unknown));
    object.keep(&key(2), KEEP, Cause::Forward(Fact::Refused));
    object.keep(&key(3), KEEP, Cause::Forward(Fact::Failed { retry_after: HOUR }));
    object.ask(Call::Stop(Stop { mode: StopMode::Hold, reason: None, by: None, until: None }));
    object.claim(&key(4), "a", REPLY);
    for number in [4, 2, 1, 3] {
        assert_eq!(object.due_key("b"), None);
        assert_eq!(object.ask(release(&key(number)[..16])), Answer::Done);
        assert_eq!(object.due_key("b"), Some(key(number)));
        assert_eq!(object.end(&key(number), "b", Fact::Delivered), Answer::Settled);
    }
}

#[test]
fn a_release_is_good_for_one_attempt() {
    let mut object = Object::new();
    object.ask(Call::Stop(Stop { mode: StopMode::Hold, reason: None, by: None, until: None }));
    for (number, terms) in [(1, REPLY), (2, ONCE)] {
        object.claim(&key(number), "a", terms);
        object.ask(release(&key(number)));
        assert_eq!(object.due_key("b"), Some(key(number)));
        object.end(&key(number), "b", Fact::Unknown);
        assert_eq!(object.due("b"), Answer::Idle { next: None }, "the stop is as it was");
    }
    assert_eq!(object.state(&key(1)).as_deref(), Some("waiting"));
    assert_eq!(object.state(&key(2)).as_deref(), Some("uncertain"));
}

#[test]
fn releasing_all_spares_what_is_uncertain() {
    let mut object = Object::new();
    object.keep(&key(1), ONCE, Cause::Forward(Fact::Unknown));
    object.keep(&key(2), KEEP, Cause::Forward(Fact::Refused));
    for number in 3..9 {
        object.keep(&key(number), KEEP, Cause::Forward(Fact::Failed { retry_after: HOUR }));
    }
    assert_eq!(object.ask(Call::ReleaseAll { entry: Some(r#"{"outcome":"released"}"#) }), Answer::Done);
    for number in 2..9 {
        assert_eq!(object.due_key("a"), Some(key(number)));
        object.end(&key(number), "a", Fact::Delivered);
    }
    assert_eq!(object.due("a"), Answer::Idle { next: None });
    assert_eq!(object.state(&key(1)).as_deref(), Some("uncertain"));
    assert_eq!(object.report(Call::Deliveries)[0]["entry"]["outcome"], "released");
}

#[test]
fn an_operator_says_what_became_of_a_delivery() {
    let mut object = Object::new();
    for (number, how) in [(1, Settled::Delivered), (2, Settled::Abandoned)] {
        object.keep(&key(number), ONCE, Cause::Forward(Fact::Unknown));
        assert_eq!(object.ask(resolve(&key(number)[..8], how)), Answer::Done);
        assert_eq!(object.claim(&key(number), "a", ONCE), Answer::Duplicate { how, at: object.now });
        assert_eq!(object.ask(resolve(&key(number), how)), Answer::Unknown, "there is nothing left to resolve");
    }
    assert_eq!(object.number("SELECT count(payload) FROM deliveries"), 0, "the payload is gone");
}

#[test]
fn an_operator_lets_a_delivery_come_again() {
    let mut object = Object::new();
    object.claim(&key(1), "a", REPLY);
    object.end(&key(1), "a", Fact::Delivered);
    assert_eq!(object.ask(forget(&key(1)[..16])), Answer::Done);
    assert_eq!(object.claim(&key(1), "b", REPLY), Answer::Claimed);
    assert_eq!(object.ask(forget(&key(1)[..16])), Answer::InFlight { retry_after: 20 });
    object.now += LEASE;
    assert_eq!(object.ask(forget(&key(1)[..16])), Answer::Done);
    assert_eq!(object.ask(forget(&key(1)[..16])), Answer::Unknown);
}

#[test]
fn nothing_is_done_to_a_delivery_that_somebody_forwards() {
    let mut object = Object::new();
    object.claim(&key(1), "a", ONCE);
    for call in [release(&key(1)), resolve(&key(1), Settled::Abandoned), forget(&key(1))] {
        assert_eq!(object.ask(call), Answer::InFlight { retry_after: 20 });
    }
    object.now += LEASE;
    assert_eq!(object.ask(release(&key(1))), Answer::Done, "its end was never told: it was uncertain");
    assert_eq!(object.due_key("b"), Some(key(1)));
    assert_eq!(object.claim(&key(1), "c", ONCE), held("in-flight"));
}
