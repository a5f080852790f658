//! `release`, `resolve`, `forget`, `stop` and `resume`: what is asked, and what is said of it.

use serde_json::{Value, json};

use super::stub::Stub;
use super::{NOW, Operator, ask};

const REFERENCE: &str = "9f86d081884c7d65";
const SOON: &str = "Strict hooks hear of it at once, kv hooks within about a minute.";

/// What is asked for by a command, and what it says when it is done.
fn done(command: &[&str], answer: &str) -> (Value, String) {
    let path = format!("POST /_hookgate/{}", command[0]);
    let gate = Stub::answering(&[(&path, 200, answer)]);
    let ended = ask(&gate, command);
    assert_eq!((ended.status, ended.errors.as_str()), (0, ""), "{command:?}");
    let output = ended.output.replace(gate.url(), "GATE");
    let received = gate.received();
    assert_eq!((received.len(), received[0].0.as_str()), (1, path.as_str()));
    (serde_json::from_str(&received[0].1).unwrap(), output)
}

#[test]
fn one_delivery_or_all_of_a_hook_are_released() {
    let known = r#"{"done":true,"hook":"shop","key":"9f86"}"#;
    let said = format!(
        "{REFERENCE} of shop goes next, whatever it waited for. `hookgate show {REFERENCE}` says what becomes of it.\n"
    );
    assert_eq!(done(&["release", REFERENCE], known), (json!({ "ref": REFERENCE, "by": "ada" }), said));
    let asked = json!({ "ref": REFERENCE, "hook": "shop", "because": "it is \"well\"\n", "by": "bob" });
    let command = ["release", REFERENCE, "--hook", "shop", "--because", "it is \"well\"\n", "--by", "bob"];
    assert_eq!(done(&command, known).0, asked);
    let said = "All that shop holds is tried again, and what was given up, too. A stop still holds it, and what is uncertain is released one by one.\n";
    let command = ["release", "--all", "--hook", "shop"];
    assert_eq!(done(&command, r#"{"done":true}"#), (json!({ "all": true, "hook": "shop", "by": "ada" }), said.into()));
}

#[test]
fn a_delivery_is_resolved_with_a_reason() {
    for how in ["delivered", "abandoned"] {
        let asked = json!({ "ref": REFERENCE, "as": how, "because": "paid", "by": "ada" });
        let said = format!("{REFERENCE} is {how}. It is not forwarded any more, and a repeat of it is a duplicate.\n");
        let command = ["resolve", REFERENCE, "--as", how, "--because", "paid"];
        assert_eq!(done(&command, r#"{"done":true}"#), (asked, said));
    }
}

#[test]
fn a_delivery_is_forgotten() {
    let said = format!("{REFERENCE} of \u{fffd} is forgotten. If its sender repeats it, it runs as if it were new.\n");
    let answer = r#"{"done":true,"hook":"\u001b"}"#;
    assert_eq!(done(&["forget", REFERENCE], answer), (json!({ "ref": REFERENCE, "by": "ada" }), said));
}

#[test]
fn a_hook_is_stopped_in_a_mode_and_until_a_time() {
    let stop = ["stop", "shop", "--because", "orders doubled"];
    let said = format!(
        "The hook shop is stopped until `hookgate resume shop`. What becomes of deliveries, the hook's on_stop says. {SOON}\n"
    );
    let asked = json!({ "hook": "shop", "because": "orders doubled", "by": "ada" });
    assert_eq!(done(&stop, r#"{"done":true}"#), (asked.clone(), said));
    for (mode, consequence) in [
        ("hold", "Senders get 202, and the gate keeps what is verified, in order"),
        ("reject", "Senders get 503, and try again if they are of the kind that does"),
        ("drop", "Senders get 200, and their deliveries are gone"),
        ("gone", "Senders get 410, and may give the URL up for good"),
    ] {
        let said = format!("The hook shop is stopped until `hookgate resume shop`. {consequence}. {SOON}\n");
        let mut asked = asked.clone();
        asked["mode"] = mode.into();
        assert_eq!(done(&[&stop[..], &["--mode", mode]].concat(), r#"{"done":true}"#), (asked, said));
    }
    for (text, time) in [
        ("2h", "2026-11-22T11:00:00Z"),
        ("1ms", "2026-11-22T09:00:01Z"),
        ("2026-11-22T13:00:00+02:00", "2026-11-22T11:00:00Z"),
        ("2026-11-22T09:00:00.001Z", "2026-11-22T09:00:01Z"),
    ] {
        let (asked, said) = done(&[&stop[..], &["--until", text]].concat(), r#"{"done":true}"#);
        assert_eq!(asked["until"], time);
        let ends = format!("The hook shop is stopped until {time}, or until `hookgate resume shop`. ");
        assert!(said.starts_with(&ends), "{said}");
    }
}

#[test]
fn what_cannot_be_asked_for_is_not() {
    let gate = Stub::answering(&[]);
    let long = "ä".repeat(201);
    let stop = ["stop", "shop", "--because", "x"];
    for (arguments, complaint) in [
        (&["stop", "shop"][..], "--because <TEXT>"),
        (&["stop", "shop", "--because", " "], "hookgate: --because says nothing\n"),
        (&["stop", "shop", "--because", &long], "hookgate: --because has 201 characters, 1 too many\n"),
        (&[&stop[..], &["--by", ""]].concat(), "hookgate: --by says nothing\n"),
        (&[&stop[..], &["--mode", "pause"]].concat(), "[possible values: hold, reject, drop, gone]"),
        (
            &[&stop[..], &["--until", "2026-11-22T09:00:00Z"]].concat(),
            "--until \"2026-11-22T09:00:00Z\" is over already\n",
        ),
        (&[&stop[..], &["--until", "0s"]].concat(), "--until \"0s\" is over already\n"),
        (
            &[&stop[..], &["--until", "tomorrow"]].concat(),
            "is neither a time such as 2026-11-22T09:00:00Z nor a duration such as 2h\n",
        ),
        (&[&stop[..], &["--until", "9999999d"]].concat(), "is neither a time such as"),
        (&["stop", "--because", "x"], "hookgate: without a hook everything stops: say --yes as well\n"),
        (&["release"], "<REF>"),
        (&["release", "--all"], "--hook <ID>"),
        (&["release", REFERENCE, "--all", "--hook", "shop"], "cannot be used with"),
        (&["resolve", REFERENCE, "--because", "x"], "--as <END>"),
        (&["resolve", REFERENCE, "--as", "done", "--because", "x"], "[possible values: delivered, abandoned]"),
        (&["resolve", REFERENCE, "--as", "delivered"], "--because <TEXT>"),
        (&["show"], "<REF>"),
        (&["held"], "<HOOK>"),
    ] {
        let ended = ask(&gate, arguments);
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.errors.contains(complaint), "{arguments:?}: {}", ended.errors);
    }
    assert_eq!(gate.received(), []);
}

#[test]
fn everything_is_stopped_when_somebody_says_yes() {
    let asked =
        ("POST /_hookgate/stop".to_owned(), json!({ "because": "leak", "by": "ada", "mode": "hold" }).to_string());
    let said = format!(
        "Every hook is stopped until `hookgate resume`. Senders get 202, and the gate keeps what is verified, in order. {SOON}\n"
    );
    let stop = ["stop", "--mode", "hold", "--because", "leak", "--gate"];
    let at_terminal = |types| Operator { types: Some(types), ..Operator::known() };
    for (operator, more, stops) in [
        (at_terminal("yes\n"), &[][..], true),
        (at_terminal(" yes \r\n"), &[], true),
        (at_terminal("y\n"), &[], false),
        (at_terminal("\n"), &[], false),
        (at_terminal(""), &[], false),
        (at_terminal(""), &["--yes"], true),
        (Operator::known(), &["--yes"], true),
    ] {
        let gate = Stub::answering(&[("POST /_hookgate/stop", 200, r#"{"done":true,"hook":null}"#)]);
        let ended = operator.types(&[&stop[..], &[gate.url()], more].concat());
        let question = format!(
            "Senders get 202, and the gate keeps what is verified, in order. Stop every hook of {}? Type yes: ",
            gate.url()
        );
        let question = if more.is_empty() { question } else { String::new() };
        let (status, output, errors) = if stops {
            (0, said.as_str(), question)
        } else {
            (2, "", format!("{question}hookgate: nothing was done\n"))
        };
        assert_eq!(ended.triple(), (status, output, errors.as_str()));
        assert_eq!(gate.received(), if stops { vec![asked.clone()] } else { Vec::new() });
    }
}

#[test]
fn a_stop_ends_and_what_is_stopped_still_is_named() {
    let said = format!("The stop of shop is over, and what was held leaves in order of arrival. {SOON}\n");
    let answer = r#"{"done":true,"hook":"shop","still_stopped":[]}"#;
    assert_eq!(done(&["resume", "shop"], answer), (json!({ "hook": "shop", "by": "ada" }), said));
    let said = format!(
        "The stop of everything is over, and what was held leaves in order of arrival. {SOON} By another stop these are stopped still: shop, blog.\n"
    );
    let answer = r#"{"done":true,"hook":null,"still_stopped":["shop","blog"]}"#;
    let asked = json!({ "because": "mended", "by": "ada" });
    assert_eq!(done(&["resume", "--because", "mended"], answer), (asked, said));
}

#[test]
fn who_acts_is_who_the_machine_says_unless_it_is_said() {
    let long = "ö".repeat(300);
    let shortened = "ö".repeat(200);
    for (variables, more, by) in [
        (vec![("USER", "ada"), ("LOGNAME", "bob")], &[][..], Some("ada")),
        (vec![("USER", ""), ("LOGNAME", "bob")], &[], Some("bob")),
        (vec![("LOGNAME", "bob")], &["--by", "carol"], Some("carol")),
        (vec![("USER", long.as_str())], &[], Some(shortened.as_str())),
        (vec![], &[], None),
    ] {
        let gate = Stub::answering(&[("POST /_hookgate/resume", 200, r#"{"done":true}"#)]);
        let operator = Operator {
            variables: [variables, vec![("HOOKGATE_ADMIN_TOKEN", super::TOKEN)]].concat(),
            ..Operator::known()
        };
        assert_eq!(operator.types(&[&["resume", "--gate", gate.url()], more].concat()).status, 0);
        let body: Value = serde_json::from_str(&gate.received()[0].1).unwrap();
        assert_eq!(body.get("by").and_then(Value::as_str), by);
    }
}

#[test]
fn machines_get_the_answer_to_an_action() {
    let answer = format!(r#"{{"done":true,"hook":"shop","until":{NOW}}}"#);
    let command = ["stop", "shop", "--because", "x", "--json"];
    assert_eq!(done(&command, &answer).1, format!("{answer}\n"));
}
