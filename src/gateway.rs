//! The path of one delivery.

use core::cell::RefCell;
use std::rc::Rc;

use futures_util::future::join;

use crate::admin::{self, Api};
use crate::audit::AuditEntry;
use crate::authenticate::{Verified, authenticate, pretend};
use crate::claim::{self, Claim};
use crate::config::{Found, Gate, Vars};
use crate::handshake::{Handshake, unproven};
use crate::host::{Host, Request};
use crate::json::quoted;
use crate::ledger::{self, Call};
use crate::memory::Memory;
use crate::origin::OriginRequest;
use crate::outcome::{Failure, Outcome, Rejection};
use crate::project::project;
use crate::receive::{Media, check_transport, receive};
use crate::replay::recall;
use crate::reply::{Manner, Reply};
use crate::switch::{Switches, Way};
use crate::target::Target;

/// The gate as one isolate runs it: the configuration, and what the isolate remembers.
#[derive(Debug)]
pub struct Gateway {
    pub(crate) gate: Gate,
    /// What was logged about the configuration.
    remarks: Vec<String>,
    /// What was logged of secrets in use.
    noticed: RefCell<Vec<String>>,
    pub(crate) switches: Rc<Switches>,
    memory: Rc<Memory>,
}

impl Gateway {
    /// Reads the configuration; every mistake becomes a line of the log, and a closed hook.
    #[must_use]
    pub fn new(vars: &dyn Vars, host: &impl Host) -> Self {
        Self::read(vars, host, &[], Rc::default(), Rc::default())
    }

    /// Reads the configuration anew, and keeps what this isolate remembers of deliveries and switches.
    #[must_use]
    pub fn reconfigured(&self, vars: &dyn Vars, host: &impl Host) -> Self {
        Self::read(vars, host, &self.remarks, Rc::clone(&self.switches), Rc::clone(&self.memory))
    }

    fn read(vars: &dyn Vars, host: &impl Host, known: &[String], switches: Rc<Switches>, memory: Rc<Memory>) -> Self {
        let (gate, mistakes) = Gate::read(vars);
        let mut remarks: Vec<String> =
            mistakes.iter().map(|mistake| format!("{{\"config\":{}}}", quoted(&mistake.to_string()))).collect();
        let notices = gate.open_hooks().flat_map(|hook| hook.notices(host.now()));
        remarks.extend(notices.map(|text| notice(&text)));
        for remark in remarks.iter().filter(|remark| !known.contains(remark)) {
            host.log(remark);
        }
        Self { gate, remarks, noticed: RefCell::default(), switches, memory }
    }

    /// Takes one request to its end: reply and audit entry.
    pub async fn handle(&self, request: &impl Request, host: &impl Host) -> Reply {
        // What an operator asks is no delivery; whatever else comes to such a path is one to an unknown hook.
        if let Some(asked) = admin::asked(&self.gate, request) {
            let stores = &admin::Of(host);
            let api = Api { gate: &self.gate, switches: &self.switches, memory: &self.memory, stores };
            // In a box, so that no delivery carries the room it takes.
            return Box::pin(api.answer(&asked, request)).await;
        }
        let media = Media::of(request.header("content-type").as_deref());
        let mut manner = Manner { json: media == Media::Json, ..Manner::default() };
        let mut entry = AuditEntry::new(request.header("cf-ray"), host.now());
        let outcome =
            self.deliver(request, media, host, &mut manner, &mut entry).await.unwrap_or_else(|refused| refused);
        self.close(outcome, &mut entry, host).await;
        manner.reference = entry.reference;
        Reply::new(outcome, &manner)
    }

    /// Writes the audit entry: to the log, and to the ledger, which has the latest of a hook. Of what only tells that the
    /// hook is alive, or what anybody could repeat with a captured request, one a minute is enough there.
    pub(crate) async fn close(&self, outcome: Outcome, entry: &mut AuditEntry<'_>, host: &impl Host) {
        let now = host.now();
        let line = entry.line(outcome, now);
        host.log(&line);
        let (Some(id), Some(reference), false) = (entry.hook, &entry.reference, entry.is_noted) else { return };
        let is_forwarded = entry.bytes_out > 0;
        let is_failure = matches!(outcome, Outcome::Failed(_) | Outcome::Rejected(_));
        let is_worth_it = match outcome {
            Outcome::Duplicate(_) | Outcome::Held(_) | Outcome::Handshake(_) => false,
            Outcome::Failed(Failure::LedgerUnreachable) | Outcome::Rejected(Rejection::InProgress { .. }) => false,
            _ => (is_forwarded && is_failure) || self.memory.is_time_to_note(id, now),
        };
        if let Some(hook) = self.gate.hook(id).filter(|_| is_worth_it) {
            let object = ledger::object(id, reference, hook.shards);
            // The log has it in any case.
            let _ = host.ask(&object, &Call::Note { entry: &line }.to_text()).await;
        }
    }

    /// Says once that a sender uses a secret that is not the first of its list: it may not be taken away yet.
    fn notice_old_secrets(&self, verified: &Verified<'_>, host: &impl Host) {
        for text in verified.old_secrets() {
            let mut noticed = self.noticed.borrow_mut();
            if !noticed.contains(&text) {
                host.log(&notice(&text));
                noticed.push(text);
            }
        }
    }

    /// 1. Find the hook by `/{slug}/{id}` – 404, at the cost of a wrong signature; 503 if it is misconfigured.
    /// 2. Bound the request: transport, method, media type, size, time – 403, 405, 415, 413, 408; 200 and what its
    ///    provider asks for, if it is a handshake that nobody signs.
    /// 3. Authenticate it, by every mechanism of the hook – 401; 200 Ignored for an event that the hook is not for; 200 or
    ///    204 and what its provider asks for, if it is a handshake.
    /// 4. Read switches and replay record together – 503, or what the switch's mode says, which may be 202 Held; 200
    ///    Duplicate delivery or 202 Held, if the record knows it.
    /// 5. Project the payload onto the allowlist – 400.
    /// 6. Claim the idempotency key – 200 Duplicate delivery, 202 Held, 409 In progress, 503.
    /// 7. Forward the thin payload, signed – 400 Objects not found, 409 In progress, 502, 503, 504.
    /// 8. Tell how it ended: settle the claim, or have the ledger keep the delivery – 202 Held. [`Self::handle`] writes the
    ///    audit entry.
    /// 9. Reply – 200 Success.
    ///
    /// A sender that hangs up does not end this: `guard.js` keeps the whole of it alive.
    async fn deliver<'g>(
        &'g self,
        request: &impl Request,
        media: Media,
        host: &impl Host,
        manner: &mut Manner<'g>,
        entry: &mut AuditEntry<'g>,
    ) -> Result<Outcome, Outcome> {
        // 1
        let url = request.url();
        let target = Target::of(&url);
        let found = self.gate.find(target.path);
        // 2
        check_transport(&target, request, self.gate.min_tls)?;
        let hook = match found {
            Found::Hook(hook) => hook,
            Found::Closed(id) => {
                entry.hook = id;
                return Err(Failure::Misconfigured.into());
            }
            Found::Nothing => {
                pretend(&self.gate.decoy, &target, media, request, host).await;
                return Err(Rejection::UnknownHook.into());
            }
        };
        (entry.hook, entry.owner) = (Some(hook.id.as_str()), Some(hook.owner.as_str()));
        manner.allow = &hook.door.methods;
        manner.silent = hook.door.asks(Handshake::Xero);
        unproven(&hook.door, &request.method(), target.query, host.now(), &mut manner.answer)?;
        let received = receive(&hook.door, &target, media, request).await?;
        entry.bytes_in = received.body().len();
        // 3
        let verified = authenticate(received, hook, request, host, &mut entry.auth, &mut manner.answer).await?;
        entry.reference = Some(verified.key().reference());
        self.notice_old_secrets(&verified, host);
        if verified.is_ignored() {
            return Ok(Outcome::Ignored);
        }
        // 4
        let (way, recalled) = join(self.switches.check(hook, host), recall(&verified, host)).await;
        let (way, recalled) = (way?, recalled?);
        // 5
        let payload = project(verified)?;
        // 6
        if hook.observes {
            return Ok(Outcome::Observed);
        }
        let claim = match way {
            Way::Open(open) => Claim::take(payload, open, recalled, &self.memory, host).await?,
            Way::Held => return claim::hold(payload, recalled, &self.memory, entry, host).await,
        };
        // 7, 8
        Ok(forward(claim, entry, host).await)
    }
}

/// Steps 7 and 8.
pub(crate) async fn forward(claim: Claim<'_>, entry: &mut AuditEntry<'_>, host: &impl Host) -> Outcome {
    let request = OriginRequest::new(&claim, host.now() / 1_000);
    entry.bytes_out = request.body().len();
    let answer = host.send(&request).await;
    entry.origin_status = answer.as_ref().ok().map(|answer| answer.status);
    let answer = claim.payload().hook().origin.judge(answer);
    claim.end(answer, entry, host).await
}

/// A line of the log that tells an operator of something that is not wrong.
fn notice(text: &str) -> String {
    format!("{{\"notice\":{}}}", quoted(text))
}
