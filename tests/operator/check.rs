//! What `check` prints, and what it exits with.

use serde_json::Value;

use crate::bench::{Bench, GOOD, SECRETS, TODAY};

#[test]
fn of_a_right_configuration_there_is_a_card_and_nothing_else() {
    let ended = Bench::new(GOOD, SECRETS).check(&["--strict"]);
    let card = r#"HOOKS[0] (id "r8wq4n1zt6ye"): Mark an order paid
  endpoint        https://hooks.shop.dev/wa-hook/r8wq4n1zt6ye
                  POST with JSON, at most 256 KiB within 10 s
  owner           Shop operations <ops@shop.dev>; to be reviewed by 2027-01-31
  purpose         Mark an order paid
  authentication  hmac (hash sha256, header X-Sign, prefix sha256=), secret PAY_SECRET
                  the body is signed: nobody can change it on its way
  payload         order from /data/order_id, by id, required
                  /type
                  /data/amount, type integer
  destination     the connector at ORIGIN
  timeout         10 s for the site's whole answer; then 504: uncertain, and the retry has the same key
  retries         the sender's own, on 409, 5xx and silence: the gate repeats nothing
                  the site claims the key, so that a repeat runs once
  replay          remembered for 3 d, known by what is signed
                  kv: repeats are recognized in time; of copies at the same moment more than one may reach the site
  logging         one line for each request: hook, outcome, reason, reference, which secret matched; nothing of the payload
  failure         4xx and 5xx with a reason in the log (`npx wrangler tail`); a failure is never remembered as a success
  kill switch     npx wrangler kv key put --binding SWITCHES --remote "stop:r8wq4n1zt6ye" "why it is stopped"
                  then 503: the sender keeps the event and tries again; to go on:
                  npx wrangler kv key delete --binding SWITCHES --remote "stop:r8wq4n1zt6ye"

wrangler.toml: 0 errors, 0 warnings, 0 notes; 1 hook would be open
"#;
    assert_eq!((ended.status, ended.output.as_str(), ended.errors.as_str()), (0, card, ""));
}

#[test]
fn a_mistake_is_shown_as_rustc_shows_its_own() {
    let ended = Bench::new(&GOOD.replace("purpose =", "purpos ="), SECRETS).check(&[]);
    let shown = r#"error[unknown-key]: HOOKS[0] (id "r8wq4n1zt6ye"): purpos: unknown key; known here: id, enabled, owner, purpose, "#;
    assert!(ended.output.contains(shown), "{}", ended.output);
    let excerpt = "\n  --> wrangler.toml:44:1\n   |\n44 | purpos = \"******************\"\n   | ^^^^^^\n   = help: did you mean `purpose`?\n";
    assert!(ended.output.contains(excerpt), "{}", ended.output);
    assert!(ended.output.ends_with("wrangler.toml: 1 error, 1 warning, 0 notes; 0 hooks would be open\n"));
}

#[test]
fn findings_are_the_same_array_for_machines() {
    let bench = Bench::new(&GOOD.replace("Shop operations <ops@shop.dev>", "Anna"), SECRETS);
    let ended = bench.check(&["--json"]);
    let expected = "[\n{\"severity\":\"warning\",\"code\":\"owner-unreachable\",\"file\":\"wrangler.toml\",\"line\":43,\"column\":9,\"path\":\"HOOKS[0] (id \\\"r8wq4n1zt6ye\\\"): owner\",\"message\":\"has neither an e-mail address nor a URL: say how to reach them when deliveries fail\",\"help\":\"such as \\\"Shop operations <ops@your-shop.com>\\\"\"}\n]\n";
    assert_eq!((ended.status, ended.output.as_str()), (0, expected));
    assert_eq!(Bench::new(GOOD, SECRETS).check(&["--json"]).output, "[]\n");
}

#[test]
fn the_exit_status_says_whether_there_are_errors() {
    let warned = Bench::new(&GOOD.replace("Shop operations <ops@shop.dev>", "Anna"), SECRETS);
    assert_eq!([warned.check(&[]).status, warned.check(&["--strict"]).status], [0, 1]);
    let strict: Vec<Value> = serde_json::from_str(&warned.check(&["--strict", "--json"]).output).unwrap();
    assert_eq!(strict[0]["severity"], "error");
    let wrong = Bench::new(&GOOD.replace("owner =", "ower ="), SECRETS);
    assert_eq!(wrong.check(&[]).status, 1);
}

#[test]
fn what_cannot_be_read_is_neither_right_nor_wrong() {
    let bench = Bench::new(GOOD, "");
    bench.write("wrangler.json", "{}");
    for (arguments, complaint) in [
        (&["check", "--config", "elsewhere.toml"][..], "elsewhere.toml cannot be read"),
        (&["check", "--config", "wrangler.json"], "only wrangler.toml can be read"),
        (&["check", "--dev-vars", "secrets"], "secrets cannot be read"),
        (&["check", "--env", "staging"], "has no environment \"staging\": it has none"),
        (&["check", "--today", "tomorrow"], "\"tomorrow\" is no date"),
        (&["check", "--jsn"], "'--json'"),
        (&["chekc"], "'check'"),
        (&[], "Usage: hookgate"),
    ] {
        let ended = bench.run(arguments);
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.errors.contains(complaint), "{arguments:?}: {}", ended.errors);
    }
}

#[test]
fn a_secret_that_is_not_here_is_told_once_and_is_no_error() {
    let bench = Bench::new(
        &format!(
            "{GOOD}\n[[vars.HOOKS]]\nid = \"second\"\nenabled = true\nowner = \"a@b.dev\"\npurpose = \"a\"\nreview_by = \"2027-01-31\"\non_failure = \"keep\"\nauth = [{{ scheme = \"hmac\", hash = \"sha256\", header = \"x\", secrets = [\"PAY_SECRET\"] }}]\n"
        ),
        "",
    );
    let findings = bench.findings();
    let messages: Vec<&str> = findings.iter().map(|finding| finding["message"].as_str().unwrap()).collect();
    let message =
        |name: &str| format!("not in .dev.vars: cannot be checked here; set with `npx wrangler secret put {name}`");
    let names = ["ORIGIN_SECRET", "BLOG_SECRET", "BLOG_PASSWORD", "PAY_SECRET"];
    let off = "is not in .dev.vars: unless it is set on Cloudflare, the admin API is off, and `hookgate status`, `held`, `release`… have nobody to ask";
    assert_eq!(messages, [&[off.to_owned()][..], &names.map(message)].concat());
    let ended = bench.check(&[]);
    assert_eq!(ended.status, 0);
    assert!(ended.output.ends_with("0 errors, 4 warnings, 1 note; 2 hooks would be open\n"), "{}", ended.output);
}

#[test]
fn a_site_that_needs_no_secret_is_not_asked_for_one() {
    let rest = GOOD.replace("fields =", "origin = { kind = \"rest\", site = \"blog\", route = \"/x\" }\nfields =");
    let findings = Bench::new(&rest, "").findings();
    assert!(findings.iter().all(|finding| finding["path"] != "ORIGIN_SECRET"), "{findings:?}");
    assert_eq!(findings.iter().filter(|finding| finding["code"] == "secret-not-here").count(), 3);
}

#[test]
fn of_a_disabled_hook_nothing_is_wanted_yet() {
    let asleep = GOOD
        .replace("enabled = true\nowner", "enabled = false\nowner")
        .replace("https://www.shop.dev", "https://www.example.com");
    let ended = Bench::new(&asleep, SECRETS).check(&[]);
    assert_eq!(ended.status, 0, "{}", ended.output);
    assert!(ended.output.ends_with("0 errors, 1 warning, 1 note; 0 hooks would be open\n"), "{}", ended.output);
}

#[test]
fn an_environment_has_variables_of_its_own_and_inherits_the_rest() {
    let (common, own) = GOOD.split_at(GOOD.find("[[kv_namespaces]]").unwrap());
    let own = own
        .replace("[[kv_namespaces]]", "[[env.staging.kv_namespaces]]")
        .replace("[[durable_objects", "[[env.staging.durable_objects")
        .replace("[vars", "[env.staging.vars")
        .replace("[[vars", "[[env.staging.vars");
    let bench = Bench::new(&format!("{common}{own}"), "");
    bench.write(".dev.vars.staging", SECRETS);
    let ended = bench.check(&["--env", "staging", "--strict"]);
    assert_eq!(ended.status, 0, "{}", ended.output);
    assert!(ended.output.contains("--remote --env staging \"stop:r8wq4n1zt6ye\""), "{}", ended.output);
    assert!(bench.check(&["--env", "stagin"]).errors.contains("it has staging"));
    let ended = bench.check(&[]);
    assert_eq!(ended.status, 1, "the file itself has no stores: {}", ended.output);
}

#[test]
fn the_configuration_that_is_shipped_has_no_error() {
    let shipped = include_str!("../../wrangler.toml");
    for id in ["k3v9x0q2m7ta", "x7c2n5d8p1rw"] {
        assert!(shipped.contains(id), "`check` takes {id} for an id of the example");
    }
    let ended = Bench::new(shipped, "").check(&[]);
    assert_eq!(ended.status, 0, "{}", ended.output);
    let enabled = Bench::new(&shipped.replace("enabled = false", "enabled = true"), "").check(&[]);
    assert_eq!(enabled.status, 1);
    assert_eq!(enabled.output.matches("is the id of the example").count(), 2, "{}", enabled.output);
}

#[test]
fn the_recordings_configuration_has_no_mistake_that_the_gate_would_name() {
    let (config, secrets) = (include_str!("../../fixtures/wrangler.toml"), include_str!("../../fixtures/.dev.vars"));
    let codes = [
        "unknown-key",
        "missing-key",
        "wrong-value",
        "duplicate-id",
        "unknown-origin",
        "wrong-secret",
        "secret-not-here",
    ];
    let findings = Bench::new(config, secrets).findings();
    assert!(findings.iter().all(|finding| !codes.contains(&finding["code"].as_str().unwrap())), "{findings:#?}");
    let ended = Bench::new(config, secrets).check(&[]);
    for line in secrets.lines().filter_map(|line| line.split_once('=')) {
        assert!(!ended.output.contains(line.1.trim_matches('"')), "{}", line.0);
    }
}

#[test]
fn files_are_named_as_they_were_given() {
    let bench = Bench::new(GOOD, "");
    bench.write("secrets.txt", SECRETS);
    let ended =
        bench.run(&["check", "--today", TODAY, "--config", "./wrangler.toml", "--dev-vars", "secrets.txt", "--strict"]);
    assert_eq!(ended.status, 0, "{}", ended.output);
    assert!(ended.output.contains("./wrangler.toml: 0 errors"), "{}", ended.output);
}

#[test]
fn a_secret_that_is_on_cloudflare_is_as_good_as_one_that_is_here() {
    let bench = Bench::new(GOOD, "");
    let list = |names: &[&str]| {
        let rows: Vec<String> =
            names.iter().map(|name| format!("{{\"name\":\"{name}\",\"type\":\"secret_text\"}}")).collect();
        bench.write("list.json", &format!("[{}]", rows.join(",")));
        bench.check(&["--strict", "--secret-list", "list.json"])
    };
    let ended = list(&["ORIGIN_SECRET", "BLOG_SECRET", "BLOG_PASSWORD", "PAY_SECRET", "ADMIN_TOKEN"]);
    assert_eq!(ended.status, 0, "{}", ended.output);
    assert!(ended.output.ends_with("0 errors, 0 warnings, 0 notes; 1 hook would be open\n"), "{}", ended.output);
    let ended = list(&["ORIGIN_SECRET", "BLOG_SECRET", "BLOG_PASSWORD", "PAY_SECRET"]);
    let off = "info[no-admin-token]: ADMIN_TOKEN: is not set: the admin API is off";
    assert!(ended.status == 0 && ended.output.contains(off), "{}", ended.output);
    let ended = list(&["ORIGIN_SECRET", "BLOG_SECRET", "BLOG_PASSWORD", "PAI_SECRET"]);
    let told = "error[secret-not-set]: PAY_SECRET: is none of the Worker's secrets, nor in .dev.vars; set with `npx wrangler secret put PAY_SECRET`\n  --> wrangler.toml:46:";
    assert!(ended.status == 1 && ended.output.contains(told), "{}", ended.output);
    assert!(ended.output.contains("the Worker has PAI_SECRET: is that the one?"), "{}", ended.output);
    bench.write("list.json", "🌀 no JSON");
    let ended = bench.check(&["--secret-list", "list.json"]);
    assert_eq!(
        (ended.status, ended.errors.as_str()),
        (2, "hookgate: list.json is not what `npx wrangler secret list` prints\n")
    );
}

#[test]
fn readme_shows_what_is_printed() {
    let readme = include_str!("../../README.md");
    let shown = &readme[readme.find("error[wrong-value]").unwrap()..];
    let shown = &shown[..shown.find("```").unwrap()];
    let ended = Bench::new(&GOOD.replace("purpose = \"Mark an order paid\"", "mode = \"observ\""), SECRETS).check(&[]);
    assert!(ended.output.contains(shown), "{}", ended.output);
}

/// The words with dashes in quotes, which are codes, and those codes that are one word.
fn codes() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/operator/check");
    let mut codes = vec!["syntax".to_owned(), "disabled".into(), "observes".into()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let quoted = text.split('"').filter(|word| {
            word.contains('-')
                && word.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
        });
        codes.extend(quoted.map(Into::into));
    }
    codes.retain(|code| !["wa-hook", "change-me"].contains(&code.as_str()));
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn every_code_is_documented_and_tried() {
    let documented = include_str!("../../src/operator/mod.rs");
    let tried =
        [include_str!("check.rs"), include_str!("mistakes.rs"), include_str!("new.rs"), include_str!("senders.rs")]
            .concat();
    let codes = codes();
    assert!(codes.len() >= 45, "{codes:?}");
    for code in codes {
        assert!(documented.contains(&format!("`{code}`")), "{code} is not documented");
        assert!(
            tried.contains(&format!("\"{code}\"")) || tried.contains(&format!("[{code}]")),
            "no test provokes {code}"
        );
    }
}

#[test]
fn a_card_tells_what_is_logged_and_not_what_should_be() {
    let row = |config: &str| {
        let output = Bench::new(config, SECRETS).check(&[]).output;
        output.lines().find_map(|line| line.strip_prefix("  logging         ")).unwrap().to_owned()
    };
    assert!(row(GOOD).ends_with("nothing of the payload"));
    assert!(row(&GOOD.replace("invocation_logs = false", "")).starts_with("more than there should be"));
    assert!(row(&GOOD.replace("enabled = true\ninvocation", "enabled = false\ninvocation")).starts_with("none"));
}
