//! What the ledger answers.

use super::claim::seconds;
use super::delivery::Settled;
use super::stop::{StopMode, Stopped};
use super::wire::{BadCall, Fields, Table};

/// The answer to a call. Times are milliseconds since 1970, `retry_after` seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a claim: forward it, and tell its end.
    Claimed,
    /// It is at its end.
    Duplicate {
        /// How it ended.
        how: Settled,
        /// When.
        at: u64,
    },
    /// Somebody else forwards it.
    InFlight {
        /// Until it makes sense to ask again.
        retry_after: u64,
    },
    /// It is held: nobody needs to send it again.
    Held {
        /// `waiting`, `in-flight`, `uncertain` or `given-up`.
        state: &'static str,
    },
    /// The hook is stopped.
    Stopped {
        /// What becomes of the delivery; never [`StopMode::Hold`], which is [`Answer::Held`].
        mode: StopMode,
        /// When it ends.
        until: Option<u64>,
        /// Until it makes sense to ask again, if it has an end.
        retry_after: Option<u64>,
    },
    /// The origin fails, and is being asked by another delivery.
    Busy {
        /// Until it makes sense to ask again.
        retry_after: u64,
    },
    /// There is no room to hold another delivery.
    Full,
    /// It is at its end now.
    Settled,
    /// Nothing is known of it any more: its retry will be processed.
    Forgotten,
    /// Somebody else has taken it over; what was told changes nothing.
    Lost,
    /// Forward this held delivery, and tell its end.
    Due {
        /// 64 hex digits.
        key: String,
        /// The thin payload.
        payload: String,
        /// Forwards so far, with this one.
        attempts: u64,
    },
    /// No held delivery may leave.
    Idle {
        /// When one may; `None` while nothing but an operator can change that.
        next: Option<u64>,
    },
    /// A part of the keys is swept.
    Swept {
        /// Where to go on; `None` at the end.
        after: Option<String>,
        /// When the next sweep makes sense, for the keys of this part; `None` if there are none.
        next: Option<u64>,
    },
    /// It is done.
    Done,
    /// No delivery begins so, or it is in no state for this.
    Unknown,
    /// Several deliveries begin so.
    Ambiguous,
    /// For an operator: JSON.
    Report(String),
}

impl Answer {
    pub(super) fn stopped(stop: Stopped, now: u64) -> Self {
        let retry_after = stop.until.map(|until| seconds(until.saturating_sub(now)));
        Self::Stopped { mode: stop.mode, until: stop.until, retry_after }
    }

    /// The answer as a text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let answer = |name| Table::new("answer", name);
        let table = match self {
            Self::Claimed => answer("claimed"),
            Self::Duplicate { how, at } => answer("duplicate").text("fact", Some(how.name())).number("at", Some(*at)),
            Self::InFlight { retry_after } => answer("in-flight").number("retry_after", Some(*retry_after)),
            Self::Held { state } => answer("held").text("state", Some(state)),
            Self::Stopped { mode, until, retry_after } => {
                let table = answer("stopped").text("mode", Some(mode.name())).number("until", *until);
                table.number("retry_after", *retry_after)
            }
            Self::Busy { retry_after } => answer("busy").number("retry_after", Some(*retry_after)),
            Self::Full => answer("full"),
            Self::Settled => answer("settled"),
            Self::Forgotten => answer("forgotten"),
            Self::Lost => answer("lost"),
            Self::Due { key, payload, attempts } => {
                let table = answer("due").text("key", Some(key)).number("attempts", Some(*attempts));
                table.text("payload", Some(payload))
            }
            Self::Idle { next } => answer("idle").number("until", *next),
            Self::Swept { after, next } => answer("swept").text("after", after.as_deref()).number("until", *next),
            Self::Done => answer("done"),
            Self::Unknown => answer("unknown"),
            Self::Ambiguous => answer("ambiguous"),
            Self::Report(json) => answer("report").raw("report", json),
        };
        table.end()
    }

    /// Reads an answer; a report stays with whoever asked for it.
    ///
    /// # Errors
    /// A text that is no answer to a claim, an end, a delivery to keep, or a question for what is due or swept.
    pub fn read(text: &str) -> Result<Self, BadCall> {
        let fields = Fields::read(text)?;
        fields.answer()
    }

    /// Reads the answer to an operator's call: a report is handed on as the ledger wrote it.
    ///
    /// # Errors
    /// A text that is neither a report nor what [`Answer::read`] reads.
    pub fn told(text: &str) -> Result<Self, BadCall> {
        let report = text.strip_prefix("{\"answer\":\"report\",\"report\":").and_then(|rest| rest.strip_suffix('}'));
        report.map_or_else(|| Self::read(text), |json| Ok(Self::Report(json.into())))
    }
}
