//! Stops: in KV, where every isolate finds them, and in the ledger, where claims see them at once.
//!
//! A hook and everything are stopped apart, as KV has them. A ledger has one stop, the latest; when that ends, it is told
//! the other again, if that is in force.

use super::asked::{Said, required, shortened};
use super::deed::{Deed, done};
use super::report::list;
use super::store::{Operation, ask_each, read, reading, silent};
use super::{Api, Refusal};
use crate::config::Known;
use crate::json::{Table, quoted};
use crate::ledger::{Call, Stop, StopMode};
use crate::project::pick;
use crate::units;

/// Milliseconds that a change of KV may take to be seen everywhere, and slack.
const TRAVEL: u64 = 300_000;

/// A stop as KV has it, as far as it can be understood.
#[derive(Default)]
pub(super) struct Written {
    pub(super) mode: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) by: Option<String>,
    pub(super) until: Option<String>,
    /// It should be a table, and is none.
    broken: bool,
}

impl<'g> Api<'g> {
    /// Stops a hook, or everything.
    pub(super) async fn stop(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        required("because", said)?;
        deed.says(said)?;
        let mode = said.get("mode").map(|mode| StopMode::parse(mode).ok_or(())).transpose();
        let mode = mode.map_err(|()| Refusal::bad(&["mode must be \"hold\", \"reject\", \"drop\" or \"gone\""]))?;
        let until = said.get("until").map(|until| self.end(until)).transpose()?;
        let hook = said.get("hook");
        let hooks = self.meant(hook)?;
        (deed.hook, deed.mode) = (hook.map(Into::into), mode.map(StopMode::name));
        deed.until = until.as_ref().map(|(ms, _)| *ms);
        let text = Table::default().text("mode", deed.mode).text("reason", deed.because()).text("by", deed.by());
        let text = text.text("until", until.as_ref().map(|(_, text)| text.as_str())).end();
        let mut operations = vec![Operation::WriteSwitch(switch_key(hook), Some(text))];
        for known in &hooks {
            let mode = mode.unwrap_or_else(|| default_mode(known));
            let stop = Stop { mode, reason: deed.because(), by: deed.by(), until: deed.until };
            ask_each(&mut operations, known, Call::Stop(stop));
        }
        let told = self.perform(&operations).await;
        self.switches.forget();
        let written = matches!(told.first(), Some(Ok(_)));
        let (all, silent) = silent(&operations, &told);
        if written && silent.is_empty() {
            return Ok(done().raw("hook", &name(hook)).text("mode", deed.mode).number("until", deed.until).end());
        }
        let switch = if written {
            "the switch is set; "
        } else {
            "the switch was not set, so that hooks which are not strict run on; "
        };
        Err(Refusal::unreachable(&[switch, &tell(all, &silent), "; stop again"]))
    }

    /// Ends the stop of a hook, or of everything.
    pub(super) async fn resume(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        deed.says(said)?;
        let hook = said.get("hook");
        let hooks = self.meant(hook)?;
        deed.hook = hook.map(Into::into);
        let removed = self.perform(&[Operation::WriteSwitch(switch_key(hook), None)]).await;
        self.switches.forget();
        if !matches!(removed.first(), Some(Ok(_))) {
            return Err(Refusal::unreachable(&["nothing was resumed: the switch could not be taken away"]));
        }
        // What else stops them: everything, or each its own.
        let keys: Vec<String> = match hook {
            Some(_) => vec![switch_key(None)],
            None => hooks.iter().map(|known| switch_key(Some(known.id))).collect(),
        };
        let texts = self.perform(&reading(&keys)).await;
        let (mut operations, mut still, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for (place, known) in hooks.iter().enumerate() {
            let Ok(text) = read(&texts, place) else {
                unread.push(known.id);
                continue;
            };
            let written = text.map(Written::parse);
            let now = self.stores.now();
            let mut stop = written.as_ref().and_then(|written| written.as_stop(known, now));
            if let Some(stop) = &mut stop {
                still.push(quoted(known.id));
                // Until KV tells everybody. It may be gone from there tomorrow, and nobody would tell the ledger.
                stop.until = Some(stop.until.unwrap_or(u64::MAX).min(now.saturating_add(TRAVEL)));
            }
            ask_each(&mut operations, known, stop.map_or(Call::Resume, Call::Stop));
        }
        let told = self.perform(&operations).await;
        let (all, silent) = silent(&operations, &told);
        if silent.is_empty() && unread.is_empty() {
            return Ok(done().raw("hook", &name(hook)).raw("still_stopped", &list(&still)).end());
        }
        let unread_too = if unread.is_empty() { "" } else { "; what else stops these could not be read: " };
        let told = tell(all, &silent);
        let texts = ["the switch is taken away; ", &told, unread_too, &unread.join(", "), "; resume again"];
        Err(Refusal::unreachable(&texts))
    }

    /// The hook that is named, or all.
    fn meant(&self, hook: Option<&str>) -> Result<Vec<Known<'g>>, Refusal> {
        match hook {
            Some(id) => self.find(id).map(|known| vec![known]),
            None => Ok(self.gate.known().collect()),
        }
    }

    /// The end of a stop in milliseconds, and in the one spelling that switches have.
    fn end(&self, until: &str) -> Result<(u64, String), Refusal> {
        let ms = units::rfc3339(until).map(|ms| ms.saturating_sub(ms % 1_000));
        let ms = ms.ok_or_else(|| Refusal::bad(&["until must be an instant such as 2027-01-31T08:00:00Z"]))?;
        if ms <= self.stores.now() {
            return Err(Refusal::bad(&["until is over already"]));
        }
        let text = units::rfc3339_text(ms);
        Ok((ms, [text.split('.').next().unwrap_or(""), "Z"].concat()))
    }
}

impl Written {
    pub(super) fn parse(text: &str) -> Self {
        if !text.trim_start().starts_with('{') {
            return Self { reason: Some(shortened(text)), ..Self::default() };
        }
        match pick(text.as_bytes(), ["/mode", "/reason", "/by", "/until"]) {
            Ok([mode, reason, by, until]) => {
                let [reason, by] = [reason, by].map(|text| text.as_deref().map(shortened));
                Self { mode, reason, by, until, broken: false }
            }
            Err(_) => Self { broken: true, ..Self::default() },
        }
    }

    /// The stop for the ledger of a hook, if it is in force; what cannot be understood stops, as it does in a delivery.
    fn as_stop(&self, known: &Known<'_>, now: u64) -> Option<Stop<'_>> {
        let until = self.until.as_deref().map(units::instant);
        let mode = self.mode.as_deref().map(StopMode::parse);
        let broken = self.broken || until == Some(None) || mode == Some(None);
        let until = until.flatten().filter(|_| !broken).map(|seconds| seconds.saturating_mul(1_000));
        if until.is_some_and(|until| until <= now) {
            return None;
        }
        let mode = if broken { StopMode::Reject } else { mode.flatten().unwrap_or_else(|| default_mode(known)) };
        Some(Stop { mode, reason: self.reason.as_deref(), by: self.by.as_deref(), until })
    }
}

/// How a hook is stopped where nobody says how.
pub(super) fn default_mode(known: &Known<'_>) -> StopMode {
    known.hook.map_or(StopMode::Reject, |hook| hook.on_stop)
}

/// The key of a switch in KV: that of a hook, or of everything.
pub(super) fn switch_key(hook: Option<&str>) -> String {
    hook.map_or_else(|| "stop".into(), |id| format!("stop:{id}"))
}

fn name(hook: Option<&str>) -> String {
    hook.map_or_else(|| "null".into(), quoted)
}

fn tell(all: usize, silent: &[&str]) -> String {
    if silent.is_empty() {
        return "the ledger was told".into();
    }
    let told = all.saturating_sub(silent.len()).to_string();
    [&told, " of ", &all.to_string(), " parts of the ledger were told, and not: ", &silent.join(", ")].concat()
}
