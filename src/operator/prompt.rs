//! What somebody types.

use std::process::{Command, Stdio};

use super::{Fault, Surroundings};

/// The first line of standard input, if it is not empty; on a terminal it is asked for, and not shown.
///
/// # Errors
/// Standard input cannot be read.
pub(crate) fn hidden(what: &str, surroundings: &mut Surroundings<'_>) -> Result<Option<String>, Fault> {
    let echo =
        |on: &str| Command::new("stty").arg(on).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if surroundings.interactive {
        write!(surroundings.errors, "{what}, which is not shown: ")?;
        surroundings.errors.flush()?;
    }
    let hidden = surroundings.interactive && echo("-echo");
    let mut line = String::new();
    let read = surroundings.input.read_line(&mut line);
    if hidden {
        echo("echo");
        writeln!(surroundings.errors)?;
    }
    read?;
    Ok(Some(without_line_end(&line).to_owned()).filter(|line| !line.is_empty()))
}

/// Whether somebody types `yes`.
///
/// # Errors
/// Standard input cannot be read.
pub(crate) fn confirmed(question: &str, surroundings: &mut Surroundings<'_>) -> Result<bool, Fault> {
    write!(surroundings.errors, "{question} Type yes: ")?;
    surroundings.errors.flush()?;
    let mut answer = String::new();
    surroundings.input.read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

pub(crate) fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}
