//! Stops: in KV, where every isolate finds them, and in the ledger, where claims see them at once.
//!
//! A hook and everything are stopped apart, as KV has them. A ledger has one stop, the latest; when that ends, it is told
//! the other again, if that is in force.

use futures_util::future::join;

use super::asked::{body, required, shortened};
use super::deed::{Deed, done};
use super::{Api, Refusal};
use crate::config::Known;
use crate::host::{Host, Request};
use crate::json::{Table, quoted};
use crate::ledger::{Answer, Call, Stop, StopMode};
use crate::project::pick;
use crate::units;

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

impl<'g, H: Host> Api<'g, H> {
    /// Stops a hook, or everything.
    pub(super) async fn stop(&self, request: &impl Request, deed: &mut Deed) -> Result<String, Refusal> {
        let places = ["/hook", "/mode", "/because", "/until", "/by"];
        let [hook, mode, because, until, by] = body(request, places).await?;
        required("because", because.as_ref())?;
        deed.says(by, because)?;
        let mode = mode.map(|mode| StopMode::parse(&mode).ok_or(())).transpose();
        let mode = mode.map_err(|()| Refusal::bad("mode must be \"hold\", \"reject\", \"drop\" or \"gone\""))?;
        let until = until.map(|until| self.end(&until)).transpose()?;
        let hooks = self.meant(hook.as_deref())?;
        (deed.hook, deed.mode) = (hook, mode.map(StopMode::name));
        deed.until = until.as_ref().map(|(ms, _)| *ms);
        let (key, hook) = (switch_key(deed.hook.as_deref()), deed.hook.as_deref());
        let text = Table::default().text("mode", deed.mode).text("reason", deed.because()).text("by", deed.by());
        let text = text.text("until", until.as_ref().map(|(_, text)| text.as_str())).end();
        let mut calls = Vec::new();
        for known in &hooks {
            let mode = mode.unwrap_or_else(|| default_mode(known));
            let stop = Stop { mode, reason: deed.because(), by: deed.by(), until: deed.until };
            let call = Call::Stop(stop).to_text();
            calls.extend(known.objects().map(|object| (object, call.clone())));
        }
        let (written, silent) = join(self.host.write_switch(&key, Some(&text)), self.tell(&calls)).await;
        self.switches.forget();
        if written.is_ok() && silent.is_empty() {
            return Ok(done().raw("hook", &name(hook)).text("mode", deed.mode).number("until", deed.until).end());
        }
        let switch = match written {
            Ok(()) => "the switch is set",
            Err(_) => "the switch was not set, so that hooks which are not strict run on",
        };
        Err(Refusal::unreachable(format!("{switch}; {}; stop again", told(&calls, &silent))))
    }

    /// Ends the stop of a hook, or of everything.
    pub(super) async fn resume(&self, request: &impl Request, deed: &mut Deed) -> Result<String, Refusal> {
        let [hook, by, because] = body(request, ["/hook", "/by", "/because"]).await?;
        deed.says(by, because)?;
        let hooks = self.meant(hook.as_deref())?;
        deed.hook = hook;
        let hook = deed.hook.as_deref();
        let removed = self.host.write_switch(&switch_key(hook), None).await;
        self.switches.forget();
        removed.map_err(|_| Refusal::unreachable("nothing was resumed: the switch could not be taken away".into()))?;
        // What else stops them: everything, or each its own.
        let keys: Vec<String> = match hook {
            Some(_) => vec![switch_key(None)],
            None => hooks.iter().map(|known| switch_key(Some(known.id))).collect(),
        };
        let (mut calls, mut still, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for (known, read) in hooks.iter().zip(self.read_switches(&keys).await) {
            let Ok(text) = read else {
                unread.push(known.id);
                continue;
            };
            let written = text.as_deref().map(Written::parse);
            let stop = written.as_ref().and_then(|written| written.as_stop(known, self.host.now()));
            let call = stop.map_or(Call::Resume, Call::Stop);
            if call != Call::Resume {
                still.push(quoted(known.id));
            }
            let call = call.to_text();
            calls.extend(known.objects().map(|object| (object, call.clone())));
        }
        let silent = self.tell(&calls).await;
        if silent.is_empty() && unread.is_empty() {
            return Ok(done().raw("hook", &name(hook)).raw("still_stopped", &format!("[{}]", still.join(","))).end());
        }
        let mut message = format!("the switch is taken away; {}", told(&calls, &silent));
        if !unread.is_empty() {
            message.push_str(&format!("; what else stops these could not be read: {}", unread.join(", ")));
        }
        Err(Refusal::unreachable(format!("{message}; resume again")))
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
        let ms = ms.ok_or_else(|| Refusal::bad("until must be an instant such as 2027-01-31T08:00:00Z"))?;
        if ms <= self.host.now() {
            return Err(Refusal::bad("until is over already"));
        }
        let text = units::rfc3339_text(ms);
        Ok((ms, format!("{}Z", text.split('.').next().unwrap_or(""))))
    }

    /// Has objects of the ledger do what they are told. Returns those that did not say that they did.
    pub(super) async fn tell(&self, calls: &[(String, String)]) -> Vec<String> {
        let answers = self.ask_all(calls).await;
        let silent = calls.iter().zip(answers).filter(|(_, answer)| *answer != Some(Answer::Done));
        silent.map(|((object, _), _)| object.clone()).collect()
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

fn told(calls: &[(String, String)], silent: &[String]) -> String {
    if silent.is_empty() {
        return "the ledger was told".into();
    }
    let told = calls.len().saturating_sub(silent.len());
    format!("{told} of {} parts of the ledger were told, and not: {}", calls.len(), silent.join(", "))
}
