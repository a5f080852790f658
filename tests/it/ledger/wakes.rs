//! Whatever may leave later has somebody wake the object then.

use hookgate::ledger::{Answer, Call, Cause, Fact, Stop, StopMode, create};

use super::{HOUR, KEEP, MINUTE, ONCE, Object, REPLY, held, key};

fn hold(until: u64) -> Call<'static> {
    Call::Stop(Stop { mode: StopMode::Hold, reason: None, by: None, until: Some(until) })
}

#[test]
fn what_a_stop_holds_leaves_at_its_end_though_the_object_was_awake_before_with_nothing_to_do() {
    for terms in [REPLY, KEEP, ONCE] {
        let mut object = Object::new();
        let until = object.now + HOUR;
        object.ask(hold(until));
        object.now += 10 * MINUTE;
        // A sweep was due then: the alarm of the stop was given up for it, and an object has but one.
        object.wake = None;
        assert_eq!(object.due("a"), Answer::Idle { next: None });
        assert_eq!(object.claim(&key(1), "b", terms), held("waiting"));
        assert_eq!(object.wake, Some(until));
    }
}

#[test]
fn an_object_knows_when_it_starts_whether_anything_waits() {
    let mut object = Object::new();
    assert_eq!(create(&object), Ok(false));
    object.claim(&key(1), "a", REPLY);
    object.end(&key(1), "a", Fact::Delivered);
    object.claim(&key(2), "a", ONCE);
    object.end(&key(2), "a", Fact::Unknown);
    assert_eq!(create(&object), Ok(false), "an operator has to say what becomes of it");
    object.keep(&key(3), KEEP, Cause::Forward(Fact::Unknown));
    assert_eq!(create(&object), Ok(true));
    assert_eq!(object.due_key("a"), Some(key(3)));
    assert_eq!(create(&object), Ok(true), "whoever forwards it may be gone");
}
