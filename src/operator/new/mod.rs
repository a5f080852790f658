//! `new`: a hook that is right from the start.

mod block;
mod interview;
mod parts;
mod questions;
mod random;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use super::arguments::NewArguments;
use super::check::{self, Terms, VARIABLE_BYTES};
use super::deployment::Deployment;
use super::document::{self, Entry, Node};
use super::finding::{Files, Severity};
use super::paint::Paint;
use super::source::Source;
use super::{DONE, Fault, Surroundings};
use block::Block;
use questions::Wish;
use random::Random;

/// Days until a hook is to be looked at again.
const HALF_A_YEAR: u64 = 182;
/// Variables of a Worker on the free plan.
const FREE_VARIABLES: u32 = 64;

/// Writes the block to the output, and its secrets with what to do with them to the errors.
pub(super) fn run(arguments: &NewArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let today = super::today(arguments.today.as_deref(), surroundings.now)?;
    let config = existing(arguments)?;
    let root = document::parse(&config.text)
        .map_err(|_| format!("{} is not TOML: `npm run hookgate -- check` says where", config.name))?;
    let deployment = Deployment::new(&root);
    let review_by = date_of(today.saturating_add(HALF_A_YEAR));
    let wish = Wish::of(arguments, review_by, &deployment, surroundings)?;
    let random = Random::of_system()?;
    let id = random.new_id(|id| config.text.contains(id))?;
    let block = Block::of(&wish, &id, [random.secret()?, random.secret()?]);
    let variable = roomy_variable(&config, &deployment, &block)?;
    let text = block.render(&variable);
    prove(&config, &deployment, &text, &block, today)?;
    if arguments.write {
        append(&arguments.config, &config, &text)?;
    } else {
        surroundings.output.write_all(text.as_bytes())?;
        surroundings.output.flush()?;
    }
    surroundings.errors.write_all(block.instructions(&config.name, arguments.write).as_bytes())?;
    Ok(DONE)
}

/// Writes the block at the end of the file.
fn append(path: &Path, config: &Source, text: &str) -> Result<(), String> {
    let ended = config.text.is_empty() || config.text.ends_with('\n');
    let text = if ended { text.to_owned() } else { format!("\n{text}") };
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{} cannot be written: {error}", config.name))
}

/// The configuration as it is. That there is none yet is no reason to refuse a hook.
fn existing(arguments: &NewArguments) -> Result<Source, String> {
    if arguments.config.exists() {
        super::read(&arguments.config)
    } else {
        Ok(Source::new(arguments.config.display().to_string(), ""))
    }
}

/// `HOOKS`, or the first of `HOOKS_2`, `HOOKS_3`… that has room for one more.
fn roomy_variable(config: &Source, deployment: &Deployment<'_>, block: &Block) -> Result<String, String> {
    let text = block.render("HOOKS");
    let root = document::parse(&text).map_err(|_| "the block could not be written".to_owned())?;
    let more = root.get("vars").and_then(|vars| vars.get("HOOKS")).map_or(0, Node::uploaded_bytes);
    // `[[vars.HOOKS]]` cannot follow on `HOOKS = […]`.
    let headed = |list: &Node| {
        let mut starts = list.items().iter().map(|item| item.span.start);
        starts.any(|start| config.text.get(start..).is_some_and(|text| text.starts_with("[[")))
    };
    let fits = |name: &String| {
        deployment.var(name).is_none_or(|Entry { node, .. }| {
            headed(node) && node.uploaded_bytes().saturating_add(more) <= VARIABLE_BYTES
        })
    };
    let others = (2_u32..=FREE_VARIABLES).map(|number| format!("HOOKS_{number}"));
    core::iter::once("HOOKS".to_owned())
        .chain(others)
        .find(fits)
        .ok_or_else(|| "there is no room for one more hook".into())
}

/// `check` must have no complaint about the block, beside what its scheme cannot do.
fn prove(config: &Source, deployment: &Deployment<'_>, text: &str, block: &Block, today: u64) -> Result<(), String> {
    let joined = if deployment.vars().is_some() {
        format!("{}\n{text}", config.text)
    } else {
        format!("{}\n[vars]\nORIGIN = \"https://site.example.com\"\n{text}", config.text)
    };
    let start = joined.len().saturating_sub(text.len());
    let secrets = block.dev_vars();
    let mut files =
        Files { config: Source::new(&*config.name, joined), dev_vars: Source::new("the new secrets", secrets) };
    let checked = check::check(&mut files, &Terms { today, ..Terms::default() })?;
    let own = |finding: &&super::finding::Finding| finding.severity == Severity::Error && finding.span.start >= start;
    match checked.findings.iter().find(own) {
        None => Ok(()),
        Some(finding) => {
            Err(format!("the hook would be wrong:\n{}", finding.render(&files, Paint { coloured: false })))
        }
    }
}

/// A day since 1970 as `2027-01-31`.
fn date_of(days: u64) -> String {
    let (mut year, mut left) = (1970_u64, days);
    let length = |year: u64| if crate::units::date(&format!("{year}-02-29")).is_some() { 366 } else { 365 };
    while left >= length(year) {
        left = left.saturating_sub(length(year));
        year = year.saturating_add(1);
    }
    let first = days.saturating_sub(left);
    let day_of = |month: u64| crate::units::date(&format!("{year}-{month:02}-01")).unwrap_or(first);
    let month = (1..=12).rev().find(|month| day_of(*month) <= days).unwrap_or(1);
    format!("{year}-{month:02}-{:02}", days.saturating_sub(day_of(month)).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_its_date() {
        for days in [0, 58, 59, 60, 364, 365, 789, 20_778, 20_819, 22_339] {
            assert_eq!(crate::units::date(&date_of(days)), Some(days));
        }
        assert_eq!(date_of(20_778), "2026-11-21");
    }
}
