//! Who is let in, and what everybody else sees.

use core::time::Duration;

use hookgate::gateway::Gateway;
use hookgate::host::BodyFault;
use serde_json::{Value, json};

use super::{Bench, TOKEN, bare, environment, get, post};
use crate::world::{Inbound, World};

/// All of them, with what they take.
const ROUTES: [(&str, &str, &str); 9] = [
    ("GET", "status", ""),
    ("GET", "deliveries?hook=orders", ""),
    ("GET", "held?hook=orders", ""),
    ("GET", "show?ref=0123456789abcdef", ""),
    ("POST", "release", r#"{"all":true,"hook":"orders"}"#),
    ("POST", "resolve", r#"{"ref":"01234567","as":"abandoned","because":"x"}"#),
    ("POST", "forget", r#"{"ref":"01234567"}"#),
    ("POST", "stop", r#"{"because":"x"}"#),
    ("POST", "resume", "{}"),
];

fn request(method: &str, path: &str, body: &str) -> Inbound {
    let request = Inbound::post(&format!("/_hookgate/{path}")).method(method);
    if body.is_empty() { request } else { request.json(body) }
}

/// Asserts that a request is a delivery to an unknown hook, at the cost of one, and nothing else.
fn is_nothing(bench: &Bench, what: &str, request: Inbound) {
    let mut other = Inbound::post("/nothing/here").method(&request.method).tls(request.tls.as_deref());
    other.headers.clone_from(&request.headers);
    other.body.clone_from(&request.body);
    let (operations, lines) = (bench.world.operations(), bench.world.log().len());
    let asked = bench.objects.asked().len();
    assert_eq!(bench.reply(&request), bench.reply(&other), "{what}");
    assert_eq!(request.asked(), other.asked(), "{what}: as much of the body is read");
    assert_eq!((bench.world.operations(), bench.objects.asked().len()), (operations, asked), "{what}");
    assert_eq!(bench.world.origin.sent(), []);
    let log = bench.world.log();
    assert_eq!(log.len(), lines + 2, "{what}");
    assert_eq!(log[lines], log[lines + 1], "{what}");
    let line: Value = serde_json::from_str(&log[lines]).unwrap();
    assert_eq!((&line["hook"], &line["reason"]), (&Value::Null, &json!("unknown-hook")), "{what}");
}

#[test]
fn the_right_token_reaches_every_route() {
    let bench = Bench::new();
    for (method, path, body) in ROUTES {
        let request = request(method, path, body).header("authorization", &format!("Bearer {TOKEN}"));
        let reply = bench.reply(&request);
        let known = if body.contains("ref") { 404 } else { 200 };
        assert_eq!(reply.status, known, "{path}: {}", reply.body);
        let name = path.split('?').next().unwrap();
        assert_eq!(bench.deed()["admin"], name);
    }
    assert_eq!(bench.deeds().len(), ROUTES.len());
}

#[test]
fn without_the_token_no_route_exists() {
    let bench = Bench::new();
    let wrong = [
        String::new(),
        TOKEN.into(),
        format!("bearer {TOKEN}"),
        format!("Basic {TOKEN}"),
        format!("Bearer  {TOKEN}"),
        format!("Bearer {TOKEN}x"),
        format!("Bearer {}", &TOKEN[1..]),
        format!("Bearer {}", &TOKEN[..31]),
        format!("Bearer {}", TOKEN.to_uppercase()),
        format!("Bearer {TOKEN}, Bearer {TOKEN}"),
        "Bearer".into(),
        "Bearer ".into(),
    ];
    for (method, path, body) in ROUTES {
        is_nothing(&bench, path, request(method, path, body));
        for wrong in &wrong {
            is_nothing(&bench, wrong, request(method, path, body).header("authorization", wrong));
        }
        let twice = request(method, path, body).header("authorization", &format!("Bearer {TOKEN}"));
        is_nothing(&bench, "twice", twice.header("authorization", &format!("Bearer {TOKEN}")));
        let elsewhere = request(method, &format!("{path}?token={TOKEN}"), body).header("x-admin-token", TOKEN);
        is_nothing(&bench, "elsewhere", elsewhere);
    }
}

#[test]
fn without_the_secret_or_with_one_that_is_short_no_route_exists() {
    let mistake = |token: &str| {
        let bench = Bench::of(&environment().secret("ADMIN_TOKEN", token));
        for (method, path, body) in ROUTES {
            let request = request(method, path, body).header("authorization", &format!("Bearer {token}"));
            is_nothing(&bench, token, request);
        }
        bench.world.mistakes().into_iter().find(|mistake| mistake.starts_with("ADMIN_TOKEN"))
    };
    let short = "ADMIN_TOKEN: is shorter than 32 characters: make one with `openssl rand -hex 32`";
    assert_eq!(mistake("").as_deref(), Some(short));
    assert_eq!(mistake(&TOKEN[1..]).as_deref(), Some(short));
    let strange = "ADMIN_TOKEN: has other characters than letters, digits and signs of ASCII";
    for token in
        [" canary-token-0123456789abcdefghi", "canary token 0123456789abcdefghi", "känary-token-0123456789abcdefghi"]
    {
        assert_eq!(mistake(token).as_deref(), Some(strange));
    }
    let bench = Bench::of(&environment());
    for (method, path, body) in ROUTES {
        for token in ["", "undefined", "null", TOKEN] {
            let request = request(method, path, body).header("authorization", &format!("Bearer {token}"));
            is_nothing(&bench, token, request);
        }
    }
    assert_eq!(bench.world.mistakes().iter().filter(|mistake| mistake.contains("ADMIN")).count(), 0);
}

#[test]
fn another_spelling_of_a_path_is_another_path() {
    let bench = Bench::new();
    for path in [
        "/_hookgate",
        "/_hookgate/",
        "//_hookgate/status",
        "/_hookgate//status",
        "/_hookgate/status/",
        "/_hookgate/status.",
        "/_hookgate/status..",
        "/_hookgate/./status",
        "/_hookgate/%73tatus",
        "/%5fhookgate/status",
        "/_hookgate%2fstatus",
        "/_hookgate\\status",
        "/_hookgate/status%00",
        "/_hookgate/status%20",
        "/_hookgate/status;a=b",
        "/_HOOKGATE/status",
        "/_hookgate/Status",
        "/_hookgate/STATUS",
        "/x/../_hookgate/status",
        "/wa-hook/_hookgate/status",
        "/wa-hook/../_hookgate/status",
        "/_hookgate/orders",
        "/_hookgate/stat",
        "/_hookgate/statuses",
        "/_hookgate./status",
        "/_hookgate/status#",
        "/nothing?/_hookgate/status",
    ] {
        // A fragment does not reach a server; if one did, it would be none of the path.
        let lone = path.ends_with('#');
        if lone {
            assert_eq!(bench.reply(&bare(path)).status, 200);
        } else {
            is_nothing(&bench, path, bare(path));
        }
    }
}

#[test]
fn another_method_reaches_nothing() {
    let bench = Bench::new();
    for (method, path, body) in ROUTES {
        for other in ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "post"] {
            if other != method {
                let request = request(other, path, body).header("authorization", &format!("Bearer {TOKEN}"));
                is_nothing(&bench, &format!("{other} {path}"), request);
            }
        }
    }
}

#[test]
fn a_connection_that_others_can_read_is_refused_as_for_any_request() {
    let bench = Bench::new();
    for (tls, url) in [
        (None, "http://hooks.example.com/_hookgate/status"),
        (Some("TLSv1.3"), "http://hooks.example.com/_hookgate/status"),
        (None, "https://hooks.example.com/_hookgate/status"),
        (Some("TLSv1.1"), "https://hooks.example.com/_hookgate/status"),
    ] {
        let reply = bench.reply(&get("status").url(url).tls(tls));
        assert_eq!((reply.status, reply.body.contains("HTTPS required")), (403, true), "{url}");
    }
    assert_eq!((bench.world.operations(), bench.deeds().len()), (0, 0));
    assert_eq!(bench.reply(&get("status").url("http://localhost:8787/_hookgate/status").tls(None)).status, 200);
}

#[test]
fn the_api_has_its_path_for_itself() {
    for token in [None, Some(TOKEN)] {
        let environment = environment().var("SLUG", "_hookgate");
        let environment = token.map_or(environment.clone(), |token| environment.secret("ADMIN_TOKEN", token));
        let bench = Bench::of(&environment);
        assert!(bench.world.mistakes().contains(&"SLUG: may not be \"_hookgate\": there operators ask".into()));
        let reply = bench.reply(&Inbound::post("/_hookgate/orders").json("{}"));
        assert_eq!(reply.status, 503, "every hook is closed");
    }
}

#[test]
fn an_operator_reaches_a_gate_with_a_mistake_that_closes_it() {
    let bench = Bench::of(&environment().var("MIN_TLS", "1.1").secret("ADMIN_TOKEN", TOKEN));
    let (status, answer) = bench.get("status");
    let states: Vec<&Value> = answer["hooks"].as_array().unwrap().iter().map(|hook| &hook["state"]).collect();
    assert_eq!((status, states), (200, vec![&json!("misconfigured"); 5]));
    assert_eq!(bench.reply(&Inbound::post("/_hookgate/status").json("{}")).status, 503, "as every path");
}

#[test]
fn no_hook_may_have_the_token_for_its_secret() {
    let environment = environment().var(
        "HOOKS",
        json!([{
            "id": "orders", "enabled": true, "owner": "a", "on_failure": "reply", "fields": ["/a"],
            "auth": [{"scheme": "api-key", "header": "X-Key", "secrets": ["ADMIN_TOKEN"]}],
        }]),
    );
    let bench = Bench::of(&environment.secret("ADMIN_TOKEN", TOKEN));
    let told = bench.world.mistakes();
    assert!(
        told.iter().any(|text| text.contains("may not be ADMIN_TOKEN: that is a variable of the gate")),
        "{told:?}"
    );
}

#[test]
fn a_delivery_costs_no_header_more() {
    let bench = Bench::new();
    let delivery = Inbound::post("/wa-hook/orders").json(r#"{"id":1}"#).sha256("X-Signature", "", super::SENDER);
    assert_eq!(bench.reply(&delivery).status, 200);
    assert!(!delivery.was_read("authorization"));
    assert_eq!((bench.world.replay.reads(), bench.world.switches.reads(), bench.objects.asked().len()), (1, 1, 0));
}

#[test]
fn a_new_environment_has_its_own_token() {
    let world = World::new();
    let gateway = Gateway::new(&environment().secret("ADMIN_TOKEN", TOKEN), &world);
    let renewed =
        gateway.reconfigured(&environment().secret("ADMIN_TOKEN", &TOKEN.replace("canary", "second")), &world);
    assert_eq!(world.deliver(&gateway, &get("status")).status, 200);
    assert_eq!(world.deliver(&renewed, &get("status")).status, 404);
}

#[test]
fn nothing_shows_the_token() {
    let bench = Bench::new();
    for (method, path, body) in ROUTES {
        let request = request(method, path, body).header("authorization", &format!("Bearer {TOKEN}"));
        assert!(!bench.reply(&request).body.contains("canary-token"));
    }
    bench.reply(&request("GET", "status", "").header("authorization", "Bearer canary-token-that-is-wrong"));
    assert!(!bench.world.log().concat().contains("canary-token"));
    assert!(!format!("{:?}", bench.gateway).contains("canary-token"));
    assert!(!format!("{:?}", bench.gateway).contains("admin: Some(Token(["));
}

#[test]
fn a_body_is_bounded_and_has_nothing_in_it_that_nobody_reads() {
    let bench = Bench::new();
    let told = |request: &Inbound| {
        let (status, answer) = super::answer(&bench.reply(request));
        (status, answer["error"].as_str().unwrap().to_owned(), answer["message"].as_str().unwrap().to_owned())
    };
    let bad = |message: &str| (400, "bad-request".to_owned(), message.to_owned());
    let large = post("resume", &format!("{{\"by\":\"{}\"}}", "a".repeat(16 * 1024)));
    assert_eq!(told(&large), bad("the body is larger than 16 KiB"));
    assert_eq!(large.asked(), Some((16 * 1024, Duration::from_secs(10))));
    for fault in [BodyFault::Timeout, BodyFault::Broken] {
        assert_eq!(told(&post("resume", "{}").fault(fault)), bad("the body did not arrive"));
    }
    for wrong in [
        "",
        "null",
        "[]",
        "\"stop\"",
        "1",
        "{",
        "{} {}",
        "[{}]",
        r#"{"hok":"orders"}"#,
        r#"{"hook":""}"#,
        r#"{"hook":null}"#,
        r#"{"hook":["orders"]}"#,
        r#"{"hook":{"id":"orders"}}"#,
        r#"{"hook":"orders","hook":"orders"}"#,
        r#"{"hook":"orders","mode":"drop"}"#,
        r#"{"hook":"orders","":""}"#,
        r#"{"by":"\ud800"}"#,
    ] {
        let message = "the body must be a table of JSON; it may have hook, by, because, each once and not empty";
        assert_eq!(told(&post("resume", wrong)), bad(message), "{wrong}");
    }
    assert_eq!((bench.world.operations(), bench.objects.asked().len()), (0, 0));
    assert!(
        bench
            .deeds()
            .iter()
            .all(|deed| *deed == json!({"admin": "resume", "hook": null, "done": false, "error": "bad-request"}))
    );
}
