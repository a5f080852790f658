//! What the gate does not do, and what to do then.

use std::net::TcpListener;

use super::stub::Stub;
use super::{Operator, ask};

const REFERENCE: &str = "9f86d081884c7d65";

/// The end of a command that is answered so: a status, an error, a message.
fn refused(command: &[&str], status: u16, error: &str, message: &str) -> (i32, String, String) {
    let method = if ["status", "show"].contains(&command[0]) { "GET" } else { "POST" };
    let query = if command[0] == "show" { "?ref=9f86d081884c7d65" } else { "" };
    let path = format!("{method} /_hookgate/{}{query}", command[0]);
    let body = serde_json::json!({ "done": false, "error": error, "message": message }).to_string();
    let gate = Stub::answering(&[(&path, status, &body)]);
    let ended = ask(&gate, command);
    (ended.status, ended.output, ended.errors)
}

#[test]
fn every_error_of_the_gate_is_a_sentence_that_says_what_to_do() {
    let stop = ["stop", "shop", "--because", "x"];
    for (command, status, error, message, told) in [
        (
            &["release", REFERENCE][..],
            400,
            "bad-request",
            "by is \u{1b}[2J wrong",
            "the gate does not take this: by is \u{fffd}[2J wrong",
        ),
        (
            &stop,
            404,
            "unknown-hook",
            "no hook has this id",
            "\"shop\": no hook has this id. `hookgate status` lists the hooks",
        ),
        (
            &["release", "--all", "--hook", "x"],
            404,
            "unknown-hook",
            "x is disabled",
            "\"x\": x is disabled. `hookgate status` lists the hooks",
        ),
        (
            &["release", REFERENCE],
            404,
            "unknown-reference",
            "none",
            "no hook knows a delivery that begins with 9f86d081884c7d65: it never came this far, or it is forgotten by now. `hookgate deliveries HOOK` lists the latest",
        ),
        (
            &["show", REFERENCE],
            409,
            "ambiguous",
            "several begin so",
            "nothing was done: several begin so. `hookgate held HOOK --json` has all digits; --hook names the hook",
        ),
        (
            &["forget", REFERENCE],
            409,
            "in-flight",
            "it is being forwarded",
            "nothing was done with 9f86d081884c7d65: it is being forwarded",
        ),
        (
            &["resolve", REFERENCE, "--as", "delivered", "--because", "x"],
            409,
            "not-held",
            "it is delivered",
            "nothing was done with 9f86d081884c7d65: it is delivered. `hookgate show 9f86d081884c7d65` tells more",
        ),
        (
            &stop,
            503,
            "store-unreachable",
            "the switch is set; 1 of 2 parts were told",
            "a store did not answer: the switch is set; 1 of 2 parts were told. Asking again is safe: what is done already is not done twice",
        ),
        (
            &["resume"],
            503,
            "store-unreachable",
            "",
            "a store did not answer: store-unreachable. Asking again is safe: what is done already is not done twice",
        ),
        (&["status"], 418, "new", "says \u{202e}no", "the gate said no (418): says \u{fffd}no"),
    ] {
        let ended = refused(command, status, error, message);
        assert_eq!(ended, (1, String::new(), format!("hookgate: {told}\n")), "{command:?}");
    }
}

#[test]
fn machines_get_the_error_as_well() {
    let (status, output, errors) = refused(&["forget", REFERENCE, "--json"], 409, "in-flight", "wait\u{9b}");
    assert_eq!(status, 1);
    assert_eq!(output, "{\"done\":false,\"error\":\"in-flight\",\"message\":\"wait\\u009b\"}\n");
    assert_eq!(errors, "hookgate: nothing was done with 9f86d081884c7d65: wait\u{fffd}\n");
}

#[test]
fn what_is_no_answer_of_the_admin_api_is_explained() {
    for (code, body, status, told) in [
        (
            404,
            r#"{"code":"fail","message":"Unknown hook code"}"#,
            1,
            "the gate has no admin API here, or the token is wrong: URL needs the secret ADMIN_TOKEN, at least 32 characters (`npx wrangler secret put ADMIN_TOKEN`), and HOOKGATE_ADMIN_TOKEN has to be the same",
        ),
        (
            403,
            r#"{"code":"fail","message":"HTTPS required"}"#,
            1,
            "URL takes requests by https alone, with a TLS that is not old",
        ),
        (500, "error code: 1101", 1, "the gate failed (500): `npx wrangler tail` shows why"),
        (401, "<html>", 1, "URL answers 401: is the gate behind it?"),
        (
            302,
            "",
            2,
            "URL sends us on to https://elsewhere.dev/, and the token goes to no other place: name the address of the gate itself",
        ),
        (200, "<html>", 2, "what answers at URL is no gate"),
    ] {
        let gate = Stub::answering(&[("GET /_hookgate/status", code, body)]);
        for json in [&[][..], &["--json"]] {
            let ended = ask(&gate, &[&["status"], json].concat());
            assert_eq!(ended.triple(), (status, "", format!("hookgate: {told}\n").replace("URL", gate.url()).as_str()));
        }
        assert_eq!(gate.received().len(), 2);
    }
}

#[test]
fn a_wrong_token_is_as_if_nothing_were_there() {
    let gate = Stub::answering(&[("GET /_hookgate/status", 200, "{}")]);
    let wrong = Operator { variables: vec![("HOOKGATE_ADMIN_TOKEN", "another-canary")], ..Operator::known() };
    let ended = wrong.types(&["status", "--gate", gate.url()]);
    assert_eq!((ended.status, ended.output.as_str()), (1, ""));
    assert!(ended.errors.starts_with("hookgate: the gate has no admin API here, or the token is wrong: http://127."));
}

#[test]
fn a_gate_that_cannot_be_reached_was_not_asked() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = Operator::known().types(&["status", "--gate", &format!("http://{free}/")]);
    assert_eq!((ended.status, ended.output.as_str()), (2, ""));
    let told = format!("hookgate: {free} cannot be reached: ");
    assert!(ended.errors.starts_with(&told), "{}", ended.errors);
    // No name ends so, whoever is asked for it.
    let ended = Operator::known().types(&["status", "--gate", "https://gate.invalid"]);
    assert_eq!((ended.status, ended.output.as_str()), (2, ""));
}
