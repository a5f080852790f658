//! A trial: one request put before the Worker's own gateway, at a time and under a configuration that can be varied.

use core::cell::OnceCell;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use serde::Deserialize;

use super::capture::Capture;
use crate::config::Vars;
use crate::gateway::Gateway;
use crate::host::Memoryless;
use crate::var::Var;

/// A request, what it is put before, and when (milliseconds since 1970).
#[derive(Clone)]
pub(super) struct Trial {
    pub(super) capture: Capture,
    pub(super) setting: Rc<Setting>,
    pub(super) now: u64,
}

/// A configuration with one hook, which observes: nothing is forwarded.
pub(super) struct Setting {
    hook: Var,
    slug: String,
    secrets: Vec<(String, String)>,
    gateway: OnceCell<Gateway>,
}

/// What the gate says of a request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    /// Which secret of each mechanism matched; empty if the request was refused before that, or for it.
    auth: Vec<String>,
}

impl Trial {
    pub(super) fn verdict(&self) -> Verdict {
        let host = Memoryless::at(self.now);
        let gateway = self.setting.gateway.get_or_init(|| Gateway::new(&*self.setting, &host));
        host.take_lines();
        ready(gateway.handle(&self.capture, &host));
        let lines = host.take_lines();
        let read = lines.last().and_then(|line| serde_json::from_str(line).ok());
        read.unwrap_or(Verdict { outcome: "failed".into(), reason: None, auth: Vec::new() })
    }

    pub(super) fn hook(&self) -> &Var {
        &self.setting.hook
    }

    pub(super) fn mechanisms(&self) -> &[Var] {
        self.setting.hook.get("auth").and_then(Var::as_list).unwrap_or(&[])
    }

    /// The one mechanism of a trial that is about one.
    pub(super) fn mechanism(&self) -> Option<&Var> {
        self.mechanisms().first()
    }

    /// The names of the secrets of [`Self::mechanism`].
    pub(super) fn secret_names(&self) -> Vec<&str> {
        let listed = self.mechanism().and_then(|own| own.get("secrets")).and_then(Var::as_list).unwrap_or(&[]);
        listed.iter().map(|entry| crate::operator::chosen::listed(entry).0).collect()
    }

    pub(super) fn secret(&self, name: &str) -> Option<&str> {
        self.setting.secrets.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The same with another capture.
    pub(super) fn sent(&self, change: impl FnOnce(&mut Capture)) -> Self {
        let mut trial = self.clone();
        change(&mut trial.capture);
        trial
    }

    pub(super) fn with_body(&self, body: impl Into<Vec<u8>>) -> Self {
        self.sent(|capture| capture.body = body.into())
    }

    /// The same before another hook.
    pub(super) fn with_hook(&self, hook: Var) -> Self {
        let Setting { slug, secrets, .. } = &*self.setting;
        Self { setting: Rc::new(Setting::new(hook, slug.clone(), secrets.clone())), ..self.clone() }
    }

    /// The same with another value, or none, of a key of the hook.
    pub(super) fn with_key(&self, key: &str, value: Option<Var>) -> Self {
        self.with_hook(put(self.hook(), key, value))
    }

    pub(super) fn with_mechanism(&self, mechanism: Var) -> Self {
        self.with_key("auth", Some(Var::List(vec![mechanism])))
    }

    /// The same with another text for each secret of the mechanism that `change` changes; none if it changes none.
    pub(super) fn with_secrets(&self, change: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let own = self.secret_names();
        let mut changed = false;
        let secret = |(name, value): &(String, String)| {
            let new = if own.contains(&name.as_str()) { change(value).filter(|new| new != value) } else { None };
            changed |= new.is_some();
            (name.clone(), new.unwrap_or_else(|| value.clone()))
        };
        let secrets = self.setting.secrets.iter().map(secret).collect();
        let setting = Setting::new(self.hook().clone(), self.setting.slug.clone(), secrets);
        changed.then(|| Self { setting: Rc::new(setting), ..self.clone() })
    }
}

impl Verdict {
    /// The gate would have taken the request.
    pub(super) fn accepts(&self) -> bool {
        !matches!(self.outcome.as_str(), "rejected" | "failed" | "ignored")
    }

    pub(super) fn is_for(&self, reason: &str) -> bool {
        self.reason.as_deref() == Some(reason)
    }

    /// Whether a request got past the proof of its sender.
    pub(super) fn proves(&self) -> bool {
        !self.auth.is_empty()
    }

    /// Whether it was refused for want of that proof, or of a secret to look for it with.
    pub(super) fn wants_proof(&self) -> bool {
        self.is_for("authentication") || self.is_for("misconfigured")
    }
}

impl Setting {
    /// `hook` is what stands in the configuration; here it is enabled, observes, and has no destination.
    pub(super) fn new(hook: Var, slug: String, secrets: Vec<(String, String)>) -> Self {
        // A variation may have another scheme, and no preset that says what becomes of failures.
        let observing = [
            ("enabled", Some(Var::Flag(true))),
            ("mode", Some("observe".into())),
            ("origin", None),
            ("on_failure", Some("reply".into())),
            ("keep_for", None),
        ];
        let hook = observing.into_iter().fold(hook, |hook, (key, value)| put(&hook, key, value));
        Self { hook, slug, secrets, gateway: OnceCell::new() }
    }
}

impl Vars for Setting {
    fn names(&self) -> Vec<String> {
        vec!["HOOKS".into()]
    }

    fn var(&self, name: &str) -> Option<Var> {
        match name {
            "HOOKS" => Some(Var::List(vec![self.hook.clone()])),
            "ORIGIN" => Some("https://origin.invalid".into()),
            "SLUG" => Some(self.slug.as_str().into()),
            _ => None,
        }
    }

    fn secret(&self, name: &str) -> Option<String> {
        match name {
            "ORIGIN_SECRET" => Some("whsec_bm90aGluZyBpcyBmb3J3YXJkZWQgZnJvbSBhIHRyaWFs".into()),
            _ => self.secrets.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()),
        }
    }
}

/// A table with another value for a key, or without it.
pub(super) fn put(table: &Var, key: &str, value: Option<Var>) -> Var {
    let Var::Table(entries) = table else { return table.clone() };
    let kept = entries.iter().filter(|(own, _)| own != key).cloned();
    Var::Table(kept.chain(value.map(|value| (key.to_owned(), value))).collect())
}

/// Runs a future that waits for nothing outside of itself.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
