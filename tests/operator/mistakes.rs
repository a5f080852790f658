//! Every mistake is told once, at its line.

use serde_json::Value;

use crate::bench::{Bench, CANARY, GOOD, SECRETS};

const CONFIG: &str = "wrangler.toml";
const DEV_VARS: &str = ".dev.vars";

/// A part of the right configuration, what stands there instead, and what is said of it.
struct Case {
    old: &'static str,
    new: &'static str,
    severity: &'static str,
    code: &'static str,
    /// How the line that is meant begins, the first or after `…` the last one that does; empty for the first of all.
    line: &'static str,
    help: &'static str,
}

const fn case(old: &'static str, new: &'static str, [severity, code, line, help]: [&'static str; 4]) -> Case {
    Case { old, new, severity, code, line, help }
}

/// A line that is added to the hook.
const HOOK: &str = "purpose = \"Mark an order paid\"\n";
const AUTH: &str =
    "{ scheme = \"hmac\", hash = \"sha256\", header = \"X-Sign\", prefix = \"sha256=\", secrets = [\"PAY_SECRET\"] }";
const OBSERVABILITY: &str = "[observability]
enabled = true
redact_query_string = true

[observability.logs]
enabled = true
invocation_logs = false
";
const FIELDS: &str = "fields = [\"/type\", { at = \"/data/amount\", type = \"integer\" }]";

const CASES: &[Case] = &[
    // Keys.
    case("owner = ", "ower = ", ["error", "missing-key", "[[vars.HOOKS]]", ""]),
    case(HOOK, "purpos = \"a\"\n", ["error", "unknown-key", "purpos", "did you mean `purpose`?"]),
    case(HOOK, "purpose = \"a\"\ncolour = 1\n", ["error", "unknown-key", "colour", ""]),
    case("hash = \"sha256\"", "hahs = \"sha256\"", ["error", "unknown-key", "auth", "did you mean `hash`?"]),
    case("by = [\"id\"]", "bye = [\"id\"]", ["error", "unknown-key", "objects", "did you mean `by`?"]),
    case("order = {", "oder = {", ["error", "unknown-key", "objects", "did you mean `order`?"]),
    case("type = \"integer\"", "typ = \"integer\"", ["error", "unknown-key", "fields", "did you mean `type`?"]),
    case(
        "secret = \"BLOG_SECRET\"",
        "secrets = \"BLOG_SECRET\"",
        ["error", "unknown-key", "secrets = ", "did you mean `secret`?"],
    ),
    case("user = \"gate\"\n", "", ["error", "unknown-key", "password", ""]),
    // Values.
    case("id = \"r8wq4n1zt6ye\"\n", "", ["error", "missing-key", "[[vars.HOOKS]]", ""]),
    case("r8wq4n1zt6ye", "R8WQ", ["error", "wrong-value", "id = \"R8WQ", ""]),
    case("Shop operations <ops@shop.dev>", " ", ["error", "wrong-value", "owner", ""]),
    case("enabled = true\nowner", "enabled = \"yes\"\nowner", ["error", "wrong-value", "enabled = \"yes", ""]),
    case("2027-01-31", "2027-02-30", ["error", "wrong-value", "review_by", ""]),
    case("\"2027-01-31\"", "2027-01-31", ["error", "wrong-value", "review_by", ""]),
    case(HOOK, "purpose = \"a\"\nmode = \"observ\"\n", ["error", "wrong-value", "mode", "did you mean `observe`?"]),
    case(HOOK, "purpose = \"a\"\nmethods = [\"post\"]\n", ["error", "wrong-value", "methods", ""]),
    case(HOOK, "purpose = \"a\"\nmax_body = \"1MB\"\n", ["error", "wrong-value", "max_body", ""]),
    case(HOOK, "purpose = \"a\"\nbody_timeout = \"2m\"\n", ["error", "wrong-value", "body_timeout", ""]),
    case(HOOK, "purpose = \"a\"\ntimeout = \"26s\"\n", ["error", "wrong-value", "timeout", ""]),
    case(HOOK, "purpose = \"a\"\nmedia = \"xml\"\n", ["error", "wrong-value", "media", ""]),
    case(HOOK, "purpose = \"a\"\nmedia = \"form\"\n", ["error", "wrong-value", "media", ""]),
    case(HOOK, "purpose = \"a\"\non_stop = \"rejct\"\n", ["error", "wrong-value", "on_stop", "did you mean `reject`?"]),
    case("on_failure = \"reply\"\n", "", ["error", "missing-key", "[[vars.HOOKS]]", ""]),
    case(
        "on_failure = \"reply\"",
        "on_failure = \"keeep\"",
        ["error", "wrong-value", "on_failure", "did you mean `keep`?"],
    ),
    case(HOOK, "purpose = \"a\"\nkeep_for = \"1h\"\n", ["error", "wrong-value", "keep_for", ""]),
    case(HOOK, "purpose = \"a\"\nshards = 0\n", ["error", "wrong-value", "shards", ""]),
    case(HOOK, "purpose = \"a\"\nreplay = \"strikt\"\n", ["error", "wrong-value", "replay", "did you mean `strict`?"]),
    case(HOOK, "purpose = \"a\"\nreplay = { window = \"59s\" }\n", ["error", "wrong-value", "replay", ""]),
    case(HOOK, "purpose = \"a\"\nreplay = { key = \"request\" }\n", ["error", "wrong-value", "replay", ""]),
    case(HOOK, "purpose = \"a\"\nunsigned_query = true\n", ["error", "wrong-value", "unsigned_query", ""]),
    case("\"X-Sign\"", "\"X Sign\"", ["error", "wrong-value", "auth", ""]),
    case("scheme = \"hmac\"", "scheme = \"hmca\"", ["error", "wrong-value", "auth", "did you mean `hmac`?"]),
    case("auth = [", "methods = [\"POST\"] #", ["error", "missing-key", "[[vars.HOOKS]]", ""]),
    case("\"/data/order_id\"", "\"data.order_id\"", ["error", "wrong-value", "objects", ""]),
    case("by = [\"id\"]", "by = [\"slug\"]", ["error", "wrong-value", "objects", ""]),
    case("[\"/type\", {", "[\"/\", {", ["error", "wrong-value", "fields", ""]),
    case("[\"/type\", {", "[\"/data\", {", ["error", "wrong-value", "fields", ""]),
    case("[\"/type\", {", "[\"/data/amount\", {", ["error", "wrong-value", "fields", ""]),
    // Several hooks, sites and variables.
    case(HOOK, "purpose = \"a\"\norigin = \"blogg\"\n", ["error", "unknown-origin", "origin", "did you mean `blog`?"]),
    case(
        HOOK,
        "purpose = \"a\"\norigin = { kind = \"rest\", route = \"/x\" }\n",
        ["error", "wrong-value", "origin", ""],
    ),
    case(HOOK, "purpose = \"a\"\norigin = { kind = \"soap\" }\n", ["error", "wrong-value", "origin", ""]),
    case("https://www.shop.dev", "http://www.shop.dev", ["error", "wrong-value", "ORIGIN = ", ""]),
    case("https://blog.shop.dev", "blog.shop.dev", ["error", "wrong-value", "url", ""]),
    case("ORIGIN = ", "MIN_TLS = \"1.1\"\nORIGIN = ", ["error", "wrong-value", "MIN_TLS", "did you mean `1.2`?"]),
    case("ORIGIN = ", "SLUG = \"WA\"\nORIGIN = ", ["error", "wrong-value", "SLUG", ""]),
    case("ORIGIN = ", "HOOKS_SHOP = \"a\"\nORIGIN = ", ["error", "wrong-value", "HOOKS_SHOP", ""]),
    case(
        "ORIGIN = ",
        "MINTLS = \"1.3\"\nORIGIN = ",
        ["warning", "unknown-variable", "MINTLS", "did you mean `MIN_TLS`?"],
    ),
    // Secrets.
    case(
        "[\"PAY_SECRET\"]",
        "[\"canary-hunter2-0f9e8d7c6b5a\"]",
        ["error", "secret-in-config", "auth", "npx wrangler secret put NAME"],
    ),
    case("[\"PAY_SECRET\"]", "[\"PAY_SECRET\", \"ORIGIN\"]", ["error", "wrong-value", "auth", ""]),
    case(
        "[\"PAY_SECRET\"]",
        "[\"PAY_SECRET\", \"PAY_SECRETS\"]",
        ["warning", "secret-not-here", "auth", ".dev.vars has PAY_SECRET"],
    ),
    case(
        "ORIGIN = ",
        "PAY_SECRET = \"canary-hunter2-0f9e8d7c6b5a\"\nORIGIN = ",
        ["error", "secret-in-vars", "PAY_SECRET", "npx wrangler secret put PAY_SECRET"],
    ),
    case(
        "ORIGIN = ",
        "ADMIN_TOKEN = \"canary-hunter2-0f9e8d7c6b5a-0123456789abcdef\"\nORIGIN = ",
        ["error", "secret-in-vars", "ADMIN_TOKEN", "npx wrangler secret put ADMIN_TOKEN"],
    ),
    case("[\"PAY_SECRET\"]", "[\"PAY_SECRET\", \"ADMIN_TOKEN\"]", ["error", "wrong-value", "auth", ""]),
    // The platform.
    case("name = \"LEDGER\"", "name = \"LEGDER\"", ["error", "missing-binding", "", "name = \"LEDGER\""]),
    case(
        "class_name = \"Ledger\"",
        "class_name = \"Legder\"",
        ["error", "missing-binding", "class_name", "class_name = \"Ledger\""],
    ),
    case("new_sqlite_classes = [", "# [", ["error", "missing-binding", "", "new_sqlite_classes = [\"Ledger\"]"]),
    case(
        "new_sqlite_classes = [",
        "new_classes = [",
        ["error", "missing-binding", "new_classes", "new_sqlite_classes = [\"Ledger\"]"],
    ),
    case(
        "binding = \"SWITCHES\"",
        "binding = \"SWITCH\"",
        ["error", "missing-binding", "", "npx wrangler kv namespace create SWITCHES"],
    ),
    case(
        "id = \"1f2ac74b498b48028cb68387c421e279\"\n",
        "",
        ["error", "missing-binding", "…[[kv_namespaces]]", "create SWITCHES"],
    ),
    case(
        "0f2ac74b498b48028cb68387c421e279",
        "00000000000000000000000000000001",
        ["error", "placeholder-id", "id = \"0000", "create REPLAY"],
    ),
    case(
        "0f2ac74b498b48028cb68387c421e279",
        "<id of REPLAY>",
        ["error", "placeholder-id", "id = \"<id", "create REPLAY"],
    ),
    case(
        "1f2ac74b498b48028cb68387c421e279",
        "0f2ac74b498b48028cb68387c421e279",
        ["error", "shared-namespace", "…id = \"0f2", "create SWITCHES"],
    ),
    case(
        "invocation_logs = false",
        "invocation_logs = true",
        ["error", "logs-senders-data", "invocation_logs", "invocation_logs = false"],
    ),
    case(
        "invocation_logs = false\n",
        "",
        ["error", "logs-senders-data", "[observability.logs]", "invocation_logs = false"],
    ),
    case(
        "redact_query_string = true\n",
        "",
        ["error", "logs-senders-data", "[observability]", "redact_query_string = true"],
    ),
    case("workers_dev = false", "logpush = true\nworkers_dev = false", ["error", "logs-senders-data", "logpush", ""]),
    case(
        "[[kv_namespaces]]\nbinding = \"REPLAY\"",
        "[observability.traces]\nenabled = true # traces\n[[kv_namespaces]]\nbinding = \"REPLAY\"",
        ["error", "logs-senders-data", "enabled = true # traces", ""],
    ),
    case("enabled = true\ninvocation", "enabled = false\ninvocation", ["warning", "no-log", "[observability]", ""]),
    case("compatibility_date = \"2026-11-01\"\n", "", ["error", "compatibility-date", "", "2026-11-01"]),
    case("\"2026-11-01\"", "\"2026-12-24\"", ["error", "compatibility-date", "compatibility_date", ""]),
    case("\"2026-11-01\"", "\"2024-01-01\"", ["warning", "compatibility-date", "compatibility_date", ""]),
    case("\"2026-11-01\"", "2026-11-01", ["error", "compatibility-date", "compatibility_date", ""]),
    case("workers_dev = false", "workers_dev = true", ["info", "workers-dev", "workers_dev", "workers_dev = false"]),
    case(
        "\"hooks.shop.dev\", custom_domain = true",
        "\"www.shop.dev/hooks/*\", zone_name = \"shop.dev\"",
        ["error", "route-misses-hooks", "routes", "/wa-hook/*"],
    ),
    case(
        "workers_dev = false",
        "workers_dev = false\ncompatability_flags = []",
        ["warning", "unknown-key", "compatability_flags", "did you mean `compatibility_flags`?"],
    ),
    // Unfinished or risky.
    case("https://www.shop.dev", "https://www.example.com", ["error", "example-left", "ORIGIN", ""]),
    case("https://www.shop.dev", "http://localhost:8080", ["error", "loopback-origin", "ORIGIN", ".dev.vars"]),
    case("r8wq4n1zt6ye", "k3v9x0q2m7ta", ["error", "example-left", "id = \"k3v9", "openssl rand -hex 6"]),
    case("ops@shop.dev", "ops@example.com", ["warning", "example-left", "owner", ""]),
    case("Shop operations <ops@shop.dev>", "Anna", ["warning", "owner-unreachable", "owner", ""]),
    case("2027-01-31", "2026-11-21", ["warning", "review-overdue", "review_by", ""]),
    case("2027-01-31", "2026-11-22", ["info", "review-soon", "review_by", ""]),
    case("review_by = \"2027-01-31\"\n", "", ["info", "no-review", "[[vars.HOOKS]]", ""]),
    case(HOOK, "", ["warning", "no-purpose", "[[vars.HOOKS]]", ""]),
    case("enabled = true\nowner", "enabled = false\nowner", ["info", "disabled", "enabled = false", ""]),
    case(HOOK, "purpose = \"a\"\nmode = \"observe\"\n", ["info", "observes", "mode", "mode = \"live\""]),
    case(HOOK, "purpose = \"a\"\nreplay = { window = \"23h\" }\n", ["warning", "short-window", "replay", ""]),
    case(
        HOOK,
        "purpose = \"a\"\nunsigned_query = true\nreplay = { key = [\"/id\"] }\n",
        ["warning", "unsigned-query", "unsigned_query", ""],
    ),
    case(
        HOOK,
        "purpose = \"a\"\norigin = { kind = \"rest\", site = \"blog\", route = \"/x\" }\n",
        ["warning", "forgetful-origin", "origin", "replay = \"strict\""],
    ),
    case(
        AUTH,
        "{ scheme = \"api-key\", header = \"X-Key\", secrets = [\"PAY_SECRET\"] }",
        ["warning", "unsigned-body", "auth", ""],
    ),
    case(
        "auth = [",
        "auth = \"none\"\nreason = \"the sender cannot\"\nmethods = [\"POST\"] #",
        ["warning", "open-hook", "auth = \"none\"", ""],
    ),
    case("workers_dev = false", "tail_consumers = [{ service = \"x\" }]", ["warning", "logs-senders-data", "tail", ""]),
    case("routes = [", "# [", ["warning", "no-address", "workers_dev", ""]),
    case("workers_dev = false\nroutes = [", "# [", ["info", "workers-dev", "", "workers_dev = false"]),
    case("hooks.shop.dev", "hooks.example.com", ["error", "example-left", "routes", ""]),
    case(OBSERVABILITY, "", ["warning", "no-log", "", "[observability.logs]"]),
    case("[[vars.HOOKS]]", "[[x]]", ["warning", "no-hooks", "", "npm run hookgate -- new"]),
    case("https://blog.shop.dev", "https://blog.example.org", ["error", "example-left", "url", ""]),
    case(FIELDS, "fields = [\"/customer/*\"]", ["warning", "broad-field", "fields", "/lines/*/sku"]),
    case(
        FIELDS,
        "fields = [\n  \"/a\",\n  \"/customer/password\",\n]",
        ["warning", "sensitive-field", "  \"/customer/password", ""],
    ),
];

/// The number of the first line that begins so.
fn line_of(text: &str, beginning: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let found = match beginning.strip_prefix('…') {
        Some(beginning) => lines.iter().rposition(|line| line.starts_with(beginning)),
        None => lines.iter().position(|line| line.starts_with(beginning)),
    };
    1 + found.expect(beginning)
}

fn place(finding: &Value) -> (String, usize) {
    (finding["file"].as_str().unwrap().to_owned(), usize::try_from(finding["line"].as_u64().unwrap()).unwrap())
}

#[test]
fn every_mistake_is_told_with_its_line() {
    for case in CASES {
        assert!(GOOD.contains(case.old), "{}", case.old);
        let config = GOOD.replacen(case.old, case.new, 1);
        let bench = Bench::new(&config, SECRETS);
        let findings = bench.findings();
        let found =
            findings.iter().find(|finding| finding["code"] == case.code && finding["severity"] == case.severity);
        let found = found.unwrap_or_else(|| panic!("{} {}: {findings:#?}", case.code, case.new));
        assert_eq!(place(found), (CONFIG.to_owned(), line_of(&config, case.line)), "{}: {found}", case.new);
        let help = found["help"].as_str().unwrap_or("");
        assert!(
            help.contains(case.help) && (!case.help.is_empty() || !help.contains("did you mean")),
            "{}: {help}",
            case.new
        );
        let ended = bench.check(&[]);
        let errors = findings.iter().any(|finding| finding["severity"] == "error");
        assert_eq!(ended.status, i32::from(errors), "{}", ended.output);
        assert!(!ended.output.contains(CANARY) && !ended.output.contains("hunter2"), "{}", ended.output);
    }
}

#[test]
fn a_mistake_in_the_secrets_is_told_at_their_line_and_not_repeated() {
    let cases: &[(&str, &str, [&str; 3])] = &[
        ("canary-hunter2-0f9e8d7c6b5a", "", ["error", "wrong-secret", "PAY_SECRET"]),
        ("canary-hunter2-0f9e8d7c6b5a", "hunter2", ["error", "wrong-secret", "PAY_SECRET"]),
        ("canary-hunter2-0f9e8d7c6b5a", " canary-hunter2-0f9e8d7c6b5a", ["error", "wrong-secret", "PAY_SECRET"]),
        ("\"canary-hunter2-0f9e8d7c6b5a\"", "canary-hunter2-0f9#e8d7c6b5a", ["warning", "cut-secret", "PAY_SECRET"]),
        ("canary-hunter2-0f9e8d7c6b5a", "hunter2hunter2hunter2", ["warning", "weak-secret", "PAY_SECRET"]),
        ("canary-hunter2-0f9e8d7c6b5a", "Password-hunter2", ["warning", "weak-secret", "PAY_SECRET"]),
        (
            "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5",
            "canary-hunter2-0f9",
            ["error", "wrong-secret", "ORIGIN_SECRET"],
        ),
        ("whsec_bm90IGEgc2VjcmV0OiB0aGUgc2Vjb25kIHNpdGU=", "whsec_hunter2=", ["error", "wrong-secret", "BLOG_SECRET"]),
        (
            "BLOG_PASSWORD=\"abcd",
            "BLOG_PASSWORD=\"canary-hunter2-0f9e8d7c6b5a\"\nX=\"",
            ["warning", "shared-secret", "PAY_SECRET"],
        ),
        (
            "PAY_SECRET=",
            "PAY_SECRET=\"canary-hunter2\"\nPAY_SECRET=",
            ["warning", "duplicate-secret", "PAY_SECRET=\"canary-hunter2\""],
        ),
        (
            "9b2f61c07ad84e35b1c6f0d2a7e8934c5d10fb6e",
            "canary-hunter2-0f9e8d7c6b5a-012",
            ["error", "wrong-secret", "ADMIN_TOKEN"],
        ),
        ("# Made for tests.", "canary-hunter2", ["warning", "unread-line", "canary-hunter2"]),
        ("# Made for tests.", "OTHER=canary-hunter2", ["warning", "unused-secret", "OTHER"]),
        ("# Made for tests.", "ORIGIN=http://localhost", ["warning", "overridden-variable", "ORIGIN="]),
    ];
    for (old, new, [severity, code, line]) in cases {
        let secrets = SECRETS.replacen(old, new, 1);
        let bench = Bench::new(GOOD, &secrets);
        let findings = bench.findings();
        let found = findings.iter().find(|finding| finding["code"] == *code && finding["severity"] == *severity);
        let found = found.unwrap_or_else(|| panic!("{code} {new}: {findings:#?}"));
        assert_eq!(place(found), (DEV_VARS.to_owned(), line_of(&secrets, line)), "{found}");
        let all = bench.check(&[]);
        assert!(!all.output.contains("hunter2") && !all.output.contains("whsec_bm"), "{}", all.output);
        assert_eq!(all.status, i32::from(findings.iter().any(|finding| finding["severity"] == "error")));
    }
}

#[test]
fn two_hooks_of_one_id_are_told_at_the_second() {
    let hook = &GOOD[GOOD.find("[[vars.HOOKS]]").unwrap()..];
    let config = format!("{GOOD}\n{}", hook.replace("HOOKS", "HOOKS_SHOP"));
    let findings = Bench::new(&config, SECRETS).findings();
    let lines: Vec<Value> = findings.iter().map(|finding| finding["line"].clone()).collect();
    let second = GOOD.lines().count() + 3;
    assert_eq!((findings[0]["code"].as_str(), lines), (Some("duplicate-id"), vec![Value::from(second)]));
}

#[test]
fn what_is_no_toml_is_told_line_by_line_and_shows_no_value() {
    for (old, new, line) in [
        ("[\"PAY_SECRET\"]", "[canary-hunter2-0f9e8d7c6b5a]", "auth"),
        ("ORIGIN = ", "ORIGIN = canary-hunter2-0f9e8d7c6b5a ", "ORIGIN"),
        ("review_by = ", "owner = \"canary-hunter2-0f9e8d7c6b5a\"\nreview_by = ", "owner = \"canary"),
        ("[vars]", "[vars", "[vars"),
    ] {
        let config = GOOD.replacen(old, new, 1);
        let bench = Bench::new(&config, SECRETS);
        let findings = bench.findings();
        assert_eq!(findings[0]["code"], "syntax", "{findings:?}");
        assert_eq!(place(&findings[0]), (CONFIG.to_owned(), line_of(&config, line)), "{findings:?}");
        let ended = bench.check(&[]);
        assert_eq!(ended.status, 1);
        assert!(!ended.output.contains("hunter2"), "{}", ended.output);
    }
}

#[test]
fn limits_of_the_platform_are_counted() {
    let codes = |config: &str| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let findings = Bench::new(config, SECRETS).findings();
        findings.iter().map(|finding| (text(&finding["severity"]), text(&finding["code"]))).collect()
    };
    let many = |count: usize| (0..count).map(|n| format!("HOOKS_{n} = []\n")).collect::<String>();
    let with = |vars: &str| GOOD.replace("[vars]\n", &format!("[vars]\n{vars}"));
    let found = |severity: &str, code: &str| vec![(severity.to_owned(), code.to_owned())];
    // ORIGIN, ORIGINS and HOOKS are three.
    assert_eq!(codes(&with(&many(61))), []);
    assert_eq!(codes(&with(&many(62))), found("warning", "too-many-variables"));
    assert_eq!(codes(&with(&many(126))), found("error", "too-many-variables"));
    let long = |bytes: usize| GOOD.replace("Mark an order paid", &"x".repeat(bytes));
    let size = |config: &str| {
        let value: toml::Table = config.parse().unwrap();
        serde_json::to_string(&value["vars"]["HOOKS"]).unwrap().len()
    };
    let room = 5_120 - size(&long(0));
    assert_eq!(codes(&long(room)), []);
    assert_eq!(codes(&long(room + 1)), found("error", "variable-too-large"));
    let fields: Vec<String> = (0..33).map(|n| format!("\"/f{n}\"")).collect();
    let some = |count: usize| GOOD.replace(FIELDS, &format!("fields = [{}]", fields[..count].join(", ")));
    assert_eq!(codes(&some(32)), []);
    assert_eq!(codes(&some(33)), found("warning", "many-fields"));
    let window = |hours: u8| GOOD.replace(FIELDS, &format!("replay = {{ window = \"{hours}h\" }}"));
    assert_eq!(codes(&window(24)), []);
    assert_eq!(codes(&window(23)), found("warning", "short-window"));
    let silent = GOOD.replace(OBSERVABILITY, "logpush = true");
    assert_eq!(codes(&silent), [found("warning", "no-log"), found("error", "logs-senders-data")].concat());
}
