//! Help, completions and colours.

use crate::bench::{Bench, GOOD, SECRETS};

#[test]
fn every_command_has_help_with_examples() {
    let bench = Bench::new(GOOD, SECRETS);
    for command in [&["--help"][..], &["check", "--help"], &["new", "--help"], &["completions", "--help"]] {
        let ended = bench.run(command);
        assert_eq!((ended.status, ended.errors.as_str()), (0, ""), "{command:?}");
        assert!(ended.output.contains("Examples:\n  "), "{command:?}: {}", ended.output);
        assert!(!ended.output.contains("--today"), "{command:?}");
    }
    assert_eq!(bench.run(&["--version"]).output, format!("hookgate {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_shell_completes_every_command() {
    let bench = Bench::new(GOOD, SECRETS);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = bench.run(&["completions", shell]);
        assert_eq!(ended.status, 0);
        for word in ["check", "new", "strict", "purpose"] {
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
