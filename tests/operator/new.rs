//! What `new` writes is right, and its secrets are told once.

use crate::bench::{Bench, Ended, GOOD, SECRETS, TODAY};

const SHORT: [&str; 7] = ["new", "--today", TODAY, "--purpose", "Note a lead", "--owner", "Sales <sales@shop.dev>"];

fn new(bench: &Bench, more: &[&str]) -> Ended {
    bench.run(&[&SHORT[..], more].concat())
}

/// The secret and its name.
fn secret(ended: &Ended) -> (String, String) {
    let words: Vec<&str> = ended.errors.split_whitespace().collect();
    let secret = words.iter().find(|word| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit())).unwrap();
    let put = words.iter().position(|word| *word == "put").unwrap();
    ((*secret).to_owned(), words[put + 1].to_owned())
}

fn id(ended: &Ended) -> String {
    ended.output.lines().find_map(|line| line.strip_prefix("id = \"")).unwrap().trim_end_matches('"').to_owned()
}

#[test]
fn a_new_hook_is_right_and_check_has_nothing_to_say_of_it() {
    let bench = Bench::new(GOOD, SECRETS);
    for (arguments, code) in [
        (&[][..], None),
        (&["--live"], None),
        (&["--header", "X_HUB_SIGNATURE", "--hash", "sha1"], None),
        (
            &[
                "--origin",
                "blog",
                "--object",
                "order=/data/id",
                "--object",
                "user=/user",
                "--field",
                "/type",
                "--field",
                "/n:integer",
            ],
            None,
        ),
        (&["--scheme", "api-key"], Some("unsigned-body")),
        (&["--scheme", "basic", "--user", "shop"], Some("unsigned-body")),
    ] {
        let ended = new(&bench, arguments);
        assert_eq!(ended.status, 0, "{}", ended.errors);
        let (secret, name) = secret(&ended);
        let joined = Bench::new(&format!("{GOOD}{}", ended.output), &format!("{SECRETS}{name}={secret}\n"));
        let findings = joined.findings();
        let codes: Vec<&str> = findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        let observes = if arguments.contains(&"--live") { None } else { Some("observes") };
        let mut expected: Vec<&str> = observes.into_iter().chain(code).collect();
        expected.sort_by_key(|code| codes.iter().position(|own| own == code));
        assert_eq!(codes, expected, "{}\n{findings:#?}", ended.output);
        assert!(joined.check(&[]).output.ends_with("2 hooks would be open\n"));
    }
}

#[test]
fn the_block_goes_to_the_output_and_the_secret_once_beside_it() {
    let ended =
        new(&Bench::new(GOOD, SECRETS), &["--object", "order=/data/id", "--field", "/type", "--field", "/n:integer"]);
    let (secret, name) = secret(&ended);
    let id = id(&ended);
    assert!(id.len() == 12 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
    assert_eq!(name, format!("HOOK_{}", id.to_uppercase()));
    assert_eq!((ended.errors.matches(&secret).count(), ended.output.contains(&secret)), (1, false));
    assert!(ended.errors.contains(&format!("npx wrangler secret put {name}\n")), "{}", ended.errors);
    let block = format!(
        r#"
[[vars.HOOKS]]
id = "{id}"
enabled = true
owner = "Sales <sales@shop.dev>"
purpose = "Note a lead"
review_by = "2027-05-23"
mode = "observe"  # verifies and logs; "live" forwards, too
auth = [{{ scheme = "hmac", hash = "sha256", header = "X-Hub-Signature-256", prefix = "sha256=", secrets = ["{name}"] }}]
objects = {{ order = {{ at = "/data/id", required = true }} }}
fields = [
  "/type",
  {{ at = "/n", type = "integer" }},
]
replay = {{ window = "72h" }}
on_failure = "keep"
"#
    );
    assert_eq!(ended.output, block);
}

#[test]
fn who_makes_the_secret_depends_on_the_provider() {
    let bench = Bench::new(GOOD, SECRETS);
    let random = |ended: &Ended| {
        let hex = |word: &&str| word.len() >= 40 && word.bytes().all(|b| b.is_ascii_hexdigit());
        ended.errors.split_whitespace().find(hex).map(str::len)
    };
    for (scheme, length, words) in [
        ("github", Some(64), "give it to the sender, and paste it where the command asks for it.\n\n  "),
        ("lemonsqueezy", Some(40), "give it to the sender"),
        ("telegram", Some(64), "give it to the sender"),
        ("stripe", None, "stripe makes the secret, and shows it where its webhook is set up: paste that one"),
        ("standard-webhooks", None, "standard-webhooks makes the secret"),
        ("discord", None, "There is no secret: discord signs with a private key. Paste the public one"),
        ("sendgrid", None, "There is no secret: sendgrid signs"),
    ] {
        let ended = new(&bench, &["--scheme", scheme]);
        assert_eq!((ended.status, random(&ended)), (0, length), "{scheme}: {}", ended.errors);
        assert!(ended.errors.contains(words), "{scheme}: {}", ended.errors);
        let put = format!("\n  npx wrangler secret put HOOK_{}\n", id(&ended).to_uppercase());
        assert!(ended.errors.contains(&put), "{scheme}: {}", ended.errors);
        assert!(!ended.errors.contains("a secret of its own"), "{scheme}: {}", ended.errors);
    }
    let ended = new(&bench, &["--scheme", "ed25519", "--header", "X-Sign"]);
    assert_eq!((ended.status, random(&ended)), (0, None), "{}", ended.errors);
}

#[test]
fn a_url_that_is_signed_is_written_with_the_hooks_own_id() {
    let auth = |config: &str, more: &[&str]| {
        let ended = new(&Bench::new(config, SECRETS), &[&["--scheme", "square"], more].concat());
        let line = ended.output.lines().find(|line| line.starts_with("auth")).unwrap_or("").to_owned();
        let id = if line.is_empty() { String::new() } else { id(&ended) };
        let line = if id.is_empty() { line } else { line.replace(&id.to_uppercase(), "ID").replace(&id, "id") };
        (line, ended.errors)
    };
    let line = |url: &str| format!("auth = [{{ scheme = \"square\", url = \"{url}\", secrets = [\"HOOK_ID\"] }}]");
    assert_eq!(auth(GOOD, &[]).0, line("https://hooks.shop.dev/wa-hook/id"));
    assert_eq!(auth(GOOD, &["--host", "in.shop.dev"]).0, line("https://in.shop.dev/wa-hook/id"));
    let slug = GOOD.replace("ORIGIN =", "SLUG = \"in\"\nORIGIN =").replace("hooks.shop.dev", "www.shop.dev/in/*");
    assert_eq!(auth(&slug, &[]).0, line("https://www.shop.dev/in/id"));
    let nowhere = GOOD.replace("\"hooks.shop.dev\", custom_domain", "\"*.shop.dev/*\", zone");
    let (none, complaint) = auth(&nowhere, &[]);
    assert!(none.is_empty() && complaint.contains("say --host as well"), "{none} {complaint}");
}

#[test]
fn what_becomes_of_failures_is_written_where_no_preset_says_it() {
    let bench = Bench::new(GOOD, SECRETS);
    let made = |more: &[&str]| line(&new(&bench, more), "on_failure").to_owned();
    assert_eq!(made(&[]), "on_failure = \"keep\"", "nothing is lost by that");
    assert_eq!(made(&["--on-failure", "reply"]), "on_failure = \"reply\"");
    assert_eq!(made(&["--scheme", "stripe"]), "");
    assert_eq!(made(&["--scheme", "github"]), "");
    assert_eq!(made(&["--scheme", "stripe", "--on-failure", "keep"]), "on_failure = \"keep\"");
    let refused = new(&bench, &["--on-failure", "retry"]);
    assert_eq!((refused.status, refused.output.as_str()), (2, ""));
    assert!(refused.errors.contains("on_failure: must be \"reply\" or \"keep\""), "{}", refused.errors);
}

#[test]
fn the_events_of_a_provider_are_written() {
    let bench = Bench::new(GOOD, SECRETS);
    let ended = new(&bench, &["--scheme", "stripe", "--event", "invoice.paid", "--event", "invoice.voided"]);
    assert!(ended.output.contains("\nevents = [\"invoice.paid\", \"invoice.voided\"]\n"), "{}", ended.output);
    let ended = new(&bench, &["--event", "paid"]);
    assert!(ended.status == 2 && ended.errors.contains("events: needs `event` in auth"), "{}", ended.errors);
}

/// A secret as this provider would show it.
fn shown(scheme: &str) -> String {
    match scheme {
        "sendgrid" => "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/LepC8Vf2GEdDDQ+D6DAIep/zcarJ0sOM4upO1JGFTHG8sKMyZx9SXxr9EtQgQAHlx6R4VgHG8l13seX4Za5dQ==".into(),
        "telnyx" => "e0czfzyCe4uREbvYZCLA6kbLf8x2mpdYhFZ738iGviw=".into(),
        "standard-webhooks-ed25519" => "whpk_Fdzij8xNfMDNI0Z5BBs3rAAzqZc4xEkBd2ZPk3hYz/I=".into(),
        "discord" => "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".into(),
        "braintree" => "integration_public_key|integration_private_key".into(),
        "plaid" => r#"{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"bfbd5111-8e33-4643-8ced-b2e642a72f3c","x":"4piOB2FHWRvNfTvGj_Dknb0sEfvROdRjTwL9ExQ1c5g","y":"-sIAGPpwNYi8asf9jDJZChCDSizkPPcLmHZ4lxGLaoA"}"#.into(),
        // Hex, base64 and a text at once.
        _ => "0f9e8d7c6b5a4321".repeat(4),
    }
}

/// The names of all secrets that are to be set.
fn names(ended: &Ended) -> Vec<String> {
    let lines = ended.errors.lines();
    lines.filter_map(|line| line.strip_prefix("  npx wrangler secret put ")).map(Into::into).collect()
}

/// The line of a block that begins so.
fn line<'e>(ended: &'e Ended, beginning: &str) -> &'e str {
    ended.output.lines().find(|line| line.starts_with(beginning)).unwrap_or("")
}

#[test]
fn a_hook_can_be_made_for_every_provider_and_check_finds_no_error_in_it() {
    let bench = Bench::new(GOOD, SECRETS);
    for provider in hookgate::catalogue::providers() {
        let name = provider.name;
        let ended = new(&bench, &["--scheme", name]);
        assert_eq!(ended.status, 0, "{name}: {}", ended.errors);
        assert!(ended.output.contains(&format!("scheme = \"{name}\"")));
        let set: Vec<String> = names(&ended).iter().map(|secret| format!("{secret}='{}'\n", shown(name))).collect();
        let joined = Bench::new(&format!("{GOOD}{}", ended.output), &format!("{SECRETS}{}", set.concat()));
        let checked = joined.check(&[]);
        assert!(checked.output.contains(": 0 errors, "), "{}", checked.output);
        assert!(checked.output.ends_with("; 2 hooks would be open\n"), "{}", checked.output);
        assert!(!checked.output.contains("secret-not-here"), "{}", checked.output);
    }
}

#[test]
fn of_parts_only_what_is_signed_passes_unless_nothing_else_can() {
    let bench = Bench::new(GOOD, SECRETS);
    let made = |scheme: &str, more: &[&str]| new(&bench, &[&["--scheme", scheme], more].concat());
    let item = |name: &str| format!("  \"/notificationItems/0/NotificationRequestItem/{name}\",\n");
    let all = [item("merchantReference"), item("eventCode"), item("success")].concat();
    assert!(made("adyen", &[]).output.contains(&format!("fields = [\n{all}]\nreplay")));
    assert!(made("braintree", &[]).output.contains("fields = [\n  \"/bt_payload\",\n]\nreplay"));
    assert!(made("mercado-pago", &[]).output.contains("fields = [\n  \"/data.id\",\n]\nreplay"));
    let asked = made("mercado-pago", &["--object", "order=/data.id"]);
    assert_eq!((line(&asked, "fields"), line(&asked, "objects").contains("/data.id")), ("", true));
    let why = "signs none of them: who has captured a delivery can change them before it arrives";
    for (scheme, field) in [("mailgun", "/event-data/event"), ("mailgun-form", "/event")] {
        let ended = made(scheme, &[]);
        assert!(ended.output.contains(&format!("\"{field}\"")), "{}", ended.output);
        assert_eq!(line(&ended, "unsigned_fields"), format!("unsigned_fields = true  # {scheme} {why}"));
    }
    // What is not signed passes only if that is said.
    let refused = made("mercado-pago", &["--field", "/type"]);
    assert_eq!((refused.status, refused.output.as_str()), (2, ""));
    assert!(refused.errors.contains("= help: signed are `/data.id`\n"), "{}", refused.errors);
    let allowed = made("mercado-pago", &["--field", "/type", "--unsigned-fields"]);
    assert_eq!((allowed.status, line(&allowed, "unsigned_fields")), (0, "unsigned_fields = true"));
    assert_eq!(made("stripe", &["--field", "/type", "--unsigned-fields"]).status, 2);
}

#[test]
fn who_has_two_secrets_is_asked_for_both() {
    let ended = new(&Bench::new(GOOD, SECRETS), &["--scheme", "box"]);
    let name = format!("HOOK_{}", id(&ended).to_uppercase());
    assert_eq!(names(&ended), [name.clone(), format!("{name}_2")]);
    assert!(line(&ended, "auth").ends_with(&format!("secrets = [\"{name}\", \"{name}_2\"] }}]")), "{}", ended.output);
    assert!(ended.errors.contains("box makes the secrets, and shows them"), "{}", ended.errors);
}

#[test]
fn the_keys_of_braintree_are_one_secret() {
    let ended = new(&Bench::new(GOOD, SECRETS), &["--scheme", "braintree"]);
    assert!(ended.errors.contains("in one line, public|private, where the command asks"), "{}", ended.errors);
    assert_eq!(names(&ended).len(), 1);
}

#[test]
fn a_token_of_ours_is_made_for_who_asks_with_one() {
    for scheme in ["meta", "meta-sha1"] {
        let ended = new(&Bench::new(GOOD, SECRETS), &["--scheme", scheme]);
        let name = format!("HOOK_{}", id(&ended).to_uppercase());
        assert_eq!(names(&ended), [name.clone(), format!("{name}_VERIFY")]);
        let auth = format!("secrets = [\"{name}\"], verify_token = \"{name}_VERIFY\" }}]");
        assert!(line(&ended, "auth").ends_with(&auth), "{}", ended.output);
        let (token, _) = secret(&ended);
        assert_eq!((ended.errors.matches(&token).count(), ended.output.contains(&token)), (1, false));
        assert!(ended.errors.contains(&format!("{scheme} makes the secret, and shows it")), "{}", ended.errors);
    }
}

#[test]
fn no_two_hooks_are_alike() {
    let bench = Bench::new(GOOD, SECRETS);
    let (one, other) = (new(&bench, &[]), new(&bench, &[]));
    assert_ne!(id(&one), id(&other));
    assert_ne!(secret(&one).0, secret(&other).0);
}

#[test]
fn a_hook_is_written_where_it_fits() {
    let variable = |config: &str| {
        let ended = new(&Bench::new(config, SECRETS), &["--live"]);
        assert_eq!(ended.status, 0, "{}", ended.errors);
        let toml: toml::Table = format!("{config}{}", ended.output).parse().expect("can be appended");
        assert!(toml["vars"].as_table().is_some());
        ended.output.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(variable(GOOD), "[[vars.HOOKS]]");
    assert_eq!(variable(&GOOD.replace("Mark an order paid", &"x".repeat(4_500))), "[[vars.HOOKS_2]]");
    let inline = GOOD.replace("[[vars.HOOKS]]", "[[vars.HOOKS_2]]").replace("ORIGIN = ", "HOOKS = []\nORIGIN = ");
    assert_eq!(variable(&inline), "[[vars.HOOKS_2]]");
    assert_eq!(variable(""), "[[vars.HOOKS]]");
}

#[test]
fn what_would_be_wrong_is_refused_and_nothing_is_written() {
    let bench = Bench::new(GOOD, SECRETS);
    for (arguments, complaint) in [
        (&["--scheme", "hmca"][..], "auth[0].scheme: must be "),
        (&["--scheme", "basic"], "say --user as well"),
        (&["--origin", "shop"], "there is no origin \"shop\" in ORIGINS: there are blog"),
        (&["--object", "order"], "\"order\" is no object"),
        (&["--object", "product=/id"], "\"product=/id\" is no object"),
        (&["--field", "type"], "\"type\" is no JSON pointer"),
        (&["--field", "/type:text"], "a field's type is one of string"),
        (&["--field", "/a", "--field", "/a/b"], "lies below another path of this hook"),
        (&["--header", "X Sign"], "must be a header name"),
        (&["--hash", "md5"], "auth[0].hash: must be \"sha1\""),
        (&["--review-by", "soon"], "must be a date such as 2027-01-31"),
    ] {
        let ended = new(&bench, arguments);
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.errors.contains(complaint), "{arguments:?}: {}", ended.errors);
        assert!(!ended.errors.contains("secret put"), "{}", ended.errors);
    }
    let ended = bench.run(&["new"]);
    assert_eq!(ended.status, 2);
    assert!(ended.errors.contains("nobody is there to ask: say --purpose and --owner as well"), "{}", ended.errors);
}

#[test]
fn what_an_operator_writes_stays_a_text() {
    let purpose = "\"]\nenabled = false # \\u0041 \u{7f}";
    let ended = Bench::new(GOOD, SECRETS).run(&["new", "--purpose", purpose, "--owner", "a@b.dev"]);
    assert_eq!(ended.status, 0, "{}", ended.errors);
    let toml: toml::Table = ended.output.parse().unwrap();
    assert_eq!(toml["vars"]["HOOKS"][0]["purpose"].as_str(), Some(purpose));
    assert_eq!(toml["vars"]["HOOKS"][0]["enabled"].as_bool(), Some(true));
}

#[test]
fn a_block_can_be_appended_to_the_configuration() {
    for config in [GOOD, GOOD.trim_end()] {
        let bench = Bench::new(config, SECRETS);
        let ended = new(&bench, &["--write", "--live"]);
        assert_eq!((ended.status, ended.output.as_str()), (0, ""), "{}", ended.errors);
        let (secret, name) = secret(&ended);
        bench.write(".dev.vars", &format!("{SECRETS}{name}={secret}\n"));
        let ended = bench.check(&["--strict"]);
        assert!(ended.output.ends_with("0 errors, 0 warnings, 0 notes; 2 hooks would be open\n"), "{}", ended.output);
    }
    let refused = Bench::new(GOOD, SECRETS);
    assert_eq!(new(&refused, &["--write", "--field", "type"]).status, 2);
    assert_eq!(refused.read("wrangler.toml"), GOOD);
}
