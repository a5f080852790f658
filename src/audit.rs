//! Step 8: one line of JSON for every request, always with the same columns, and never with a byte of the sender's.

use crate::authenticate::Matched;
use crate::json::{append, quoted};
use crate::outcome::Outcome;

/// What is known of a request so far; written when it has ended.
#[derive(Debug, Default)]
pub(crate) struct AuditEntry<'g> {
    /// The id from the configuration; none for an unknown hook, whose id is the sender's text.
    pub(crate) hook: Option<&'g str>,
    pub(crate) owner: Option<&'g str>,
    outcome: &'static str,
    reason: Option<&'static str>,
    pub(crate) auth: Matched,
    pub(crate) bytes_in: usize,
    pub(crate) bytes_out: usize,
    pub(crate) origin_status: Option<u16>,
    ms: u64,
    /// Cloudflare's name for the request.
    ray: Option<String>,
    pub(crate) reference: Option<String>,
    /// When it began, in milliseconds.
    started: u64,
    /// The ledger has it already.
    pub(crate) is_noted: bool,
}

impl AuditEntry<'_> {
    /// The entry of a request that came `now` (milliseconds), and of which only its `cf-ray` header is known.
    pub(crate) fn new(ray: Option<String>, now: u64) -> Self {
        Self { ray: ray.filter(|ray| is_ray(ray)), started: now, ..Self::default() }
    }

    /// The line for an end with `outcome` at `now`, in milliseconds.
    pub(crate) fn line(&mut self, outcome: Outcome, now: u64) -> String {
        self.outcome = outcome.name();
        self.reason = outcome.reason();
        self.ms = now.saturating_sub(self.started);
        let text = |text: Option<&str>| text.map_or_else(|| "null".into(), quoted);
        let number = |number: u64| number.to_string();
        let auth: Vec<String> = self.auth.iter().map(|name| quoted(name)).collect();
        let columns = [
            ("{\"hook\":", text(self.hook)),
            (",\"owner\":", text(self.owner)),
            (",\"outcome\":", quoted(self.outcome)),
            (",\"reason\":", text(self.reason)),
            (",\"auth\":[", auth.join(",")),
            ("],\"bytes_in\":", number(self.bytes_in as u64)),
            (",\"bytes_out\":", number(self.bytes_out as u64)),
            (",\"origin_status\":", self.origin_status.map_or_else(|| "null".into(), |status| status.to_string())),
            (",\"ms\":", number(self.ms)),
            (",\"ray\":", text(self.ray.as_deref())),
            (",\"reference\":", text(self.reference.as_deref())),
        ];
        let mut line = String::with_capacity(384);
        for (name, value) in &columns {
            append(&mut line, &[name, value]);
        }
        line.push('}');
        line
    }
}

/// Whether a `cf-ray` header has the edge's own form: where there is no edge, a sender can write anything there.
fn is_ray(header: &str) -> bool {
    let (id, colo) = header.split_once('-').unwrap_or((header, "XXX"));
    let hex = id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    id.len() == 16 && hex && colo.len() == 3 && colo.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ray_of_the_edges_own_form_is_logged() {
        assert!(is_ray("8f3a5b2c1d0e9f87-FRA") && is_ray("8f3a5b2c1d0e9f87"));
        let forged = [
            "",
            "canary",
            "8f3a5b2c1d0e9f8-FRA",
            "8F3A5B2C1D0E9F87-FRA",
            "8f3a5b2c1d0e9f87-fra",
            "8f3a5b2c1d0e9f87-FRA\n",
        ];
        assert!(forged.iter().all(|ray| !is_ray(ray)));
    }
}
