//! The commands that speak to a running gate, against a stub that speaks its protocol.

mod actions;
mod refusals;
mod status;
mod stub;
mod token;
mod views;

use std::ffi::OsString;

use hookgate::operator::{Surroundings, run};

use crate::bench::Ended;
use stub::Stub;

/// 2026-11-22T09:00:00Z
pub(crate) const NOW: u64 = 1_795_338_000_000;
/// A token as the Worker wants it.
pub(crate) const TOKEN: &str = "canary-token-5f0c1e9ab7d24c68-0123456789";
/// The key of a delivery.
pub(crate) const KEY: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Who types commands, and where.
pub(crate) struct Operator<'o> {
    pub(crate) variables: Vec<(&'o str, &'o str)>,
    /// What is typed, if somebody is there.
    pub(crate) types: Option<&'o str>,
    pub(crate) coloured: bool,
}

impl Operator<'_> {
    /// One with the token and a name.
    pub(crate) fn known() -> Self {
        Self { variables: vec![("HOOKGATE_ADMIN_TOKEN", TOKEN), ("USER", "ada")], types: None, coloured: false }
    }

    /// Runs a command, and checks that its output has no secret.
    pub(crate) fn types(&self, arguments: &[&str]) -> Ended {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let status = run(
            ["hookgate"].iter().chain(arguments).map(OsString::from),
            &mut Surroundings {
                input: &mut self.types.unwrap_or("").as_bytes(),
                output: &mut output,
                errors: &mut errors,
                interactive: self.types.is_some(),
                coloured: self.coloured,
                now: NOW,
                variable: &|name| {
                    let found = self.variables.iter().find(|(own, _)| *own == name);
                    found.map(|(_, value)| (*value).to_owned())
                },
            },
        );
        let [output, errors] = [output, errors].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(!output.contains("canary") && !errors.contains("canary"), "{output}{errors}");
        Ended { status: status.into(), output, errors }
    }
}

impl Ended {
    pub(crate) fn triple(&self) -> (i32, &str, &str) {
        (self.status, &self.output, &self.errors)
    }
}

/// Asks a gate, as somebody with the token.
pub(crate) fn ask(gate: &Stub, arguments: &[&str]) -> Ended {
    Operator::known().types(&[arguments, &["--gate", gate.url()]].concat())
}
