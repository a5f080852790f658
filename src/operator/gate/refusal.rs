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
    /// Of the admin API: a word for why, and a sentence.
    code: String,
    reason: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    error: Option<String>,
    message: Option<String>,
}

impl Refusal {
    pub(super) fn unasked(says: impl AsRef<str>) -> Self {
        Self::told(says.as_ref(), false)
    }

    /// What the gate knows nothing of.
    pub(super) fn unknown(says: impl AsRef<str>) -> Self {
        Self::told(says.as_ref(), true)
    }

    fn told(says: &str, asked: bool) -> Self {
        Self { says: printable(says), answer: None, asked, code: String::new(), reason: String::new() }
    }

    pub(super) fn of(gate: &str, status: u16, answer: Option<String>, location: Option<&str>) -> Self {
        let said: Said = answer.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let Some(code) = said.error else {
            // A redirect and a page that is no JSON are not the gate's own words.
            return Self::told(&elsewhere(gate, status, location), !matches!(status, 200..400));
        };
        let reason = said.message.filter(|message| !message.is_empty()).unwrap_or_else(|| code.clone());
        let says = match code.as_str() {
            "bad-request" => format!("the gate does not take this: {reason}"),
            "store-unreachable" => {
                format!(
                    "a store did not answer: {reason}. Asking again is safe: what is done already is not done twice"
                )
            }
            _ => format!("the gate said no ({status}): {reason}"),
        };
        Self { answer, code, reason, ..Self::told(&says, true) }
    }

    /// The same about a hook that an operator named.
    pub(super) fn about_hook(self, hook: &str) -> Self {
        let says = match self.code.as_str() {
            "unknown-hook" => format!("{hook:?}: {}. `hookgate status` lists the hooks", self.reason),
            _ => return self,
        };
        Self { says: printable(&says), ..self }
    }

    /// The same about a delivery that an operator named.
    pub(super) fn about_delivery(self, reference: &str) -> Self {
        let reason = &self.reason;
        let says = match self.code.as_str() {
            "unknown-reference" => unknown(reference),
            "ambiguous" => {
                format!("nothing was done: {reason}. `hookgate held HOOK --json` has all digits; --hook names the hook")
            }
            "in-flight" => format!("nothing was done with {reference}: {reason}"),
            "not-held" => {
                format!("nothing was done with {reference}: {reason}. `hookgate show {reference}` tells more")
            }
            _ => return self,
        };
        Self { says: printable(&says), ..self }
    }
}

/// What it means that something else than the admin API answers.
fn elsewhere(gate: &str, status: u16, location: Option<&str>) -> String {
    match status {
        200 => format!("what answers at {gate} is no gate"),
        300..400 => {
            let to = location.map(|to| format!(" to {to}")).unwrap_or_default();
            format!("{gate} sends us on{to}, and the token goes to no other place: name the address of the gate itself")
        }
        403 => format!("{gate} takes requests by https alone, with a TLS that is not old"),
        404 => format!(
            "the gate has no admin API here, or the token is wrong: {gate} needs the secret ADMIN_TOKEN, at least 32 characters (`npx wrangler secret put ADMIN_TOKEN`), and HOOKGATE_ADMIN_TOKEN has to be the same"
        ),
        500.. => format!("the gate failed ({status}): `npx wrangler tail` shows why"),
        _ => format!("{gate} answers {status}: is the gate behind it?"),
    }
}

/// Why nothing can be said of a delivery.
pub(super) fn unknown(reference: &str) -> String {
    format!(
        "no hook knows a delivery that begins with {reference}: it never came this far, or it is forgotten by now. `hookgate deliveries HOOK` lists the latest"
    )
}
