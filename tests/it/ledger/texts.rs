//! Any text is a call or an error, never more.

use hookgate::ledger::{Answer, Call, Cause, Fact, Fault, MAX_PAYLOAD, Settled, Stop, StopMode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{KEEP, ONCE, Object, REPLY, key};

const CALLS: [&str; 17] = [
    "claim",
    "end",
    "keep",
    "note",
    "due",
    "sweep",
    "stop",
    "resume",
    "status",
    "deliveries",
    "held",
    "show",
    "release",
    "release-all",
    "resolve",
    "forget",
    "drop",
];

#[test]
fn what_is_no_call_is_an_error_and_changes_nothing() {
    let (short, long) = (&key(1)[..63], "x".repeat(MAX_PAYLOAD + 1));
    let claim = Call::Claim { key: &key(1), token: "a", lease: 1, payload: "{}", terms: REPLY };
    let mut texts: Vec<String> =
        ["", "claim", "[]", "{}", "{\"call\":1}", "{\"call\":\"claim\"}", "{\"call\":\"drop\"}"].map(Into::into).into();
    for (whole, other) in [
        (format!("\"{}\"", key(1)), format!("\"{short}\"")),
        (format!("\"{}\"", key(1)), format!("\"{}\"", key(1).to_uppercase().replace('0', "A"))),
        (format!("\"{}\"", key(1)), "12".into()),
        ("\"lease\":1".into(), "\"lease\":-1".into()),
        ("\"lease\":1".into(), "\"lease\":1.5".into()),
        ("\"lease\":1".into(), "\"lease\":1e3".into()),
        ("\"lease\":1".into(), "\"lease\":9007199254740993".into()),
        ("\"lease\":1".into(), "\"lease\":[1]".into()),
        ("\"lease\":1,".into(), String::new()),
        ("\"lease\":1".into(), "\"lease\":1,\"lease\":2".into()),
        ("\"a\"".into(), "\"\"".into()),
        ("\"a\"".into(), format!("\"{}\"", "a".repeat(65))),
        ("\"{}\"".into(), format!("\"{long}\"")),
        ("\"repeatable\":true".into(), "\"repeatable\":1".into()),
        ("\"repeatable\":true".into(), "\"keep\":1".into()),
    ] {
        let text = claim.to_text();
        assert!(text.contains(&whole), "{text}");
        texts.push(text.replace(&whole, &other));
    }
    let mut object = Object::new();
    for text in texts {
        assert_eq!(object.raw(&text), Err(Fault::BadCall), "{}", &text[..text.len().min(200)]);
    }
    assert_eq!(object.number("SELECT count(*) FROM deliveries"), 0);
    assert_eq!(object.ask(claim), Answer::Claimed);
}

#[test]
fn a_delivery_cannot_be_kept_because_it_was_delivered() {
    let text =
        Call::Keep { key: &key(1), payload: "{}", terms: KEEP, cause: Cause::Forward(Fact::Delivered), entry: None };
    assert_eq!(Object::new().raw(&text.to_text()), Err(Fault::BadCall));
}

#[test]
fn the_largest_payload_and_any_text_in_it_come_back_as_they_were() {
    let mut object = Object::new();
    for (number, payload) in ["\"\\\u{0}\u{1f}\u{7f}\u{2028}é𝄞{}[],:", &"é".repeat(MAX_PAYLOAD / 2)].iter().enumerate()
    {
        let key = key(number as u64);
        object.ask(Call::Keep { key: &key, payload, terms: KEEP, cause: Cause::Stop, entry: None });
        assert_eq!(object.due("a"), Answer::Due { key: key.clone(), payload: (*payload).into(), attempts: 1 });
        object.end(&key, "a", Fact::Delivered);
    }
}

#[test]
fn every_call_is_read_as_it_was_written() {
    let mut object = Object::new();
    let stop = Stop { mode: StopMode::Drop, reason: Some("\"x\" "), by: None, until: Some(2_000_000_000_000) };
    object.ask(Call::Stop(stop));
    let told = object.report(Call::Status);
    assert_eq!((&told["stop"]["reason"], &told["stop"]["until"]), (&"\"x\" ".into(), &2_000_000_000_000_u64.into()));
    object.ask(Call::Resume);
    object.keep(&key(1), ONCE, Cause::Forward(Fact::Unknown));
    let entry = Some(r#"{"outcome":"resolved","because":"seen in the shop"}"#);
    object.ask(Call::Resolve { reference: &key(1), how: Settled::Abandoned, window: 5, entry });
    assert_eq!(object.report(Call::Deliveries)[0]["entry"]["because"], "seen in the shop");
}

#[test]
fn any_text_is_answered_or_refused() {
    let value = prop_oneof![
        Just(format!("\"{}\"", key(1))),
        Just(format!("\"{}\"", &key(1)[..8])),
        Just("\"\"".into()),
        any::<u64>().prop_map(|number| number.to_string()),
        any::<i8>().prop_map(|number| number.to_string()),
        "\\PC{0,6}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        proptest::sample::select(vec![
            "true",
            "false",
            "null",
            "[]",
            "{}",
            "\"stop\"",
            "\"delivered\"",
            "\"unknown\"",
            "\"hold\""
        ])
        .prop_map(String::from),
    ];
    let names = [
        "key",
        "token",
        "lease",
        "payload",
        "repeatable",
        "keep",
        "fact",
        "retry_after",
        "window",
        "entry",
        "after",
        "mode",
        "reason",
        "by",
        "until",
    ];
    let fields = proptest::collection::vec((proptest::sample::select(names.to_vec()), value), 0..14);
    let calls = proptest::collection::vec((proptest::sample::select(CALLS.to_vec()), fields), 1..30);
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    runner
        .run(&calls, |calls| {
            let mut object = Object::new();
            for (call, fields) in calls {
                let mut text = format!("{{\"call\":\"{call}\"");
                for (name, value) in fields {
                    text.push_str(&format!(",\"{name}\":{value}"));
                }
                text.push('}');
                let result = object.raw(&text);
                prop_assert!(result != Err(Fault::Sql), "{}", text);
            }
            Ok(())
        })
        .unwrap();
}
