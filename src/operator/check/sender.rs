//! What there is to know of a hook's sender: what its signature leaves out, and how it delivers again.

use crate::catalogue::{self, Provider};
use crate::hook::Hook;
use crate::ledger::StopMode;
use crate::operator::deployment::WrittenHook;
use crate::operator::document::Node;
use crate::operator::finding::{Finding, Severity};
use crate::retries::{self, Ends, Profile, Retries};
use crate::scheme::Mechanism;

/// One mechanism of a hook whose sender is known.
struct Known<'h> {
    hook: &'h WrittenHook<'h>,
    read: &'h Hook,
    /// `auth[0]`.
    key: String,
    mechanism: &'h Mechanism,
    provider: Provider,
    profile: Profile,
    findings: Vec<Finding>,
}

/// Everything there is to say of who sends to a hook that the core has read without a mistake.
pub(super) fn findings(hook: &WrittenHook<'_>, read: &Hook) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, mechanism) in read.door.mechanisms.iter().enumerate() {
        if let Some(provider) = catalogue::provider(&mechanism.name) {
            let (key, profile) = (format!("auth[{index}]"), retries::profile(provider.name));
            let known = Known { hook, read, key, mechanism, provider, profile, findings: Vec::new() };
            findings.extend(known.all());
        }
    }
    findings
}

/// The sender of a hook, as it is written, that ends its subscription when it is told that there is no such hook.
pub(super) fn ended_by_404<'h>(hook: &WrittenHook<'h>) -> Option<&'h str> {
    let mechanisms = hook.table.get("auth").map_or(&[][..], Node::items);
    let mut schemes = mechanisms.iter().filter_map(|mechanism| mechanism.text("scheme"));
    schemes.find(|scheme| retries::profile(scheme).ends(404) == Some(Ends::Subscription))
}

impl Known<'_> {
    fn all(mut self) -> Vec<Finding> {
        self.signature();
        self.event();
        self.peculiarities();
        self.deliveries();
        self.findings
    }

    fn add(&mut self, severity: Severity, code: &'static str, key: &str, message: String, help: &str) {
        let located = self.hook.table.locate(key);
        let finding = Finding::new(severity, code, &located.node.span, format!("{}: {key}", self.hook.label), message);
        self.findings.push(if help.is_empty() { finding } else { finding.help(help) });
    }

    fn info(&mut self, code: &'static str, message: String, help: &str) {
        let key = self.key.clone();
        self.add(Severity::Info, code, &key, message, help);
    }

    /// What a captured delivery can be used for.
    fn signature(&mut self) {
        let name = self.provider.name;
        let own_key = self.hook.table.get("replay").is_some_and(|replay| replay.get("key").is_some());
        if let Some(header) = self.provider.unsigned.id.filter(|_| !own_key) {
            // Who signs no body as it was sent has no `replay.key`.
            let (known, help) = if self.mechanism.has_body() {
                ("its body", "if the body has something of its own for each event, name it in `replay.key`")
            } else {
                ("what is signed", "")
            };
            let message = format!(
                "{name} does not sign `{header}`: a delivery is known by {known}, and a second event with the same counts as a repeat"
            );
            self.info("unsigned-id", message, help);
        }
        if self.mechanism.signs() && self.provider.fresh.is_none() {
            let days = self.read.replay.window;
            let message = format!(
                "{name} signs no time: who has captured a delivery can send it again when the replay window ({}) has ended",
                super::card::duration(days.into())
            );
            self.info("no-signed-time", message, "a longer `replay.window` (at most 365d) puts that off");
        }
    }

    /// Which events come through.
    fn event(&mut self) {
        let (name, place) = (self.provider.name, &self.provider.event);
        if self.read.events.is_none() && !place.is_empty() {
            let message = format!("whatever {name} sends is forwarded; it names the event in {place}");
            self.info("all-events", message, "`events = [\"…\"]` lets only those pass that the hook is for");
        }
    }

    fn peculiarities(&mut self) {
        let key = self.key.clone();
        match self.provider.name {
            "hubspot-v1" | "hubspot-v2" => {
                let message = "signs with a bare hash, no HMAC: who has captured a delivery can sign a longer one that begins with it, and only strict JSON stands against that";
                self.add(
                    Severity::Warning,
                    "bare-hash",
                    &key,
                    message.into(),
                    "`scheme = \"hubspot\"` is version 3, an HMAC with a time",
                );
            }
            "recharge" => {
                let message = "signs with a bare hash, no HMAC: who has captured a delivery can sign a longer one that begins with it, and only strict JSON stands against that";
                self.info("bare-hash", message.into(), "");
            }
            "shopify" => {
                let message = "an app has one secret for all its shops, and does not sign which shop an event is of: any shop that has the app can send for any other";
                self.info("shared-app-secret", message.into(), "let the hook be of one shop, by an app of its own");
            }
            "meta" | "meta-sha1" if self.mechanism.verify_token.is_none() => {
                let message = "Meta asks for a token of yours before it subscribes to anything, and without `verify_token` nobody answers";
                let help = "`verify_token = \"NAME\"`, a secret that you make and give to Meta";
                self.info("no-verify-token", message.into(), help);
            }
            "lifterlms" => {
                let message = "signs the local time of its site, so that a delivery is fresh for 14 hours either way";
                self.info(
                    "local-time",
                    message.into(),
                    "where the site's clock is UTC, `tolerance = \"300s\"` is enough",
                );
            }
            _ => {}
        }
    }

    /// How the sender takes what the gate answers.
    fn deliveries(&mut self) {
        let (name, profile) = (self.provider.name, self.profile);
        let timeout = self.read.timeout.as_secs();
        if let Some((waits, _)) = profile.waits.filter(|(waits, _)| timeout >= u64::from(*waits)) {
            // The default is nobody's choice.
            let written = self.hook.table.get("timeout").is_some();
            let (severity, key) =
                if written { (Severity::Warning, "timeout".into()) } else { (Severity::Info, self.key.clone()) };
            let message = format!(
                "the site has {timeout} s for its answer, and {name} waits {}: it hangs up, and takes for a failure what then succeeds",
                profile.patience()
            );
            let help = format!("`timeout = \"{}s\"`, and a workflow that is as fast", waits.saturating_sub(1).max(1));
            self.add(severity, "outlasts-sender", &key, message, &help);
        }
        if self.read.on_stop == StopMode::Gone && profile.ends(410) == Some(Ends::Subscription) {
            let message = format!(
                "a stop answers 410, and {name} ends its subscription on that: nothing comes when the hook goes on"
            );
            self.add(
                Severity::Warning,
                "gone-unsubscribes",
                "on_stop",
                message,
                "`on_stop = \"reject\"` makes it try again",
            );
        }
        self.lost();
    }

    /// What nobody sends again, and the gate does not keep.
    fn lost(&mut self) {
        let (name, profile) = (self.provider.name, self.profile);
        let fails = self.read.keep.is_none().then_some("what the site fails");
        let stopped = (self.read.on_stop == StopMode::Reject).then_some("what comes while the hook is stopped");
        let lost: Vec<&str> = fails.into_iter().chain(stopped).collect();
        let (key, help) = match fails {
            Some(_) => ("on_failure", "`on_failure = \"keep\"` holds it, and tries again"),
            None => ("on_stop", "`on_stop = \"hold\"` keeps it in order"),
        };
        if lost.is_empty() {
            return;
        }
        let lost = lost.join(" and ");
        match profile.retries {
            Retries::Never => {
                let then = if profile.then.is_empty() { String::new() } else { format!("; {}", profile.then) };
                let message = format!("{name} never tries again: {lost} is lost{then}");
                self.add(Severity::Warning, "never-retries", key, message, help);
            }
            Retries::Unknown => {
                let message = format!("nobody knows whether {name} tries again: if it does not, {lost} is lost");
                self.add(Severity::Info, "may-not-retry", key, message, help);
            }
            Retries::Again(_) => {}
        }
    }
}
