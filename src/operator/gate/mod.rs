//! The commands that speak to a running gate: `status`, `deliveries`, `held`, `show`, `release`, `resolve`, `forget`,
//! `stop` and `resume`.
//!
//! They ask the admin API under `/_hookgate/`. The token is `HOOKGATE_ADMIN_TOKEN`; for a gate on this machine it may be
//! `ADMIN_TOKEN` in `.dev.vars`; else it is asked for on a terminal. It is never an argument and never printed.
//!
//! `--json` prints the gate's answer as it is:
//!
//! | command | |
//! |---|---|
//! | `status` | `now`, `switch`, and `hooks`, each with its state and a report of each part of its ledger |
//! | `deliveries` | an array of `at` and `entry`, that of the Worker's log; of all parts, the latest first |
//! | `held` | an array of `place`, `key`, `state`, `until`, `why`, `attempts`, `arrived`, `since`; of all parts, in order of arrival |
//! | `show` | `found`: for each hook that knows the delivery `hook`, `ledger` and `record` |
//! | all others | `done`; with what was done, or `error` and `message` |
//!
//! Times are milliseconds since 1970. The exit status is 0 if it is done, 1 if the gate said no, 2 if it could not be asked.

mod actions;
mod answers;
mod card;
mod client;
mod deliveries;
mod held;
mod parts;
mod refusal;
mod show;
mod status;
mod stops;
mod table;
mod words;

pub(super) use actions::{forget, release, resolve, resume, stop};
pub(super) use deliveries::run as deliveries;
pub(super) use held::run as held;
pub(super) use show::run as show;
pub(super) use status::run as status;

/// The beginning of a key, in lower case.
fn reference(text: &str) -> Result<String, String> {
    let right = (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if right {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("{text:?} is no reference such as 9f86d081884c7d65: 8 to 64 hex digits"))
    }
}
