//! Help, completions and colours.

use std::ffi::{OsStr, OsString};

use hookgate::operator::{Surroundings, run, wants_colours};

use crate::bench::{Bench, GOOD, SECRETS};

/// Somebody at a terminal who types `answers`: the status, what was printed, and what was asked.
fn talk(bench: &Bench, arguments: &[&str], answers: &str, coloured: bool) -> (u8, String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let config = bench.path("wrangler.toml");
    let arguments = ["hookgate"].iter().chain(arguments).map(OsString::from);
    let status = run(
        arguments.chain(["--config".into(), config.into_os_string()]),
        &mut Surroundings {
            input: &mut answers.as_bytes(),
            output: &mut output,
            errors: &mut errors,
            interactive: true,
            coloured,
            now: 20_779 * 86_400_000,
            variable: &|_| None,
        },
    );
    (status, String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap())
}

#[test]
fn what_flags_do_not_say_is_asked_for() {
    let bench = Bench::new(GOOD, SECRETS);
    let answers = "\nNote a lead\nSales <sales@shop.dev>\n\nX-Sign\n-\nreply\nblog\norder=/id\n\n/a\n/b:integer\n\n";
    let (status, output, errors) = talk(&bench, &["new", "--live"], answers, false);
    assert_eq!(status, 0, "{errors}");
    let toml: toml::Table = output.parse().unwrap();
    let hook = &toml["vars"]["HOOKS"][0];
    assert_eq!(hook["purpose"].as_str(), Some("Note a lead"), "an empty answer is none");
    assert_eq!(hook["review_by"].as_str(), Some("2027-05-23"));
    assert_eq!(hook["auth"][0]["header"].as_str(), Some("X-Sign"));
    assert_eq!(hook["auth"][0].get("prefix"), None);
    assert_eq!(hook["objects"]["order"]["at"].as_str(), Some("/id"));
    assert_eq!(hook["origin"].as_str(), Some("blog"));
    assert_eq!(hook["on_failure"].as_str(), Some("reply"));
    assert_eq!(hook["fields"].as_array().map(Vec::len), Some(2));
    assert!(
        errors
            .contains("How does the sender prove itself (hmac, basic, api-key, or a provider such as stripe)? [hmac] "),
        "{errors}"
    );
    let (status, output, errors) =
        talk(&bench, &["new", "--purpose", "a", "--scheme", "basic"], "a@b.dev\nshop\n\n\n\n\n", false);
    assert_eq!(status, 0, "{errors}");
    assert!(output.contains("{ scheme = \"basic\", user = \"shop\", "), "{output}");
    assert!(output.contains("\non_failure = \"keep\"\n"), "what is not known is kept: {output}");
}

#[test]
fn of_a_provider_only_what_it_needs_is_asked_for() {
    let bench = Bench::new(GOOD, SECRETS);
    let answers = "Note a payment\na@b.dev\nsquare\n\npayment.created\n\n\n\n\n";
    let (status, output, errors) = talk(&bench, &["new"], answers, false);
    assert_eq!(status, 0, "{errors}");
    let hook = &output.parse::<toml::Table>().unwrap()["vars"]["HOOKS"][0];
    assert_eq!(hook["events"][0].as_str(), Some("payment.created"));
    assert!(hook["auth"][0]["url"].as_str().unwrap().starts_with("https://hooks.shop.dev/wa-hook/"));
    assert!(errors.contains("It signs that, too. [hooks.shop.dev] "), "{errors}");
    assert!(
        errors.contains("Which event is it for, as it stands in `/type`") && !errors.contains("header"),
        "{errors}"
    );
}

#[test]
fn answers_that_end_too_soon_write_nothing() {
    let (status, output, errors) = talk(&Bench::new(GOOD, SECRETS), &["new"], "Note a lead\n", false);
    assert_eq!((status, output.as_str()), (2, ""));
    assert!(errors.ends_with("nothing was written: the answers ended\n"), "{errors}");
}

#[test]
fn colours_change_nothing_but_colours() {
    let bench = Bench::new(&GOOD.replace("owner =", "ower =").replace("2027-01-31", "2026-01-01"), SECRETS);
    let (_, plain, _) = talk(&bench, &["check"], "", false);
    let (_, coloured, _) = talk(&bench, &["check"], "", true);
    assert!(!plain.contains('\x1b') && coloured.contains("\x1b[1;31merror[unknown-key]\x1b[0m"), "{coloured}");
    let bare = ["0", "1", "2", "1;31", "1;33", "1;36"]
        .iter()
        .fold(coloured, |text, code| text.replace(&format!("\x1b[{code}m"), ""));
    assert_eq!(bare, plain);
}

#[test]
fn every_command_has_help_with_examples() {
    let bench = Bench::new(GOOD, SECRETS);
    let commands = [
        "check",
        "new",
        "sign",
        "send",
        "explain",
        "status",
        "deliveries",
        "held",
        "show",
        "release",
        "resolve",
        "forget",
        "stop",
        "resume",
        "completions",
    ];
    let commands = commands.map(|command| [command, "--help"]);
    for command in commands.iter().map(<[_; 2]>::as_slice).chain([&["--help"][..]]) {
        let ended = bench.run(command);
        assert_eq!((ended.status, ended.errors.as_str()), (0, ""), "{command:?}");
        assert!(ended.output.contains("Examples:\n  "), "{command:?}: {}", ended.output);
        assert!(!ended.output.contains("--today") && !ended.output.contains("--secret "), "{command:?}");
        assert!(!ended.output.contains("--token"), "{command:?}");
    }
    assert_eq!(bench.run(&["--version"]).output, format!("hookgate {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_shell_completes_every_command() {
    let bench = Bench::new(GOOD, SECRETS);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = bench.run(&["completions", shell]);
        assert_eq!(ended.status, 0);
        for word in [
            "check", "new", "strict", "purpose", "sign", "curl", "send", "tamper", "explain", "scheme", "held",
            "because", "resume",
        ] {
            assert!(ended.output.contains(word), "{shell} does not complete {word}");
        }
    }
    assert_eq!(bench.run(&["completions", "cmd"]).status, 2);
}

#[test]
fn what_is_no_terminal_gets_no_colours() {
    let bench = Bench::new(&GOOD.replace("owner =", "ower ="), SECRETS);
    for variables in [&[][..], &[("NO_COLOR", "1")], &[("TERM", "xterm-256color")], &[("CLICOLOR_FORCE", "1")]] {
        for command in [&["check"][..], &["check", "--help"], &["nothing"]] {
            let ended = bench.run_with(command, variables, "");
            assert!(!ended.output.contains('\x1b') && !ended.errors.contains('\x1b'), "{variables:?}");
        }
    }
}

#[test]
fn who_wants_no_colours_gets_none() {
    let wants =
        |no_color: Option<&str>, term: Option<&str>| wants_colours(no_color.map(OsStr::new), term.map(OsStr::new));
    assert!(wants(None, None) && wants(None, Some("xterm")) && wants(Some(""), Some("xterm")));
    assert!(!wants(Some("1"), Some("xterm")) && !wants(Some("0"), None) && !wants(None, Some("dumb")));
}
