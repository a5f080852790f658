//! Step 4, the other half: what was delivered before, as KV knows it.
//!
//! KV holds the record of every delivery that the origin accepted or the ledger keeps, for the hook's replay window. It
//! cannot decide a race, and a write takes a moment to land: see [`crate::claim`].

use crate::authenticate::Verified;
use crate::hook::Hook;
use crate::host::{Host, StoreFault};
use crate::ledger::Settled;
use crate::outcome::{Failure, Held, Outcome};
use crate::project;

/// Seconds for which KV tells repeats at least that a delivery is held: it may wait for an operator.
const HELD: u32 = 2_592_000;

/// The record of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) state: Recorded,
    /// Unix seconds since when.
    pub(crate) at: u64,
}

/// What is remembered of a delivery. A failure is nothing of it: its retry must be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    Settled(Settled),
    /// The ledger has it.
    Held,
}

/// Proof that the replay cache, where that decides, knows nothing of a delivery. Only [`recall`] makes one.
#[derive(Debug)]
pub(crate) struct Recalled(());

/// Reads the record of a delivery from the replay cache, where that decides.
///
/// # Errors
/// The delivery is a repeat; or the cache does not answer, or answers what no Hookgate wrote: the hook is closed.
pub(crate) async fn recall(verified: &Verified<'_>, host: &impl Host) -> Result<Recalled, Outcome> {
    if verified.hook().replay.strict {
        return Ok(Recalled(()));
    }
    let key = cache_key(&verified.hook().id, &verified.key().hex());
    let record = host.read_record(&key).await.map_err(|StoreFault| Failure::ReplayUnreadable)?;
    let Some(text) = record else { return Ok(Recalled(())) };
    Err(Record::parse(&text).map_or(Failure::ReplayUnreadable.into(), |record| record.state.to_outcome()))
}

/// Whether the replay cache knows that a delivery has arrived which the ledger holds; asked where the origin would not
/// know. `key` is 64 hex digits.
pub(crate) async fn has_arrived(hook: &Hook, key: &str, host: &impl Host) -> bool {
    if hook.replay.strict || hook.origin.forgetful().is_none() {
        return false;
    }
    let text = host.read_record(&cache_key(&hook.id, key)).await.ok().flatten();
    let record = text.and_then(|text| Record::parse(&text));
    record.is_some_and(|record| record.state == Recorded::Settled(Settled::Delivered))
}

impl Recorded {
    /// What a repeat is told.
    pub(crate) fn to_outcome(self) -> Outcome {
        match self {
            Self::Settled(how) => Outcome::Duplicate(how),
            Self::Held => Outcome::Held(Held::Repeat),
        }
    }

    /// The name in the record.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Settled(how) => how.name(),
            Self::Held => "held",
        }
    }
}

impl Record {
    pub(crate) fn parse(json: &str) -> Option<Self> {
        let [name, at] = project::pick(json.as_bytes(), ["/outcome", "/at"]).ok()?;
        let states = [Settled::Delivered, Settled::Abandoned].map(Recorded::Settled);
        let state = states.into_iter().chain([Recorded::Held]).find(|state| name.as_deref() == Some(state.name()))?;
        Some(Self { state, at: at?.parse().ok()? })
    }

    /// Writes it for the hook's window, and what is held at least for as long as it may be; `key` is 64 hex digits.
    /// Returns whether the cache took it.
    pub(crate) async fn write(self, hook: &Hook, key: &str, host: &impl Host) -> bool {
        let window = if self.state == Recorded::Held { hook.replay.window.max(HELD) } else { hook.replay.window };
        host.write_record(&cache_key(&hook.id, key), &self.to_text(), window).await.is_ok()
    }

    /// The value in KV.
    pub(crate) fn to_text(self) -> String {
        format!("{{\"outcome\":\"{}\",\"at\":{}}}", self.state.name(), self.at)
    }
}

/// `{hook}:{64 hex digits}`, 129 bytes at most of KV's 512. The beginning of a key finds it, too.
pub(crate) fn cache_key(hook: &str, key: &str) -> String {
    [hook, ":", key].concat()
}
