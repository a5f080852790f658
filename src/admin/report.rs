//! Questions: nothing is changed by them.

use super::asked::{Said, number, reference, required};
use super::deed::Deed;
use super::stop::{Written, default_mode, switch_key};
use super::store::{Operation, answer, ask_each, read, reading};
use super::{Api, Refusal};
use crate::config::Known;
use crate::host::StoreFault;
use crate::json::{Table, quoted};
use crate::ledger::{Answer, Call, part};

impl Api<'_> {
    /// The state of everything.
    pub(super) async fn status(&self) -> String {
        let hooks: Vec<Known<'_>> = self.gate.known().collect();
        let mut keys = vec![switch_key(None)];
        keys.extend(hooks.iter().map(|known| switch_key(Some(known.id))));
        let mut operations = reading(&keys);
        let pairs = operations.len();
        for known in &hooks {
            ask_each(&mut operations, known, Call::Status);
        }
        let told = self.perform(&operations).await;
        let mut reports = told.iter().skip(pairs);
        let now = self.stores.now();
        let mut tables = Vec::new();
        for (place, known) in (1..).zip(&hooks) {
            let age = self.switches.age(known.id, now).map_or_else(|| "null".into(), |age| age.to_string());
            let mut parts = Vec::new();
            for _ in 0..known.parts {
                parts.push(match answer(reports.next()) {
                    Some(Answer::Report(json)) => json,
                    _ => "null".into(),
                });
            }
            let table = describe(known).raw("switch", &switch(read(&told, place))).raw("switch_age", &age);
            tables.push(table.raw("ledger", &list(&parts)).end());
        }
        let table = Table::default().number("now", Some(now)).raw("switch", &switch(read(&told, 0)));
        table.raw("hooks", &list(&tables)).end()
    }

    /// The latest endings of a part of a hook.
    pub(super) async fn deliveries(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        self.report(said, Call::Deliveries, deed).await
    }

    /// A hundred held deliveries of a part of a hook.
    pub(super) async fn held(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        let after = number("after", said)?;
        self.report(said, Call::Held { after }, deed).await
    }

    async fn report(&self, said: &Said, call: Call<'_>, deed: &mut Deed) -> Result<String, Refusal> {
        let known = self.find(required("hook", said)?)?;
        deed.hook = Some(known.id.into());
        let index = u8::try_from(number("part", said)?).ok().filter(|index| *index < known.parts);
        let index = index.ok_or_else(|| Refusal::bad(&["part must be below ", &known.parts.to_string()]))?;
        let object = part(known.id, index, known.parts);
        match answer(self.perform(&[Operation::Ask(object, call.to_text())]).await.first()) {
            Some(Answer::Report(json)) => Ok(json),
            _ => Err(Refusal::unreachable(&["the ledger did not answer"])),
        }
    }

    /// All that is known of a delivery.
    pub(super) async fn show(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        let wanted = reference(said)?;
        deed.reference = Some(wanted.into());
        let only = said.get("hook").map(|id| self.find(id)).transpose()?;
        deed.hook = only.map(|known| known.id.into());
        let mut found = Vec::new();
        for trace in self.seek(wanted, only).await {
            if trace.key()?.is_some() || trace.is_unreadable() {
                let table = Table::new("hook", trace.known.id).raw("ledger", trace.ledger.json().unwrap_or("null"));
                let table = table.raw("record", trace.record.json().unwrap_or("null"));
                let table = if trace.is_unreadable() { table.raw("unreadable", "true") } else { table };
                found.push(table.end());
            }
        }
        Ok(Table::default().raw("found", &list(&found)).end())
    }
}

/// What is configured of a hook.
fn describe(known: &Known<'_>) -> Table {
    let table = Table::new("id", known.id).text("state", Some(known.state));
    let Some(hook) = known.hook else { return table };
    let purpose = hook.purpose.as_deref().map_or_else(|| "null".into(), quoted);
    let table = table.text("owner", Some(&hook.owner)).raw("purpose", &purpose);
    let table = table.text("guarantee", Some(if hook.replay.strict { "strict" } else { "kv" }));
    let table = table.text("on_failure", Some(if hook.keep.is_some() { "keep" } else { "reply" }));
    let table = table.text("on_stop", Some(default_mode(known).name()));
    table.text("origin", Some(hook.origin.forgetful().unwrap_or("connector")))
}

/// A switch as it is in KV, and what can be understood of it.
fn switch(read: Result<Option<&str>, StoreFault>) -> String {
    match read {
        Err(StoreFault) => "{\"unreadable\":true}".into(),
        Ok(None) => "null".into(),
        Ok(Some(text)) => {
            let Written { mode, reason, by, until, .. } = Written::parse(text);
            let table = Table::new("text", text).text("mode", mode.as_deref()).text("reason", reason.as_deref());
            table.text("by", by.as_deref()).text("until", until.as_deref()).end()
        }
    }
}

pub(super) fn list(elements: &[String]) -> String {
    ["[", &elements.join(","), "]"].concat()
}
