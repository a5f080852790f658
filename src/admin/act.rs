//! What an operator does to deliveries.

use super::asked::{body, reference, required};
use super::deed::{Deed, done};
use super::trace::{Seen, Trace, ambiguous};
use super::{Api, Refusal};
use crate::hook::Hook;
use crate::host::{Host, Request};
use crate::ledger::{Answer, Call, Settled, object};
use crate::project::pick;
use crate::replay::{Record, Recorded, cache_key};

/// Digits of a key that stand for it: those of the reply's `hookgate-reference`.
const REFERENCE: usize = 16;

impl<'g, H: Host> Api<'g, H> {
    /// Lets a held delivery go next, or all of a hook.
    pub(super) async fn release(&self, request: &impl Request, deed: &mut Deed) -> Result<String, Refusal> {
        let [wanted, hook, all, by, because] = body(request, ["/ref", "/hook", "/all", "/by", "/because"]).await?;
        deed.says(by, because)?;
        match (wanted, all.as_deref()) {
            (None, Some("true")) => self.release_all(hook, deed).await,
            (wanted, None) => {
                let (_, key, trace) = self.named(wanted, hook, deed).await?;
                held(&trace)?;
                let entry = deed.entry("released");
                self.change(&trace, &key, Call::Release { reference: &key, entry: Some(&entry) }).await?;
                Ok(done().text("hook", Some(trace.known.id)).text("key", Some(&key)).end())
            }
            _ => Err(Refusal::bad("say either ref or \"all\": true")),
        }
    }

    async fn release_all(&self, hook: Option<String>, deed: &mut Deed) -> Result<String, Refusal> {
        required("hook", hook.as_ref())?;
        let known = self.find_open(hook.as_deref().unwrap_or(""))?;
        (deed.hook, deed.all) = (Some(known.id.into()), true);
        let call = Call::ReleaseAll { entry: Some(&deed.entry("released")) }.to_text();
        let calls: Vec<(String, String)> = known.objects().map(|object| (object, call.clone())).collect();
        let silent = self.tell(&calls).await;
        if silent.is_empty() {
            return Ok(done().text("hook", Some(known.id)).end());
        }
        let told = calls.len().saturating_sub(silent.len());
        Err(Refusal::unreachable(format!(
            "{told} of {} parts of the ledger released what they hold; these did not answer: {}",
            calls.len(),
            silent.join(", ")
        )))
    }

    /// Says what became of a held delivery.
    pub(super) async fn resolve(&self, request: &impl Request, deed: &mut Deed) -> Result<String, Refusal> {
        let places = ["/ref", "/hook", "/as", "/by", "/because"];
        let [wanted, hook, how, by, because] = body(request, places).await?;
        let how = how.as_deref().and_then(Settled::parse);
        let how = how.ok_or_else(|| Refusal::bad("as must be \"delivered\" or \"abandoned\""))?;
        required("because", because.as_ref())?;
        deed.says(by, because)?;
        deed.how = Some(how.name());
        let (hook, key, trace) = self.named(wanted, hook, deed).await?;
        // The ledger may know it since an attempt at which the replay cache did not answer.
        if !(trace.known.has_records() && state(&trace).as_deref() == Some(how.name())) {
            held(&trace)?;
            let entry = deed.entry("resolved");
            let window = u64::from(hook.replay.window).saturating_mul(1_000);
            self.change(&trace, &key, Call::Resolve { reference: &key, how, window, entry: Some(&entry) }).await?;
        }
        self.memory.forget(&key);
        if trace.known.has_records() {
            let record = Record { state: Recorded::Settled(how), at: self.host.now() / 1_000 };
            if !record.write(hook, &key, self.host).await {
                return Err(Refusal::unreachable(
                    "the ledger knows it, the replay cache does not: say it again".into(),
                ));
            }
        }
        Ok(done().text("hook", Some(trace.known.id)).text("key", Some(&key)).text("as", Some(how.name())).end())
    }

    /// Forgets a delivery, so that it may come again.
    pub(super) async fn forget(&self, request: &impl Request, deed: &mut Deed) -> Result<String, Refusal> {
        let [wanted, hook, by, because] = body(request, ["/ref", "/hook", "/by", "/because"]).await?;
        deed.says(by, because)?;
        let (_, key, trace) = self.named(wanted, hook, deed).await?;
        let entry = deed.entry("forgotten");
        let call = match trace.ledger {
            Seen::One(..) => Call::Forget { reference: &key, entry: Some(&entry) },
            _ => Call::Note { entry: &entry },
        };
        self.change(&trace, &key, call).await?;
        self.memory.forget(&key);
        if trace.known.has_records() {
            let removed = self.host.remove_record(&cache_key(trace.known.id, &key)).await;
            removed.map_err(|_| {
                Refusal::unreachable("the ledger has forgotten it, the replay cache has not: forget it again".into())
            })?;
        }
        Ok(done().text("hook", Some(trace.known.id)).text("key", Some(&key)).end())
    }

    /// The delivery that is meant; from here on the deed has its hook and its reference.
    async fn named(
        &self,
        wanted: Option<String>,
        hook: Option<String>,
        deed: &mut Deed,
    ) -> Result<(&'g Hook, String, Trace<'g>), Refusal> {
        let wanted = reference(wanted)?;
        deed.reference = Some(wanted.clone());
        let found = self.single(&wanted, hook.as_deref()).await?;
        deed.hook = Some(found.0.id.clone());
        deed.reference = found.1.get(..REFERENCE).map(Into::into);
        Ok(found)
    }

    /// Has a ledger change one delivery.
    async fn change(&self, trace: &Trace<'_>, key: &str, call: Call<'_>) -> Result<(), Refusal> {
        let known = &trace.known;
        match self.ask(&object(known.id, key, known.parts()), &call.to_text()).await {
            Some(Answer::Done) => Ok(()),
            Some(Answer::InFlight { .. }) => {
                Err(Refusal::new(409, "in-flight", "it is being forwarded: ask again when that has ended".into()))
            }
            Some(Answer::Ambiguous) => Err(ambiguous(known.id)),
            Some(Answer::Unknown) => Err(not_held(state(trace).as_deref())),
            _ => {
                Err(Refusal::unreachable("the ledger did not answer: whether it was done is unknown, ask again".into()))
            }
        }
    }
}

/// The state of a delivery in the ledger.
fn state(trace: &Trace<'_>) -> Option<String> {
    let [state] = pick(trace.ledger.json()?.as_bytes(), ["/state"]).ok()?;
    state
}

/// Refuses what no ledger has.
fn held(trace: &Trace<'_>) -> Result<(), Refusal> {
    if trace.ledger.json().is_some() { Ok(()) } else { Err(not_held(None)) }
}

fn not_held(state: Option<&str>) -> Refusal {
    let message = match state {
        Some(state) => format!("it is not held: it is {state}"),
        None => "it is not held".into(),
    };
    Refusal::new(409, "not-held", message)
}
