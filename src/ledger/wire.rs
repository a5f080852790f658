//! Calls and answers as texts: one flat table of JSON for each, so that an old Worker and a new object understand each
//! other while a deployment is under way.

use super::answer::Answer;
use super::call::{Call, Cause, Fact};
use super::delivery::{Settled, Terms};
use super::stop::{Stop, StopMode};
pub(super) use crate::json::Table;
use crate::project::pick;

/// Most bytes of a payload: a thin payload's fields, its objects, and slack.
pub const MAX_PAYLOAD: usize = 96 * 1024;
/// Most bytes of an audit entry, a reason, a name.
const MAX_TEXT: usize = 4_096;
/// The largest number: the sum of two is one that JavaScript still counts exactly.
const MAX_NUMBER: u64 = 1 << 52;

/// A text that is no call, or no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCall;

/// Every name that a call or an answer can have.
const PLACES: [&str; 20] = [
    "/call",
    "/key",
    "/token",
    "/lease",
    "/payload",
    "/repeatable",
    "/keep",
    "/fact",
    "/retry_after",
    "/window",
    "/entry",
    "/after",
    "/mode",
    "/reason",
    "/by",
    "/until",
    "/answer",
    "/at",
    "/state",
    "/attempts",
];

/// The texts of a call or an answer, in the order of [`PLACES`].
#[derive(Debug)]
pub(super) struct Fields([Option<String>; 20]);

impl Fields {
    /// # Errors
    /// Not JSON, or a name twice.
    pub(super) fn read(text: &str) -> Result<Self, BadCall> {
        pick(text.as_bytes(), PLACES).map(Self).map_err(|_| BadCall)
    }

    #[inline(never)]
    fn text(&self, place: &str, most: usize) -> Result<Option<&str>, BadCall> {
        let index = PLACES.iter().position(|own| own.strip_prefix('/') == Some(place)).ok_or(BadCall)?;
        let text = self.0.get(index).and_then(Option::as_deref);
        if text.is_some_and(|text| text.len() > most) { Err(BadCall) } else { Ok(text) }
    }

    #[inline(never)]
    fn number(&self, place: &str) -> Result<Option<u64>, BadCall> {
        let text = self.text(place, MAX_TEXT)?;
        text.map(|text| text.parse().ok().filter(|number| *number <= MAX_NUMBER).ok_or(BadCall)).transpose()
    }

    #[inline(never)]
    fn hex(&self, place: &str, least: usize) -> Result<&str, BadCall> {
        let is_hex = |text: &&str| text.len() >= least && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        self.text(place, 64)?.filter(is_hex).ok_or(BadCall)
    }

    #[inline(never)]
    fn terms(&self) -> Result<Terms, BadCall> {
        let repeatable = self.text("repeatable", MAX_TEXT)?.ok_or(BadCall)?.parse().map_err(|_| BadCall)?;
        Ok(Terms { repeatable, keep: self.number("keep")? })
    }

    #[inline(never)]
    fn fact(&self) -> Result<Fact, BadCall> {
        Ok(match self.text("fact", MAX_TEXT)?.ok_or(BadCall)? {
            "delivered" => Fact::Delivered,
            "refused" => Fact::Refused,
            "failed" => Fact::Failed { retry_after: self.number("retry_after")?.unwrap_or(0) },
            "unknown" => Fact::Unknown,
            _ => return Err(BadCall),
        })
    }

    #[inline(never)]
    fn entry(&self) -> Result<Option<&str>, BadCall> {
        self.text("entry", MAX_TEXT)
    }

    /// The call that these texts are.
    ///
    /// # Errors
    /// Unknown, or with a text that is missing, malformed or too long.
    pub(super) fn call(&self) -> Result<Call<'_>, BadCall> {
        let key = || self.hex("key", 64);
        let reference = || self.hex("key", 8);
        let token = || self.text("token", 64)?.ok_or(BadCall);
        let lease = || self.number("lease")?.ok_or(BadCall);
        let window = || self.number("window")?.ok_or(BadCall);
        let payload = || self.text("payload", MAX_PAYLOAD)?.ok_or(BadCall);
        Ok(match self.text("call", MAX_TEXT)?.ok_or(BadCall)? {
            "claim" => {
                Call::Claim { key: key()?, token: token()?, lease: lease()?, payload: payload()?, terms: self.terms()? }
            }
            "end" => {
                Call::End { key: key()?, token: token()?, fact: self.fact()?, window: window()?, entry: self.entry()? }
            }
            "keep" => Call::Keep {
                key: key()?,
                payload: payload()?,
                terms: self.terms()?,
                cause: match self.text("fact", MAX_TEXT)? {
                    Some("stop") => Cause::Stop,
                    _ => Cause::Forward(Some(self.fact()?).filter(|fact| *fact != Fact::Delivered).ok_or(BadCall)?),
                },
                entry: self.entry()?,
            },
            "note" => Call::Note { entry: self.entry()?.ok_or(BadCall)? },
            "due" => Call::Due {
                token: token()?,
                lease: lease()?,
                repeatable: self.terms()?.repeatable,
                until: self.number("until")?,
            },
            "sweep" => Call::Sweep { after: self.text("after", 64)? },
            "stop" => Call::Stop(Stop {
                mode: self.text("mode", MAX_TEXT)?.and_then(StopMode::parse).ok_or(BadCall)?,
                reason: self.text("reason", MAX_TEXT)?,
                by: self.text("by", MAX_TEXT)?,
                until: self.number("until")?,
            }),
            "resume" => Call::Resume,
            "status" => Call::Status,
            "deliveries" => Call::Deliveries,
            "held" => Call::Held { after: self.number("after")?.unwrap_or(0) },
            "show" => Call::Show { reference: reference()? },
            "release" => Call::Release { reference: reference()?, entry: self.entry()? },
            "release-all" => Call::ReleaseAll { entry: self.entry()? },
            "resolve" => Call::Resolve {
                reference: reference()?,
                how: self.text("fact", MAX_TEXT)?.and_then(Settled::parse).ok_or(BadCall)?,
                window: window()?,
                entry: self.entry()?,
            },
            "forget" => Call::Forget { reference: reference()?, entry: self.entry()? },
            _ => return Err(BadCall),
        })
    }

    /// The answer that these texts are.
    pub(super) fn answer(&self) -> Result<Answer, BadCall> {
        let owned = |place, most| Ok(self.text(place, most)?.ok_or(BadCall)?.to_owned());
        let number = |place| self.number(place)?.ok_or(BadCall);
        let names = ["waiting", "in-flight", "uncertain", "given-up"];
        let state = || {
            let told = self.text("state", MAX_TEXT)?;
            names.into_iter().find(|name| told == Some(*name)).ok_or(BadCall)
        };
        let mode = || self.text("mode", MAX_TEXT)?.and_then(StopMode::parse).ok_or(BadCall);
        let how = || self.text("fact", MAX_TEXT)?.and_then(Settled::parse).ok_or(BadCall);
        Ok(match self.text("answer", MAX_TEXT)?.ok_or(BadCall)? {
            "claimed" => Answer::Claimed,
            "duplicate" => Answer::Duplicate { how: how()?, at: number("at")? },
            "in-flight" => Answer::InFlight { retry_after: number("retry_after")? },
            "held" => Answer::Held { state: state()? },
            "stopped" => Answer::Stopped {
                mode: mode()?,
                until: self.number("until")?,
                retry_after: self.number("retry_after")?,
            },
            "busy" => Answer::Busy { retry_after: number("retry_after")? },
            "full" => Answer::Full,
            "settled" => Answer::Settled,
            "forgotten" => Answer::Forgotten,
            "lost" => Answer::Lost,
            "due" => Answer::Due {
                key: self.hex("key", 64)?.into(),
                payload: owned("payload", MAX_PAYLOAD)?,
                attempts: number("attempts")?,
            },
            "idle" => Answer::Idle { next: self.number("until")? },
            "swept" => Answer::Swept { after: self.text("after", 64)?.map(Into::into), next: self.number("until")? },
            "done" => Answer::Done,
            "unknown" => Answer::Unknown,
            "ambiguous" => Answer::Ambiguous,
            _ => return Err(BadCall),
        })
    }
}

impl Table {
    fn terms(self, Terms { repeatable, keep }: Terms) -> Self {
        self.raw("repeatable", if repeatable { "true" } else { "false" }).number("keep", keep)
    }

    fn fact(self, fact: Fact) -> Self {
        match fact {
            Fact::Delivered => self.text("fact", Some("delivered")),
            Fact::Refused => self.text("fact", Some("refused")),
            Fact::Failed { retry_after } => self.text("fact", Some("failed")).number("retry_after", Some(retry_after)),
            Fact::Unknown => self.text("fact", Some("unknown")),
        }
    }
}

impl Call<'_> {
    /// The call as a text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let call = |name| Table::new("call", name);
        let table = match *self {
            Self::Claim { key, token, lease, payload, terms } => {
                let table =
                    call("claim").text("key", Some(key)).text("token", Some(token)).number("lease", Some(lease));
                table.terms(terms).text("payload", Some(payload))
            }
            Self::End { key, token, fact, window, entry } => {
                let table = call("end").text("key", Some(key)).text("token", Some(token)).fact(fact);
                table.number("window", Some(window)).text("entry", entry)
            }
            Self::Keep { key, payload, terms, cause, entry } => {
                let table = call("keep").text("key", Some(key)).terms(terms).text("entry", entry);
                let table = match cause {
                    Cause::Stop => table.text("fact", Some("stop")),
                    Cause::Forward(fact) => table.fact(fact),
                };
                table.text("payload", Some(payload))
            }
            Self::Note { entry } => call("note").text("entry", Some(entry)),
            Self::Due { token, lease, repeatable, until } => {
                let table = call("due").text("token", Some(token)).number("lease", Some(lease)).number("until", until);
                table.terms(Terms { repeatable, keep: None })
            }
            Self::Sweep { after } => call("sweep").text("after", after),
            Self::Stop(Stop { mode, reason, by, until }) => {
                let table = call("stop").text("mode", Some(mode.name())).text("reason", reason);
                table.text("by", by).number("until", until)
            }
            Self::Resume => call("resume"),
            Self::Status => call("status"),
            Self::Deliveries => call("deliveries"),
            Self::Held { after } => call("held").number("after", Some(after)),
            Self::Show { reference } => call("show").text("key", Some(reference)),
            Self::Release { reference, entry } => call("release").text("key", Some(reference)).text("entry", entry),
            Self::ReleaseAll { entry } => call("release-all").text("entry", entry),
            Self::Resolve { reference, how, window, entry } => {
                let table = call("resolve").text("key", Some(reference)).text("fact", Some(how.name()));
                table.number("window", Some(window)).text("entry", entry)
            }
            Self::Forget { reference, entry } => call("forget").text("key", Some(reference)).text("entry", entry),
        };
        table.end()
    }
}
