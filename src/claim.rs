//! Steps 6 and 8: who delivers now, and what is remembered of it.
//!
//! A claim of a `kv` hook holds on this isolate, and KV knows what became of it. A claim of a `strict` hook, and of
//! whatever the ledger holds, holds anywhere on earth.

use std::rc::Rc;

use crate::audit::AuditEntry;
use crate::hook::Hook;
use crate::host::Host;
use crate::key::IdempotencyKey;
use crate::ledger::{self, Call, Cause, Fact, Settled, StopMode, Terms};
use crate::memory::Memory;
use crate::origin::Answer;
use crate::outcome::{Accepted, Failure, Held, Outcome, Rejection};
use crate::project::ThinPayload;
use crate::replay::{Recalled, Record, Recorded};
use crate::switch::{Open, paused};

/// Milliseconds that a claim outlives the hook's `timeout`: for the stores, and for slack.
const LEASE_MARGIN: u64 = 10_000;
/// Milliseconds for which an isolate remembers what KV knows as well: as long as KV may take to tell, and slack. What an
/// operator makes KV forget is forgotten here soon after.
const REMEMBERED: u64 = 300_000;

/// The right to forward one thin payload. Dropped without an end, it leaves no trace on this isolate, so that the
/// sender's retry is processed; in the ledger its lease ends.
#[derive(Debug)]
pub struct Claim<'g> {
    payload: ThinPayload<'g>,
    right: Right,
}

#[derive(Debug)]
enum Right {
    /// Nobody else on this isolate delivers it.
    Isolate(Slot),
    /// Nobody else on earth delivers it.
    Ledger(Lease),
}

/// A key in flight on this isolate.
#[derive(Debug)]
struct Slot {
    memory: Rc<Memory>,
    key: IdempotencyKey,
    serial: u64,
}

/// A key in flight in the ledger.
#[derive(Debug)]
struct Lease {
    object: String,
    token: String,
    /// It was held, and its sender told so.
    held: bool,
}

impl<'g> Claim<'g> {
    /// Claims a payload that nobody has delivered or is delivering, while nobody has stopped its hook.
    ///
    /// # Errors
    /// A repeat, the same delivery is under way, the ledger keeps it, or does not answer.
    pub(crate) async fn take(
        payload: ThinPayload<'g>,
        _: Open,
        _: Recalled,
        memory: &Rc<Memory>,
        host: &impl Host,
    ) -> Result<Self, Outcome> {
        if !payload.hook().replay.strict {
            return Self::take_here(payload, memory, host);
        }
        let (key, token) = (payload.key().hex(), host.token());
        let (lease, terms, text) = (lease(payload.hook()), terms(payload.hook()), payload.to_text());
        let call = Call::Claim { key: &key, token: &token, lease, payload: &text, terms };
        let object = object(&payload);
        match ask(&object, &call, host).await? {
            ledger::Answer::Claimed => Ok(Self { payload, right: Right::Ledger(Lease { object, token, held: false }) }),
            other => Err(refusal(other)),
        }
    }

    /// The claim of a delivery that an object holds and whose turn it is, by the token that it was asked with.
    pub(crate) fn released(payload: ThinPayload<'g>, object: &str, token: String) -> Self {
        Self { payload, right: Right::Ledger(Lease { object: object.into(), token, held: true }) }
    }

    fn take_here(payload: ThinPayload<'g>, memory: &Rc<Memory>, host: &impl Host) -> Result<Self, Outcome> {
        let (key, now) = (*payload.key(), host.now());
        let serial = memory.claim(key, now, now.saturating_add(lease(payload.hook())))?;
        Ok(Self { payload, right: Right::Isolate(Slot { memory: Rc::clone(memory), key, serial }) })
    }

    pub(crate) fn payload(&self) -> &ThinPayload<'g> {
        &self.payload
    }

    /// Tells the end of the forward: to the ledger, or to this isolate and KV. A failure is not remembered, unless the
    /// ledger keeps the delivery.
    pub(crate) async fn end(self, answer: Answer, entry: &mut AuditEntry<'_>, host: &impl Host) -> Outcome {
        match &self.right {
            Right::Isolate(slot) => end_here(&self.payload, slot, answer, entry, host).await,
            Right::Ledger(lease) => end_there(&self.payload, lease, answer, entry, host).await,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.memory.release(&self.key, self.serial);
    }
}

/// Has the ledger keep a payload whose hook is stopped.
pub(crate) async fn hold(
    payload: ThinPayload<'_>,
    _: Recalled,
    memory: &Rc<Memory>,
    entry: &mut AuditEntry<'_>,
    host: &impl Host,
) -> Result<Outcome, Outcome> {
    if payload.hook().replay.strict {
        return keep(&payload, Cause::Stop, Held::Stopped, entry, host).await;
    }
    let claim = Claim::take_here(payload, memory, host)?;
    let outcome = keep(&claim.payload, Cause::Stop, Held::Stopped, entry, host).await?;
    remember(&claim.payload, memory, outcome, host).await;
    Ok(outcome)
}

async fn end_here(
    payload: &ThinPayload<'_>,
    slot: &Slot,
    answer: Answer,
    entry: &mut AuditEntry<'_>,
    host: &impl Host,
) -> Outcome {
    let ended = match answer {
        Answer::Accepted => Outcome::Delivered(Accepted::Recorded),
        Answer::Refused(outcome) if !keeps(payload.hook(), answer.fact()) => return outcome,
        Answer::Unknown(failure) if !keeps(payload.hook(), answer.fact()) => return failure.into(),
        // What cannot be kept is the sender's to keep.
        _ => match keep(payload, Cause::Forward(answer.fact()), held(answer), entry, host).await {
            Ok(outcome) => outcome,
            Err(Outcome::Failed(_)) => return told(answer),
            Err(known) => return known,
        },
    };
    match remember(payload, &slot.memory, ended, host).await {
        false if answer == Answer::Accepted => Outcome::Delivered(Accepted::Unrecorded),
        _ => ended,
    }
}

async fn end_there(
    payload: &ThinPayload<'_>,
    lease: &Lease,
    answer: Answer,
    entry: &mut AuditEntry<'_>,
    host: &impl Host,
) -> Outcome {
    let (hook, fact) = (payload.hook(), answer.fact());
    let expected = match told(answer) {
        Outcome::Delivered(_) if lease.held => Outcome::Delivered(Accepted::Released),
        failed @ (Outcome::Rejected(_) | Outcome::Failed(_)) if !lease.held && !keeps(hook, fact) => failed,
        Outcome::Rejected(_) | Outcome::Failed(_) => Outcome::Held(held(answer)),
        outcome => outcome,
    };
    let line = entry.line(expected, host.now());
    let key = payload.key().hex();
    let window = u64::from(hook.replay.window).saturating_mul(1_000);
    let call = Call::End { key: &key, token: &lease.token, fact, window, entry: Some(&line) };
    let ended = ask(&lease.object, &call, host).await;
    entry.is_noted = ended.is_ok();
    let outcome = match ended {
        Ok(ledger::Answer::Full) => Failure::LedgerFull.into(),
        Ok(ledger::Answer::Settled) => expected,
        Ok(ledger::Answer::Held { .. }) => Outcome::Held(held(answer)),
        Err(_) if answer == Answer::Accepted => Outcome::Delivered(Accepted::Unrecorded),
        Ok(_) | Err(_) => told(answer),
    };
    // Where KV has told repeats that it is held, it is to tell them that it has arrived.
    if answer == Answer::Accepted && lease.held && !hook.replay.strict {
        let state = Recorded::Settled(Settled::Delivered);
        Record { state, at: host.now() / 1_000 }.write(hook, &key, host).await;
    }
    outcome
}

/// Asks the ledger to keep a payload that was not claimed there.
async fn keep(
    payload: &ThinPayload<'_>,
    cause: Cause,
    held: Held,
    entry: &mut AuditEntry<'_>,
    host: &impl Host,
) -> Result<Outcome, Outcome> {
    let outcome = Outcome::Held(held);
    let line = entry.line(outcome, host.now());
    let (key, text) = (payload.key().hex(), payload.to_text());
    let call = Call::Keep { key: &key, payload: &text, terms: terms(payload.hook()), cause, entry: Some(&line) };
    let answer = ask(&object(payload), &call, host).await?;
    match answer {
        ledger::Answer::Held { .. } => {
            entry.is_noted = true;
            Ok(outcome)
        }
        other => Err(refusal(other)),
    }
}

/// Remembers on this isolate and in KV what became of a delivery. Returns whether KV took it.
async fn remember(payload: &ThinPayload<'_>, memory: &Memory, outcome: Outcome, host: &impl Host) -> bool {
    let (hook, now) = (payload.hook(), host.now());
    let state = match outcome {
        Outcome::Held(_) => Recorded::Held,
        _ => Recorded::Settled(Settled::Delivered),
    };
    let window = u64::from(hook.replay.window).saturating_mul(1_000);
    // At once, for KV takes its time.
    memory.remember(*payload.key(), state, now.saturating_add(window));
    let is_written = Record { state, at: now / 1_000 }.write(hook, &payload.key().hex(), host).await;
    if is_written {
        memory.remember(*payload.key(), state, now.saturating_add(window.min(REMEMBERED)));
    }
    is_written
}

/// The object of the ledger that a delivery belongs to.
fn object(payload: &ThinPayload<'_>) -> String {
    ledger::object(&payload.hook().id, &payload.key().hex(), payload.hook().shards)
}

async fn ask(object: &str, call: &Call<'_>, host: &impl Host) -> Result<ledger::Answer, Outcome> {
    let answer = host.ask(object, &call.to_text()).await.ok();
    answer.and_then(|text| ledger::Answer::read(&text).ok()).ok_or(Failure::LedgerUnreachable.into())
}

/// What the sender of a delivery is told that the ledger does not let through.
fn refusal(answer: ledger::Answer) -> Outcome {
    let seconds = |seconds: u64| u32::try_from(seconds).unwrap_or(u32::MAX);
    match answer {
        ledger::Answer::Duplicate { how, .. } => Outcome::Duplicate(how),
        ledger::Answer::InFlight { retry_after } => Rejection::InProgress { retry_after: seconds(retry_after) }.into(),
        ledger::Answer::Held { state } => Outcome::Held(Held::Standing(state)),
        ledger::Answer::Stopped { mode: StopMode::Drop, .. } => Outcome::Dropped,
        ledger::Answer::Stopped { mode: StopMode::Gone, .. } => Rejection::Gone.into(),
        ledger::Answer::Stopped { retry_after, .. } => paused(retry_after).into(),
        ledger::Answer::Busy { retry_after } => Failure::OriginResting { retry_after: seconds(retry_after) }.into(),
        ledger::Answer::Full => Failure::LedgerFull.into(),
        _ => Failure::LedgerUnreachable.into(),
    }
}

/// What the sender is told of an answer of the origin, if nobody keeps the delivery.
fn told(answer: Answer) -> Outcome {
    match answer {
        Answer::Accepted => Outcome::Delivered(Accepted::Recorded),
        Answer::Refused(outcome) => outcome,
        Answer::Unknown(failure) => failure.into(),
    }
}

/// Why a delivery is held that the origin answered so.
fn held(answer: Answer) -> Held {
    match told(answer) {
        Outcome::Failed(failure) => Held::Failed(failure),
        Outcome::Rejected(rejection) => Held::Refused(rejection),
        _ => Held::Repeat,
    }
}

/// Whether the gate keeps what ended so: where the sender does not try again, and where nobody may without an operator.
fn keeps(hook: &Hook, fact: Fact) -> bool {
    match fact {
        Fact::Delivered | Fact::Refused => false,
        Fact::Failed { .. } => hook.keep.is_some(),
        Fact::Unknown => hook.keep.is_some() || hook.origin.forgetful().is_some(),
    }
}

fn terms(hook: &Hook) -> Terms {
    Terms { repeatable: hook.origin.forgetful().is_none(), keep: hook.keep }
}

/// Milliseconds for which a claim holds.
pub(crate) fn lease(hook: &Hook) -> u64 {
    u64::try_from(hook.timeout.as_millis()).unwrap_or(0).saturating_add(LEASE_MARGIN)
}
