//! Questions: nothing is changed by them.

use futures_util::future::join;

use super::asked::{number, query, reference, required};
use super::deed::Deed;
use super::stop::{Written, default_mode, switch_key};
use super::{Api, Refusal};
use crate::config::Known;
use crate::host::{Host, StoreFault};
use crate::json::{Table, quoted};
use crate::ledger::{Answer, Call, part};

impl<H: Host> Api<'_, H> {
    /// The state of everything.
    pub(super) async fn status(&self) -> String {
        let hooks: Vec<Known<'_>> = self.gate.known().collect();
        let ids = hooks.iter().map(|known| Some(known.id));
        let keys: Vec<String> = [None].into_iter().chain(ids).map(switch_key).collect();
        let objects = hooks.iter().flat_map(Known::objects);
        let calls: Vec<(String, String)> = objects.map(|object| (object, Call::Status.to_text())).collect();
        let (switches, reports) = join(self.read_switches(&keys), self.ask_all(&calls)).await;
        let mut switches = switches.into_iter().map(|text| switch(&text));
        let mut reports = reports.into_iter().map(|answer| match answer {
            Some(Answer::Report(json)) => json,
            _ => "null".into(),
        });
        let now = self.host.now();
        let everything = switches.next().unwrap_or_default();
        let hooks = hooks.iter().zip(switches).map(|(known, switch)| {
            let age = self.switches.age(known.id, now).map_or_else(|| "null".into(), |age| age.to_string());
            let table = describe(known).raw("switch", &switch).raw("switch_age", &age);
            table.raw("ledger", &list(reports.by_ref().take(known.parts().into()))).end()
        });
        let hooks = list(hooks);
        Table::default().number("now", Some(now)).raw("switch", &everything).raw("hooks", &hooks).end()
    }

    /// The latest endings of a part of a hook.
    pub(super) async fn deliveries(&self, text: &str, deed: &mut Deed) -> Result<String, Refusal> {
        let [hook, part] = query(text, ["hook", "part"])?;
        self.report(hook, part, Call::Deliveries, deed).await
    }

    /// A hundred held deliveries of a part of a hook.
    pub(super) async fn held(&self, text: &str, deed: &mut Deed) -> Result<String, Refusal> {
        let [hook, part, after] = query(text, ["hook", "part", "after"])?;
        let after = number("after", after)?;
        self.report(hook, part, Call::Held { after }, deed).await
    }

    async fn report(
        &self,
        hook: Option<String>,
        text: Option<String>,
        call: Call<'_>,
        deed: &mut Deed,
    ) -> Result<String, Refusal> {
        required("hook", hook.as_ref())?;
        let known = self.find(hook.as_deref().unwrap_or(""))?;
        deed.hook = Some(known.id.into());
        let parts = known.parts();
        let index = u8::try_from(number("part", text)?).ok().filter(|index| *index < parts);
        let index = index.ok_or_else(|| Refusal::bad(&format!("part must be below {parts}")))?;
        match self.ask(&part(known.id, index, parts), &call.to_text()).await {
            Some(Answer::Report(json)) => Ok(json),
            _ => Err(Refusal::unreachable("the ledger did not answer".into())),
        }
    }

    /// All that is known of a delivery.
    pub(super) async fn show(&self, text: &str, deed: &mut Deed) -> Result<String, Refusal> {
        let [wanted, hook] = query(text, ["ref", "hook"])?;
        let wanted = reference(wanted)?;
        deed.reference = Some(wanted.clone());
        let only = hook.map(|id| self.find(&id)).transpose()?;
        deed.hook = only.map(|known| known.id.into());
        let mut found = Vec::new();
        for trace in self.seek(&wanted, only).await {
            if trace.key()?.is_some() || trace.is_unreadable() {
                let table = Table::new("hook", trace.known.id).raw("ledger", trace.ledger.json().unwrap_or("null"));
                let table = table.raw("record", trace.record.json().unwrap_or("null"));
                let table = if trace.is_unreadable() { table.raw("unreadable", "true") } else { table };
                found.push(table.end());
            }
        }
        Ok(Table::default().raw("found", &list(found.into_iter())).end())
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
fn switch(read: &Result<Option<String>, StoreFault>) -> String {
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

fn list(elements: impl Iterator<Item = String>) -> String {
    format!("[{}]", elements.collect::<Vec<_>>().join(","))
}
