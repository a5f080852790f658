//! What an operator did, as it is remembered: a line of the log for each request, and for what is done to a delivery an
//! entry in its hook's ring of endings. Neither has a payload or the token in it.

use super::Refusal;
use super::asked::{Said, note};
use crate::json::{Table, quoted};

/// What is known of it so far. Everything in it has been checked.
#[derive(Debug, Default)]
pub(super) struct Deed {
    pub(super) hook: Option<String>,
    pub(super) reference: Option<String>,
    /// What becomes of the delivery.
    pub(super) how: Option<&'static str>,
    pub(super) mode: Option<&'static str>,
    pub(super) until: Option<u64>,
    pub(super) all: bool,
    by: Option<String>,
    because: Option<String>,
}

impl Deed {
    /// Takes down who does it, and why.
    pub(super) fn says(&mut self, said: &Said) -> Result<(), Refusal> {
        (self.by, self.because) = (note("by", said)?, note("because", said)?);
        Ok(())
    }

    pub(super) fn by(&self) -> Option<&str> {
        self.by.as_deref()
    }

    pub(super) fn because(&self) -> Option<&str> {
        self.because.as_deref()
    }

    /// The line of the log.
    pub(super) fn line(&self, action: &str, error: Option<&str>) -> String {
        let table = self.tell(Table::new("admin", action)).raw("done", if error.is_none() { "true" } else { "false" });
        table.text("error", error).end()
    }

    /// The entry in the ring of endings.
    pub(super) fn entry(&self, outcome: &str) -> String {
        self.tell(Table::new("outcome", outcome)).end()
    }

    fn tell(&self, table: Table) -> Table {
        let hook = self.hook.as_deref().map_or_else(|| "null".into(), quoted);
        let table = table.raw("hook", &hook).text("reference", self.reference.as_deref());
        let table = if self.all { table.raw("all", "true") } else { table };
        let table = table.text("as", self.how).text("mode", self.mode).number("until", self.until);
        table.text("by", self.by.as_deref()).text("because", self.because.as_deref())
    }
}

impl Refusal {
    pub(super) fn to_json(&self) -> String {
        let table = Table::default().raw("done", "false").text("error", Some(self.error));
        table.text("message", Some(&self.message)).end()
    }
}

/// The answer to an act, as far as it is the same for each.
pub(super) fn done() -> Table {
    Table::default().raw("done", "true")
}
