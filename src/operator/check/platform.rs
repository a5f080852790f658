//! What wrangler and Cloudflare make of the file: stores, logs, addresses, limits.

use crate::operator::deployment::Deployment;
use crate::operator::document::{Entry, Node, Value};
use crate::operator::finding::{Finding, Severity};
use crate::operator::nearest::nearest;
use crate::units;

use super::secrets::{GATE_SECRETS, GATE_VARIABLES, is_gate_variable};

/// Most bytes of a variable.
pub(crate) const VARIABLE_BYTES: usize = 5 * 1_024;
/// Most variables and secrets of a Worker on the free plan, and on any.
const FREE_VARIABLES: usize = 64;
const MOST_VARIABLES: usize = 128;
/// The date of the runtime that the gate is tested with.
const TESTED_DATE: &str = "2026-11-01";
/// Keys of wrangler that a misspelling of would change what the gate does.
const WRANGLER_KEYS: [&str; 20] = [
    "account_id",
    "build",
    "compatibility_date",
    "compatibility_flags",
    "durable_objects",
    "env",
    "keep_vars",
    "kv_namespaces",
    "limits",
    "logpush",
    "main",
    "migrations",
    "name",
    "observability",
    "placement",
    "preview_urls",
    "routes",
    "send_metrics",
    "vars",
    "workers_dev",
];
/// Those that are right and near to one above.
const OTHER_WRANGLER_KEYS: [&str; 2] = ["route", "rules"];

/// Everything there is to say of the platform. `today` in days since 1970.
pub(super) fn findings(deployment: &Deployment<'_>, today: u64) -> Vec<Finding> {
    let mut findings = stores(deployment);
    findings.extend(logs(deployment));
    findings.extend(listeners(deployment));
    findings.extend(date(deployment, today));
    findings.extend(addresses(deployment));
    findings.extend(limits(deployment));
    findings.extend(unknown(deployment));
    findings
}

fn stores(deployment: &Deployment<'_>) -> Vec<Finding> {
    let all = deployment.own("kv_namespaces").map_or(&[][..], |entry| entry.node.items());
    let mut findings = Vec::new();
    let mut first_id = None;
    for (binding, holds) in [("REPLAY", "what was delivered"), ("SWITCHES", "kill switches")] {
        let create = format!("`npx wrangler kv namespace create {binding}` prints the id that belongs here");
        let Some(store) = all.iter().find(|store| store.text("binding") == Some(binding)) else {
            let message = format!("is missing: without the store of {holds} the gate answers 503 to every delivery");
            let finding = Finding::error("missing-binding", &deployment.beginning(), binding, message);
            findings.push(finding.help(format!("add [[kv_namespaces]] with binding = \"{binding}\"; {create}")));
            continue;
        };
        let Some(id) = store.get("id") else {
            let finding = Finding::error("missing-binding", &store.span, binding, "has no id");
            findings.push(finding.help(create));
            continue;
        };
        let text = id.as_text().unwrap_or("");
        if is_placeholder(text) {
            let message = "is a placeholder: the id of a namespace has 32 hex digits";
            findings.push(Finding::new(stakes(deployment), "placeholder-id", &id.span, binding, message).help(create));
        } else if first_id == Some(text) {
            let message = "is the same namespace as REPLAY: a delivery could become a kill switch";
            findings.push(Finding::error("shared-namespace", &id.span, binding, message).help(create));
        }
        first_id = Some(text);
    }
    findings
}

/// Whether no command can have printed this id.
fn is_placeholder(id: &str) -> bool {
    let hex = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    !hex || id.trim_start_matches('0').len() < 8
}

/// What is only an error once a delivery can arrive.
pub(super) fn stakes(deployment: &Deployment<'_>) -> Severity {
    if deployment.is_live() { Severity::Error } else { Severity::Warning }
}

fn logs(deployment: &Deployment<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(entry) = deployment.inherited("observability") else {
        let message = "is missing: no log is kept, so nobody can tell what became of a delivery";
        let finding = Finding::warning("no-log", &deployment.beginning(), "observability", message);
        return vec![finding.help("copy [observability] and [observability.logs] from the gate's own wrangler.toml")];
    };
    let observability = &entry.node;
    let logs = observability.get("logs");
    let on = |table: Option<&Node>| table.and_then(|table| table.flag("enabled"));
    if !on(logs).or(on(Some(observability))).unwrap_or(false) {
        let message = "is off: no log is kept, so nobody can tell what became of a delivery";
        findings.push(Finding::warning("no-log", &observability.span, "observability", message));
        return findings;
    }
    let mut exposed = |table: &Node, key: &str, path: &str, right: &str, what: &str| {
        let span = table.get(key).map_or(&table.span, |node| &node.span);
        findings.push(Finding::error("logs-senders-data", span, path, what).help(format!("set `{key} = {right}`")));
    };
    if logs.and_then(|logs| logs.flag("invocation_logs")) != Some(false) {
        let what =
            "Cloudflare's own entries hold the URL and the headers of each request: passwords and keys of senders";
        exposed(logs.unwrap_or(observability), "invocation_logs", "observability.logs.invocation_logs", "false", what);
    }
    if observability.flag("redact_query_string") != Some(true) {
        let what = "the query of each request would be logged, and senders put data into it";
        exposed(observability, "redact_query_string", "observability.redact_query_string", "true", what);
    }
    findings
}

/// Whom else the platform tells of each request, whether it keeps a log or not.
fn listeners(deployment: &Deployment<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |severity, node: &Node, path: &str, what: &str| {
        findings.push(Finding::new(severity, "logs-senders-data", &node.span, path, what));
    };
    let is_on = |node: &Node| matches!(node.value, Value::Flag(true));
    let observability = deployment.inherited("observability").map(|entry| &entry.node);
    let traces = observability.and_then(|observability| observability.get("traces")?.get("enabled"));
    if let Some(traces) = traces.filter(|traces| is_on(traces)) {
        let what = "traces hold the URL of each request: set it to false";
        add(Severity::Error, traces, "observability.traces.enabled", what);
    }
    if let Some(entry) = deployment.inherited("logpush").filter(|entry| is_on(&entry.node)) {
        let what = "pushes the URL and the headers of each request to your bucket, passwords and keys of senders: set it to false";
        add(Severity::Error, &entry.node, "logpush", what);
    }
    for key in ["tail_consumers", "streaming_tail_consumers"] {
        if let Some(entry) = deployment.inherited(key).filter(|entry| !entry.node.items().is_empty()) {
            let what =
                "another Worker is told the URL and the headers of each request: what it keeps is its own affair";
            add(Severity::Warning, &entry.node, key, what);
        }
    }
    findings
}

fn date(deployment: &Deployment<'_>, today: u64) -> Option<Finding> {
    let path = "compatibility_date";
    let Some(Entry { node, .. }) = deployment.inherited(path) else {
        let finding = Finding::error("compatibility-date", &deployment.beginning(), path, "is missing");
        return Some(
            finding.help(format!("set `compatibility_date = \"{TESTED_DATE}\"`, with which the gate is tested")),
        );
    };
    let Some(days) = node.as_text().and_then(units::date) else {
        return Some(Finding::error("compatibility-date", &node.span, path, "must be a text such as \"2026-11-01\""));
    };
    if days > today {
        return Some(Finding::error(
            "compatibility-date",
            &node.span,
            path,
            "lies in the future: Cloudflare refuses it",
        ));
    }
    (Some(days) < units::date(TESTED_DATE)).then(|| {
        let message = format!("is older than {TESTED_DATE}, with which the gate is tested");
        Finding::warning("compatibility-date", &node.span, path, message)
    })
}

fn addresses(deployment: &Deployment<'_>) -> Vec<Finding> {
    let routes = routes(deployment);
    let workers_dev = deployment.inherited("workers_dev");
    let off = workers_dev.is_some_and(|entry| matches!(entry.node.value, Value::Flag(false)));
    let on = workers_dev.is_some_and(|entry| matches!(entry.node.value, Value::Flag(true)));
    let mut findings = Vec::new();
    let span = workers_dev.map_or_else(|| deployment.beginning(), |entry| entry.node.span.clone());
    if routes.is_empty() && off {
        let message = "is off, and there are no routes: the gate has no address, unless the dashboard gives it one";
        findings.push(Finding::warning("no-address", &span, "workers_dev", message));
    } else if routes.is_empty() {
        let message =
            "the gate answers at workers.dev only, to which the zone's TLS and firewall settings do not apply";
        findings.push(
            Finding::info("workers-dev", &span, "workers_dev", message)
                .help("give it a route of yours, and set `workers_dev = false`"),
        );
    } else if on {
        let message = "is on beside the routes: the zone's TLS and firewall settings do not apply at workers.dev";
        findings.push(Finding::info("workers-dev", &span, "workers_dev", message).help("set `workers_dev = false`"));
    }
    let slug = deployment.var("SLUG").and_then(|entry| entry.node.as_text()).unwrap_or("wa-hook");
    for (pattern, node) in routes {
        if let Some((_, path)) = pattern.split_once('/') {
            let prefix = path.strip_suffix('*').unwrap_or(path);
            if !format!("{slug}/").starts_with(prefix) || !path.ends_with('*') {
                let message = format!("this route does not lead to the hooks, which are at /{slug}/…");
                findings.push(
                    Finding::error("route-misses-hooks", &node.span, "routes", message)
                        .help(format!("end it in `/{slug}/*`")),
                );
            }
        }
        if pattern.contains("example.com") {
            findings.push(Finding::new(
                stakes(deployment),
                "example-left",
                &node.span,
                "routes",
                "is the example's host",
            ));
        }
    }
    findings
}

/// The patterns of all routes, and where they stand.
pub(crate) fn routes<'d>(deployment: &Deployment<'d>) -> Vec<(&'d str, &'d Node)> {
    let many = deployment.inherited("routes").map_or(&[][..], |entry| entry.node.items());
    let one = deployment.inherited("route").map(|entry| &entry.node);
    let pattern = |node: &'d Node| {
        let node = node.get("pattern").unwrap_or(node);
        Some((node.as_text()?, node))
    };
    many.iter().chain(one).filter_map(pattern).collect()
}

/// The host of the hooks' URLs, where the configuration names one.
pub(crate) fn host(deployment: &Deployment<'_>) -> Option<String> {
    let hosts = routes(deployment).into_iter().filter_map(|(pattern, _)| pattern.split('/').next());
    hosts.into_iter().find(|host| !host.contains('*')).map(Into::into)
}

fn limits(deployment: &Deployment<'_>) -> Vec<Finding> {
    let Some(vars) = deployment.own("vars") else { return Vec::new() };
    let mut findings = Vec::new();
    for entry in vars.node.entries() {
        let bytes = entry.node.uploaded_bytes();
        if bytes > VARIABLE_BYTES {
            let message = format!("has {bytes} bytes, and Cloudflare takes at most {VARIABLE_BYTES} of a variable");
            let finding = Finding::error("variable-too-large", &entry.key_span, &entry.key, message);
            findings.push(if is_gate_variable(&entry.key) && entry.key.starts_with("HOOKS") {
                finding.help("move some hooks to another variable: [[vars.HOOKS_SHOP]]")
            } else {
                finding
            });
        }
    }
    let count = vars.node.entries().len();
    if count > FREE_VARIABLES {
        let message = format!(
            "{count} variables: a Worker has at most {FREE_VARIABLES} on the free plan and {MOST_VARIABLES} on others, secrets included"
        );
        let severity = if count > MOST_VARIABLES { Severity::Error } else { Severity::Warning };
        findings.push(Finding::new(severity, "too-many-variables", &vars.node.span, "vars", message));
    }
    findings
}

/// Keys and variables that nothing reads.
fn unknown(deployment: &Deployment<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = |key: &str| WRANGLER_KEYS.contains(&key) || OTHER_WRANGLER_KEYS.contains(&key);
    for entry in deployment.keys().filter(|entry| !known(&entry.key)) {
        if let Some(near) = nearest(&entry.key, WRANGLER_KEYS) {
            let finding = Finding::warning("unknown-key", &entry.key_span, &entry.key, "is no key of wrangler");
            findings.push(finding.help(format!("did you mean `{near}`?")));
        }
    }
    let mut named = Vec::new();
    if let Some(vars) = deployment.vars() {
        vars.each_text("", &mut |_, _, text| named.push(text));
    }
    for entry in deployment.vars().map_or(&[][..], Node::entries) {
        let key = entry.key.as_str();
        if is_gate_variable(key) || GATE_SECRETS.contains(&key) || named.contains(&key) {
            continue;
        }
        let finding = Finding::warning("unknown-variable", &entry.key_span, key, "nothing reads this variable");
        findings.push(match nearest(key, GATE_VARIABLES.into_iter().chain(["HOOKS"])) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding,
        });
    }
    findings
}
