//! Secrets that are on their way out.

use crate::hook::Hook;
use crate::operator::deployment::WrittenHook;
use crate::operator::finding::{Finding, Severity};
use crate::scheme::{Mechanism, SecretName};

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;
/// Days before the end of a secret at which it is mentioned.
const SOON: u64 = 30;

/// What there is to say of the last days of a hook's secrets. `today` in days since 1970.
pub(super) fn findings(hook: &WrittenHook<'_>, read: &Hook, today: u64) -> Vec<Finding> {
    let mechanisms = read.door.mechanisms.iter().enumerate();
    mechanisms.flat_map(|(index, mechanism)| of_mechanism(hook, index, mechanism, today)).collect()
}

fn of_mechanism(hook: &WrittenHook<'_>, index: usize, mechanism: &Mechanism, today: u64) -> Vec<Finding> {
    let secrets = &mechanism.secrets;
    let now = today.saturating_mul(DAY);
    let all_over = secrets.iter().all(|secret| secret.is_over(now));
    let finding = |at: &str, severity, code, message: String, help: &str| {
        let key = format!("auth[{index}].{at}");
        let span = &hook.table.locate(&key).node.span;
        Finding::new(severity, code, span, format!("{}: {key}", hook.label), message).help(help)
    };
    let mut findings = Vec::new();
    for (place, secret) in secrets.iter().enumerate() {
        let SecretName { name, not_after } = secret;
        let Some((day, end)) = not_after else {
            // Box signs with two keys at once.
            if place > 0 && mechanism.name != "box" {
                let message = format!("{name} is good beside the first secret, without a last day");
                let help = "right while the sender changes over: the log says as long as it is in use. Then give it `not_after`, or take it out";
                findings.push(finding(&format!("secrets[{place}]"), Severity::Info, "second-secret", message, help));
            }
            continue;
        };
        let at = format!("secrets[{place}].not_after");
        let left = end.saturating_sub(now).div_ceil(DAY);
        let alone = !secrets.iter().any(|other| outlives(other, *end));
        if left == 0 && all_over {
            let message = format!("the last secret has ended: since the end of {day} nobody can pass");
            findings.push(finding(&at, Severity::Error, "secret-ended", message, "set a new secret, and list it"));
        } else if left == 0 {
            let message = format!("{name} has proven nothing since the end of {day}");
            let help = format!("take it out of `secrets`, then `npx wrangler secret delete {name}`");
            findings.push(finding(&at, Severity::Warning, "secret-ended", message, &help));
        } else if left <= SOON {
            let days = if left == 1 { "today".into() } else { format!("in {left} days") };
            let (severity, help) = if alone {
                (Severity::Warning, "no other secret takes its place: set a new one, and list it first")
            } else {
                (Severity::Info, "the sender must use the new one by then: the log says whether it does")
            };
            findings.push(finding(&at, severity, "secret-ends", format!("{name} ends {days}"), help));
        }
        if secrets.iter().skip(place).any(|later| outlives(later, *end)) {
            let message = format!("{name} ends before a secret that comes after it");
            let help = "list the newest first: the log speaks up when a sender uses another one than the first";
            findings.push(finding(&format!("secrets[{place}]"), Severity::Warning, "old-secret-first", message, help));
        }
    }
    findings
}

/// Whether a secret is good for longer than that.
fn outlives(secret: &SecretName, end: u64) -> bool {
    secret.not_after.as_ref().is_none_or(|(_, own)| *own > end)
}
