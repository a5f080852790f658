//! Which gate is asked, and with which token.

use super::stub::Stub;
use super::{Operator, TOKEN};
use crate::bench::{Bench, GOOD};

const NOTHING: &str = "at 1970-01-01T00:00:00Z: 0 hooks, nothing is wrong\n";

fn gate() -> Stub {
    Stub::answering(&[("GET /_hookgate/status", 200, "{}")])
}

#[test]
fn the_gate_is_an_argument_or_a_variable() {
    let gate = gate();
    let with_slash = format!("{}/", gate.url());
    for (variables, arguments) in [
        (vec![], &["status", "--gate", gate.url()][..]),
        (vec![], &["status", "--gate", &with_slash]),
        (vec![("HOOKGATE_URL", gate.url())], &["status"]),
        (vec![("HOOKGATE_URL", "https://gate.invalid")], &["status", "--gate", gate.url()]),
    ] {
        let variables = [variables, vec![("HOOKGATE_ADMIN_TOKEN", TOKEN)]].concat();
        let ended = Operator { variables, ..Operator::known() }.types(arguments);
        assert_eq!(ended.triple(), (0, format!("{} {NOTHING}", gate.url()).as_str(), ""), "{arguments:?}");
    }
    assert_eq!(gate.received().len(), 4);
}

#[test]
fn an_address_that_is_no_gates_is_not_asked() {
    for (address, complaint) in [
        ("", "say which gate is meant: --gate https://hooks.your-shop.com, or set HOOKGATE_URL"),
        ("http://hooks.shop.dev", "hooks.shop.dev is not this machine: it is reached by https alone"),
        ("http://127.0.0.1.shop.dev", "127.0.0.1.shop.dev is not this machine"),
        ("hooks.shop.dev", "\"hooks.shop.dev\" is no URL"),
        ("ftp://127.0.0.1", "is no URL"),
        ("https://", "is not the address of a gate alone"),
        ("https://hooks.shop.dev/wa-hook/x", "is not the address of a gate alone"),
        ("https://hooks.shop.dev?x", "is not the address of a gate alone"),
        ("https://hooks.shop.dev#x", "is not the address of a gate alone"),
        ("https://ada:canary@hooks.shop.dev", "has a user in it"),
        ("https://hooks.shop.dev/\r\nx: canary", "a character that no address has"),
        ("https://hööks.shop.dev", "a character that no address has"),
    ] {
        let operator = Operator {
            variables: vec![("HOOKGATE_URL", address), ("HOOKGATE_ADMIN_TOKEN", TOKEN)],
            ..Operator::known()
        };
        let ended = operator.types(&["status"]);
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{address:?}");
        assert!(ended.errors.contains(complaint), "{address:?}: {}", ended.errors);
    }
}

#[test]
fn a_token_is_never_an_argument() {
    for arguments in
        [&["status", "--token", TOKEN][..], &["stop", "--token=canary", "--because", "x"], &["held", "shop", "--token"]]
    {
        let ended = Operator { types: Some("yes\n"), ..Operator::known() }
            .types(&[arguments, &["--gate", "http://127.0.0.1:1"]].concat());
        assert_eq!((ended.status, ended.output.as_str()), (2, ""));
        assert!(
            ended.errors.starts_with("hookgate: a token on the command line is read by everybody"),
            "{}",
            ended.errors
        );
    }
}

#[test]
fn a_token_that_no_header_can_carry_is_not_sent() {
    for token in ["canary\r\nx: y", "canary two", "canäry-canary"] {
        let operator = Operator { variables: vec![("HOOKGATE_ADMIN_TOKEN", token)], ..Operator::known() };
        let ended = operator.types(&["status", "--gate", "http://127.0.0.1:1"]);
        let told = "hookgate: the token has a character that no header can carry, such as a space or a line end\n";
        assert_eq!(ended.triple(), (2, "", told));
    }
}

#[test]
fn what_is_not_in_the_environment_is_typed() {
    let gate = gate();
    let typed = format!("{TOKEN}\r\n");
    let operator = Operator { variables: Vec::new(), types: Some(&typed), coloured: false };
    let ended = operator.types(&["status", "--gate", gate.url()]);
    let asked = format!("The ADMIN_TOKEN of {}, which is not shown: ", gate.url());
    assert_eq!((ended.status, ended.output), (0, format!("{} {NOTHING}", gate.url())));
    // On a terminal a line end follows, for the one that was typed is not shown.
    assert_eq!(ended.errors.trim_end_matches('\n'), asked);
    let told =
        format!("hookgate: there is no token for {}: put its ADMIN_TOKEN into HOOKGATE_ADMIN_TOKEN\n", gate.url());
    let silent = Operator { types: Some("\n"), variables: Vec::new(), coloured: false };
    assert!(silent.types(&["status", "--gate", gate.url()]).errors.ends_with(&told));
    let nobody = Operator { types: None, variables: Vec::new(), coloured: false };
    assert_eq!(nobody.types(&["status", "--gate", gate.url()]).triple(), (2, "", told.as_str()));
    assert_eq!(gate.received().len(), 1);
}

#[test]
fn dev_vars_has_the_token_of_a_gate_on_this_machine_alone() {
    let gate = gate();
    let bench = Bench::new(GOOD, &format!("OTHER=\"x\"\nADMIN_TOKEN=\"{TOKEN}\"\n"));
    let path = bench.path(".dev.vars").display().to_string();
    let nobody = Operator { types: None, variables: Vec::new(), coloured: false };
    let ended = nobody.types(&["status", "--gate", gate.url(), "--dev-vars", &path]);
    assert_eq!(ended.triple(), (0, format!("{} {NOTHING}", gate.url()).as_str(), ""));
    let ended = nobody.types(&["status", "--gate", "https://gate.invalid", "--dev-vars", &path]);
    let told = "hookgate: --dev-vars is for a gate on this machine: the token of another one is kept in no file\n";
    assert_eq!(ended.triple(), (2, "", told));
    let ended = nobody.types(&["status", "--gate", gate.url(), "--dev-vars", "/no/such/file"]);
    assert!(ended.errors.starts_with("hookgate: /no/such/file cannot be read: "), "{}", ended.errors);
    bench.write(".dev.vars", "OTHER=\"x\"\nADMIN_TOKEN=\"\"\n");
    let ended = nobody.types(&["status", "--gate", gate.url(), "--dev-vars", &path]);
    assert!(ended.errors.starts_with("hookgate: there is no token for http://127."), "{}", ended.errors);
    assert_eq!(gate.received().len(), 1);
}

#[test]
fn the_binary_takes_all_of_this_from_its_environment() {
    let gate =
        Stub::answering(&[("GET /_hookgate/status", 200, "{}"), ("POST /_hookgate/resume", 200, r#"{"done":true}"#)]);
    let bench = Bench::new(GOOD, &format!("ADMIN_TOKEN={TOKEN}\n"));
    let variables = [("HOOKGATE_URL", gate.url()), ("HOOKGATE_ADMIN_TOKEN", ""), ("USER", "ada")];
    let ended = bench.run_with(&["status"], &variables, "");
    assert_eq!(ended.triple(), (0, format!("{} {NOTHING}", gate.url()).as_str(), ""));
    assert_eq!(bench.run_with(&["resume"], &variables, "").status, 0);
    let elsewhere = [("HOOKGATE_URL", "https://gate.invalid"), ("HOOKGATE_ADMIN_TOKEN", ""), ("USER", "ada")];
    let ended = bench.run_with(&["status"], &elsewhere, &format!("{TOKEN}\n"));
    let told = "hookgate: there is no token for https://gate.invalid: put its ADMIN_TOKEN into HOOKGATE_ADMIN_TOKEN\n";
    assert_eq!(ended.triple(), (2, "", told));
    let received = gate.received();
    assert_eq!(received[1], ("POST /_hookgate/resume".to_owned(), "{\"by\":\"ada\"}".to_owned()));
}
