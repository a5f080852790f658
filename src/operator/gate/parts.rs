//! Reports of all parts of a hook's ledger, put together.

use serde_json::value::RawValue;

use super::answers::Status;
use super::client::Client;
use super::refusal::Refusal;
use crate::operator::nearest::nearest;

/// What the parts reported, and how many there are.
pub(super) struct Parts {
    /// The number of a part, a line of its report.
    pub(super) lines: Vec<(usize, Box<RawValue>)>,
    pub(super) count: usize,
    /// Of a part that said no; the others are told all the same.
    pub(super) refusal: Option<Refusal>,
}

impl Parts {
    /// Asks every part of a hook.
    ///
    /// # Errors
    /// There is no such hook, or the gate cannot be asked.
    pub(super) fn of(
        client: &Client,
        hook: &str,
        ask: impl Fn(usize) -> Result<Vec<Box<RawValue>>, Refusal>,
    ) -> Result<Self, Refusal> {
        let status: Status = client.read(&client.get("status", &[])?)?;
        let Some(known) = status.hooks.iter().find(|known| known.id == hook) else {
            let near = nearest(hook, status.hooks.iter().map(|known| known.id.as_str()));
            let near = near.map_or("`hookgate status` lists them".into(), |near| format!("did you mean {near}?"));
            return Err(Refusal::unknown(format!("the gate has no hook {hook:?}: {near}")));
        };
        let count = known.ledger.as_ref().map_or(1, Vec::len).max(1);
        let mut parts = Self { lines: Vec::new(), count, refusal: None };
        for part in 0..count {
            match ask(part) {
                Ok(lines) => parts.lines.extend(lines.into_iter().map(|line| (part, line))),
                Err(refusal) if refusal.asked && known.ledger.is_none() => {
                    let says =
                        format!("{hook} is {}: nothing is known of its deliveries ({})", known.state, refusal.says);
                    return Err(Refusal::unknown(says));
                }
                Err(refusal) if refusal.asked => parts.refusal = Some(refusal),
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(parts)
    }

    pub(super) fn json(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|(_, line)| line.get()).collect();
        if lines.is_empty() { "[]".into() } else { format!("[\n{}\n]", lines.join(",\n")) }
    }
}
