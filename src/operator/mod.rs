//! The operator's command line: it reads `wrangler.toml` and `.dev.vars` with the same core as the Worker, and says of
//! each mistake where it stands. `sign` and `send` do what senders do, and `explain` says why a delivery was refused.
//! `status`, `stop` and their like speak to a running gate. What `explain` and those print with `--json` is told in their
//! own modules. It is no part of the Worker.
//!
//! `check --json` prints an array with an object for each finding, in the order of the files:
//!
//! | member | |
//! |---|---|
//! | `severity` | `"error"`, `"warning"` or `"info"` |
//! | `code` | a stable word for the kind of finding: `"unknown-key"` |
//! | `file` | as it was named in the arguments |
//! | `line`, `column` | from 1; columns in characters |
//! | `path` | where in the configuration, as the Worker's log names it: `HOOKS[0] (id "k3v9x0q2m7ta"): auth[0].header`; may be empty |
//! | `message` | what is wrong |
//! | `help` | what to do, or `null` |
//!
//! Members and codes are added, never renamed; messages may change. The codes, by what they are about:
//!
//! | | |
//! |---|---|
//! | the gate's own mistakes | `syntax`, `unknown-key`, `missing-key`, `wrong-value`, `duplicate-id`, `unknown-origin`, `unknown-variable` |
//! | secrets | `secret-in-config`, `secret-in-vars`, `secret-not-here`, `secret-not-set`, `wrong-secret`, `weak-secret`, `shared-secret`, `duplicate-secret`, `cut-secret`, `unused-secret`, `unread-line`, `overridden-variable`, `no-admin-token` |
//! | the platform | `missing-binding`, `placeholder-id`, `shared-namespace`, `logs-senders-data`, `no-log`, `compatibility-date`, `workers-dev`, `no-address`, `route-misses-hooks`, `variable-too-large`, `too-many-variables` |
//! | what is unfinished | `example-left`, `loopback-origin`, `no-hooks`, `disabled`, `observes`, `no-purpose`, `no-review`, `review-soon`, `review-overdue`, `owner-unreachable` |
//! | what a sender does not sign | `unsigned-id`, `unsigned-event`, `unsigned-field`, `unsigned-boundary`, `no-signed-time`, `bare-hash`, `shared-app-secret`, `local-time`, `all-events` |
//! | how a sender delivers | `never-retries`, `may-not-retry`, `outlasts-sender`, `gone-unsubscribes`, `no-verify-token` |
//! | old secrets | `secret-ended`, `secret-ends`, `old-secret-first`, `second-secret` |
//! | what is risky | `open-hook`, `unsigned-body`, `unsigned-query`, `short-window`, `forgetful-origin`, `broad-field`, `many-fields`, `sensitive-field` |

mod arguments;
mod check;
mod chosen;
mod delivery;
mod deployment;
mod dev_vars;
mod document;
mod environment;
mod exchange;
mod explain;
mod finding;
mod gate;
mod nearest;
mod new;
mod paint;
mod prompt;
mod send;
mod sign;
mod source;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;

use clap::{CommandFactory as _, Parser as _};
use serde::Deserialize;

use arguments::{Arguments, CheckArguments, Command, CompletionArguments};
use check::Terms;
use finding::{Files, Severity};
use paint::Paint;
use source::Source;

use crate::units;

/// The exit status of a command that did what it should, and found nothing wrong.
const DONE: u8 = 0;
/// There are errors, or the gate said no.
const ERRORS: u8 = 1;
/// An argument or a file cannot be read, or the gate cannot be asked.
const UNREADABLE: u8 = 2;

/// What a command has of the machine it runs on.
pub struct Surroundings<'s> {
    /// What an operator types.
    pub input: &'s mut dyn BufRead,
    /// Standard output: what a command makes.
    pub output: &'s mut dyn Write,
    /// Standard error: questions, secrets, complaints.
    pub errors: &'s mut dyn Write,
    /// Somebody is there to answer questions.
    pub interactive: bool,
    /// Standard output is a terminal that wants colours.
    pub coloured: bool,
    /// Milliseconds since 1970-01-01.
    pub now: u64,
    /// A variable of the environment, by its name.
    pub variable: &'s dyn Fn(&str) -> Option<String>,
}

/// Why a command ended early.
enum Fault {
    /// The operator is told what to change.
    Told(String),
    /// The gate said no.
    Refused(String),
    /// Nobody listens any more.
    Output(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Told(text)
    }
}

/// Whether a terminal wants colours, by the values of `NO_COLOR` (<https://no-color.org>: any but an empty one says no)
/// and `TERM`.
#[must_use]
pub fn wants_colours(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

/// Runs one command and gives its exit status: 0 all is well, 1 there are errors or the gate said no, 2 an argument
/// or a file cannot be read, or the gate cannot be asked.
pub fn run(arguments: impl IntoIterator<Item = OsString>, surroundings: &mut Surroundings<'_>) -> u8 {
    let ended = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match arguments.command {
            Command::Check(check) => run_check(&check, surroundings),
            Command::New(new) => new::run(&new, surroundings),
            Command::Sign(sign) => sign::run(&sign, surroundings),
            Command::Send(send) => send::run(&send, surroundings),
            Command::Explain(explain) => explain::run(&explain, surroundings),
            Command::Status(status) => gate::status(&status, surroundings),
            Command::Deliveries(deliveries) => gate::deliveries(&deliveries, surroundings),
            Command::Held(held) => gate::held(&held, surroundings),
            Command::Show(show) => gate::show(&show, surroundings),
            Command::Release(release) => gate::release(&release, surroundings),
            Command::Resolve(resolve) => gate::resolve(&resolve, surroundings),
            Command::Forget(forget) => gate::forget(&forget, surroundings),
            Command::Stop(stop) => gate::stop(&stop, surroundings),
            Command::Resume(resume) => gate::resume(&resume, surroundings),
            Command::Completions(completions) => complete(&completions, surroundings),
        },
        Err(error) if error.use_stderr() => {
            return write!(surroundings.errors, "{error}").map_or(UNREADABLE, |()| UNREADABLE);
        }
        Err(help) => write!(surroundings.output, "{help}").map(|()| DONE).map_err(Fault::Output),
    };
    match ended {
        Ok(status) => status,
        Err(Fault::Told(text)) => {
            let _ = writeln!(surroundings.errors, "hookgate: {text}");
            UNREADABLE
        }
        Err(Fault::Refused(text)) => {
            let _ = writeln!(surroundings.errors, "hookgate: {text}");
            ERRORS
        }
        // `hookgate check | head` has what it wanted.
        Err(Fault::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(Fault::Output(error)) => {
            let _ = writeln!(surroundings.errors, "hookgate: cannot write: {error}");
            UNREADABLE
        }
    }
}

fn run_check(arguments: &CheckArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let today = today(arguments.today.as_deref(), surroundings.now)?;
    let CheckArguments { config, dev_vars, env, .. } = arguments;
    let mut files =
        Files { config: read(config)?, dev_vars: read_dev_vars(config, dev_vars.as_deref(), env.as_deref())? };
    let deployed = arguments.secret_list.as_deref().map(read_secret_list).transpose()?;
    let checked = check::check(&mut files, &Terms { environment: arguments.env.as_deref(), today, deployed })?;
    let checked = if arguments.strict { checked.strict() } else { checked };
    let text = if arguments.json {
        files.json(&checked.findings)
    } else {
        checked.render(&files, Paint { coloured: surroundings.coloured })
    };
    surroundings.output.write_all(text.as_bytes())?;
    Ok(if checked.count(Severity::Error) == 0 { DONE } else { ERRORS })
}

/// What `check` finds in two texts: the number of errors, and all it prints. For the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn check_texts(config: &str, dev_vars: &str) -> (usize, String) {
    let mut files =
        Files { config: Source::new("wrangler.toml", config), dev_vars: Source::new(".dev.vars", dev_vars) };
    let Ok(checked) = check::check(&mut files, &Terms::default()) else { return (0, String::new()) };
    let text = checked.render(&files, Paint { coloured: false });
    (checked.count(Severity::Error), text + &files.json(&checked.findings))
}

fn complete(arguments: &CompletionArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "hookgate", &mut script);
    surroundings.output.write_all(&script)?;
    Ok(DONE)
}

/// Days since 1970: those of a date, else those of `now` (milliseconds).
fn today(given: Option<&str>, now: u64) -> Result<u64, String> {
    given.map_or(Ok(now / 86_400_000), |text| {
        units::date(text).ok_or_else(|| format!("{text:?} is no date such as 2027-01-31"))
    })
}

fn read(path: &Path) -> Result<Source, String> {
    if path.extension().is_some_and(|ending| ending == "json" || ending == "jsonc") {
        return Err(format!("{}: only wrangler.toml can be read", path.display()));
    }
    let text = fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(Source::new(path.display().to_string(), text))
}

/// The bytes of a file, or of standard input for `-`.
fn read_bytes(path: &Path, surroundings: &mut Surroundings<'_>) -> Result<Vec<u8>, Fault> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        surroundings.input.read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    Ok(fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?)
}

/// One secret, as `npx wrangler secret list` names it.
#[derive(Deserialize)]
struct ListedSecret {
    name: String,
}

fn read_secret_list(path: &Path) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let listed: Result<Vec<ListedSecret>, _> = serde_json::from_str(&text);
    let listed = listed.map_err(|_| format!("{} is not what `npx wrangler secret list` prints", path.display()))?;
    Ok(listed.into_iter().map(|secret| secret.name).collect())
}

/// Milliseconds since 1970 of an instant as an operator writes it.
fn moment(text: &str) -> Result<u64, String> {
    let seconds = || text.parse::<u64>().ok().and_then(|seconds| seconds.checked_mul(1_000));
    units::rfc3339(text)
        .or_else(seconds)
        .ok_or_else(|| format!("{text:?} is no time such as 2026-11-22T09:00:00Z or 1795338000"))
}

/// The file that was named; else, as wrangler has it, the environment's own beside the configuration, or `.dev.vars`.
fn read_dev_vars(config: &Path, named: Option<&Path>, environment: Option<&str>) -> Result<Source, String> {
    if let Some(path) = named {
        return read(path);
    }
    let own = environment.map(|name| config.with_file_name(format!(".dev.vars.{name}")));
    let common = config.with_file_name(".dev.vars");
    match own.into_iter().chain([common]).find(|path| path.exists()) {
        Some(path) => read(&path),
        None => Ok(Source::new(".dev.vars", "")),
    }
}
