//! What `check` has to say of a place in a file, for people and for machines.

use core::ops::Range;

use serde::Serialize;

use super::paint::Paint;
use super::source::{Source, visible};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// A hook is closed, a delivery lost or a secret or payload exposed.
    Error,
    /// It works, and is less safe than it could be.
    Warning,
    /// Good to know.
    Info,
}

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum File {
    Config,
    DevVars,
}

/// One thing that is wrong, or worth knowing.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// A stable word for machines: `unknown-key`.
    pub(crate) code: &'static str,
    pub(crate) file: File,
    /// In bytes.
    pub(crate) span: Range<usize>,
    /// As the gate's log names it: `HOOKS[0] (id "k3v9x0q2m7ta"): auth[0].header`.
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// A finding as `--json` prints it. The names and their order are stable.
#[derive(Serialize)]
struct Row<'f> {
    severity: Severity,
    code: &'f str,
    file: &'f str,
    line: usize,
    column: usize,
    path: &'f str,
    message: &'f str,
    help: Option<&'f str>,
}

/// The two files that findings point into.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) config: Source,
    pub(crate) dev_vars: Source,
}

impl Finding {
    /// A finding in the configuration.
    pub(crate) fn new(
        severity: Severity,
        code: &'static str,
        span: &Range<usize>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (path, message) = (path.into(), message.into());
        Self { severity, code, file: File::Config, span: span.clone(), path, message, help: None }
    }

    pub(crate) fn error(
        code: &'static str,
        span: &Range<usize>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Error, code, span, path, message)
    }

    pub(crate) fn warning(
        code: &'static str,
        span: &Range<usize>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Warning, code, span, path, message)
    }

    pub(crate) fn info(
        code: &'static str,
        span: &Range<usize>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Info, code, span, path, message)
    }

    /// The same in `.dev.vars`.
    pub(crate) fn in_dev_vars(self, span: &Range<usize>) -> Self {
        Self { file: File::DevVars, span: span.clone(), ..self }
    }

    /// The same with what to do about it.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// As rustc prints its own: what, where, the line with carets, and what to do.
    pub(crate) fn render(&self, files: &Files, paint: Paint) -> String {
        let source = files.of(self.file);
        let position = source.position(self.span.start);
        let excerpt = source.excerpt(&self.span);
        let number = position.line.to_string();
        let gutter = " ".repeat(number.len());
        let (word, bar, arrow) = (paint.severity(self.severity, self.code), paint.dim("|"), paint.dim("-->"));
        let path = if self.path.is_empty() { String::new() } else { format!("{}: ", printable(&self.path)) };
        let message = paint.bold(&format!("{path}{}", printable(&self.message)));
        let place = format!("{}:{}:{}", source.name, position.line, position.column);
        let carets = paint.of(self.severity, &"^".repeat(excerpt.carets));
        let indent = " ".repeat(excerpt.before);
        let mut text = format!("{word}: {message}\n{gutter}{arrow} {place}\n");
        if !source.text.is_empty() {
            let line = format!("{} {bar} {}", paint.dim(&number), excerpt.line);
            text.push_str(&format!("{gutter} {bar}\n{line}\n{gutter} {bar} {indent}{carets}\n"));
        }
        if let Some(help) = &self.help {
            text.push_str(&format!("{gutter} {} {}: {}\n", paint.dim("="), paint.bold("help"), printable(help)));
        }
        text
    }
}

impl Files {
    pub(crate) fn of(&self, file: File) -> &Source {
        match file {
            File::Config => &self.config,
            File::DevVars => &self.dev_vars,
        }
    }

    /// Findings as a JSON array, a finding a line.
    pub(crate) fn json(&self, findings: &[Finding]) -> String {
        let row = |finding: &Finding| {
            let source = self.of(finding.file);
            let position = source.position(finding.span.start);
            let row = Row {
                severity: finding.severity,
                code: finding.code,
                file: &source.name,
                line: position.line,
                column: position.column,
                path: &finding.path,
                message: &finding.message,
                help: finding.help.as_deref(),
            };
            serde_json::to_string(&row).unwrap_or_default()
        };
        let rows: Vec<String> = findings.iter().map(row).collect();
        if rows.is_empty() { "[]\n".into() } else { format!("[\n{}\n]\n", rows.join(",\n")) }
    }
}

/// A text of the configuration, harmless on a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}
