//! `explain`: why a captured request does not verify, and what to change.
//!
//! Causes are found by trying. The request is put before the Worker's own gateway; while that refuses it, one thing about
//! the request, its secret, its hook or the time is put otherwise, until the gate accepts it. What was changed is the
//! cause.
//!
//! `--json` prints an object:
//!
//! | member | |
//! |---|---|
//! | `accepted` | whether the gate would take the request as it is |
//! | `outcome`, `reason` | what the gate's log would say of it |
//! | `causes` | a list of `code`, `message`, `help`, `file`, `line` (or `null`), and `proven`: whether the gate accepts the request without this |
//! | `tried` | how many other requests were put before the gate |
//!
//! Members and codes are added, never renamed; messages may change.

mod address;
mod attempt;
mod body;
mod capture;
mod case;
mod causes;
mod credential;
mod curl;
mod described;
mod evidence;
mod format;
mod json;
mod moment;
mod presentation;
mod report;
mod search;
mod secret;
mod stage;
mod trial;

pub(super) use json::indented;
pub(super) use moment::span;

use std::rc::Rc;

use super::arguments::ExplainArguments;
use super::chosen::{Chosen, listed};
use super::paint::Paint;
use super::{DONE, ERRORS, Fault, Surroundings};
use crate::var::Var;
use capture::Capture;
use case::Case;
use report::{Found, Report};
use trial::{Setting, Trial, put};

/// Reads the capture, explains it, and prints what was found.
pub(super) fn run(arguments: &ExplainArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let typed = arguments.capture.as_os_str() != "-";
    let bytes = super::read_bytes(&arguments.capture, surroundings)?;
    let capture = Capture::read(&bytes).map_err(|why| format!("{}: {why}", arguments.capture.display()))?;
    let chosen = Chosen::of(&arguments.sender, typed, surroundings)?;
    let now = arrival(arguments.now.as_deref(), &capture, surroundings.now)?;
    let report = explain(&chosen, first(&chosen, capture, now)?);
    let text = if arguments.json {
        report.json(&chosen)
    } else {
        report.render(&chosen, Paint { coloured: surroundings.coloured })
    };
    surroundings.output.write_all(text.as_bytes())?;
    Ok(if report.accepted { DONE } else { ERRORS })
}

/// The shortest time that a signature of the hook is good for, in milliseconds; none where no time is signed.
pub(super) fn shortest_tolerance(chosen: &Chosen) -> Option<u64> {
    chosen.mechanisms().iter().filter_map(format::tolerance).min()
}

/// When the request arrived.
fn arrival(given: Option<&str>, capture: &Capture, now: u64) -> Result<u64, String> {
    match (given, capture.header("date")) {
        (Some(text), _) => super::moment(text),
        (None, Some(date)) => Ok(http_date(&date).unwrap_or(now)),
        (None, None) => Ok(now),
    }
}

/// `Sun, 22 Nov 2026 09:00:00 GMT` (RFC 9110 §5.6.7), in milliseconds since 1970.
fn http_date(text: &str) -> Option<u64> {
    let mut words = text.split(' ').skip(1);
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|own| *own == month)?.saturating_add(1);
    crate::units::instant(&format!("{year}-{month:02}-{day:0>2}T{time}Z"))?.checked_mul(1_000)
}

/// The request before the hook as it is configured, but for secrets that are not here.
fn first(chosen: &Chosen, capture: Capture, now: u64) -> Result<Trial, String> {
    let mut secrets = chosen.secrets.clone();
    let mut mechanisms = Vec::new();
    for mechanism in chosen.mechanisms() {
        let all = mechanism.get("secrets").and_then(Var::as_list).unwrap_or(&[]);
        if let (Some(given), Some(name)) = (&chosen.given, all.first().map(listed)) {
            secrets.retain(|(own, _)| own != name.0);
            secrets.push((name.0.into(), given.clone()));
        }
        let here = |entry: &&Var| secrets.iter().any(|(name, _)| name == listed(entry).0);
        let known: Vec<Var> = all.iter().filter(here).cloned().collect();
        if known.is_empty() {
            let names: Vec<&str> = all.iter().map(|entry| listed(entry).0).filter(|name| name.contains('_')).collect();
            return Err(format!(
                "the secret {} is not in .dev.vars: put it there, or name it with --secret-env or --secret-file",
                names.join(", ")
            ));
        }
        let mechanism = put(mechanism, "secrets", Some(Var::List(known)));
        // A made-up hook has the URL that the request was sent to.
        let urlless =
            super::chosen::signs_url(&mechanism) && mechanism.get("url").is_none() && chosen.written.is_none();
        let url = urlless.then(|| Var::from(capture.url.replacen("http://", "https://", 1).as_str()));
        mechanisms.push(if urlless { put(&mechanism, "url", url) } else { mechanism });
    }
    let hook = match chosen.hook.get("auth") {
        Some(Var::List(_)) => put(&chosen.hook, "auth", Some(Var::List(mechanisms))),
        _ => chosen.hook.clone(),
    };
    let setting = Rc::new(Setting::new(hook, chosen.slug.clone(), secrets));
    let trial = Trial { capture, setting, now };
    Ok(if chosen.written.is_some() { trial } else { stage::at(&trial, &chosen.path()) })
}

/// Goes on from one refusal to the next.
fn explain(chosen: &Chosen, first: Trial) -> Report {
    let verdict = first.verdict();
    let mut report = Report::new(&verdict);
    if chosen.hook.get("enabled") != Some(&Var::Flag(true)) {
        report.refused("unknown-hook", Found::seen("hook-disabled", String::new()));
    }
    let mut trial = first.clone();
    let mut verdict = verdict;
    // Each stage of the gate refuses once.
    for _ in 0..8 {
        if verdict.accepts() {
            break;
        }
        let next = if !verdict.wants_proof() {
            let step = stage::step(&trial, &verdict, &chosen.path());
            // That a body which was put otherwise is no JSON says nothing of the one that was sent.
            let put_otherwise = report.has("form-for-json") || trial.capture.body != first.capture.body;
            let known = put_otherwise && step.code.starts_with("malformed");
            if !known {
                report.causes.push(Found { proven: true, ..Found::seen(step.code, step.detail) });
            }
            step.next
        } else {
            proof(chosen, &trial, &mut report)
        };
        let Some(next) = next else { break };
        trial = next;
        verdict = trial.verdict();
    }
    report
}

/// Explains each mechanism that is not passed. The request that passes the last one; none where nothing does.
fn proof(chosen: &Chosen, trial: &Trial, report: &mut Report) -> Option<Trial> {
    let several = trial.mechanisms().len() > 1;
    let mut passed = None;
    for (index, mechanism) in trial.mechanisms().iter().enumerate() {
        // What reads the payload may not fit to one mechanism of several.
        let keys = if several { &["replay", "unsigned_query", "objects", "fields", "events"][..] } else { &[] };
        let bare = keys.iter().fold(trial.hook().clone(), |hook, key| put(&hook, key, None));
        let alone = if several { trial.with_hook(bare).with_mechanism(mechanism.clone()) } else { trial.clone() };
        // What is put otherwise may be longer.
        let alone = alone.with_key("max_body", Some("25MiB".into()));
        if alone.verdict().proves() {
            continue;
        }
        let case = Case { chosen, first: &alone };
        let found = search::search(&alone, &case);
        report.tried = report.tried.saturating_add(found.tried);
        if found.causes.is_empty() {
            let wrong = alone.verdict().is_for("misconfigured");
            let seen = if wrong { mistakes(&alone) } else { evidence::evidence(&alone, &case, found.tried) };
            report.causes.extend(seen.into_iter().map(|(code, detail)| Found { index, ..Found::seen(code, detail) }));
            return None;
        }
        let secrets = alone.secret_names().first().map(|name| (*name).to_owned());
        for attempt in found.causes {
            let detail = attempt.detail;
            report.causes.push(Found { code: attempt.code, detail, index, proven: true, secret: secrets.clone() });
            passed = Some(attempt.trial);
        }
    }
    if several { None } else { passed }
}

/// What is wrong with a hook that is closed.
fn mistakes(trial: &Trial) -> Vec<(&'static str, String)> {
    let (_, mistakes) = crate::config::Gate::read(&*trial.setting);
    let told = mistakes.iter().map(|mistake| mistake.text.clone()).collect::<Vec<_>>().join("; ");
    vec![("hook-misconfigured", told)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_header_is_read_as_rfc_9110_writes_it() {
        assert_eq!(http_date("Sun, 22 Nov 2026 09:00:00 GMT"), Some(1_795_338_000_000));
        assert_eq!(http_date("Sunday"), None);
    }

    #[test]
    fn codes_are_unique_words() {
        let mut codes: Vec<&str> = causes::all().map(|cause| cause.code).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(
            codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        );
    }
}
