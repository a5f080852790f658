//! What `check` knows of a hook's sender: what is not signed, how it delivers again, and secrets that end.

use serde_json::Value;

use crate::bench::{Bench, GOOD, SECRETS};

const AUTH: &str = "auth = [{ scheme = \"hmac\", hash = \"sha256\", header = \"X-Sign\", prefix = \"sha256=\", secrets = [\"PAY_SECRET\"] }]\n";

/// The right configuration with other lines for its `auth`.
fn with(lines: &str) -> Bench {
    assert!(GOOD.contains(AUTH));
    let old = if lines.contains("OLD_SECRET") { "OLD_SECRET=\"canary-hunter2-old-0f9e8d\"\n" } else { "" };
    Bench::new(&GOOD.replace(AUTH, lines), &format!("{SECRETS}{old}"))
}

/// Severity, code and the beginning of the line that is meant.
fn told(bench: &Bench) -> Vec<(String, String, String)> {
    let config = bench.read("wrangler.toml");
    let lines: Vec<&str> = config.lines().collect();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |finding: &Value| {
        let line = usize::try_from(finding["line"].as_u64().unwrap()).unwrap();
        let word = lines[line - 1].split(' ').next().unwrap().to_owned();
        (text(&finding["severity"]), text(&finding["code"]), word)
    };
    bench.findings().iter().map(of).collect()
}

fn expected(all: &[[&str; 3]]) -> Vec<(String, String, String)> {
    all.iter().map(|[severity, code, line]| ((*severity).into(), (*code).into(), (*line).into())).collect()
}

fn auth(scheme: &str) -> String {
    format!("auth = [{{ scheme = \"{scheme}\", secrets = [\"PAY_SECRET\"] }}]\n")
}

#[test]
fn what_a_provider_does_not_sign_is_told() {
    let url = "auth = [{ scheme = \"hubspot-v2\", url = \"https://a.dev/x\", secrets = [\"PAY_SECRET\"] }]\ntimeout = \"2s\"\n";
    let cases: &[(&str, &[[&str; 3]])] = &[
        (
            &format!("{}timeout = \"9s\"\nevents = [\"push\"]\n", auth("github")),
            &[
                ["info", "unsigned-id", "auth"],
                ["info", "no-signed-time", "auth"],
                ["info", "never-retries", "auth"],
                ["warning", "unsigned-event", "events"],
            ],
        ),
        (
            &format!("{}timeout = \"4s\"\n", auth("shopify")),
            &[
                ["info", "unsigned-id", "auth"],
                ["info", "no-signed-time", "auth"],
                ["info", "all-events", "auth"],
                ["info", "shared-app-secret", "auth"],
            ],
        ),
        (&format!("{}events = [\"invoice.paid\"]\n", auth("stripe")), &[]),
        (&auth("stripe"), &[["info", "all-events", "auth"]]),
        (
            &format!("{}replay = {{ key = [\"/id\"] }}\n", auth("lifterlms")),
            &[["info", "all-events", "auth"], ["info", "local-time", "auth"], ["info", "never-retries", "auth"]],
        ),
        (url, &[["warning", "bare-hash", "auth"], ["info", "no-signed-time", "auth"]]),
        (
            &format!("{}events = [\"order/created\"]\n", auth("recharge")),
            &[
                ["info", "no-signed-time", "auth"],
                ["info", "bare-hash", "auth"],
                ["warning", "unsigned-event", "events"],
            ],
        ),
        (&auth("telegram"), &[["warning", "unsigned-body", "auth"]]),
    ];
    for (lines, findings) in cases {
        assert_eq!(told(&with(lines)), expected(findings), "{lines}");
    }
}

#[test]
fn a_described_sender_is_told_that_its_event_is_not_signed() {
    let described = |event: &str, events: &str| {
        let mechanism = AUTH.replace("prefix =", &format!("event = {event}, prefix ="));
        told(&with(&format!("{mechanism}{events}")))
    };
    let events = "events = [\"paid\"]\n";
    assert_eq!(described("\"/type\"", events), []);
    assert_eq!(described("\"X-Event\"", ""), []);
    assert_eq!(described("\"X-Event\"", events), expected(&[["warning", "unsigned-event", "events"]]));
}

#[test]
fn a_gate_that_is_slower_than_its_sender_is_told() {
    let timed = |timeout: &str| {
        let findings = told(&with(&format!("{}events = [\"x\"]\n{timeout}", auth("paddle"))));
        findings.into_iter().find(|(_, code, _)| code == "outlasts-sender")
    };
    assert_eq!(timed("timeout = \"4s\"\n"), None);
    assert_eq!(timed("timeout = \"5s\"\n"), expected(&[["warning", "outlasts-sender", "timeout"]]).pop());
    // Nobody has chosen the default.
    assert_eq!(timed(""), expected(&[["info", "outlasts-sender", "auth"]]).pop());
}

#[test]
fn a_status_that_ends_a_subscription_is_told() {
    let stopped = |scheme: &str, stop: &str| {
        let findings = told(&with(&format!("{}timeout = \"1s\"\non_stop = \"{stop}\"\n", auth(scheme))));
        findings.into_iter().any(|found| found == ("warning".into(), "gone-unsubscribes".into(), "on_stop".into()))
    };
    assert!(stopped("intercom", "gone") && stopped("typeform", "gone"));
    // It stops trying, and goes on with the next event; or it is not known to listen to 410.
    assert!(!stopped("pagerduty", "gone") && !stopped("stripe", "gone") && !stopped("intercom", "reject"));
    let disabled = |scheme: &str| {
        let config = GOOD.replace(AUTH, &auth(scheme)).replace("enabled = true\nowner", "enabled = false\nowner");
        Bench::new(&config, SECRETS).findings()[0]["help"].as_str().map(String::from)
    };
    let help = "typeform ends its subscription on 404: a stop is what it can wait for";
    assert_eq!((disabled("typeform").as_deref(), disabled("stripe")), (Some(help), None));
}

#[test]
fn secrets_that_end_are_told() {
    let secrets = |list: &str| {
        let lines = format!("auth = [{{ scheme = \"stripe\", secrets = [\n{list}\n] }}]\nevents = [\"x\"]\n");
        told(&with(&lines))
    };
    let [new, old] = ["\"PAY_SECRET\"", "{ name = \"OLD_SECRET\", not_after = \"DAY\" }"];
    let dated = |name: &str, day: &str| format!("{{ name = \"{name}\", not_after = \"{day}\" }}");
    let both = |day: &str| secrets(&format!("{new},\n{}", old.replace("DAY", day)));
    assert_eq!(both("2026-12-23"), []);
    assert_eq!(both("2026-12-21"), expected(&[["info", "secret-ends", "{"]]));
    assert_eq!(both("2026-11-22"), expected(&[["info", "secret-ends", "{"]]));
    assert_eq!(both("2026-11-21"), expected(&[["warning", "secret-ended", "{"]]));
    assert_eq!(secrets(&dated("PAY_SECRET", "2026-12-01")), expected(&[["warning", "secret-ends", "{"]]));
    assert_eq!(secrets(&dated("PAY_SECRET", "2026-11-01")), expected(&[["error", "secret-ended", "{"]]));
    let reversed = secrets(&format!("{},\n{new}", old.replace("DAY", "2027-06-01")));
    assert_eq!(reversed, expected(&[["warning", "old-secret-first", "{"]]));
    let ordered = format!("{},\n{}", dated("PAY_SECRET", "2027-07-01"), dated("OLD_SECRET", "2027-06-01"));
    assert_eq!(secrets(&ordered), []);
}

#[test]
fn a_card_tells_how_its_sender_tries_again() {
    let row = |lines: &str| {
        let output = with(lines).check(&[]).output;
        let start = output.find("  retries         ").unwrap();
        output[start..].lines().next().unwrap()["  retries         ".len()..].to_owned()
    };
    assert_eq!(
        row(&auth("shopify")),
        "shopify tries again 8 times within 4 h; waits 5 s; then the subscription is removed"
    );
    assert_eq!(
        row(&auth("woocommerce")),
        "woocommerce never tries again; waits 60 s; success is 200 to 302; more than 5 failures in a row disable the webhook"
    );
    let typeform = "typeform tries again for 10 h on 408, 423, 429 and 503, else with growing pauses; waits 30 s; 404, 410 end the subscription";
    assert_eq!(row(&auth("typeform")), typeform);
    assert_eq!(row(&auth("persona")), "the sender's own, on 409, 5xx and silence: the gate keeps and repeats nothing");
}

/// A preset's own caveats fail no build: only what the operator chose does.
#[test]
fn of_no_provider_alone_there_is_a_warning() {
    for provider in hookgate::catalogue::providers() {
        let name = provider.name;
        let url = if provider.signs_url { "url = \"https://a.dev/x\", " } else { "" };
        let lines = format!("auth = [{{ scheme = \"{name}\", {url}secrets = [\"PAY_SECRET\"] }}]\n");
        let bench = Bench::new(&GOOD.replace(AUTH, &lines), "");
        let mut known = vec!["secret-not-here"];
        if provider.signs.starts_with("nothing") {
            known.push("unsigned-body");
        }
        if name.starts_with("hubspot-v") {
            known.push("bare-hash");
        }
        let told = told(&bench);
        let loud: Vec<_> =
            told.iter().filter(|(severity, code, _)| severity != "info" && !known.contains(&code.as_str())).collect();
        assert!(loud.is_empty(), "{name}: {loud:?}");
        let told: Vec<_> = told.iter().filter(|(_, code, _)| code != "secret-not-here").collect();
        assert!(told.len() <= 5, "{name}: {told:?}");
    }
}
