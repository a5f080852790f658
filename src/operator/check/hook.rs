//! One hook that is right, and what is risky, forgotten or unfinished about it.

use super::sender;
use crate::hook::Hook;
use crate::operator::deployment::WrittenHook;
use crate::operator::document::Node;
use crate::operator::finding::{Finding, Severity};
use crate::units;

/// The ids of the hooks in the gate's own `wrangler.toml`, which everybody knows.
const EXAMPLE_IDS: [&str; 2] = ["k3v9x0q2m7ta", "x7c2n5d8p1rw"];
/// Seconds of a day, for which most senders go on trying.
const DAY: u32 = 86_400;
/// More fields than a thin payload has.
const MANY_FIELDS: usize = 32;
/// Days before a review is due at which it is mentioned.
const SOON: u64 = 14;

/// What is said of a hook as it is written. `today` in days since 1970.
pub(super) fn written(hook: &WrittenHook<'_>, today: u64) -> Vec<Finding> {
    if !hook.enabled {
        let message = "is disabled: to a sender it is an unknown one";
        let finding = Finding::info("disabled", place(hook, "enabled"), &hook.label, message);
        return vec![match sender::ended_by_404(hook) {
            Some(name) => finding.help(format!("{name} ends its subscription on 404: a stop is what it can wait for")),
            None => finding,
        }];
    }
    let mut findings: Vec<Finding> = review(hook, today).into_iter().collect();
    findings.extend(examples(hook));
    findings.extend(owner(hook));
    findings.extend(breadth(hook));
    if hook.table.get("purpose").is_none() {
        let message = "is missing: nobody will know why this hook exists";
        findings.push(Finding::warning("no-purpose", &hook.table.span, path(hook, "purpose"), message));
    }
    findings
}

/// What is said of a hook that the core has read without a mistake.
pub(super) fn read(hook: &WrittenHook<'_>, read: &Hook) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |severity, code, key: &str, message: &str, help: &str| {
        let finding = Finding::new(severity, code, place(hook, key), path(hook, key), message);
        findings.push(if help.is_empty() { finding } else { finding.help(help) });
    };
    let signed = signs(read);
    if read.open_because.is_some() {
        let help = "if the sender can sign, or present a password or a key, let it";
        add(Severity::Warning, "open-hook", "auth", "lets anybody in who knows the URL", help);
    } else if !signed {
        let message =
            "a password or key does not sign the body: who sees one request can send others, with other contents";
        add(
            Severity::Warning,
            "unsigned-body",
            "auth",
            message,
            "if the sender can sign (`scheme = \"hmac\"`), let it",
        );
    }
    if signed && read.unsigned_query {
        let message =
            "nothing signs the query, and here it names objects: who has one request can repeat it with another object";
        add(
            Severity::Warning,
            "unsigned-query",
            "unsigned_query",
            message,
            "let the sender put the identifier into the body",
        );
    }
    if read.replay.window < DAY {
        let message = "is shorter than a day, and senders try again for longer: a late repeat would be a new delivery";
        add(Severity::Warning, "short-window", "replay.window", message, "72h is the default");
    }
    if let Some(kind) = read.origin.forgetful().filter(|_| !read.observes && !read.replay.strict) {
        let message = format!(
            "a {kind} origin keeps no idempotency keys: what comes twice at once, or again before KV has told everybody of it, may run twice"
        );
        let help = "`replay = \"strict\"` lets nothing through twice";
        add(Severity::Warning, "forgetful-origin", "origin", &message, help);
    }
    if read.observes {
        add(
            Severity::Info,
            "observes",
            "mode",
            "verifies and logs, and forwards nothing",
            "set `mode = \"live\"` when its lines in the log are right",
        );
    }
    findings
}

/// Whether what a sender presents covers the body.
pub(super) fn signs(hook: &Hook) -> bool {
    hook.door.signs()
}

fn review(hook: &WrittenHook<'_>, today: u64) -> Option<Finding> {
    let path = path(hook, "review_by");
    let Some(node) = hook.table.get("review_by") else {
        let message = "is missing: nobody will look at this hook again";
        return Some(Finding::info("no-review", &hook.table.span, path, message));
    };
    let days = node.as_text().and_then(units::date)?;
    if days < today {
        let message = format!(
            "was {} ago: look whether the hook is still needed, and as it should be",
            days_of(today.saturating_sub(days))
        );
        return Some(Finding::warning("review-overdue", &node.span, path, message));
    }
    let left = days.saturating_sub(today);
    (left <= SOON).then(|| Finding::info("review-soon", &node.span, path, format!("is in {}", days_of(left))))
}

fn days_of(days: u64) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
}

fn examples(hook: &WrittenHook<'_>) -> Option<Finding> {
    let id = hook.table.get("id")?;
    EXAMPLE_IDS.contains(&id.as_text()?).then(|| {
        let message = "is the id of the example, which everybody knows";
        Finding::error("example-left", &id.span, path(hook, "id"), message).help("make one with `openssl rand -hex 6`")
    })
}

fn owner(hook: &WrittenHook<'_>) -> Option<Finding> {
    let node = hook.table.get("owner")?;
    let text = node.as_text()?;
    let path = path(hook, "owner");
    if ["example.com", "example.org", "example.net", ".example>", ".invalid"].iter().any(|host| text.contains(host)) {
        return Some(Finding::warning("example-left", &node.span, path, "is at an address of an example"));
    }
    let email = text
        .split([' ', '<', '>', ',', ';'])
        .any(|word| word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')));
    let reachable = email || text.contains("://") || text.contains("tel:");
    (!reachable).then(|| {
        let message = "has neither an e-mail address nor a URL: say how to reach them when deliveries fail";
        Finding::warning("owner-unreachable", &node.span, path, message)
            .help("such as \"Shop operations <ops@your-shop.com>\"")
    })
}

/// Allowlists that let more pass than anybody has thought of.
fn breadth(hook: &WrittenHook<'_>) -> Vec<Finding> {
    let fields = hook.table.get("fields").map_or(&[][..], Node::items);
    let mut findings = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let at = field.as_text().or_else(|| field.text("at")).unwrap_or("");
        let bounded = field.get("type").is_some() || field.get("enum").is_some();
        let path = path(hook, &format!("fields[{index}]"));
        if at.ends_with("/*") && !bounded {
            let message = "every element passes, whatever it is";
            let finding = Finding::warning("broad-field", &field.span, &path, message);
            findings
                .push(finding.help(
                    "name the member that is needed (`/lines/*/sku`), or bound it with `type`, `enum` and `max`",
                ));
        }
        let last = at.rsplit('/').next().unwrap_or("").to_lowercase();
        if ["password", "passwd", "secret", "token", "card_number", "cvv", "cvc", "iban", "ssn"]
            .contains(&last.as_str())
        {
            let message = "by its name this is a credential or an account: does the workflow need it?";
            findings.push(Finding::warning("sensitive-field", &field.span, &path, message));
        }
    }
    if fields.len() > MANY_FIELDS {
        let message = format!("{} fields pass: that is hardly the least that the workflow needs", fields.len());
        findings.push(Finding::warning("many-fields", place(hook, "fields"), path(hook, "fields"), message));
    }
    findings
}

fn path(hook: &WrittenHook<'_>, key: &str) -> String {
    format!("{}: {key}", hook.label)
}

fn place<'h>(hook: &WrittenHook<'h>, key: &str) -> &'h core::ops::Range<usize> {
    &hook.table.locate(key).node.span
}
