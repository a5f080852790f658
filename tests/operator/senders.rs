//! What `check` knows of a hook's sender: what is not signed, how it delivers again, and secrets that end.

use serde_json::Value;

use crate::bench::{Bench, GOOD, SECRETS};

const AUTH: &str = "auth = [{ scheme = \"hmac\", hash = \"sha256\", header = \"X-Sign\", prefix = \"sha256=\", secrets = [\"PAY_SECRET\"] }]\non_failure = \"reply\"\n";

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
            &[["info", "all-events", "auth"], ["info", "local-time", "auth"]],
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
fn what_nobody_would_send_again_is_told_where_the_gate_does_not_keep_it() {
    let codes = ["never-retries", "may-not-retry"];
    let lost = |scheme: &str, lines: &str| -> Vec<[String; 3]> {
        let bench = with(&format!("{}{lines}", auth(scheme)));
        let findings = bench.findings().into_iter().zip(told(&bench));
        let lost = findings.filter(|(_, (_, code, _))| codes.contains(&code.as_str()));
        lost.map(|(finding, (severity, code, line))| {
            [format!("{severity}[{code}]"), line, finding["message"].as_str().unwrap().into()]
        })
        .collect()
    };
    assert_eq!(lost("github", ""), [[""; 3]; 0]);
    assert_eq!(lost("stripe", "on_failure = \"reply\"\non_stop = \"reject\"\n"), [[""; 3]; 0]);
    let reply = "on_failure = \"reply\"\n";
    let never = "github never tries again: what the site fails and what comes while the hook is stopped is lost; to be redelivered by hand or by its API";
    assert_eq!(lost("github", reply), [["warning[never-retries]", "on_failure", never]]);
    assert_eq!(
        lost("lifterlms", &format!("{reply}on_stop = \"hold\"\n")),
        [[
            "warning[never-retries]",
            "on_failure",
            "lifterlms never tries again: what the site fails is lost; failures are counted, and disable the webhook"
        ]]
    );
    assert_eq!(
        lost("x-twitter", "on_stop = \"reject\"\n"),
        [[
            "warning[never-retries]",
            "on_stop",
            "x-twitter never tries again: what comes while the hook is stopped is lost"
        ]]
    );
    let unknown = "nobody knows whether gitea tries again: if it does not, what the site fails and what comes while the hook is stopped is lost";
    assert_eq!(lost("gitea", reply), [["info[may-not-retry]", "on_failure", unknown]]);
    assert_eq!(lost("gitea", "on_stop = \"drop\"\n"), [[""; 3]; 0], "that is what the operator wants");
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
    let second = ["info", "second-secret", "\"PAY_SECRET\""];
    assert_eq!(reversed, expected(&[["warning", "old-secret-first", "{"], second]));
    assert_eq!(secrets(&format!("\"OLD_SECRET\",\n{new}")), expected(&[second]));
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
    assert_eq!(row(&auth("persona")), "the gate's own for 3 d, with growing pauses; then it waits for an operator");
}

/// Rows of the card of a hook that keeps, strictly.
#[test]
fn a_card_tells_what_is_kept_and_what_is_promised() {
    let lines = "keep_for = \"24h\"\nshards = 4\nreplay = { mode = \"strict\", window = \"48h\" }\n";
    let output = with(&format!("{}{lines}", auth("github"))).check(&[]).output;
    let expected = [
        "  timeout         10 s for the site's whole answer; then 202: uncertain, held, and tried again with the same key\n",
        "                  the gate's own for 24 h, with growing pauses; then it waits for an operator\n",
        "  replay          remembered for 2 d, known by what is signed\n                  strict: the ledger claims it, so that no copy runs beside it, anywhere; its ledger has 4 objects\n",
        "  failure         202: what the site fails is held; all else:\n                  4xx and 5xx with a reason in the log",
        "                  then 202: held in order, and released when the hook goes on; to go on:\n",
    ];
    for row in expected {
        assert!(output.contains(row), "{row}{output}");
    }
    let rest = "origin = { kind = \"rest\", site = \"blog\", route = \"/x\" }\nreplay = \"strict\"\n";
    let bench = with(&format!("{}{rest}", auth("stripe")));
    let output = bench.check(&[]).output;
    assert!(output.contains("then 202: uncertain, and held until an operator says what became of it\n"), "{output}");
    assert!(output.contains("keeps no keys: what may have run waits for an operator\n"), "{output}");
    assert!(!told(&bench).iter().any(|(_, code, _)| code == "forgetful-origin"), "{output}");
}

/// The right hook of a scheme, with objects and fields of its own.
fn payload(scheme: &str, more: &str, lines: &str) -> Bench {
    let start = GOOD.find("auth = ").unwrap();
    let auth = format!("auth = [{{ scheme = \"{scheme}\", {more}secrets = [\"PAY_SECRET\"] }}]\n");
    Bench::new(&format!("{}{auth}timeout = \"1s\"\n{lines}", &GOOD[..start]), SECRETS)
}

/// What of a payload is not signed: code, line and message.
fn open(bench: &Bench) -> Vec<[String; 3]> {
    let codes = ["unsigned-field", "unsigned-boundary", "unsigned-event", "unsigned-body", "wrong-value"];
    let findings = bench.findings().into_iter().zip(told(bench));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("").to_owned();
    findings
        .filter(|(_, (_, code, _))| codes.contains(&code.as_str()))
        .map(|(finding, (severity, code, line))| {
            let help = if code == "wrong-value" { text(&finding, "help") } else { text(&finding, "message") };
            [format!("{severity}[{code}]"), line, help]
        })
        .collect()
}

#[test]
fn fields_that_nobody_signs_are_named() {
    let item = |name: &str| format!("/notificationItems/0/NotificationRequestItem/{name}");
    let reason = item("reason");
    let change = "who has captured a delivery can change that before it arrives";
    let url = "url = \"https://hooks.shop.dev/wa-hook/r8wq4n1zt6ye\", ";
    let flag = "unsigned_fields = true\n";
    let boundary = |name: &str| {
        let message = format!(
            "{name} signs a form's names and values with nothing between them: who has captured a delivery can have one end elsewhere before it arrives"
        );
        vec![["info[unsigned-boundary]".to_owned(), "auth".into(), message]]
    };
    let warned = |code: &str, line: &str, message: String| vec![[format!("warning[{code}]"), line.to_owned(), message]];
    let cases = [
        // Adyen's key would have to be hex.
        (
            payload("mailgun", "", &format!("fields = [\"/event-data/event\", {{ at = \"/event-data/id\" }}]\n{flag}")),
            warned(
                "unsigned-field",
                "unsigned_fields",
                format!("mailgun does not sign `/event-data/event`, `/event-data/id`: {change}"),
            ),
        ),
        (
            payload(
                "mercado-pago",
                "",
                &format!("objects = {{ order = {{ at = \"/order\" }} }}\nfields = [\"/data.id\"]\n{flag}"),
            ),
            warned("unsigned-field", "unsigned_fields", format!("mercado-pago does not sign `/order`: {change}")),
        ),
        (
            payload("mercado-pago", "", &format!("fields = [\"/data.id\"]\n{flag}")),
            vec![[
                "info[unsigned-field]".into(),
                "unsigned_fields".into(),
                "allows nothing: mercado-pago signs every field of this hook".into(),
            ]],
        ),
        (payload("mercado-pago", "", "fields = [\"/data.id\"]\n"), vec![]),
        (
            payload("mercado-pago", "", "fields = [\"/data/id\"]\n"),
            vec![["error[wrong-value]".into(), "fields".into(), "signed are `/data.id`".into()]],
        ),
        (
            payload("mailgun", "event = \"/event-data/event\", ", "events = [\"failed\"]\n"),
            vec![["error[wrong-value]".into(), "events".into(), String::new()]],
        ),
        (
            payload("mailgun", "event = \"/event-data/event\", ", &format!("events = [\"failed\"]\n{flag}")),
            warned(
                "unsigned-event",
                "events",
                "the event is in `/event-data/event`, which nothing signs: who has captured a delivery can name it otherwise".into(),
            ),
        ),
        (payload("twilio", url, "fields = [\"/Body\"]\n"), boundary("twilio")),
        (payload("mandrill", url, "fields = [\"/mandrill_events\"]\n"), boundary("mandrill")),
        (payload("hmac", "hash = \"sha256\", header = \"X-Sign\", content = \"{form}\", ", "on_failure = \"keep\"\nfields = [\"/a\"]\n"), boundary("hmac")),
        (payload("twilio-json", url, "fields = [\"/a\"]\n"), vec![]),
        (
            payload("microsoft-graph", "", "fields = [\"/value/*/resource\"]\n"),
            warned(
                "unsigned-body",
                "auth",
                "a password or key does not sign the body: who sees one request can send others, with other contents".into(),
            ),
        ),
    ];
    for (bench, expected) in cases {
        assert_eq!(open(&bench), expected, "{}", bench.read("wrangler.toml"));
    }
    let adyen = payload("adyen", "", &format!("fields = [\"{}\", \"{reason}\"]\n{flag}", item("success")));
    adyen.write(".dev.vars", &SECRETS.replace("canary-hunter2-0f9e8d7c6b5a", &"0f9e8d7c6b5a4321".repeat(4)));
    let named = warned("unsigned-field", "unsigned_fields", format!("adyen does not sign `{reason}`: {change}"));
    assert_eq!(open(&adyen), named);
}

#[test]
fn a_card_tells_what_is_signed() {
    let card = |bench: Bench| {
        let output = bench.check(&[]).output;
        let start = output.find("  authentication").unwrap_or_else(|| panic!("{output}"));
        output[start..].lines().nth(1).unwrap().trim().to_owned()
    };
    let url = "url = \"https://hooks.shop.dev/wa-hook/r8wq4n1zt6ye\", ";
    let cases = [
        (payload("stripe", "", ""), "the body is signed: nobody can change it on its way"),
        (payload("vonage", "", ""), "the body is signed: nobody can change it on its way"),
        (payload("telegram", "", ""), "the body is not signed: whoever sees a request can make others"),
        (payload("twilio", url, ""), "names and values are signed, but not where one ends and the next begins"),
        (
            payload("mercado-pago", "", ""),
            "signed are /data.id: whoever has captured a request can change all else on its way",
        ),
    ];
    for (bench, words) in cases {
        assert_eq!(card(bench), words);
    }
}

#[test]
fn a_subscription_that_nobody_would_confirm_is_told() {
    let told = |scheme: &str, more: &str| {
        let bench = payload(scheme, more, "");
        bench.write(".dev.vars", &format!("{SECRETS}ASK_SECRET=\"5f0c9e8d7b6a5f4e3d2c1b0a99887766\"\n"));
        told(&bench).into_iter().find(|(_, code, _)| code == "no-verify-token")
    };
    let note = expected(&[["info", "no-verify-token", "auth"]]).pop();
    assert_eq!((told("meta", ""), told("meta-sha1", "")), (note.clone(), note));
    assert_eq!((told("meta", "verify_token = \"ASK_SECRET\", "), told("github", "")), (None, None));
}

/// A preset's own caveats fail no build: only what the operator chose does.
#[test]
fn of_no_provider_alone_there_is_a_warning() {
    for provider in hookgate::catalogue::providers() {
        let name = provider.name;
        let url = if provider.signs_url { "url = \"https://a.dev/x\", " } else { "" };
        let lines = format!("auth = [{{ scheme = \"{name}\", {url}secrets = [\"PAY_SECRET\"] }}]\n");
        let config = GOOD.replace(AUTH, &lines);
        let start = config.find("objects = ").unwrap();
        let config = match provider.places.as_slice() {
            // A form has no tables.
            [] => config.replace("/data/", "/"),
            // Of Mailgun's there is but its token, which is nobody's business.
            _ if name.starts_with("mailgun") => config[..start].into(),
            places => format!("{}fields = [\"{}\"]\n", &config[..start], places.join("\", \"")),
        };
        let bench = Bench::new(&config, "");
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
        let told: Vec<_> = told
            .iter()
            .filter(|(_, code, _)| !["secret-not-here", "no-admin-token"].contains(&code.as_str()))
            .collect();
        assert!(told.len() <= 5, "{name}: {told:?}");
    }
}
