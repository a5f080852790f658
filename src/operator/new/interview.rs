//! Questions on a terminal.

use crate::operator::{Fault, Surroundings};

/// Asks, where somebody can answer.
pub(super) struct Interview<'i, 's> {
    surroundings: &'i mut Surroundings<'s>,
    /// Flags without which nothing can be written, and that nobody can be asked for.
    missing: Vec<&'static str>,
}

impl<'i, 's> Interview<'i, 's> {
    pub(super) fn with(surroundings: &'i mut Surroundings<'s>) -> Self {
        Self { surroundings, missing: Vec::new() }
    }
}

impl Interview<'_, '_> {
    /// What a flag says, or an answer that is not empty.
    pub(super) fn required(
        &mut self,
        given: &Option<String>,
        flag: &'static str,
        question: &str,
    ) -> Result<String, Fault> {
        if let Some(text) = given {
            return Ok(text.clone());
        }
        if !self.surroundings.interactive {
            self.missing.push(flag);
            return Ok(String::new());
        }
        loop {
            let answer = self.ask(question, "")?;
            if !answer.is_empty() {
                return Ok(answer);
            }
        }
    }

    /// What a flag says, an answer, or a default.
    pub(super) fn optional(&mut self, given: &Option<String>, question: &str, default: &str) -> Result<String, Fault> {
        match given {
            Some(text) => Ok(text.clone()),
            None if self.surroundings.interactive => self.ask(question, default),
            None => Ok(default.into()),
        }
    }

    /// What flags say, or answers up to an empty one.
    pub(super) fn list(&mut self, given: &[String], question: &str) -> Result<Vec<String>, Fault> {
        let mut all = given.to_vec();
        while given.is_empty() && self.surroundings.interactive {
            let answer = self.ask(question, "")?;
            if answer.is_empty() {
                break;
            }
            all.push(answer);
        }
        Ok(all)
    }

    fn ask(&mut self, question: &str, default: &str) -> Result<String, Fault> {
        let offered = if default.is_empty() { String::new() } else { format!(" [{default}]") };
        write!(self.surroundings.errors, "{question}{offered} ")?;
        self.surroundings.errors.flush()?;
        let mut answer = String::new();
        if self.surroundings.input.read_line(&mut answer)? == 0 {
            return Err(Fault::Told("nothing was written: the answers ended".into()));
        }
        let answer = answer.trim();
        Ok(if answer.is_empty() { default.into() } else { answer.into() })
    }

    pub(super) fn finish(self) -> Result<(), String> {
        match self.missing.as_slice() {
            [] => Ok(()),
            missing => Err(format!("nobody is there to ask: say {} as well", missing.join(" and "))),
        }
    }
}
