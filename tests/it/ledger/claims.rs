//! Exactly one forwards a delivery, and after a success nobody.

use hookgate::ledger::{Answer, Call, Cause, Fact, Fault, MAX_HELD, Settled, Stop, StopMode, object};

use super::{HOUR, KEEP, LEASE, ONCE, Object, REPLY, WINDOW, held, key};

const FAILED: Fact = Fact::Failed { retry_after: 0 };

#[test]
fn of_many_claims_one_wins_and_the_others_are_told_when_to_come_back() {
    let mut object = Object::new();
    assert_eq!(object.claim(&key(1), "a", REPLY), Answer::Claimed);
    for token in ["b", "c", "d"] {
        assert_eq!(object.claim(&key(1), token, REPLY), Answer::InFlight { retry_after: 5 });
    }
    object.now += LEASE - 1_500;
    assert_eq!(object.claim(&key(1), "b", REPLY), Answer::InFlight { retry_after: 2 });
    assert_eq!(object.claim(&key(2), "e", REPLY), Answer::Claimed, "another delivery is another matter");
}

#[test]
fn a_claim_that_is_asked_for_again_with_its_token_is_the_same_claim() {
    let mut object = Object::new();
    assert_eq!(object.claim(&key(1), "a", REPLY), Answer::Claimed);
    assert_eq!(object.written(|object| object.claim(&key(1), "a", REPLY)), (0, Answer::Claimed));
}

#[test]
fn a_repeat_is_told_how_and_when_the_first_ended_until_the_window_is_over() {
    let mut object = Object::new();
    object.claim(&key(1), "a", REPLY);
    object.now += 300;
    let at = object.now;
    assert_eq!(object.end(&key(1), "a", Fact::Delivered), Answer::Settled);
    let duplicate = Answer::Duplicate { how: Settled::Delivered, at };
    object.now += WINDOW - 1;
    assert_eq!(object.claim(&key(1), "b", REPLY), duplicate);
    object.now += 1;
    assert_eq!(object.claim(&key(1), "c", REPLY), Answer::Claimed);
}

#[test]
fn an_end_that_is_told_twice_is_told_once() {
    let mut object = Object::new();
    object.claim(&key(1), "a", REPLY);
    object.end(&key(1), "a", Fact::Delivered);
    assert_eq!(object.written(|object| object.end(&key(1), "a", Fact::Delivered)), (0, Answer::Settled));
}

#[test]
fn a_failure_is_not_remembered_so_that_the_retry_is_processed() {
    for fact in [FAILED, Fact::Unknown, Fact::Refused] {
        let mut object = Object::new();
        object.claim(&key(1), "a", REPLY);
        assert_eq!(object.end(&key(1), "a", fact), Answer::Forgotten);
        assert_eq!(object.claim(&key(1), "b", REPLY), Answer::Claimed);
    }
}

#[test]
fn a_claim_that_nobody_ends_is_taken_over_after_its_lease_and_not_before() {
    let mut object = Object::new();
    object.claim(&key(1), "a", REPLY);
    object.now += LEASE - 1;
    assert_eq!(object.claim(&key(1), "b", REPLY), Answer::InFlight { retry_after: 1 });
    object.now += 1;
    assert_eq!(object.claim(&key(1), "b", REPLY), Answer::Claimed);
    assert_eq!(object.claim(&key(1), "c", REPLY), Answer::InFlight { retry_after: 5 });
}

#[test]
fn a_late_loser_releases_nobody_elses_claim() {
    let mut object = Object::new();
    object.claim(&key(1), "a", REPLY);
    object.now += LEASE;
    object.claim(&key(1), "b", REPLY);
    for fact in [FAILED, Fact::Unknown, Fact::Refused] {
        assert_eq!(object.end(&key(1), "a", fact), Answer::Lost);
        assert_eq!(object.claim(&key(1), "c", REPLY), Answer::InFlight { retry_after: 5 });
    }
    assert_eq!(object.end(&key(1), "b", Fact::Delivered), Answer::Settled);
    assert_eq!(object.end(&key(1), "a", FAILED), Answer::Lost);
    assert_eq!(object.state(&key(1)).as_deref(), Some("delivered"));
}

#[test]
fn what_the_origin_accepted_is_delivered_however_late_it_is_told() {
    let mut object = Object::new();
    // Taken over and under way.
    object.claim(&key(1), "a", REPLY);
    object.now += LEASE;
    object.claim(&key(1), "b", REPLY);
    assert_eq!(object.end(&key(1), "a", Fact::Delivered), Answer::Settled);
    assert_eq!(object.end(&key(1), "b", FAILED), Answer::Lost);
    // Taken over and failed.
    object.claim(&key(2), "a", REPLY);
    object.now += LEASE;
    object.claim(&key(2), "b", REPLY);
    object.end(&key(2), "b", FAILED);
    assert_eq!(object.end(&key(2), "a", Fact::Delivered), Answer::Settled);
    // Held meanwhile.
    object.claim(&key(3), "a", ONCE);
    object.now += LEASE;
    assert_eq!(object.claim(&key(3), "b", ONCE), held("uncertain"));
    assert_eq!(object.end(&key(3), "a", Fact::Delivered), Answer::Settled);
    for number in 1..=3 {
        let repeat = object.claim(&key(number), "z", REPLY);
        assert!(matches!(repeat, Answer::Duplicate { .. }), "{number}: {repeat:?}");
    }
    assert_eq!(object.report(Call::Held { after: 0 }), serde_json::json!([]));
}

#[test]
fn what_was_interrupted_on_the_way_to_an_origin_without_keys_is_never_forwarded_again() {
    let mut object = Object::new();
    object.claim(&key(1), "a", ONCE);
    object.now += LEASE;
    assert_eq!(object.claim(&key(1), "b", ONCE), held("uncertain"));
    assert_eq!(object.claim(&key(1), "c", ONCE), held("uncertain"));
    object.now += 30 * 24 * HOUR;
    assert_eq!(object.due_key("d"), None);
    assert_eq!(object.claim(&key(1), "c", ONCE), held("uncertain"));
}

#[test]
fn silence_of_an_origin_without_keys_waits_for_an_operator_and_a_clear_no_for_the_sender() {
    let mut object = Object::new();
    object.claim(&key(1), "a", ONCE);
    assert_eq!(object.end(&key(1), "a", Fact::Unknown), held("uncertain"));
    assert_eq!(object.claim(&key(1), "b", ONCE), held("uncertain"));
    object.claim(&key(2), "a", ONCE);
    assert_eq!(object.end(&key(2), "a", FAILED), Answer::Forgotten);
    assert_eq!(object.claim(&key(2), "b", ONCE), Answer::Claimed);
}

#[test]
fn a_stop_is_seen_by_the_next_claim_and_lets_repeats_be_told() {
    let mut object = Object::new();
    object.claim(&key(1), "a", REPLY);
    object.end(&key(1), "a", Fact::Delivered);
    for mode in [StopMode::Reject, StopMode::Drop, StopMode::Gone] {
        let until = Some(object.now + 90_500);
        object.ask(Call::Stop(Stop { mode, reason: Some("doubled orders"), by: Some("ops"), until }));
        assert_eq!(object.claim(&key(2), "b", REPLY), Answer::Stopped { mode, until, retry_after: Some(91) });
        assert!(matches!(object.claim(&key(1), "b", REPLY), Answer::Duplicate { .. }));
    }
    assert_eq!(object.ask(Call::Resume), Answer::Done);
    assert_eq!(object.claim(&key(2), "b", REPLY), Answer::Claimed);
}

#[test]
fn a_stop_ends_at_its_time() {
    let mut object = Object::new();
    let until = Some(object.now + 1_000);
    object.ask(Call::Stop(Stop { mode: StopMode::Gone, reason: None, by: None, until }));
    object.now += 999;
    assert_eq!(
        object.claim(&key(1), "a", REPLY),
        Answer::Stopped { mode: StopMode::Gone, until, retry_after: Some(1) }
    );
    object.now += 1;
    assert_eq!(object.claim(&key(1), "a", REPLY), Answer::Claimed);
}

#[test]
fn after_five_failures_in_a_row_one_delivery_at_a_time_asks_the_origin() {
    let mut object = Object::new();
    object.random.set(10_000);
    for number in 0..5 {
        assert_eq!(object.claim(&key(number), "a", REPLY), Answer::Claimed);
        object.end(&key(number), "a", FAILED);
    }
    // The fifth opened it, and ten seconds are the jitter's.
    assert_eq!(object.claim(&key(9), "b", REPLY), Answer::Busy { retry_after: 10 });
    object.now += 10_000;
    assert_eq!(object.claim(&key(9), "b", REPLY), Answer::Claimed);
    assert_eq!(object.claim(&key(8), "c", REPLY), Answer::Busy { retry_after: 20 }, "the probe is under way");
    assert_eq!(object.claim(&key(7), "d", KEEP), held("waiting"));
    assert_eq!(object.due_key("e"), None);
    object.end(&key(9), "b", Fact::Delivered);
    assert_eq!(object.claim(&key(8), "c", REPLY), Answer::Claimed);
    assert_eq!(object.due_key("e"), Some(key(7)));
}

#[test]
fn a_probe_that_nobody_ends_makes_way_for_the_next() {
    let mut object = Object::new();
    for number in 0..5 {
        object.claim(&key(number), "a", REPLY);
        object.end(&key(number), "a", Fact::Unknown);
    }
    assert_eq!(object.claim(&key(9), "b", REPLY), Answer::Claimed);
    object.now += LEASE - 1;
    assert_eq!(object.claim(&key(8), "c", REPLY), Answer::Busy { retry_after: 1 });
    object.now += 1;
    assert_eq!(object.claim(&key(8), "c", REPLY), Answer::Claimed);
}

#[test]
fn the_circuit_asks_no_earlier_than_the_origin_wants_and_a_refusal_closes_it() {
    let mut object = Object::new();
    for number in 0..5 {
        object.claim(&key(number), "a", REPLY);
        object.end(&key(number), "a", Fact::Failed { retry_after: 60_000 });
    }
    assert_eq!(object.claim(&key(9), "b", REPLY), Answer::Busy { retry_after: 60 });
    object.now += 60_000;
    object.claim(&key(9), "b", REPLY);
    object.end(&key(9), "b", Fact::Refused);
    for number in 10..20 {
        assert_eq!(object.claim(&key(number), "c", REPLY), Answer::Claimed);
    }
}

#[test]
fn without_room_a_delivery_is_refused_and_the_sender_promised_nothing() {
    let mut object = Object::new();
    object.ask(Call::Stop(Stop { mode: StopMode::Hold, reason: None, by: None, until: None }));
    for number in 0..MAX_HELD {
        assert_eq!(object.claim(&key(number), "a", REPLY), held("waiting"));
    }
    assert_eq!(object.claim(&key(MAX_HELD), "a", REPLY), Answer::Full);
    assert_eq!(object.keep(&key(MAX_HELD), KEEP, Cause::Forward(FAILED)), Answer::Full);
    assert_eq!(object.state(&key(MAX_HELD)), None);
    object.ask(Call::Forget { reference: &key(500), entry: None });
    assert_eq!(object.claim(&key(MAX_HELD), "a", REPLY), held("waiting"));
    assert_eq!(object.claim(&key(MAX_HELD + 1), "a", REPLY), Answer::Full);
}

#[test]
fn a_database_that_fails_half_way_leaves_nothing_of_the_call() {
    let mut object = Object::new();
    object.claim(&key(1), "a", KEEP);
    let call =
        Call::End { key: &key(1), token: "a", fact: FAILED, window: WINDOW, entry: Some(r#"{"outcome":"held"}"#) };
    let dump = |object: &Object| {
        (
            object.state(&key(1)),
            object.number("SELECT count(*) FROM endings"),
            object.number("SELECT count(*) FROM circuit"),
        )
    };
    let before = dump(&object);
    let mut statements = 0;
    loop {
        object.statements_left.set(Some(statements));
        let result = object.raw(&call.to_text());
        object.statements_left.set(None);
        if result.is_ok() {
            break;
        }
        assert_eq!(result, Err(Fault::Sql));
        assert_eq!(dump(&object), before, "after {statements} statements");
        statements += 1;
    }
    assert!(statements > 4, "{statements}");
    assert_eq!(dump(&object), (Some("waiting".into()), 1, 1));
}

#[test]
fn a_hook_has_one_object_or_as_many_as_it_says() {
    assert_eq!(object("shop", &key(1), 1), "shop");
    assert_eq!(object("shop", &key(1), 0), "shop");
    let first = |digits: &str| format!("{digits}{}", "0".repeat(62));
    assert_eq!(object("shop", &first("00"), 4), "shop/0");
    assert_eq!(object("shop", &first("07"), 4), "shop/3");
    assert_eq!(object("shop", &first("ff"), 255), "shop/0");
}
