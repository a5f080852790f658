//! `deliveries`, `held` and `show`.

use serde_json::{Value, json};

use super::stub::Stub;
use super::{KEY, NOW, ask};

/// A status with one hook, `shop`, of so many parts.
fn status(parts: usize) -> String {
    let ledger = vec![Value::Null; parts];
    json!({ "now": NOW, "switch": null, "hooks": [{ "id": "shop", "state": "open", "ledger": ledger }] }).to_string()
}

/// What is answered to a command about `shop`, which has as many parts as there are answers.
fn ask_parts(command: &[&str], answers: &[(&str, u16, &str)], parts: usize) -> (i32, String, String) {
    let status = status(parts);
    let gate = Stub::answering(&[&[("GET /_hookgate/status", 200, status.as_str())], answers].concat());
    let ended = ask(&gate, command);
    (ended.status, ended.output, ended.errors)
}

#[test]
fn deliveries_are_a_table_as_wide_as_what_is_in_it() {
    let ring = json!([
        { "at": NOW, "entry": { "outcome": "resolved", "reference": "9f86d081884c7d65", "as": "delivered", "by": "ada", "because": "paid\u{1b}[8m" } },
        { "at": NOW - 1_000, "entry": { "outcome": "failed", "reason": "origin-timeout", "auth": ["stripe[0]", "basic[1]"], "origin_status": null, "ms": 30000, "reference": "9f86d081884c7d65" } },
        { "at": NOW - 90_000, "entry": { "outcome": "delivered", "reason": null, "auth": ["stripe[0]"], "origin_status": 200, "ms": 7, "reference": "0011223344556677" } },
    ]);
    let ring = ring.to_string();
    let path = "GET /_hookgate/deliveries?hook=shop&part=0";
    let expected = "when                  outcome    reason          reference         origin  ms     secrets              by an operator
2026-11-22T09:00:00Z  resolved   delivered       9f86d081884c7d65                                      ada: paid\u{fffd}[8m
2026-11-22T08:59:59Z  failed     origin-timeout  9f86d081884c7d65          30000  stripe[0], basic[1]
2026-11-22T08:58:30Z  delivered                  0011223344556677  200     7      stripe[0]
";
    assert_eq!(ask_parts(&["deliveries", "shop"], &[(path, 200, &ring)], 1), (0, expected.into(), String::new()));
    let few = json!([{ "at": NOW, "entry": { "outcome": "delivered", "ms": 7 } }]).to_string();
    let expected = "when                  outcome    ms\n2026-11-22T09:00:00Z  delivered  7\n";
    assert_eq!(ask_parts(&["deliveries", "shop"], &[(path, 200, &few)], 1).1, expected);
    let none = ask_parts(&["deliveries", "shop"], &[(path, 200, "[]")], 1);
    assert_eq!(none, (0, "shop: no delivery is known\n".into(), String::new()));
}

#[test]
fn deliveries_of_all_parts_come_in_one_order() {
    let first = format!(
        r#"[{{"at":{},"entry":{{"outcome":"delivered"}},"n":1.0}},{{"at":{},"entry":{{"outcome":"failed"}}}}]"#,
        NOW,
        NOW - 2_000
    );
    let second = format!(r#"[{{"at":{},"entry":{{"outcome":"held"}}}}]"#, NOW - 1_000);
    let paths = ["GET /_hookgate/deliveries?hook=shop&part=0", "GET /_hookgate/deliveries?hook=shop&part=1"];
    let answers = [(paths[0], 200, first.as_str()), (paths[1], 200, second.as_str())];
    let expected = "when                  outcome
2026-11-22T09:00:00Z  delivered
2026-11-22T08:59:59Z  held
2026-11-22T08:59:58Z  failed
";
    assert_eq!(ask_parts(&["deliveries", "shop"], &answers, 2).1, expected);
    let json = format!(
        "[\n{{\"at\":{NOW},\"entry\":{{\"outcome\":\"delivered\"}},\"n\":1.0}},\n{{\"at\":{},\"entry\":{{\"outcome\":\"held\"}}}},\n{{\"at\":{},\"entry\":{{\"outcome\":\"failed\"}}}}\n]\n",
        NOW - 1_000,
        NOW - 2_000
    );
    assert_eq!(ask_parts(&["deliveries", "shop", "--json"], &answers, 2), (0, json, String::new()));
    assert_eq!(ask_parts(&["deliveries", "shop", "--json"], &[(paths[0], 200, "[]")], 1).1, "[]\n");
}

#[test]
fn a_part_that_does_not_answer_does_not_hide_the_others() {
    let ring = json!([{ "at": NOW, "entry": { "outcome": "delivered" } }]).to_string();
    let silent = r#"{"done":false,"error":"store-unreachable","message":"the ledger did not answer"}"#;
    let paths = ["GET /_hookgate/deliveries?hook=shop&part=0", "GET /_hookgate/deliveries?hook=shop&part=1"];
    let ended = ask_parts(&["deliveries", "shop"], &[(paths[0], 503, silent), (paths[1], 200, &ring)], 2);
    let table = "when                  outcome\n2026-11-22T09:00:00Z  delivered\n";
    let told = "hookgate: a store did not answer: the ledger did not answer. Asking again is safe: what is done already is not done twice\n";
    assert_eq!(ended, (1, table.into(), told.into()));
}

#[test]
fn a_hook_that_is_not_there_is_named_with_its_neighbour() {
    let told = "hookgate: the gate has no hook \"shpo\": did you mean shop?\n";
    assert_eq!(ask_parts(&["held", "shpo"], &[], 1), (1, String::new(), told.into()));
    let told = "hookgate: the gate has no hook \"x\\u{1b}\": `hookgate status` lists them\n";
    assert_eq!(ask_parts(&["deliveries", "x\u{1b}"], &[], 1), (1, String::new(), told.into()));
}

/// A held delivery.
fn held(place: u64, key: &str, state: &str, until: Option<u64>) -> Value {
    json!({ "place": place, "key": key, "state": state, "until": until, "why": "failure", "attempts": 3,
        "arrived": NOW - 600_000 + place, "since": NOW - 500_000 })
}

#[test]
fn what_is_held_comes_in_order_of_arrival_with_what_to_do() {
    let page = json!([
        held(1, KEY, "waiting", Some(NOW + 245_000)),
        held(2, "00112233445566778899", "waiting", Some(NOW - 1)),
        held(3, "11112233445566778899", "in-flight", Some(NOW + 30_000)),
        held(12, "22112233445566778899", "uncertain", None),
        held(13, "33112233445566778899", "given-up", None),
    ]);
    let page = page.to_string();
    let expected = "place  reference         state      why      attempts  arrived               next try
1      9f86d081884c7d65  waiting    failure  3         2026-11-22T08:50:00Z  in 4 min 5 s
2      0011223344556677  waiting    failure  3         2026-11-22T08:50:00Z  in its turn
3      1111223344556677  in-flight  failure  3         2026-11-22T08:50:00Z  under way
12     2211223344556677  uncertain  failure  3         2026-11-22T08:50:00Z  never by itself
13     3311223344556677  given-up   failure  3         2026-11-22T08:50:00Z  never by itself

uncertain: it may have run. Look at the site; then `hookgate resolve REF --as delivered --because …` if it has, `hookgate release REF` to try it again, or `--as abandoned`.

given-up: the origin said no for good, or for too long. When it is well, `hookgate release --all --hook shop` tries again.
";
    let path = "GET /_hookgate/held?hook=shop&part=0&after=0";
    assert_eq!(ask_parts(&["held", "shop"], &[(path, 200, &page)], 1), (0, expected.into(), String::new()));
    let nothing = ask_parts(&["held", "shop"], &[(path, 200, "[]")], 1);
    assert_eq!(nothing, (0, "shop: nothing is held\n".into(), String::new()));
}

#[test]
fn all_pages_of_all_parts_are_asked_for() {
    let line = |place: u64| held(place, &format!("{place:064}"), "waiting", Some(NOW));
    let pages = [
        ("GET /_hookgate/held?hook=shop&part=0&after=0", (1..=100).collect::<Vec<u64>>()),
        ("GET /_hookgate/held?hook=shop&part=0&after=100", (101..=200).collect()),
        ("GET /_hookgate/held?hook=shop&part=0&after=200", Vec::new()),
        ("GET /_hookgate/held?hook=shop&part=1&after=0", vec![150]),
    ];
    let pages = pages.map(|(path, places)| (path, Value::from_iter(places.into_iter().map(line)).to_string()));
    let answers: Vec<(&str, u16, &str)> = pages.iter().map(|(path, page)| (*path, 200, page.as_str())).collect();
    let (status, output, errors) = ask_parts(&["held", "shop"], &answers, 2);
    assert_eq!((status, errors.as_str(), output.lines().count()), (0, "", 202));
    let places: Vec<&str> = output.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(places[1], "0/1");
    assert_eq!(&places[150..153], ["0/150", "1/150", "0/151"]);
    let (_, json, _) = ask_parts(&["held", "shop", "--json"], &answers, 2);
    let json: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!((json.len(), &json[200]["place"]), (201, &200.into()));
}

#[test]
fn a_page_that_never_ends_is_left() {
    let page = Value::from_iter((0..100).map(|_| held(7, KEY, "waiting", Some(NOW)))).to_string();
    let answers = [
        ("GET /_hookgate/held?hook=shop&part=0&after=0", 200, page.as_str()),
        ("GET /_hookgate/held?hook=shop&part=0&after=7", 200, page.as_str()),
    ];
    assert_eq!(ask_parts(&["held", "shop"], &answers, 1).1.lines().count(), 201);
}

fn show(answer: &Value, more: &[&str]) -> (i32, String, String) {
    let gate = Stub::answering(&[("GET /_hookgate/show?ref=9f86d081884c7d65", 200, &answer.to_string())]);
    let ended = ask(&gate, &[&["show", "9F86d081884c7d65"], more].concat());
    (ended.status, ended.output, ended.errors)
}

#[test]
fn a_delivery_is_shown_with_its_payload_digit_for_digit() {
    let ledger = json!({ "key": KEY, "state": "uncertain", "at": NOW - 60_000, "until": null, "why": "failure", "attempts": 2,
        "arrived": NOW - 120_000, "since": NOW - 110_000,
        "payload": "{\"hook\":\"shop\",\"amount\":12345678901234567890.10,\"name\":\"\\u001b[2Jä\u{202e}\",\"a\":[]}" });
    let answer =
        json!({ "found": [{ "hook": "shop", "ledger": ledger, "record": { "outcome": "held", "at": NOW - 60_000 } }] });
    let expected = format!(
        "shop  {KEY}
  state     uncertain: it may have run, and the origin keeps no keys: look there, then `hookgate resolve` or `hookgate release` it
  since     2026-11-22T08:59:00Z, 1 min 0 s ago
  arrived   2026-11-22T08:58:00Z, 2 min 0 s ago
  tries     2 so far, failing for 1 min 50 s; next try: never by itself
  KV        held, 2026-11-22T08:59:00Z, 1 min 0 s ago
  payload
    {{
      \"hook\": \"shop\",
      \"amount\": 12345678901234567890.10,
      \"name\": \"\\u001b[2Jä\u{fffd}\",
      \"a\": []
    }}
"
    );
    assert_eq!(show(&answer, &[]), (0, expected, String::new()));
    assert_eq!(show(&answer, &["--json"]), (0, format!("{answer}\n").replace('\u{202e}', "\\u202e"), String::new()));
}

#[test]
fn every_state_is_explained() {
    for (state, why, until, expected) in [
        (
            "in-flight",
            Some("stop"),
            Some(NOW + 9_000),
            "in-flight: it is being forwarded; when the time is over, somebody else may",
        ),
        (
            "waiting",
            Some("stop"),
            Some(NOW),
            "waiting: held by a stop; it leaves in order of arrival when the hook goes on",
        ),
        ("waiting", Some("failure"), Some(NOW + 9_000), "waiting: the origin failed; the gate tries again by itself"),
        ("waiting", Some("release"), Some(NOW), "waiting: an operator released it; it goes next"),
        (
            "given-up",
            Some("failure"),
            None,
            "given-up: the origin said no for good, or for too long: `hookgate release` tries again, `hookgate resolve` ends it",
        ),
        ("delivered", None, Some(NOW + 9_000), "delivered: it has run; a repeat is a duplicate until the time is over"),
        (
            "abandoned",
            None,
            Some(NOW + 9_000),
            "abandoned: an operator gave it up; a repeat is a duplicate until the time is over",
        ),
        ("new", None, None, "new: this command line does not know the state"),
    ] {
        let ledger = json!({ "key": KEY, "state": state, "at": NOW, "until": until, "why": why, "payload": null });
        let (status, output, _) =
            show(&json!({ "found": [{ "hook": "shop", "ledger": ledger, "record": null }] }), &[]);
        assert_eq!((status, output.lines().nth(1)), (0, Some(format!("  state     {expected}").as_str())));
        let ends = output.contains("  until     2026-11-22T09:00:09Z, in 9 s\n");
        assert_eq!(ends, state != "waiting" && until.is_some(), "{output}");
    }
}

#[test]
fn a_delivery_may_be_known_to_kv_alone_to_several_hooks_or_to_nobody() {
    let in_kv = json!({ "hook": "shop", "ledger": null, "record": { "outcome": "delivered", "at": NOW } });
    let elsewhere = json!({ "hook": "blog", "ledger": null, "record": null, "unreadable": true });
    let expected = "shop
  KV        delivered, 2026-11-22T09:00:00Z, 0 s ago

blog
  unread    its ledger or KV did not answer: there may be more
";
    assert_eq!(show(&json!({ "found": [in_kv, elsewhere] }), &[]), (0, expected.into(), String::new()));
    let (status, _, errors) = show(&json!({ "found": [elsewhere] }), &[]);
    let told = "hookgate: whether 9f86d081884c7d65 is known could not be read: ask again\n";
    assert_eq!((status, errors.as_str()), (1, told));
    let told = "hookgate: no hook knows a delivery that begins with 9f86d081884c7d65: it never came this far, or it is forgotten by now. `hookgate deliveries HOOK` lists the latest\n";
    assert_eq!(show(&json!({ "found": [] }), &[]), (1, String::new(), told.into()));
    assert_eq!(show(&json!({ "found": [] }), &["--json"]), (1, "{\"found\":[]}\n".into(), told.into()));
    let plain = json!({ "key": KEY, "state": "waiting", "payload": "not json\u{7}" });
    let (_, output, _) = show(&json!({ "found": [{ "hook": "shop", "ledger": plain }] }), &[]);
    assert!(output.ends_with("  payload\n    not json\u{fffd}\n"), "{output}");
}

#[test]
fn a_hook_can_be_named_with_a_reference() {
    let gate = Stub::answering(&[("GET /_hookgate/show?ref=9f86d081&hook=shop%26x", 200, r#"{"found":[]}"#)]);
    assert_eq!(ask(&gate, &["show", "9f86d081", "--hook", "shop&x"]).status, 1);
    let asked = ("GET /_hookgate/show?ref=9f86d081&hook=shop%26x".to_owned(), String::new());
    assert_eq!(gate.received(), [asked]);
}

#[test]
fn what_is_no_reference_is_not_asked_for() {
    let gate = Stub::answering(&[]);
    for text in ["9f86d08", "9f86d08g", "", "9f86 d081", &"0".repeat(65)] {
        for command in [
            &["show", text][..],
            &["release", text],
            &["forget", text],
            &["resolve", text, "--as", "delivered", "--because", "x"],
        ] {
            let ended = ask(&gate, command);
            let told = format!("hookgate: {text:?} is no reference such as 9f86d081884c7d65: 8 to 64 hex digits\n");
            assert_eq!(ended.triple(), (2, "", told.as_str()), "{command:?}");
        }
    }
    assert_eq!(gate.received(), []);
}
