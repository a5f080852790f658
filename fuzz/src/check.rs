//! The operator's `check`: it says something of every text, and an error of whatever closes a hook in the Worker.
//!
//! An input is that of [`configuration`].

use hookgate::fuzz;

use crate::configuration::{self, Written, environment};

/// Words of the configuration.
pub const WORDS: &[&str] = configuration::WORDS;

/// The recorded hooks.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    configuration::seeds()
}

/// Checks one configuration.
pub fn run(input: &[u8]) {
    let Some(written) = Written::read(input) else { return };
    let (errors, printed) = fuzz::checked(written.config, &written.dev_vars);
    assert!(!printed.is_empty(), "a check says something");
    let Some(vars) = written.vars() else { return };
    let (_, mistakes) = fuzz::configured(&environment(&vars, &written.secrets()));
    // A secret that is not here may well be on Cloudflare.
    if mistakes.iter().any(|mistake| !mistake.contains("is not set")) {
        assert!(errors > 0, "check finds no error, and the Worker {mistakes:?}");
    }
}
