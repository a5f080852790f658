//! What was found out, for people and for machines.

use core::ops::Range;
use std::fmt::Write as _;

use serde::Serialize;

use super::causes::{Cause, Line, find};
use super::trial::Verdict;
use crate::operator::chosen::Chosen;
use crate::operator::finding::{Severity, printable};
use crate::operator::paint::Paint;
use crate::operator::source::Source;

/// An explanation.
pub(super) struct Report {
    pub(super) accepted: bool,
    outcome: String,
    reason: Option<String>,
    pub(super) causes: Vec<Found>,
    pub(super) tried: usize,
}

/// A cause as it was found.
pub(super) struct Found {
    pub(super) code: &'static str,
    pub(super) detail: String,
    /// The mechanism: its place in `auth`.
    pub(super) index: usize,
    /// Without it the gate accepts the request, or goes on to the next stage.
    pub(super) proven: bool,
    /// The first secret of the mechanism.
    pub(super) secret: Option<String>,
}

/// The report as `--json` prints it. The names and their order are stable.
#[derive(Serialize)]
struct Row<'r> {
    accepted: bool,
    outcome: &'r str,
    reason: Option<&'r str>,
    causes: Vec<CauseRow<'r>>,
    tried: usize,
}

#[derive(Serialize)]
struct CauseRow<'r> {
    code: &'r str,
    message: String,
    help: String,
    file: Option<String>,
    line: Option<usize>,
    proven: bool,
}

impl Found {
    pub(super) fn seen(code: &'static str, detail: String) -> Self {
        Self { code, detail, index: 0, proven: false, secret: None }
    }

    fn message(&self, cause: &Cause) -> String {
        printable(&cause.says.replace("{}", &self.detail))
    }

    fn help(&self, cause: &Cause) -> String {
        cause.help.replace("NAME", self.secret.as_deref().unwrap_or("NAME"))
    }

    /// The line to change, where it is in a file.
    fn place<'c>(&self, cause: &Cause, chosen: &'c Chosen) -> Option<(&'c Source, Range<usize>)> {
        let written = chosen.written.as_ref()?;
        match cause.line {
            Line::Elsewhere => None,
            Line::Secret => written.secret(self.secret.as_deref()?),
            Line::Key(path) => Some(written.key(&path.replace("[]", &format!("[{}]", self.index)))),
        }
    }
}

impl Report {
    pub(super) fn new(verdict: &Verdict) -> Self {
        let Verdict { outcome, reason, .. } = verdict.clone();
        Self { accepted: verdict.accepts(), outcome, reason, causes: Vec::new(), tried: 0 }
    }

    /// Notes a cause that the trial does not have, for its hook is enabled.
    pub(super) fn refused(&mut self, reason: &str, cause: Found) {
        self.accepted = false;
        (self.outcome, self.reason) = ("rejected".into(), Some(reason.into()));
        self.causes.push(Found { proven: true, ..cause });
    }

    pub(super) fn has(&self, code: &str) -> bool {
        self.causes.iter().any(|cause| cause.code == code)
    }

    fn known(&self) -> impl Iterator<Item = (&Found, &'static Cause)> {
        self.causes.iter().filter_map(|found| Some((found, find(found.code)?)))
    }

    pub(super) fn json(&self, chosen: &Chosen) -> String {
        let row = |(found, cause): (&Found, &'static Cause)| {
            let place = found.place(cause, chosen);
            CauseRow {
                code: cause.code,
                message: found.message(cause),
                help: found.help(cause),
                file: place.as_ref().map(|(source, _)| source.name.clone()),
                line: place.map(|(source, span)| source.position(span.start).line),
                proven: found.proven,
            }
        };
        let causes = self.known().map(row).collect();
        let Self { accepted, outcome, reason, tried, .. } = self;
        let row = Row { accepted: *accepted, outcome, reason: reason.as_deref(), causes, tried: *tried };
        format!("{}\n", serde_json::to_string(&row).unwrap_or_default())
    }

    pub(super) fn render(&self, chosen: &Chosen, paint: Paint) -> String {
        let of = chosen.written.as_ref().map_or_else(String::new, |written| format!("{}: ", written.label));
        let mut text = String::new();
        if self.accepted {
            let _ = writeln!(text, "{of}{}", paint.bold("it verifies, and the gate would take it"));
            return text;
        }
        let reason = self.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let _ = writeln!(
            text,
            "{of}{}{reason}\n",
            paint.bold(if self.outcome == "ignored" {
                "it verifies, and goes no further"
            } else {
                "the gate refuses it"
            })
        );
        for (found, cause) in self.known() {
            let word = if found.proven { "cause" } else { "perhaps" };
            let severity = if found.proven { Severity::Error } else { Severity::Warning };
            let word = paint.of(severity, &format!("{word}[{}]", cause.code));
            let _ = writeln!(text, "{word}: {}", paint.bold(&found.message(cause)));
            if let Some((source, span)) = found.place(cause, chosen) {
                let position = source.position(span.start);
                let number = position.line.to_string();
                let gutter = " ".repeat(number.len());
                let excerpt = source.excerpt(&span).line;
                let _ = writeln!(
                    text,
                    "{gutter}{} {}:{}:{}",
                    paint.dim("-->"),
                    source.name,
                    position.line,
                    position.column
                );
                let _ = writeln!(text, "{} {} {excerpt}", paint.dim(&number), paint.dim("|"));
            }
            let _ = writeln!(text, "  {} {}: {}\n", paint.dim("="), paint.bold("help"), found.help(cause));
        }
        if self.causes.iter().all(|found| found.proven) {
            text.push_str("Without that, the gate accepts it.\n");
        }
        text
    }
}
