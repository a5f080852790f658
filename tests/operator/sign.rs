//! What `sign` prints is what the provider would send: `explain` accepts it.

use std::process::{Command, Stdio};

use crate::bench::{Bench, CANARY, GOOD, SECRETS};

const BODY: &str = "{\"id\":\"evt_1\",\"text\":\"it's größer\"}\n";
/// A hook with three mechanisms.
const THREE: &str = r#"auth = [
  { scheme = "basic", user = "shop", secrets = ["SHOP_PASSWORD"] },
  { scheme = "api-key", header = "X-Key", secrets = ["SHOP_KEY"] },
  { scheme = "standard-webhooks", secrets = [{ name = "STD_OLD", not_after = "2026-01-31" }, "STD_SECRET"] },
]"#;
const THREE_SECRETS: &str = "SHOP_PASSWORD='pass: word of the shop'\nSHOP_KEY=canary-hunter2-0f9e8d7c6b5a\nSTD_SECRET=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\nSTD_OLD=whsec_YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAx\n";

fn three() -> Bench {
    let auth = GOOD.lines().find(|line| line.starts_with("auth")).unwrap();
    let objects = GOOD.lines().find(|line| line.starts_with("objects")).unwrap();
    Bench::new(&GOOD.replace(auth, THREE).replace(objects, ""), THREE_SECRETS)
}

#[test]
fn what_is_signed_verifies_for_every_kind_of_scheme() {
    let bench = Bench::new(GOOD, "");
    bench.write("body", BODY);
    let private = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
    let public = "/RckOFqgx1tk+3jNYC+h2ZH96/drE8WO1wLqyDXp9hg=";
    for (scheme, held, known, more) in [
        ("github", "0123456789abcdef0123456789abcdef", None, &[][..]),
        ("stripe", "whsec_0123456789abcdef", None, &[]),
        ("shopify", "0123456789abcdef0123456789abcdef", None, &[]),
        ("slack", "0123456789abcdef0123456789abcdef", None, &[]),
        ("standard-webhooks", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", None, &["--id", "msg_1"]),
        ("twitch", "0123456789abcdef", None, &["--id", "msg_1"]),
        ("docusign", "0123456789abcdef", None, &[]),
        ("recharge", "0123456789abcdef", None, &[]),
        ("square", "0123456789abcdef", None, &["--url", "https://hooks.shop.dev/wa-hook/r8wq4n1zt6ye"]),
        ("hubspot", "0123456789abcdef", None, &["--url", "https://hooks.shop.dev/wa-hook/r8wq4n1zt6ye"]),
        ("telnyx", private, Some(public), &[]),
        ("basic", "a password: of the shop", None, &["--user", "shop"]),
        ("api-key", "0123456789abcdef", None, &["--header", "X-Key"]),
        ("gitlab-token", "0123456789abcdef", None, &[]),
    ] {
        bench.write("held", held);
        bench.write("known", known.unwrap_or(held));
        let url = ["--url", "https://hooks.shop.dev/wa-hook/x"];
        let extra = more.iter().filter(|word| !word.starts_with("--id") && !word.starts_with("msg")).copied();
        let extra: Vec<&str> = extra.collect();
        let url = if more.contains(&"--url") { &[][..] } else { &url };
        let sign = ["sign", "--scheme", scheme, "--secret-file", "held", "--body", "body", "--at", "1795338000"];
        let signed = bench.run(&[&sign[..], more, url, &["--http", "--reveal"]].concat());
        assert_eq!((signed.status, signed.errors.as_str()), (0, ""), "{scheme}");
        assert!(signed.output.ends_with(&format!("\r\ncontent-length: {}\r\n\r\n{BODY}", BODY.len())), "{scheme}");
        bench.write("signed.http", &signed.output);
        let explain = ["explain", "signed.http", "--scheme", scheme, "--secret-file", "known", "--now", "1795338001"];
        let ended = bench.run(&[&explain[..], &extra].concat());
        assert_eq!(
            (ended.status, ended.output.as_str()),
            (0, "it verifies, and the gate would take it\n"),
            "{scheme}: {}",
            signed.output
        );
    }
}

/// A body that the provider can sign.
fn body_of(scheme: &str) -> &'static str {
    match scheme {
        "twilio" | "twilio-sharedkey" | "mandrill" | "plivo" | "mailgun-form" => "To=b&From=a",
        "braintree" => "bt_payload=PGE%2B",
        "adyen" => r#"{"notificationItems":[{"NotificationRequestItem":{"pspReference":"a"}}]}"#,
        "mercado-pago" => r#"{"data":{"id":"12"}}"#,
        "microsoft-graph" => r#"{"value":[{"id":1},{"id":2}]}"#,
        "linear" => r#"{"webhookTimestamp":1795338000000}"#,
        _ => BODY,
    }
}

#[test]
fn what_is_signed_verifies_for_every_provider() {
    let bench = Bench::new(GOOD, "");
    let url = "https://hooks.shop.dev/wa-hook/x";
    for provider in hookgate::catalogue::providers() {
        // These show a public key; `telnyx` stands for them above.
        if ["discord", "telnyx", "sendgrid", "standard-webhooks-ed25519", "plaid"].contains(&provider.name) {
            continue;
        }
        bench.write("body", body_of(provider.name));
        bench.write(
            "held",
            if provider.name == "braintree" { "public|private" } else { "0123456789abcdef0123456789abcdef" },
        );
        let sign = ["sign", "--scheme", provider.name, "--secret-file", "held", "--body", "body", "--at", "1795338000"];
        let signed = bench.run(&[&sign[..], &["--id", "msg_1", "--url", url, "--http", "--reveal"]].concat());
        assert_eq!((signed.status, signed.errors.as_str()), (0, ""), "{}", provider.name);
        bench.write("signed.http", &signed.output);
        let explain =
            ["explain", "signed.http", "--scheme", provider.name, "--secret-file", "held", "--now", "1795338001"];
        let needed = if provider.signs_url { &["--url", url][..] } else { &[] };
        let ended = bench.run(&[&explain[..], needed].concat());
        let verified = (0, "it verifies, and the gate would take it\n");
        assert_eq!((ended.status, ended.output.as_str()), verified, "{}: {}", provider.name, signed.output);
        // Whatever is wrong, it is told or said not to be known.
        bench.write("held", "another secret of fitting length!");
        if provider.name != "braintree" && !provider.notes.contains("key in") && !provider.notes.contains("whsec") {
            let ended = bench.run(&[&explain[..], needed].concat());
            assert_eq!(ended.status, 1, "{}: {}{}", provider.name, ended.output, ended.errors);
        }
    }
}

#[test]
fn a_signature_in_the_body_is_not_told_by_headers_alone() {
    let bench = Bench::new(GOOD, "");
    bench.write("held", "0123456789abcdef");
    let sign = ["sign", "--scheme", "mailgun", "--secret-file", "held", "--data", "{}", "--id", "token"];
    let ended = bench.run(&sign);
    assert_eq!((ended.status, ended.output.as_str()), (2, ""));
    assert!(ended.errors.contains("--curl or --http"), "{}", ended.errors);
}

#[test]
fn a_hook_with_several_mechanisms_gets_the_headers_of_all() {
    let bench = three();
    bench.write("body", BODY);
    let sign = ["sign", "--hook", "r8wq4n1zt6ye", "--body", "body", "--id", "msg_1", "--at", "2026-11-22T09:00:00Z"];
    let headers = bench.run(&sign);
    let names: Vec<&str> = headers.output.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        names,
        ["content-type", "authorization", "X-Key", "webhook-signature", "webhook-timestamp", "webhook-id"],
        "{}",
        headers.errors
    );
    assert!(headers.output.contains("authorization: Basic ${base64 of shop:SHOP_PASSWORD}\nX-Key: ${SHOP_KEY}\n"));
    assert!(headers.output.contains("webhook-timestamp: 1795338000\nwebhook-id: msg_1\n"));
    let http = bench.run(&[&sign[..], &["--http", "--reveal"]].concat());
    bench.write("signed.http", &http.output);
    let ended = bench.run(&["explain", "signed.http", "--hook", "r8wq4n1zt6ye", "--now", "1795338000"]);
    assert_eq!(ended.status, 0, "{}", ended.output);
}

#[test]
fn a_curl_command_is_one_that_a_shell_sends_byte_for_byte() {
    let bench = three();
    bench.write("body", BODY);
    let sign = ["sign", "--hook", "r8wq4n1zt6ye", "--body", "body", "--at", "1795338000", "--curl"];
    let ended = bench.run(&sign);
    assert!(ended.output.starts_with("curl --request POST 'http://127.0.0.1:8787/wa-hook/r8wq4n1zt6ye' \\\n"));
    // A shell puts the secrets in, and a function takes curl's place and shows the words it gets.
    let script = format!("curl() {{ for word; do printf '%s\\0' \"$word\"; done; }}\n{}", ended.output);
    let shell = Command::new("sh")
        .args(["-c", &script])
        .env("SHOP_PASSWORD", "pass: word of the shop")
        .env("SHOP_KEY", CANARY)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let words = String::from_utf8(shell.stdout).unwrap();
    let words: Vec<&str> = words.split('\0').collect();
    assert!(words.contains(&BODY) && words.contains(&&*format!("X-Key: {CANARY}")), "{words:?}");
    assert!(words.contains(&"authorization: Basic c2hvcDpwYXNzOiB3b3JkIG9mIHRoZSBzaG9w"), "{words:?}");
}

#[test]
fn what_cannot_be_signed_is_told_and_nothing_is_printed() {
    let bench = Bench::new(
        &GOOD
            .replace("hash = \"sha256\", ", "")
            .replace("\"hmac\"", "\"telnyx\"")
            .replace(", header = \"X-Sign\", prefix = \"sha256=\"", ""),
        "PAY_SECRET=/RckOFqgx1tk+3jNYC+h2ZH96/drE8WO1wLqyDXp9hg=\n",
    );
    bench.write("secret", "0123456789abcdef");
    let with = ["--secret-file", "secret", "--data", "{}"];
    for (arguments, complaint) in [
        (&["--hook", "r8wq4n1zt6ye", "--data", "{}"][..], "PAY_SECRET is a public key: only the provider can sign"),
        (&["--hook", "other", "--data", "{}"], "has no hook \"other\""),
        (&["--hook", "r8wq4n1zt6ye"], "--body <FILE>"),
        (&["--data", "{}"], "--hook"),
        (&["--scheme", "stripy", "--secret-file", "secret", "--data", "{}"], "there is no scheme \"stripy\""),
        (&[&["--scheme", "square"][..], &with].concat(), "square signs its URL"),
        (&[&["--scheme", "hmac"][..], &with].concat(), "Describe the provider in wrangler.toml"),
        (&[&["--scheme", "basic"][..], &with].concat(), "needs --user"),
        (&[&["--scheme", "api-key"][..], &with].concat(), "needs --header"),
        (&[&["--scheme", "github", "--curl"][..], &with].concat(), "--url"),
        (&["--scheme", "github", "--body", "-"], "standard input is taken"),
        (&[&["--scheme", "github", "--at", "noon"][..], &with].concat(), "\"noon\" is no time"),
    ] {
        let ended = bench.run(&[&["sign"], arguments].concat());
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.errors.contains(complaint), "{arguments:?}: {}", ended.errors);
    }
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let bench = Bench::new(GOOD, SECRETS);
    bench.write("a.http", "POST /x HTTP/1.1\n\n{}");
    for command in [&["sign", "--data", "{}"][..], &["send", "--data", "{}"], &["explain", "a.http"]] {
        for secret in [&["--secret", CANARY][..], &[&*format!("--secret={CANARY}")], &["--secret-env", CANARY]] {
            let ended = bench.run(&[command, &["--scheme", "github"], secret].concat());
            assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{command:?}");
            assert!(!ended.errors.contains(CANARY), "{}", ended.errors);
            let told = ended.errors.contains("read by everybody on this machine") || secret[0] == "--secret-env";
            assert!(told, "{}", ended.errors);
        }
    }
}
