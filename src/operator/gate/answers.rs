//! What the gate answers. What it does not say is not known, and what it says beyond this is skipped.

use serde::Deserialize;

use super::words;

/// The answer to `status`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    /// The gate's clock.
    pub(super) now: u64,
    /// The stop of everything.
    pub(super) switch: Option<Switch>,
    pub(super) hooks: Vec<Hook>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Hook {
    pub(super) id: String,
    pub(super) owner: Option<String>,
    pub(super) purpose: Option<String>,
    pub(super) state: String,
    pub(super) guarantee: Option<String>,
    pub(super) on_failure: Option<String>,
    pub(super) on_stop: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) switch: Option<Switch>,
    pub(super) switch_age: Option<u64>,
    /// One for each part; none of a part that did not answer.
    pub(super) ledger: Option<Vec<Option<Report>>>,
}

/// A stop as it stands in KV.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Switch {
    pub(super) text: Option<String>,
    #[serde(flatten)]
    pub(super) stop: Stop,
    pub(super) unreadable: bool,
}

/// A stop, in KV or in the ledger.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Stop {
    pub(super) mode: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) by: Option<String>,
    pub(super) until: Option<When>,
    /// Since when; KV does not know.
    pub(super) at: Option<u64>,
}

/// A time.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum When {
    Ms(u64),
    /// RFC 3339, as it stands in KV.
    Text(String),
}

/// How one part of a hook's ledger stands.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub(super) stop: Option<Stop>,
    /// How often the origin failed in a row.
    pub(super) failures: Option<u64>,
    pub(super) held: Vec<HeldCount>,
    pub(super) last: Option<Last>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct HeldCount {
    pub(super) state: String,
    pub(super) count: u64,
    pub(super) oldest: Option<u64>,
}

/// The latest ending, with all totals.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Last {
    #[serde(flatten)]
    pub(super) ending: Ending,
    #[serde(flatten)]
    pub(super) counters: Counters,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counters {
    pub(super) delivered: u64,
    pub(super) duplicate: u64,
    pub(super) held: u64,
    pub(super) uncertain: u64,
    pub(super) rejected: u64,
    pub(super) failed: u64,
    pub(super) other: u64,
}

/// How one delivery ended, or what an operator did.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ending {
    pub(super) at: u64,
    pub(super) entry: Entry,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    /// The secrets that matched: `stripe[0]`.
    pub(super) auth: Option<Vec<String>>,
    pub(super) origin_status: Option<u16>,
    pub(super) ms: Option<u64>,
    pub(super) reference: Option<String>,
    pub(super) by: Option<String>,
    pub(super) because: Option<String>,
    /// What an operator said became of the delivery.
    #[serde(rename = "as")]
    pub(super) how: Option<String>,
}

/// A delivery as the ledger has it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Delivery {
    pub(super) place: Option<u64>,
    pub(super) key: String,
    pub(super) state: String,
    /// Since when it is in this state.
    pub(super) at: Option<u64>,
    pub(super) until: Option<u64>,
    pub(super) why: Option<String>,
    pub(super) attempts: Option<u64>,
    pub(super) arrived: Option<u64>,
    /// When an attempt first failed.
    pub(super) since: Option<u64>,
    pub(super) payload: Option<String>,
}

/// The answer to `show`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    pub(super) found: Vec<Found>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Found {
    pub(super) hook: String,
    pub(super) ledger: Option<Delivery>,
    pub(super) record: Option<Record>,
    /// Ledger or KV did not answer.
    pub(super) unreadable: bool,
}

/// What KV remembers of a delivery.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    pub(super) outcome: String,
    pub(super) at: Option<u64>,
}

/// The answer to an action.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    pub(super) hook: Option<String>,
    /// Hooks that stay stopped by another stop.
    pub(super) still_stopped: Vec<String>,
}

impl Ending {
    /// It is a delivery's, and not what an operator did to one.
    pub(super) fn is_run(&self) -> bool {
        !["released", "resolved", "forgotten"].contains(&self.entry.outcome.as_str())
    }

    /// A secret was found to match.
    pub(super) fn is_proven(&self) -> bool {
        self.entry.auth.as_ref().is_some_and(|auth| !auth.is_empty())
    }
}

impl Delivery {
    /// As replies and logs name it.
    pub(super) fn reference(&self) -> &str {
        self.key.get(..16).unwrap_or(&self.key)
    }
}

impl When {
    /// Milliseconds since 1970; none of a text that is no time.
    pub(super) fn ms(&self) -> Option<u64> {
        match self {
            Self::Ms(ms) => Some(*ms),
            Self::Text(text) => crate::units::rfc3339(text),
        }
    }

    pub(super) fn words(&self) -> String {
        match (self.ms(), self) {
            (Some(ms), _) => words::instant(ms),
            (None, Self::Text(text)) => text.clone(),
            (None, Self::Ms(_)) => "–".into(),
        }
    }
}
