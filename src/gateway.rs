//! The path of one delivery.

use core::cell::RefCell;
use std::rc::Rc;

use futures_util::future::join;

use crate::admin::{self, Api};
use crate::audit::AuditEntry;
use crate::authenticate::{Verified, authenticate, pretend};
use crate::config::{Found, Gate, Vars};
use crate::handshake::{Handshake, unproven};
use crate::host::{Host, Request};
use crate::json::quoted;
use crate::origin::{Answer, OriginRequest};
use crate::outcome::{Failure, Outcome, Rejection};
use crate::project::project;
use crate::receive::{Media, check_transport, receive};
use crate::replay::{Memory, recall};
use crate::reply::{Manner, Reply};
use crate::switch::Switches;
use crate::target::Target;

/// The gate as one isolate runs it: the configuration, and what the isolate remembers.
#[derive(Debug)]
pub struct Gateway {
    gate: Gate,
    /// What was logged about the configuration.
    remarks: Vec<String>,
    /// What was logged of secrets in use.
    noticed: RefCell<Vec<String>>,
    switches: Rc<Switches>,
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
            let api = Api { gate: &self.gate, switches: &self.switches, memory: &self.memory, host };
            return api.answer(&asked, request).await;
        }
        let started = host.now();
        let media = Media::of(request.header("content-type").as_deref());
        let mut manner = Manner { json: media == Media::Json, ..Manner::default() };
        let mut entry = AuditEntry::new(request.header("cf-ray"));
        let outcome =
            self.deliver(request, media, host, &mut manner, &mut entry).await.unwrap_or_else(|refused| refused);
        entry.reference.clone_from(&manner.reference);
        host.log(&entry.end(outcome, host.now().saturating_sub(started)));
        Reply::new(outcome, &manner)
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
    /// 4. Read switches and replay record together – 503, or what the switch's mode says.
    /// 5. Project the payload onto the allowlist – 400.
    /// 6. Claim the idempotency key – 200 Duplicate delivery, 409 In progress.
    /// 7. Forward the thin payload, signed – 400 Objects not found, 409 In progress, 502, 503, 504.
    /// 8. Settle the claim – [`Self::handle`] writes the audit entry.
    /// 9. Reply – 200 Success.
    ///
    /// A sender that hangs up does not end this: `guard.js` keeps the whole of it alive.
    async fn deliver<'g>(
        &'g self,
        request: &impl Request,
        media: Media,
        host: &impl Host,
        manner: &mut Manner,
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
        manner.allow = Some(hook.door.methods.join(", "));
        manner.silent = hook.door.asks(Handshake::Xero);
        unproven(&hook.door, &request.method(), target.query, host.now(), &mut manner.answer)?;
        let received = receive(&hook.door, &target, media, request).await?;
        entry.bytes_in = received.body().len();
        // 3
        let verified = authenticate(received, hook, request, host, &mut entry.auth, &mut manner.answer).await?;
        manner.reference = Some(verified.key().reference());
        self.notice_old_secrets(&verified, host);
        if verified.is_ignored() {
            return Ok(Outcome::Ignored);
        }
        // 4
        let (open, recalled) = join(self.switches.check(hook, host), recall(&verified, host)).await;
        let (open, recalled) = (open?, recalled?);
        // 5
        let payload = project(verified)?;
        // 6
        if hook.observes {
            return recalled.check().map(|()| Outcome::Observed);
        }
        let claim = self.memory.claim(payload, open, recalled, host.now())?;
        // 7
        let forward = OriginRequest::new(&claim, host.now() / 1_000);
        entry.bytes_out = forward.body().len();
        let answer = host.send(&forward).await;
        entry.origin_status = answer.as_ref().ok().map(|answer| answer.status);
        match hook.origin.judge(answer) {
            Answer::Refused(outcome) => return Err(outcome),
            Answer::Unknown(failure) => return Err(failure.into()),
            Answer::Accepted => {}
        }
        // 8
        let recorded = claim.settle(host).await;
        // 9
        Ok(Outcome::Delivered { recorded })
    }
}

/// A line of the log that tells an operator of something that is not wrong.
fn notice(text: &str) -> String {
    format!("{{\"notice\":{}}}", quoted(text))
}
