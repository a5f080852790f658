//! Steps 4 and 6: what was delivered before, and who delivers now.
//!
//! KV holds the record of every delivery that the origin accepted, for the hook's replay window. It cannot decide a
//! race, and a write takes a moment to land, so an isolate also remembers the keys in flight and lately settled.

use core::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use crate::authenticate::Verified;
use crate::host::{Host, StoreFault};
use crate::key::IdempotencyKey;
use crate::outcome::{Failure, Outcome, Rejection};
use crate::project;
use crate::switch::Open;

/// Most settled keys an isolate remembers.
const MOST: usize = 4_096;

/// The record of a delivery that the origin accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// How the first delivery ended.
    pub outcome: Settled,
    /// Unix seconds of that end.
    pub at: u64,
}

/// The outcomes that are remembered. A failure is none: its retry must be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The origin accepted it.
    Delivered,
}

/// What an isolate remembers of keys.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: RefCell<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    keys: HashMap<IdempotencyKey, State>,
    settled: VecDeque<IdempotencyKey>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    InFlight,
    Settled { record: Record, expires: u64 },
}

/// The right to forward one delivery: on this isolate nobody else holds it. Dropped without being settled, it leaves
/// no trace, so that the sender's retry is processed.
#[derive(Debug)]
pub struct Claim {
    key: IdempotencyKey,
    memory: Rc<Memory>,
    settled: bool,
}

/// Reads the record of a delivery from the replay cache.
///
/// # Errors
/// The cache does not answer, or answers what no Hookgate wrote: the hook is closed.
pub(crate) async fn recall(verified: &Verified<'_>, host: &impl Host) -> Result<Option<Record>, Failure> {
    let key = cache_key(&verified.hook().id, verified.key());
    match host.read_record(&key).await {
        Ok(None) => Ok(None),
        Ok(Some(text)) => Record::parse(&text).map(Some).ok_or(Failure::ReplayUnreadable),
        Err(StoreFault) => Err(Failure::ReplayUnreadable),
    }
}

impl Record {
    fn parse(json: &str) -> Option<Self> {
        let [name, at] = project::pick(json.as_bytes(), ["/outcome", "/at"]).ok()?;
        let outcome = Settled::Delivered;
        let known = name.as_deref() == Some(outcome.name());
        at?.parse().ok().filter(|_| known).map(|at| Self { outcome, at })
    }

    fn to_json(self) -> String {
        format!("{{\"outcome\":\"{}\",\"at\":{}}}", self.outcome.name(), self.at)
    }
}

impl Settled {
    /// The name in the record and in the reply to a repeat.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
        }
    }
}

impl Memory {
    /// Claims a key that nobody has delivered or is delivering.
    ///
    /// # Errors
    /// A repeat, or the same delivery is under way.
    pub(crate) fn claim(
        self: &Rc<Self>,
        key: IdempotencyKey,
        _: Open,
        recalled: Option<Record>,
        now: u64,
    ) -> Result<Claim, Outcome> {
        if let Some(record) = recalled {
            return Err(Outcome::Duplicate(record));
        }
        let mut entries = self.entries.borrow_mut();
        match entries.keys.get(&key) {
            Some(State::InFlight) => return Err(Rejection::InProgress.into()),
            Some(State::Settled { record, expires }) if now < *expires => return Err(Outcome::Duplicate(*record)),
            Some(State::Settled { .. }) => entries.settled.retain(|settled| *settled != key),
            None => {}
        }
        entries.keys.insert(key, State::InFlight);
        Ok(Claim { key, memory: Rc::clone(self), settled: false })
    }
}

impl Claim {
    pub(crate) fn key(&self) -> &IdempotencyKey {
        &self.key
    }

    /// Remembers the delivery as done for `window` seconds, first here, then in the replay cache. Returns whether the
    /// cache took it.
    pub(crate) async fn settle(mut self, hook: &str, window: u32, host: &impl Host) -> bool {
        let now = host.now();
        let record = Record { outcome: Settled::Delivered, at: now / 1_000 };
        self.remember(record, now.saturating_add(u64::from(window).saturating_mul(1_000)));
        host.write_record(&cache_key(hook, &self.key), &record.to_json(), window).await.is_ok()
    }

    fn remember(&mut self, record: Record, expires: u64) {
        self.settled = true;
        let mut entries = self.memory.entries.borrow_mut();
        entries.keys.insert(self.key, State::Settled { record, expires });
        entries.settled.push_back(self.key);
        if entries.settled.len() > MOST
            && let Some(oldest) = entries.settled.pop_front()
        {
            entries.keys.remove(&oldest);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.settled {
            self.memory.entries.borrow_mut().keys.remove(&self.key);
        }
    }
}

/// `{hook}:{64 hex digits}`, 129 bytes at most of KV's 512.
fn cache_key(hook: &str, key: &IdempotencyKey) -> String {
    format!("{hook}:{}", key.hex())
}
