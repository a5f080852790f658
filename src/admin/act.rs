//! What an operator does to deliveries.

use super::asked::{Said, reference, required};
use super::deed::{Deed, done};
use super::store::{Operation, answer, ask_each, silent};
use super::trace::{Seen, Trace, ambiguous};
use super::{Api, Refusal};
use crate::ledger::{Answer, Call, Settled, object};
use crate::project::pick;
use crate::replay::{Record, Recorded, cache_key};

/// Digits of a key that stand for it: those of the reply's `hookgate-reference`.
const REFERENCE: usize = 16;

/// What is done to one delivery.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Release,
    Resolve(Settled),
    Forget,
}

impl Api<'_> {
    /// Lets a held delivery go next, or all of a hook.
    pub(super) async fn release(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        deed.says(said)?;
        match (said.get("ref"), said.get("all")) {
            (None, Some("true")) => self.release_all(said, deed).await,
            (_, None) => self.act(Act::Release, said, deed).await,
            _ => Err(Refusal::bad(&["say either ref or \"all\": true"])),
        }
    }

    async fn release_all(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        let known = self.find_open(required("hook", said)?)?;
        (deed.hook, deed.all) = (Some(known.id.into()), true);
        let mut operations = Vec::new();
        ask_each(&mut operations, &known, Call::ReleaseAll { entry: Some(&deed.entry("released")) });
        let told = self.perform(&operations).await;
        let (all, silent) = silent(&operations, &told);
        if silent.is_empty() {
            return Ok(done().text("hook", Some(known.id)).end());
        }
        let (told, all) = (all.saturating_sub(silent.len()).to_string(), all.to_string());
        let what = " parts of the ledger released what they hold; these did not answer: ";
        Err(Refusal::unreachable(&[&told, " of ", &all, what, &silent.join(", ")]))
    }

    /// Says what became of a held delivery.
    pub(super) async fn resolve(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        let how = said.get("as").and_then(Settled::parse);
        let how = how.ok_or_else(|| Refusal::bad(&["as must be \"delivered\" or \"abandoned\""]))?;
        required("because", said)?;
        deed.says(said)?;
        deed.how = Some(how.name());
        self.act(Act::Resolve(how), said, deed).await
    }

    /// Forgets a delivery, so that it may come again.
    pub(super) async fn forget(&self, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        deed.says(said)?;
        self.act(Act::Forget, said, deed).await
    }

    /// Does it to the one delivery that is meant: in the ledger, and then in KV.
    async fn act(&self, act: Act, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        let wanted = reference(said)?;
        deed.reference = Some(wanted.into());
        let (hook, key, trace) = self.single(wanted, said.get("hook")).await?;
        let id = trace.known.id;
        deed.hook = Some(id.into());
        deed.reference = key.get(..REFERENCE).map(Into::into);
        let window = hook.replay.window;
        let entry = deed.entry(act.outcome());
        let call = match act {
            Act::Release => Some(Call::Release { reference: held(&trace, &key)?, entry: Some(&entry) }),
            // The ledger may know it since an attempt at which the replay cache did not answer.
            Act::Resolve(how) if trace.known.has_records() && state(&trace).as_deref() == Some(how.name()) => None,
            Act::Resolve(how) => {
                let window = u64::from(window).saturating_mul(1_000);
                Some(Call::Resolve { reference: held(&trace, &key)?, how, window, entry: Some(&entry) })
            }
            Act::Forget => Some(match trace.ledger {
                Seen::One(..) => Call::Forget { reference: &key, entry: Some(&entry) },
                _ => Call::Note { entry: &entry },
            }),
        };
        if let Some(call) = call {
            let told = self.perform(&[Operation::Ask(object(id, &key, hook.shards), call.to_text())]).await;
            is_done(answer(told.first()), &trace)?;
        }
        if act != Act::Release {
            self.memory.forget(&key);
        }
        let name = cache_key(id, &key);
        let (operation, missed) = match act {
            Act::Resolve(how) => {
                let record = Record { state: Recorded::Settled(how), at: self.stores.now() / 1_000 };
                let missed = "the ledger knows it, the replay cache does not: say it again";
                (Operation::WriteRecord(name, record.to_text(), window), missed)
            }
            _ => {
                let missed = "the ledger has forgotten it, the replay cache has not: forget it again";
                (Operation::RemoveRecord(name), missed)
            }
        };
        if act != Act::Release
            && trace.known.has_records()
            && !matches!(self.perform(&[operation]).await.as_slice(), [Ok(_)])
        {
            return Err(Refusal::unreachable(&[missed]));
        }
        Ok(done().text("hook", Some(id)).text("key", Some(&key)).text("as", deed.how).end())
    }
}

impl Act {
    /// The outcome in the ring of endings.
    fn outcome(self) -> &'static str {
        match self {
            Self::Release => "released",
            Self::Resolve(_) => "resolved",
            Self::Forget => "forgotten",
        }
    }
}

/// Refuses what the ledger did not do.
fn is_done(answer: Option<Answer>, trace: &Trace<'_>) -> Result<(), Refusal> {
    Err(match answer {
        Some(Answer::Done) => return Ok(()),
        Some(Answer::InFlight { .. }) => {
            Refusal::new(409, "in-flight", &["it is being forwarded: ask again when that has ended"])
        }
        Some(Answer::Ambiguous) => ambiguous(trace.known.id),
        Some(Answer::Unknown) => not_held(state(trace).as_deref()),
        _ => Refusal::unreachable(&["the ledger did not answer: whether it was done is unknown, ask again"]),
    })
}

/// The state of a delivery in the ledger.
fn state(trace: &Trace<'_>) -> Option<String> {
    let [state] = pick(trace.ledger.json()?.as_bytes(), ["/state"]).ok()?;
    state
}

/// The key, unless no ledger has it.
fn held<'k>(trace: &Trace<'_>, key: &'k str) -> Result<&'k str, Refusal> {
    if trace.ledger.json().is_some() { Ok(key) } else { Err(not_held(None)) }
}

fn not_held(state: Option<&str>) -> Refusal {
    let what = if state.is_some() { ": it is " } else { "" };
    Refusal::new(409, "not-held", &["it is not held", what, state.unwrap_or_default()])
}
