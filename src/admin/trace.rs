//! Where a delivery is known, by the beginning of its key.

use super::store::{Operation, Told, answer};
use super::{Api, Refusal};
use crate::config::Known;
use crate::hook::Hook;
use crate::json::Table;
use crate::ledger::{self, Answer, Call};
use crate::project::pick;
use crate::replay::cache_key;

/// What one hook's ledger and record tell of a delivery.
pub(super) struct Trace<'g> {
    pub(super) known: Known<'g>,
    pub(super) ledger: Seen,
    pub(super) record: Seen,
}

/// What a store tells.
pub(super) enum Seen {
    Nothing,
    /// The key of the delivery, and JSON.
    One(String, String),
    Several,
    Unreadable,
}

impl Seen {
    pub(super) fn json(&self) -> Option<&str> {
        match self {
            Self::One(_, json) => Some(json),
            _ => None,
        }
    }

    pub(super) fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable)
    }

    /// What the ledger answered to [`Call::Show`].
    fn ledger(told: Option<&Told>) -> Self {
        match answer(told) {
            Some(Answer::Unknown) => Self::Nothing,
            Some(Answer::Ambiguous) => Self::Several,
            Some(Answer::Report(json)) => match pick(json.as_bytes(), ["/key"]) {
                Ok([Some(key)]) => Self::One(key, json),
                _ => Self::Unreadable,
            },
            _ => Self::Unreadable,
        }
    }

    /// The record of this name. Its time is seconds.
    fn record(name: &str, told: Option<&Told>) -> Option<Self> {
        let texts = told?.as_ref().ok()?;
        let Some(text) = texts.first()? else { return Some(Self::Nothing) };
        let [outcome, at] = pick(text.as_bytes(), ["/outcome", "/at"]).ok()?;
        let at: u64 = at?.parse().ok()?;
        let json = Table::default().text("outcome", outcome.as_deref()).number("at", Some(at.saturating_mul(1_000)));
        let (_, key) = name.split_once(':')?;
        Some(Self::One(key.into(), json.end()))
    }
}

impl Trace<'_> {
    pub(super) fn is_unreadable(&self) -> bool {
        self.ledger.is_unreadable() || self.record.is_unreadable()
    }

    /// The key, if exactly one begins so.
    pub(super) fn key(&self) -> Result<Option<&str>, Refusal> {
        match (&self.ledger, &self.record) {
            (Seen::Several, _) | (_, Seen::Several) => Err(ambiguous(self.known.id)),
            (Seen::One(key, _), Seen::One(other, _)) if key != other => Err(ambiguous(self.known.id)),
            (Seen::One(key, _), _) | (_, Seen::One(key, _)) => Ok(Some(key)),
            _ => Ok(None),
        }
    }
}

impl<'g> Api<'g> {
    /// Asks one hook, or all that are open.
    pub(super) async fn seek(&self, reference: &str, hook: Option<Known<'g>>) -> Vec<Trace<'g>> {
        let hooks: Vec<Known<'g>> = match hook {
            Some(known) => vec![known],
            None => self.gate.known().filter(|known| known.hook.is_some()).collect(),
        };
        let call = Call::Show { reference }.to_text();
        let mut operations = Vec::new();
        for known in &hooks {
            operations.push(Operation::Ask(ledger::object(known.id, reference, known.parts), call.clone()));
        }
        for known in hooks.iter().filter(|known| known.has_records()) {
            operations.push(Operation::FindRecords(cache_key(known.id, reference)));
        }
        let told = self.perform(&operations).await;
        let (reports, names) = told.split_at(hooks.len().min(told.len()));
        let mut reads = Vec::new();
        for found in names.iter().flatten() {
            if let [Some(name)] = found.as_slice() {
                reads.push(Operation::ReadRecord(name.clone()));
            }
        }
        let read = self.perform(&reads).await;
        let (mut reports, mut names, mut read) = (reports.iter(), names.iter(), read.iter());
        let mut traces = Vec::new();
        for known in hooks {
            let record = match known.has_records().then(|| names.next()) {
                None => Seen::Nothing,
                Some(Some(Ok(names))) => match names.as_slice() {
                    [] => Seen::Nothing,
                    [Some(name)] => Seen::record(name, read.next()).unwrap_or(Seen::Unreadable),
                    _ => Seen::Several,
                },
                Some(_) => Seen::Unreadable,
            };
            traces.push(Trace { known, ledger: Seen::ledger(reports.next()), record });
        }
        traces
    }

    /// The one delivery that an act is about, and its key.
    pub(super) async fn single(
        &self,
        reference: &str,
        hook: Option<&str>,
    ) -> Result<(&'g Hook, String, Trace<'g>), Refusal> {
        let only = hook.map(|id| self.find_open(id)).transpose()?;
        let mut found: Option<(&Hook, String, Trace<'g>)> = None;
        for trace in self.seek(reference, only).await {
            if trace.is_unreadable() {
                let id = trace.known.id;
                return Err(Refusal::unreachable(&["nothing was done: what is stored of ", id, " could not be read"]));
            }
            let (Some(key), Some(hook)) = (trace.key()?.map(String::from), trace.known.hook) else { continue };
            if let Some((first, ..)) = &found {
                return Err(ambiguous(&[&first.id, " and ", &hook.id].concat()));
            }
            found = Some((hook, key, trace));
        }
        found.ok_or_else(|| Refusal::new(404, "unknown-reference", &["no delivery that is remembered begins so"]))
    }

    /// The hook with this id, if it is configured and enabled.
    pub(super) fn find_open(&self, id: &str) -> Result<Known<'g>, Refusal> {
        let known = self.find(id)?;
        if known.hook.is_none() {
            return Err(Refusal::unknown_hook(&[id, " is ", known.state]));
        }
        Ok(known)
    }
}

pub(super) fn ambiguous(whose: &str) -> Refusal {
    let more = " begin so: say more of the reference, or the hook";
    Refusal::new(409, "ambiguous", &["several deliveries of ", whose, more])
}
