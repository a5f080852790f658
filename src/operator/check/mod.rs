//! `check`: everything that is wrong, risky or unfinished in the configuration, before it is deployed.

mod card;
mod coverage;
mod hook;
mod ledger;
mod mistakes;
mod platform;
mod rotation;
mod secrets;
mod sender;
mod site;
mod veil;

pub(crate) use platform::{VARIABLE_BYTES, host};

use card::Card;

use super::deployment::Deployment;
use super::dev_vars::DevVars;
use super::document::{self, Node, SyntaxFault};
use super::environment::Environment;
use super::finding::{Files, Finding, Severity};
use super::paint::Paint;
use crate::config::Gate;
use crate::hook::Hook;

/// What came of a check.
#[derive(Debug)]
pub(crate) struct Checked {
    /// In the order of the files.
    pub(crate) findings: Vec<Finding>,
    cards: Vec<Card>,
}

/// What a check draws on besides the two files.
#[derive(Debug, Default)]
pub(crate) struct Terms<'t> {
    /// An `[env.NAME]` of the file.
    pub(crate) environment: Option<&'t str>,
    /// Days since 1970.
    pub(crate) today: u64,
    /// The names of the secrets that are on Cloudflare, where they are known.
    pub(crate) deployed: Option<Vec<String>>,
}

/// Checks the two files, and hides in them what no excerpt may show.
///
/// # Errors
/// The file has no such environment.
pub(crate) fn check(files: &mut Files, terms: &Terms<'_>) -> Result<Checked, String> {
    let root = match document::parse(&files.config.text) {
        Ok(root) => root,
        Err(faults) => {
            files.config.hide_unknown(veil::is_known_key);
            return Ok(Checked { findings: faults.iter().map(unreadable).collect(), cards: Vec::new() });
        }
    };
    let dev_vars = DevVars::parse(&files.dev_vars.text);
    hide(files, &root, &dev_vars);
    let deployment = match terms.environment {
        None => Deployment::new(&root),
        Some(name) => Deployment::of_environment(&root, name).ok_or_else(|| no_environment(files, &root, name))?,
    };
    let mut checked = of_deployment(&deployment, &dev_vars, &files.dev_vars.name, terms);
    checked.findings.sort_by_key(|finding| (finding.file, finding.span.start, finding.severity));
    checked.findings.dedup_by(|later, first| {
        (later.file, &later.span, &later.path, &later.message) == (first.file, &first.span, &first.path, &first.message)
    });
    Ok(checked)
}

/// Hides what no excerpt of the two files may show.
pub(crate) fn hide(files: &mut Files, root: &Node, dev_vars: &DevVars) {
    files.config.hidden = veil::secrets(root);
    files.dev_vars.hidden = veil::values(&files.dev_vars.text, dev_vars);
}

fn of_deployment(deployment: &Deployment<'_>, dev_vars: &DevVars, dev_file: &str, terms: &Terms<'_>) -> Checked {
    let environment = Environment::fitted(deployment.vars(), dev_vars, |vars| Gate::read(vars).1.len());
    let (gate, mistakes) = Gate::read(&environment);
    let told = mistakes.iter().filter_map(|mistake| mistakes::finding(mistake, deployment, dev_vars));
    let mut findings: Vec<Finding> = told.collect();
    findings.extend(platform::findings(deployment, terms.today));
    findings.extend(ledger::findings(deployment));
    findings.extend(site::findings(deployment));
    findings.extend(secrets::findings(deployment, &environment, dev_file, terms.deployed.as_deref()));
    let open: Vec<&Hook> = gate.open_hooks().collect();
    let mut cards = Vec::new();
    let hooks = deployment.hooks();
    for written in &hooks {
        findings.extend(hook::written(written, terms.today));
        let id = written.table.text("id").unwrap_or("");
        if let Some(read) = open.iter().find(|hook| hook.id == id) {
            findings.extend(hook::read(written, read));
            findings.extend(sender::findings(written, read));
            findings.extend(coverage::findings(written, read));
            findings.extend(rotation::findings(written, read, terms.today));
            cards.push(Card::of(written, read, deployment, &findings));
        }
    }
    if hooks.is_empty() && mistakes.is_empty() {
        let message = "there is no hook: the gate answers 404 to everything";
        let finding = Finding::warning("no-hooks", &deployment.beginning(), "HOOKS", message);
        findings.push(finding.help("`npm run hookgate -- new` writes one"));
    }
    Checked { findings, cards }
}

fn unreadable(fault: &SyntaxFault) -> Finding {
    Finding::error("syntax", &fault.span, "", format!("this is not TOML: {}", fault.message))
}

/// Says which environments there are.
pub(crate) fn no_environment(files: &Files, root: &Node, name: &str) -> String {
    let known = Deployment::environments(root);
    let known = if known.is_empty() { "it has none".into() } else { format!("it has {}", known.join(", ")) };
    format!("{} has no environment {name:?}: {known}", files.config.name)
}

impl Checked {
    /// The same with every warning an error.
    pub(crate) fn strict(mut self) -> Self {
        for finding in self.findings.iter_mut().filter(|finding| finding.severity == Severity::Warning) {
            finding.severity = Severity::Error;
        }
        self
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Findings, cards and a last line that counts.
    pub(crate) fn render(&self, files: &Files, paint: Paint) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            text.push_str(&finding.render(files, paint));
            text.push('\n');
        }
        for card in &self.cards {
            text.push_str(&card.render(paint));
            text.push('\n');
        }
        let counts = [
            (Severity::Error, "error", "errors"),
            (Severity::Warning, "warning", "warnings"),
            (Severity::Info, "note", "notes"),
        ];
        let count = |(severity, one, many): (Severity, &str, &str)| {
            let count = self.count(severity);
            let words = format!("{count} {}", if count == 1 { one } else { many });
            if count == 0 { words } else { paint.of(severity, &words) }
        };
        let hooks = match self.cards.len() {
            1 => "1 hook would be open".into(),
            count => format!("{count} hooks would be open"),
        };
        text.push_str(&format!("{}: {}; {hooks}\n", files.config.name, counts.map(count).join(", ")));
        text
    }
}
