//! Why the gate did not do what it was asked: a sentence that says what to do.

use serde::Deserialize;

use crate::operator::finding::printable;

/// No answer that helps.
pub(super) struct Refusal {
    pub(super) says: String,
    /// What the gate's admin API said, JSON.
    pub(super) answer: Option<String>,
    /// The gate was asked, and said no.
    pub(super) asked: bool,
    code: String,
    retry_after: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    error: Option<String>,
    message: Option<String>,
    retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn unasked(says: String) -> Self {
        Self { says: printable(&says), answer: None, asked: false, code: String::new(), retry_after: None }
    }

    /// What the gate knows nothing of.
    pub(super) fn unknown(says: String) -> Self {
        Self { asked: true, ..Self::unasked(says) }
    }

    pub(super) fn of(gate: &str, status: u16, answer: Option<String>, location: Option<&str>) -> Self {
        let said: Said = answer.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let (is_api, code) = (said.error.is_some(), said.error.unwrap_or_default());
        let message = said.message.unwrap_or_default();
        let reason = if message.is_empty() { code.clone() } else { message };
        let says = match (status, code.as_str()) {
            (400, "bad-request") => format!("the gate does not take this: {reason}"),
            (503, "store-unreachable") => {
                format!("a store did not answer: {reason}. Ask again: what is done already is not done twice")
            }
            (_, _) if is_api => format!("the gate said no ({status}): {reason}"),
            (404, _) => no_api(gate),
            (403, _) => format!("{gate} takes requests by https alone, with a TLS that is not old"),
            (200, _) => format!("what answers at {gate} is no gate"),
            (300..400, _) => {
                let to = location.map(|to| format!(" to {to}")).unwrap_or_default();
                format!(
                    "{gate} sends us on{to}, and a token goes to no other place: name the address of the gate itself"
                )
            }
            (500.., _) => format!("the gate failed ({status}): `npx wrangler tail` shows why"),
            _ => format!("{gate} answers {status}: is the gate behind it?"),
        };
        let asked = is_api || !matches!(status, 200..400);
        Self {
            says: printable(&says),
            answer: answer.filter(|_| is_api),
            asked,
            code: printable(&code),
            retry_after: said.retry_after,
        }
    }

    /// The same about a hook that an operator named.
    pub(super) fn about_hook(self, hook: &str) -> Self {
        let says = match self.code.as_str() {
            "unknown-hook" => format!("the gate has no hook {hook:?}: `hookgate status` lists them"),
            _ => return self,
        };
        Self { says: printable(&says), ..self }
    }

    /// The same about a delivery that an operator named.
    pub(super) fn about_delivery(self, reference: &str) -> Self {
        let says = match self.code.as_str() {
            "unknown-reference" => unknown(reference),
            "ambiguous" => format!(
                "several deliveries begin with {reference}: give more digits of it (`hookgate held HOOK --json` has them all), or the hook with --hook"
            ),
            "in-flight" => {
                let soon = self.retry_after.map_or_else(|| "in a minute".into(), |seconds| format!("in {seconds} s"));
                format!("{reference} is being forwarded right now, and nothing was done: ask again {soon}")
            }
            "not-held" => {
                format!("{reference} is not held, and nothing was done: `hookgate show {reference}` says how it stands")
            }
            _ => return self,
        };
        Self { says: printable(&says), ..self }
    }
}

/// Why nothing can be said of a delivery.
pub(super) fn unknown(reference: &str) -> String {
    format!(
        "no hook knows a delivery that begins with {reference}: it never came this far, or it is forgotten by now. `hookgate deliveries HOOK` lists the latest"
    )
}

fn no_api(gate: &str) -> String {
    format!(
        "the gate has no admin API here, or the token is wrong: {gate} needs the secret ADMIN_TOKEN, at least 32 characters (`npx wrangler secret put ADMIN_TOKEN`), and HOOKGATE_ADMIN_TOKEN has to be the same"
    )
}
