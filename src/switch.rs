//! Step 4, one half: the kill switches an operator sets in KV.
//!
//! `stop` stops everything, `stop:{hook}` one hook. The value is a reason in plain text, or JSON with `mode`, `reason`,
//! `by` and `until`. What is there but cannot be understood stops as well.

use core::cell::RefCell;

use crate::hook::Hook;
use crate::host::{Host, StoreFault};
use crate::ledger::StopMode;
use crate::outcome::{Failure, Outcome, Rejection};
use crate::project;
use crate::units;

/// Milliseconds for which an isolate acts on what it read: a stop takes effect within KV's own delay plus this.
const FRESH: u64 = 10_000;
/// Longest `Retry-After` of a stop with an end, in seconds.
const LONGEST_RETRY: u64 = 3_600;
/// `Retry-After` of a stop without an end, in seconds.
const RETRY: u32 = 300;

/// Proof that at the time of the claim no switch stopped the hook.
#[derive(Debug)]
pub(crate) struct Open(());

/// What the switches let become of a delivery.
#[derive(Debug)]
pub(crate) enum Way {
    /// It goes on.
    Open(Open),
    /// It is kept until the stop is over.
    Held,
}

/// One stop, as an operator wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stop {
    mode: Option<StopMode>,
    /// Unix seconds.
    until: Option<u64>,
}

/// The switches of a hook: `stop`, `stop:{hook}`.
type Stops = [Option<Stop>; 2];

/// What was read, and when, in milliseconds.
type Reading = (u64, Stops);

/// The switches an isolate has read lately.
#[derive(Debug, Default)]
pub(crate) struct Switches {
    read: RefCell<Vec<(String, Reading)>>,
}

impl Switches {
    /// Lets a delivery of `hook` through, or keeps it, or says how it is stopped.
    ///
    /// # Errors
    /// Stopped, or closed because the switches cannot be read.
    pub(crate) async fn check(&self, hook: &Hook, host: &impl Host) -> Result<Way, Outcome> {
        let now = host.now();
        let stops = match self.remembered(&hook.id, now) {
            Some(stops) => stops,
            None => self.fetch(&hook.id, host, now).await.map_err(|StoreFault| Failure::SwitchesUnreadable)?,
        };
        let seconds = now / 1_000;
        match stops.into_iter().flatten().find(|stop| stop.until.is_none_or(|until| seconds < until)) {
            None => Ok(Way::Open(Open(()))),
            Some(stop) => match stop.mode.unwrap_or(hook.on_stop) {
                StopMode::Hold => Ok(Way::Held),
                StopMode::Reject => Err(paused(stop.until.map(|until| until.saturating_sub(seconds))).into()),
                StopMode::Drop => Err(Outcome::Dropped),
                StopMode::Gone => Err(Rejection::Gone.into()),
            },
        }
    }

    /// Forgets what this isolate has read: what it has written itself it need not wait for.
    pub(crate) fn forget(&self) {
        self.read.borrow_mut().clear();
    }

    /// How old the reading is that this isolate acts on, in milliseconds; `None` if it reads anew.
    pub(crate) fn age(&self, hook: &str, now: u64) -> Option<u64> {
        let read = self.read.borrow();
        let (_, (at, _)) = read.iter().find(|(own, _)| own == hook)?;
        Some(now.saturating_sub(*at)).filter(|age| *age < FRESH)
    }

    fn remembered(&self, hook: &str, now: u64) -> Option<Stops> {
        let read = self.read.borrow();
        let (_, (at, stops)) = read.iter().find(|(own, _)| own == hook)?;
        (now.saturating_sub(*at) < FRESH).then_some(*stops)
    }

    async fn fetch(&self, hook: &str, host: &impl Host, now: u64) -> Result<Stops, StoreFault> {
        let values = host.read_switches(["stop", &format!("stop:{hook}")]).await?;
        let stops = values.map(|value| value.map(|text| Stop::parse(&text)));
        let mut read = self.read.borrow_mut();
        read.retain(|(own, _)| own != hook);
        read.push((hook.into(), (now, stops)));
        Ok(stops)
    }
}

impl Stop {
    fn parse(text: &str) -> Self {
        if text.trim_start().starts_with('{') {
            Self::parse_table(text).unwrap_or(Self { mode: Some(StopMode::Reject), until: None })
        } else {
            Self { mode: None, until: None }
        }
    }

    fn parse_table(text: &str) -> Option<Self> {
        let [mode, until] = project::pick(text.as_bytes(), ["/mode", "/until"]).ok()?;
        Some(Self {
            mode: mode.map(|mode| StopMode::parse(&mode).ok_or(())).transpose().ok()?,
            until: until.map(|until| units::instant(&until).ok_or(())).transpose().ok()?,
        })
    }
}

/// What a sender is told whose delivery is not kept; `left` are the seconds until the end of the stop, if it has one.
pub(crate) fn paused(left: Option<u64>) -> Rejection {
    let seconds = left.map(|left| left.clamp(1, LONGEST_RETRY));
    Rejection::Stopped { retry_after: seconds.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(RETRY) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_a_reason_or_a_table() {
        let plain = Stop { mode: None, until: None };
        for text in ["doubled orders", "", " ", "[1]", "false"] {
            assert_eq!(Stop::parse(text), plain, "{text:?}");
        }
        let text = r#"{"mode":"gone","reason":"moved \"away\"","by":"ops","until":"2026-11-21T22:00:00Z"}"#;
        assert_eq!(Stop::parse(text), Stop { mode: Some(StopMode::Gone), until: Some(1_795_298_400) });
    }

    #[test]
    fn a_stop_that_cannot_be_understood_stops_and_loses_nothing() {
        for text in ["{", "{\"mode\":\"pause\"}", "{\"mode\":1}", "{\"until\":\"tomorrow\"}", "{\"mode\":\"drop\"} x"] {
            assert_eq!(Stop::parse(text), Stop { mode: Some(StopMode::Reject), until: None }, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_stop_bounds_the_wait() {
        let told = |left| paused(left);
        let wait = |retry_after| Rejection::Stopped { retry_after };
        assert_eq!([Some(30), Some(999_999), Some(0), None].map(told), [30, 3_600, 1, 300].map(wait));
    }
}
