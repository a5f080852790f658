//! Where a delivery is known, by the beginning of its key.

use futures_util::future::join;

use super::store::each;
use super::{Api, Refusal};
use crate::config::Known;
use crate::hook::Hook;
use crate::host::{Host, StoreFault};
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

impl<'g, H: Host> Api<'g, H> {
    /// Asks one hook, or all that are open.
    pub(super) async fn seek(&self, reference: &str, hook: Option<Known<'g>>) -> Vec<Trace<'g>> {
        let hooks: Vec<Known<'g>> = match hook {
            Some(known) => vec![known],
            None => self.gate.known().filter(|known| known.hook.is_some()).collect(),
        };
        each(hooks.into_iter().map(|known| self.look(known, reference))).await
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
                return Err(Refusal::unreachable(format!(
                    "nothing was done: what is stored of {id} could not be read"
                )));
            }
            let (Some(key), Some(hook)) = (trace.key()?.map(String::from), trace.known.hook) else { continue };
            if let Some((first, ..)) = &found {
                return Err(ambiguous(&format!("{} and {}", first.id, hook.id)));
            }
            found = Some((hook, key, trace));
        }
        found.ok_or_else(|| Refusal::new(404, "unknown-reference", "no delivery that is remembered begins so".into()))
    }

    /// The hook with this id, if it is configured and enabled.
    pub(super) fn find_open(&self, id: &str) -> Result<Known<'g>, Refusal> {
        let known = self.find(id)?;
        if known.hook.is_none() {
            return Err(Refusal::unknown_hook(format!("{id} is {}", known.state)));
        }
        Ok(known)
    }

    async fn look(&self, known: Known<'g>, reference: &str) -> Trace<'g> {
        let (ledger, record) = join(self.look_up(known, reference), self.find_record(known, reference)).await;
        Trace { known, ledger, record: record.unwrap_or(Seen::Unreadable) }
    }

    async fn look_up(&self, known: Known<'g>, reference: &str) -> Seen {
        let object = ledger::object(known.id, reference, known.parts());
        match self.ask(&object, &Call::Show { reference }.to_text()).await {
            Some(Answer::Unknown) => Seen::Nothing,
            Some(Answer::Ambiguous) => Seen::Several,
            Some(Answer::Report(json)) => match pick(json.as_bytes(), ["/key"]) {
                Ok([Some(key)]) => Seen::One(key, json),
                _ => Seen::Unreadable,
            },
            _ => Seen::Unreadable,
        }
    }

    async fn find_record(&self, known: Known<'g>, reference: &str) -> Result<Seen, StoreFault> {
        if !known.has_records() {
            return Ok(Seen::Nothing);
        }
        let prefix = cache_key(known.id, reference);
        let mut names = self.host.find_records(&prefix).await?.into_iter();
        let Some(name) = names.next() else { return Ok(Seen::Nothing) };
        if names.next().is_some() {
            return Ok(Seen::Several);
        }
        let Some(text) = self.host.read_record(&name).await? else { return Ok(Seen::Nothing) };
        let [outcome, at] = pick(text.as_bytes(), ["/outcome", "/at"]).map_err(|_| StoreFault)?;
        let at = at.and_then(|at| at.parse().ok()).ok_or(StoreFault)?;
        let json = Table::default().text("outcome", outcome.as_deref()).number("at", Some(at)).end();
        let (_, key) = name.split_once(':').ok_or(StoreFault)?;
        Ok(Seen::One(key.into(), json))
    }
}

pub(super) fn ambiguous(whose: &str) -> Refusal {
    Refusal::new(
        409,
        "ambiguous",
        format!("several deliveries of {whose} begin so: say more of the reference, or the hook"),
    )
}
