//! What the ledger holds goes on: steps 4 and 6 to 8, without a sender.

use crate::audit::AuditEntry;
use crate::claim::{self, Claim};
use crate::gateway::{Gateway, forward};
use crate::host::Host;
use crate::key::IdempotencyKey;
use crate::ledger::{Answer, Call, Fact, Settled};
use crate::outcome::{Failure, Held, Outcome};
use crate::project::ThinPayload;
use crate::replay::has_arrived;
use crate::switch::Way;

/// Milliseconds until it is looked again whether a stop in KV is over.
const STOPPED: u64 = 60_000;
/// Milliseconds until it is looked again whether a hook that is gone, disabled or misconfigured is back.
const GONE: u64 = 3_600_000;

impl Gateway {
    /// Forwards one delivery that an object of the ledger holds, if one may leave. Returns when to come again, in
    /// milliseconds since 1970; `None` if nothing waits for a time.
    pub async fn release(&self, object: &str, host: &impl Host) -> Option<u64> {
        let now = host.now();
        let id = object.split_once('/').map_or(object, |(id, _)| id);
        let Some(hook) = self.gate.hook(id).filter(|hook| !hook.observes) else {
            return Some(now.saturating_add(GONE));
        };
        let is_open = matches!(self.switches.check(hook, host).await, Ok(Way::Open(_)));
        let until = (!is_open).then(|| now.saturating_add(STOPPED));
        let (token, lease) = (host.token(), claim::lease(hook));
        let call = Call::Due { token: &token, lease, repeatable: hook.origin.forgetful().is_none(), until };
        let answer = host.ask(object, &call.to_text()).await.ok().and_then(|text| Answer::read(&text).ok());
        let (key, payload) = match answer {
            Some(Answer::Due { key, payload, .. }) => (key, payload),
            Some(Answer::Idle { next }) => return next,
            _ => return Some(now.saturating_add(STOPPED)),
        };
        let mut entry = AuditEntry::new(None, now);
        (entry.hook, entry.owner) = (Some(hook.id.as_str()), Some(hook.owner.as_str()));
        let payload = IdempotencyKey::of_hex(&key).and_then(|key| ThinPayload::of_text(hook, key, &payload));
        entry.reference = payload.as_ref().map(|payload| payload.key().reference());
        let outcome = match payload {
            Some(payload) if !has_arrived(hook, &key, host).await => {
                forward(Claim::released(payload, object, token), &mut entry, host).await
            }
            unsent => {
                let (outcome, fact) = match unsent {
                    // By an isolate that did not know that it is held.
                    Some(_) => (Outcome::Duplicate(Settled::Delivered), Fact::Delivered),
                    None => (Outcome::Held(Held::Failed(Failure::Misconfigured)), Fact::Refused),
                };
                let line = entry.line(outcome, host.now());
                let window = u64::from(hook.replay.window).saturating_mul(1_000);
                let call = Call::End { key: &key, token: &token, fact, window, entry: Some(&line) };
                entry.is_noted = host.ask(object, &call.to_text()).await.is_ok();
                outcome
            }
        };
        self.close(outcome, &mut entry, host).await;
        Some(now)
    }
}
