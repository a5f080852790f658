//! `explain` names the cause of every capture in `fixtures/explain`, and the line to change.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bench::{Bench, Ended, GOOD, SECRETS};

/// So many kinds of causes at least have a capture: who deletes one is to notice.
const LEAST: usize = 100;
/// Causes that no capture of these hooks can have.
const WITHOUT: [&str; 6] =
    ["conflicting-field", "malformed-form", "malformed-query", "refused", "too-many-values", "url-other"];

/// A capture, and what is written above it.
struct Capture {
    path: PathBuf,
    notes: Vec<(String, String)>,
}

impl Capture {
    fn all() -> Vec<Self> {
        let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<PathBuf> =
            entries.filter(|path| path.extension().is_some_and(|own| own == "http")).collect();
        paths.sort();
        paths.into_iter().map(Self::read).collect()
    }

    fn read(path: PathBuf) -> Self {
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let notes = text.lines().map_while(|line| line.strip_prefix("# ")?.split_once(": "));
        let notes = notes.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { path, notes }
    }

    fn notes(&self, key: &str) -> Vec<&str> {
        self.notes.iter().filter(|(own, _)| own == key).map(|(_, value)| value.as_str()).collect()
    }

    /// Explains it with the secrets of the folder and its own.
    fn explain(&self, bench: &Bench, more: &[&str]) -> Ended {
        let secrets = fs::read_to_string(folder().join("secrets.vars")).unwrap();
        bench.write("secrets.vars", &format!("{secrets}{}\n", self.notes("secret").join("\n")));
        let config = folder().join("wrangler.toml");
        let arguments = [
            "explain",
            self.path.to_str().unwrap(),
            "--hook",
            self.notes("hook")[0],
            "--now",
            self.notes("now")[0],
            "--config",
            config.to_str().unwrap(),
            "--dev-vars",
            "secrets.vars",
        ];
        bench.run(&[&arguments[..], more].concat())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/explain")
}

fn explained(ended: &Ended) -> Value {
    serde_json::from_str(&ended.output).unwrap_or_else(|_| panic!("{ended:?}"))
}

fn codes(ended: &Ended) -> Vec<String> {
    let causes = explained(ended)["causes"].as_array().unwrap().clone();
    causes.iter().map(|cause| cause["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_cause_of_every_capture_is_named_with_what_to_do_and_the_line_to_change() {
    let bench = Bench::new(GOOD, "");
    let mut named = BTreeSet::new();
    for capture in Capture::all() {
        let name = capture.path.display();
        let ended = capture.explain(&bench, &["--json"]);
        let report = explained(&ended);
        let causes = report["causes"].as_array().unwrap();
        let texts = |key: &str| causes.iter().map(|cause| cause[key].as_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(texts("code"), capture.notes("cause"), "{name}");
        assert_eq!(texts("message"), capture.notes("says"), "{name}");
        assert_eq!(texts("help"), capture.notes("do"), "{name}");
        let line = |cause: &Value| {
            let file = cause["file"].as_str().map(|file| file.rsplit('/').next().unwrap().to_owned());
            file.map_or("none".into(), |file| format!("{file}:{}", cause["line"]))
        };
        assert_eq!(causes.iter().map(line).collect::<Vec<_>>(), capture.notes("line"), "{name}");
        let proven = causes.iter().all(|cause| cause["proven"] == true);
        assert_eq!(proven, capture.notes("proven") == ["yes"], "{name}");
        assert_eq!(
            (report["accepted"] == true, ended.status),
            (causes.is_empty(), i32::from(!causes.is_empty())),
            "{name}"
        );
        named.extend(texts("code").into_iter().map(str::to_owned));
    }
    assert!(named.len() >= LEAST, "{} kinds", named.len());
    let known = known_codes();
    let without: Vec<&String> = known.difference(&named).collect();
    assert_eq!(without, WITHOUT, "each cause has a capture");
}

/// The codes in the tables of causes.
fn known_codes() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operator/explain");
    let mut codes = BTreeSet::new();
    for entry in fs::read_dir(source).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let first = |rest: &str| Some(rest.trim_start().strip_prefix('"')?.split('"').next()?.to_owned());
        let told = text.split("cause(").skip(1).filter_map(first);
        codes.extend(told);
    }
    assert!(codes.len() > LEAST, "{codes:?}");
    codes
}

#[test]
fn no_explanation_holds_a_secret() {
    let bench = Bench::new(GOOD, "");
    for capture in Capture::all() {
        let ended = capture.explain(&bench, &[]);
        let secrets = bench.read("secrets.vars");
        let values = secrets.lines().filter_map(|line| line.split_once('=')).map(|(_, value)| value.trim_matches('"'));
        for value in values.map(|value| value.trim_matches(['\'', ' ']).trim_end_matches("\\n")) {
            assert!(
                !ended.output.contains(value) && !ended.errors.contains(value),
                "{}: {ended:?}",
                capture.path.display()
            );
        }
    }
}

#[test]
fn what_is_found_is_told_as_check_tells_it() {
    let capture = Capture::read(folder().join("prefix-missing.http"));
    let ended = capture.explain(&Bench::new(GOOD, ""), &[]);
    let config = folder().join("wrangler.toml").display().to_string();
    let expected = format!(
        "HOOKS[0] (id \"hub\"): the gate refuses it (authentication)\n\ncause[prefix-missing]: the signature has no sha256= before it\n --> {config}:9:9\n9 | auth = [{{ scheme = \"github\", secrets = [\"HUB_SECRET\"] }}]\n  = help: {}\n\nWithout that, the gate accepts it.\n",
        capture.notes("do")[0]
    );
    assert_eq!((ended.status, ended.output, ended.errors), (1, expected, String::new()));
    let right = Capture::read(folder().join("right.http")).explain(&Bench::new(GOOD, ""), &[]);
    assert_eq!(
        (right.status, right.output.as_str()),
        (0, "HOOKS[0] (id \"hub\"): it verifies, and the gate would take it\n")
    );
}

#[test]
fn a_scheme_is_enough_and_its_secret_comes_from_where_nobody_sees_it() {
    let bench = Bench::new(GOOD, "");
    bench.write("secret", "It's a Secret to Everybody\n");
    let body = "\"Hello, World!\"";
    let signed = bench.run(&["sign", "--scheme", "github", "--secret-file", "secret", "--data", body]);
    let signature = signed.output.lines().find_map(|line| line.strip_prefix("X-Hub-Signature-256: ")).unwrap();
    let http = format!(
        "POST /x HTTP/1.1\nHost: a\ncontent-type: application/json\nx-hub-signature-256: {signature}\n\n{body}"
    );
    bench.write("a.http", &http);
    let explain = ["explain", "a.http", "--scheme", "github", "--json"];
    let from_file = bench.run(&[&explain[..], &["--secret-file", "secret"]].concat());
    let environment = [("HUB", "It's a Secret to Everybody")];
    let from_environment = bench.run_with(&[&explain[..], &["--secret-env", "HUB"]].concat(), &environment, "");
    let typed = bench.run_with(&explain, &[], "It's a Secret to Everybody\n");
    let piped =
        bench.run_with(&["explain", "-", "--scheme", "github", "--json", "--secret-file", "secret"], &[], &http);
    for ended in [from_file, from_environment, typed, piped] {
        assert_eq!((ended.status, codes(&ended)), (0, vec![]), "{ended:?}");
    }
    let wrong = bench.run_with(&explain, &[], "another secret of nobody\n");
    assert_eq!((wrong.status, codes(&wrong)), (1, vec!["no-cause-found".to_owned()]));
    assert_eq!(explained(&wrong)["causes"][0]["file"], json!(null), "there is no configuration to point into");
}

#[test]
fn of_several_secrets_that_have_ended_the_one_that_is_in_use_is_named() {
    let secrets = "PAY_SECRET\", { name = \"LAST_SECRET\", not_after = \"2026-10-31\" }, \
                   { name = \"FIRST_SECRET\", not_after = \"2026-03-31\" }] }";
    let bench = Bench::new(
        &GOOD.replace("PAY_SECRET\"] }", secrets),
        &format!("{SECRETS}LAST_SECRET=\"the last one but one\"\nFIRST_SECRET=\"the one before that\"\n"),
    );
    for (secret, says) in [
        ("the last one but one", "the sender still uses LAST_SECRET, whose last day was 2026-10-31"),
        ("the one before that", "the sender still uses FIRST_SECRET, whose last day was 2026-03-31"),
    ] {
        bench.write("secret", secret);
        let body = r#"{"data":{"order_id":7}}"#;
        let signed = bench.run(&["sign", "--scheme", "github", "--secret-file", "secret", "--data", body]);
        let signature = signed.output.lines().find_map(|line| line.strip_prefix("X-Hub-Signature-256: ")).unwrap();
        let head = "POST /wa-hook/r8wq4n1zt6ye HTTP/1.1\nHost: a\nContent-Type: application/json";
        bench.write("a.http", &format!("{head}\nX-Sign: {signature}\n\n{body}"));
        let ended =
            bench.run(&["explain", "a.http", "--hook", "r8wq4n1zt6ye", "--now", "2026-11-22T09:00:00Z", "--json"]);
        let causes = &explained(&ended)["causes"];
        assert_eq!((&causes[0]["code"], &causes[0]["message"]), (&json!("secret-expired"), &json!(says)), "{ended:?}");
        assert_eq!(causes.as_array().map(Vec::len), Some(1), "{ended:?}");
    }
}

#[test]
fn what_is_refused_for_another_reason_proves_nothing() {
    let bench = Bench::new(GOOD, SECRETS);
    // Longer than 256 KiB as soon as it is written in lines.
    let body = format!("[{}1]", "1,".repeat(120_000));
    let head = "POST /wa-hook/r8wq4n1zt6ye HTTP/1.1\nHost: a\nContent-Type: application/json\nX-Sign: sha256=";
    bench.write("long.http", &format!("{head}{}\n\n{body}", "0".repeat(64)));
    let ended = bench.run(&["explain", "long.http", "--hook", "r8wq4n1zt6ye", "--json"]);
    assert_eq!((ended.status, codes(&ended)), (1, vec!["no-cause-found".to_owned()]));
}

#[test]
fn what_cannot_be_explained_is_neither_right_nor_wrong() {
    let bench = Bench::new(GOOD, SECRETS);
    bench.write("a.http", "POST /x HTTP/1.1\n\n{}");
    bench.write("file.curl", "curl https://a.dev -d @body.json");
    bench.write("variable.curl", "curl https://a.dev -H \"x-key: $KEY\" -d '{}'");
    bench.write("cmd.curl", "curl ^\"https://a.dev^\"");
    bench.write("odd.curl", "curl https://a.dev --form a=b");
    bench.write("open.curl", "curl 'https://a.dev");
    let hook = ["--hook", "r8wq4n1zt6ye"];
    for (capture, more, complaint) in [
        ("a.http", &[][..], "--hook"),
        ("a.http", &["--hook", "r8wq4n1zt6yf"], "did you mean r8wq4n1zt6ye?"),
        ("a.http", &["--hook", "nothing"], "it has r8wq4n1zt6ye"),
        ("b.http", &hook, "b.http cannot be read"),
        ("wrangler.toml", &hook, "does not begin with a request line"),
        ("file.curl", &hook, "reads the body from a file that is not here"),
        ("variable.curl", &hook, "a shell's variable"),
        ("cmd.curl", &hook, "copy it for bash"),
        ("odd.curl", &hook, "curl's --form is not understood"),
        ("open.curl", &hook, "a quote in the curl command is not closed"),
        ("a.http", &["--scheme", "github", "--secret-env", "NOT_SET_AT_ALL"], "NOT_SET_AT_ALL is not set"),
        ("a.http", &["--scheme", "github"], "there is no secret"),
        ("-", &["--scheme", "github"], "standard input is taken"),
        ("a.http", &["--hook", "r8wq4n1zt6ye", "--now", "soon"], "\"soon\" is no time"),
        ("a.http", &["--hook", "r8wq4n1zt6ye", "--dev-vars", "a.http"], "the secret PAY_SECRET is not in .dev.vars"),
    ] {
        let input = if capture == "-" { "POST /x HTTP/1.1\n\n{}" } else { "" };
        let ended = bench.run_with(&[&["explain", capture], more].concat(), &[], input);
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{capture} {more:?}");
        assert!(ended.errors.contains(complaint), "{capture} {more:?}: {}", ended.errors);
    }
}

#[test]
fn a_copied_curl_command_is_read_as_the_shell_reads_it() {
    let bench = Bench::new(GOOD, SECRETS);
    bench.write("secret", "0123456789abcdef0123456789abcdef");
    for (body, command) in [
        (r#"{"a":"it's"}"#, r#"curl -X POST 'https://a.dev/x' -H "$H" --data-raw '{"a":"it'\''s"}'"#),
        (r#"{"a":"ä\n😀"}"#, r#"curl --url https://a.dev/x $H --data-binary $'{"a":"\xc3\xa4\\n\ud83d\ude00"}'"#),
        ("{\"a\":\n1}", "curl https://a.dev/x $H -d \"{\\\"a\\\":\n1}\" \\\n --compressed -k -o x"),
        ("{\"a\":1}&b", "curl https://a.dev/x $H -d'{\"a\":1}' -d b"),
        (r#"{"a":1}"#, r#"curl https://a.dev/x $H --json '{"a":1}' -u a:b -A me"#),
    ] {
        let signed = bench.run(&["sign", "--scheme", "gitea", "--secret-file", "secret", "--data", body]);
        let header = signed.output.lines().find(|line| line.starts_with("X-Gitea")).unwrap();
        let media = if command.contains("--json") { "" } else { " -H 'Content-Type: application/json'" };
        let command = command.replace("-H \"$H\"", "$H").replace("$H", &format!("-H '{header}'{media}"));
        bench.write("a.curl", &command);
        let ended = bench.run(&["explain", "a.curl", "--scheme", "gitea", "--secret-file", "secret", "--json"]);
        let found = codes(&ended);
        // The fourth is no JSON: it is proven nevertheless.
        assert!(found.is_empty() || found == ["malformed-json"] && body.ends_with("&b"), "{command}\n{}", ended.output);
    }
}
