//! Held deliveries leave in order, one at a time, and none is lost or doubled on the way.

use hookgate::ledger::{Answer, Call, Cause, Fact, Stop, StopMode, Terms};

use super::{HOUR, KEEP, LEASE, MINUTE, ONCE, Object, REPLY, WINDOW, held, key};

const FAILED: Fact = Fact::Failed { retry_after: 0 };
const HOLD: Call<'_> = Call::Stop(Stop { mode: StopMode::Hold, reason: None, by: None, until: None });

fn idle(next: u64) -> Answer {
    Answer::Idle { next: Some(next) }
}

/// Everything that leaves, each delivered before the next.
fn drain(object: &mut Object) -> Vec<String> {
    let mut left = Vec::new();
    while let Some(key) = object.due_key("drain") {
        assert_eq!(object.end(&key, "drain", Fact::Delivered), Answer::Settled);
        left.push(key);
    }
    left
}

#[test]
fn a_stop_holds_every_delivery_and_resuming_lets_them_go_in_order_of_arrival() {
    for terms in [REPLY, KEEP, ONCE] {
        let mut object = Object::new();
        object.ask(HOLD);
        for number in 0..50 {
            assert_eq!(object.claim(&key(number), "a", terms), held("waiting"));
            object.now += 7;
        }
        assert_eq!(object.claim(&key(3), "b", terms), held("waiting"), "again");
        assert_eq!(object.due("c"), Answer::Idle { next: None });
        assert_eq!(object.wake, None, "nobody is woken for nothing");
        object.ask(Call::Resume);
        assert_eq!(object.wake, Some(object.now), "the alarm is set");
        assert_eq!(drain(&mut object), (0..50).map(key).collect::<Vec<_>>());
        assert!(matches!(object.claim(&key(3), "b", terms), Answer::Duplicate { .. }));
    }
}

#[test]
fn a_stop_with_an_end_lets_them_go_at_that_time() {
    let mut object = Object::new();
    let until = object.now + HOUR;
    object.ask(Call::Stop(Stop { mode: StopMode::Hold, reason: None, by: None, until: Some(until) }));
    assert_eq!(object.wake, Some(until));
    object.claim(&key(1), "a", REPLY);
    assert_eq!(object.due("b"), idle(until));
    object.now = until;
    assert_eq!(object.due_key("b"), Some(key(1)));
}

#[test]
fn what_comes_after_a_stop_does_not_queue_behind_what_it_held() {
    let mut object = Object::new();
    object.ask(HOLD);
    for number in 1..3 {
        object.claim(&key(number), "a", REPLY);
    }
    object.ask(Call::Resume);
    assert_eq!(object.due_key("b"), Some(key(1)));
    assert_eq!(object.claim(&key(3), "c", REPLY), Answer::Claimed);
    object.end(&key(3), "c", Fact::Delivered);
    object.end(&key(1), "b", Fact::Delivered);
    assert_eq!(drain(&mut object), [key(2)]);
}

#[test]
fn held_deliveries_leave_one_at_a_time() {
    let mut object = Object::new();
    for number in 0..2 {
        object.keep(&key(number), KEEP, Cause::Forward(FAILED));
    }
    assert_eq!(object.due_key("a"), Some(key(0)));
    assert_eq!(object.due("b"), idle(object.now + LEASE));
    object.end(&key(0), "a", Fact::Delivered);
    assert_eq!(object.due_key("b"), Some(key(1)));
}

#[test]
fn a_release_that_is_interrupted_goes_again_after_its_lease_and_before_those_behind_it() {
    let mut object = Object::new();
    object.ask(HOLD);
    for number in 0..3 {
        object.claim(&key(number), "a", KEEP);
    }
    object.ask(Call::Resume);
    assert_eq!(object.due_key("killed"), Some(key(0)));
    let over = object.now + LEASE;
    assert_eq!(object.due("b"), idle(over));
    object.now = over;
    assert_eq!(object.due_key("b"), Some(key(0)), "the jitter is nothing here");
    assert_eq!(object.end(&key(0), "killed", FAILED), Answer::Lost, "the one that was thought dead");
    object.end(&key(0), "b", Fact::Delivered);
    assert_eq!(drain(&mut object), [key(1), key(2)]);
}

#[test]
fn a_release_that_is_interrupted_on_the_way_to_an_origin_without_keys_waits_for_an_operator() {
    let mut object = Object::new();
    object.ask(HOLD);
    object.claim(&key(0), "a", ONCE);
    object.claim(&key(1), "a", ONCE);
    object.ask(Call::Resume);
    assert_eq!(object.due_key("killed"), Some(key(0)));
    object.now += LEASE;
    assert_eq!(object.due_key("b"), Some(key(1)), "the others go on");
    assert_eq!(object.state(&key(0)).as_deref(), Some("uncertain"));
    object.end(&key(1), "b", Fact::Unknown);
    object.now += 30 * 24 * HOUR;
    assert_eq!(object.due("c"), Answer::Idle { next: None });
    assert_eq!(object.state(&key(1)).as_deref(), Some("uncertain"));
}

#[test]
fn the_wait_doubles_up_to_an_hour_with_full_jitter() {
    let mut object = Object::new();
    // The most that the jitter allows.
    let most = |object: &Object, wait: u64| object.random.set(wait);
    most(&object, 10_000);
    object.keep(&key(1), KEEP, Cause::Forward(FAILED));
    let mut waits = Vec::new();
    for doubled in (1..12).map(|doublings| (10_000_u64 << doublings).min(HOUR)) {
        let Answer::Idle { next: Some(next) } = object.due("a") else { panic!() };
        waits.push((next - object.now) / 1_000);
        object.now = next;
        assert_eq!(object.due_key("a"), Some(key(1)));
        object.random.set(doubled);
        object.end(&key(1), "a", FAILED);
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);
    let mut object = Object::new();
    object.random.set(10_001);
    object.keep(&key(1), KEEP, Cause::Forward(FAILED));
    assert_eq!(object.due_key("a"), Some(key(1)), "the jitter may be nothing at all");
}

#[test]
fn a_delivery_waits_as_long_as_the_origin_asks() {
    let mut object = Object::new();
    object.keep(&key(1), KEEP, Cause::Forward(Fact::Failed { retry_after: 7_200_000 }));
    assert_eq!(object.due("a"), idle(object.now + 2 * HOUR));
}

#[test]
fn a_delivery_is_tried_until_its_time_is_over_and_then_left_to_the_operator() {
    let mut object = Object::new();
    let start = object.now;
    object.keep(&key(1), Terms { repeatable: true, keep: Some(HOUR) }, Cause::Forward(FAILED));
    let mut last = 0;
    loop {
        match object.due("a") {
            Answer::Idle { next: None } => break,
            Answer::Idle { next: Some(next) } => object.now = next,
            _ => {
                last = object.now - start;
                object.random.set(object.now);
                object.end(&key(1), "a", FAILED);
            }
        }
    }
    assert_eq!(object.state(&key(1)).as_deref(), Some("given-up"));
    assert!((HOUR..=HOUR + 5 * MINUTE).contains(&last), "{last}");
    object.now += 30 * 24 * HOUR;
    assert_eq!(object.due("a"), Answer::Idle { next: None });
    assert_eq!(object.claim(&key(1), "b", KEEP), held("given-up"));
}

#[test]
fn an_origin_that_wants_to_be_asked_after_the_time_is_over_is_not_asked() {
    let mut object = Object::new();
    let terms = Terms { repeatable: true, keep: Some(HOUR) };
    assert_eq!(object.keep(&key(1), terms, Cause::Forward(Fact::Failed { retry_after: HOUR + 1 })), held("given-up"));
}

#[test]
fn a_stop_that_lasts_longer_than_deliveries_are_kept_gives_none_up() {
    let mut object = Object::new();
    object.ask(HOLD);
    object.claim(&key(1), "a", KEEP);
    object.now += 200 * HOUR;
    object.ask(Call::Resume);
    assert_eq!(object.due_key("b"), Some(key(1)));
    assert_eq!(object.end(&key(1), "b", FAILED), held("waiting"));
}

#[test]
fn what_a_stop_held_is_tried_for_three_days_even_where_the_sender_would_have_tried_again() {
    let mut object = Object::new();
    object.ask(HOLD);
    object.claim(&key(1), "a", REPLY);
    object.ask(Call::Resume);
    let start = object.now;
    loop {
        match object.due("b") {
            Answer::Due { .. } => {
                object.random.set(object.now + 7);
                object.end(&key(1), "b", FAILED);
            }
            Answer::Idle { next: Some(next) } => object.now = next,
            _ => break,
        }
    }
    assert_eq!(object.state(&key(1)).as_deref(), Some("given-up"));
    assert!((72 * HOUR..=72 * HOUR + 5 * MINUTE).contains(&(object.now - start)), "{}", object.now - start);
}

#[test]
fn of_those_a_stop_held_none_overtakes_a_failing_first_but_it_steps_aside_in_the_end() {
    let mut object = Object::new();
    object.ask(HOLD);
    for number in 0..3 {
        object.claim(&key(number), "a", KEEP);
    }
    object.ask(Call::Resume);
    let start = object.now;
    let mut attempts = 0;
    let next = loop {
        match object.due("b") {
            Answer::Due { key: own, .. } if own == key(0) => {
                attempts += 1;
                object.random.set(u64::MAX / 2);
                object.end(&own, "b", FAILED);
            }
            Answer::Due { key, .. } => break key,
            Answer::Idle { next } => object.now = next.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(next, key(1));
    assert!(attempts > 2, "{attempts}");
    assert!(object.now - start >= 15 * MINUTE, "{}", object.now - start);
    object.end(&key(1), "b", Fact::Delivered);
    assert_eq!(drain(&mut object), [key(0), key(2)], "the origin is well again, so all may go");
}

#[test]
fn what_failed_may_be_overtaken_by_what_has_not() {
    let mut object = Object::new();
    object.random.set(10_000);
    object.claim(&key(0), "a", KEEP);
    assert_eq!(object.end(&key(0), "a", FAILED), held("waiting"));
    assert_eq!(object.claim(&key(1), "b", KEEP), Answer::Claimed);
    assert_eq!(object.end(&key(1), "b", Fact::Refused), Answer::Forgotten);
}

#[test]
fn when_the_origin_is_well_again_nobody_waits_any_longer() {
    let mut object = Object::new();
    object.random.set(3_600_000);
    for number in 0..9 {
        object.keep(&key(number), KEEP, Cause::Forward(Fact::Failed { retry_after: HOUR }));
    }
    let Answer::Idle { next: Some(next) } = object.due("a") else { panic!() };
    assert_eq!(next, object.now + HOUR);
    object.now += MINUTE * 5;
    assert_eq!(object.claim(&key(99), "b", REPLY), Answer::Claimed, "the probe");
    object.now += 10;
    object.end(&key(99), "b", Fact::Delivered);
    assert_eq!(drain(&mut object), (0..9).map(key).collect::<Vec<_>>());
}

#[test]
fn a_refused_delivery_is_left_to_the_operator_and_keeps_nobody() {
    let mut object = Object::new();
    object.ask(HOLD);
    object.claim(&key(0), "a", KEEP);
    object.claim(&key(1), "a", KEEP);
    object.ask(Call::Resume);
    assert_eq!(object.due_key("b"), Some(key(0)));
    assert_eq!(object.end(&key(0), "b", Fact::Refused), held("given-up"));
    assert_eq!(drain(&mut object), [key(1)]);
}

#[test]
fn a_hook_without_claims_keeps_what_failed_once() {
    let mut object = Object::new();
    assert_eq!(object.keep(&key(1), KEEP, Cause::Forward(Fact::Unknown)), held("waiting"));
    assert_eq!(object.keep(&key(1), KEEP, Cause::Forward(Fact::Unknown)), held("waiting"));
    assert_eq!(object.keep(&key(2), ONCE, Cause::Forward(Fact::Unknown)), held("uncertain"));
    assert_eq!(object.number("SELECT count(*) FROM deliveries"), 2);
    assert_eq!(drain(&mut object), [key(1)]);
    assert!(matches!(object.keep(&key(1), KEEP, Cause::Stop), Answer::Duplicate { .. }));
}

#[test]
fn a_switch_elsewhere_can_hold_what_nobody_forwards() {
    let mut object = Object::new();
    assert_eq!(object.keep(&key(1), REPLY, Cause::Stop), held("waiting"));
    assert_eq!(object.keep(&key(2), REPLY, Cause::Stop), held("waiting"));
    assert_eq!(drain(&mut object), [key(1), key(2)]);
}

#[test]
fn a_sweep_forgets_what_is_over_and_finds_what_was_interrupted() {
    let mut object = Object::new();
    object.claim(&key(1), "a", REPLY);
    object.end(&key(1), "a", Fact::Delivered);
    object.now += 10 * HOUR;
    object.claim(&key(2), "a", REPLY);
    object.end(&key(2), "a", Fact::Delivered);
    for (number, terms) in [(3, REPLY), (4, KEEP), (5, ONCE)] {
        object.claim(&key(number), "killed", terms);
    }
    object.claim(&key(6), "a", ONCE);
    object.end(&key(6), "a", Fact::Unknown);
    let sweep = |object: &mut Object| {
        let (mut after, mut parts) = (None, 0);
        while let Answer::Swept { after: Some(next), .. } = object.ask(Call::Sweep { after: after.as_deref() }) {
            (after, parts) = (Some(next), parts + 1);
        }
        parts
    };
    let states = |object: &Object| [1, 2, 3, 4, 5, 6].map(|number| object.state(&key(number)));
    let named = |names: [&str; 6]| names.map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()));
    sweep(&mut object);
    assert_eq!(states(&object), named(["delivered", "delivered", "in-flight", "in-flight", "in-flight", "uncertain"]));
    object.now += LEASE;
    assert_eq!(sweep(&mut object), 1);
    assert_eq!(states(&object), named(["delivered", "delivered", "", "waiting", "uncertain", "uncertain"]));
    object.now += WINDOW - 10 * HOUR;
    sweep(&mut object);
    assert_eq!(states(&object), named(["", "delivered", "", "waiting", "uncertain", "uncertain"]));
    object.now += 365 * 24 * HOUR;
    sweep(&mut object);
    assert_eq!(states(&object), named(["", "", "", "waiting", "uncertain", "uncertain"]), "what is held stays");
}

#[test]
fn a_sweep_goes_part_by_part_and_says_when_the_next_makes_sense() {
    let mut object = Object::new();
    let start = object.now;
    for number in 0..2_500 {
        object.claim(&key(number), "a", REPLY);
        object.end(&key(number), "a", Fact::Delivered);
        object.now += 1_000;
    }
    object.now = start + WINDOW + 1_249_000;
    let mut after = None;
    let mut parts = 0;
    let mut latest = 0;
    while let Answer::Swept { after: Some(next), next: wake } = object.ask(Call::Sweep { after: after.as_deref() }) {
        (after, parts, latest) = (Some(next), parts + 1, latest.max(wake.unwrap()));
    }
    assert_eq!(parts, 3);
    assert_eq!(object.number("SELECT count(*) FROM deliveries"), 1_250);
    assert_eq!(latest, object.now + HOUR);
    assert_eq!(object.ask(Call::Sweep { after: after.as_deref() }), Answer::Swept { after: None, next: None });
}
