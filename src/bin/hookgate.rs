//! The operator's command line of Hookgate; see `hookgate --help`.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    use std::io::{self, IsTerminal as _};
    use std::time::{SystemTime, UNIX_EPOCH};

    use hookgate::operator::{Surroundings, run, wants_colours};

    #[expect(clippy::disallowed_methods, reason = "here is where time comes from")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (no_color, term) = (std::env::var_os("NO_COLOR"), std::env::var_os("TERM"));
    let status = run(
        std::env::args_os(),
        &mut Surroundings {
            input: &mut io::stdin().lock(),
            output: &mut io::stdout().lock(),
            errors: &mut io::stderr().lock(),
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            coloured: io::stdout().is_terminal() && wants_colours(no_color.as_deref(), term.as_deref()),
            now: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            variable: &|name| std::env::var(name).ok(),
        },
    );
    status.into()
}

/// No part of the Worker.
#[cfg(target_arch = "wasm32")]
fn main() {}
