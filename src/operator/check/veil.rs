//! What no excerpt shows: secrets, and whatever stands where a secret may have been pasted.

use core::ops::Range;

use super::secrets::is_gate_variable;
use crate::operator::dev_vars::DevVars;
use crate::operator::document::{Node, Value};

/// Keys of hooks and sites whose texts are no secrets.
const PLAIN: [&str; 51] = [
    "at",
    "binding",
    "body_timeout",
    "by",
    "code",
    "comment",
    "content",
    "encoding",
    "enum",
    "events",
    "fields",
    "hash",
    "header",
    "id",
    "keep_for",
    "kind",
    "label",
    "list",
    "max",
    "max_body",
    "media",
    "methods",
    "mode",
    "not_after",
    "on_failure",
    "on_stop",
    "order",
    "origin",
    "owner",
    "place",
    "post",
    "prefix",
    "purpose",
    "reason",
    "replay",
    "review_by",
    "route",
    "scheme",
    "separator",
    "shards",
    "site",
    "slug",
    "timeout",
    "tolerance",
    "type",
    "unit",
    "unsigned_fields",
    "unsigned_query",
    "url",
    "user",
    "window",
];

/// The places in `wrangler.toml` that may hold a secret, in bytes.
pub(super) fn secrets(root: &Node) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let environments = root.get("env").map_or(&[][..], Node::entries).iter().map(|entry| &entry.node);
    for table in core::iter::once(root).chain(environments) {
        let Some(vars) = table.get("vars") else { continue };
        for entry in vars.entries() {
            let own = is_gate_variable(&entry.key);
            entry.node.each_leaf(&entry.key, &mut |key, node| match node.as_text() {
                Some(text) if own && is_plain(key, text) => {}
                // Without the quotes.
                Some(_) => hidden.push(node.span.start.saturating_add(1)..node.span.end.saturating_sub(1)),
                None if own && (PLAIN.contains(&key) || matches!(node.value, Value::Flag(_))) => {}
                None => hidden.push(node.span.clone()),
            });
        }
    }
    hidden
}

/// Every value in `.dev.vars`.
pub(super) fn values(text: &str, dev_vars: &DevVars) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut start = 0;
    for var in &dev_vars.all {
        hidden.push(start..var.name_span.start);
        start = var.name_span.end;
    }
    hidden.push(start..text.len());
    hidden
}

/// Whether a word at the beginning of a line is a key or the name of a table, and no secret: asked where a file cannot be
/// read as TOML.
pub(super) fn is_known_key(word: &str) -> bool {
    let first = word.split('.').next().unwrap_or(word);
    let others = [
        "auth",
        "build",
        "compatibility_date",
        "durable_objects",
        "enabled",
        "env",
        "invocation_logs",
        "key",
        "kv_namespaces",
        "main",
        "migrations",
        "name",
        "objects",
        "observability",
        "password",
        "redact_query_string",
        "required",
        "routes",
        "secret",
        "secrets",
        "vars",
        "verify_token",
        "workers_dev",
    ];
    others.contains(&first) || PLAIN.contains(&first) || is_gate_variable(first)
}

/// Whether the text of a key may be shown.
fn is_plain(key: &str, text: &str) -> bool {
    match key {
        // What is shaped like the name of a secret; without `_` it may be a key in capitals.
        "secrets" | "secret" | "password" | "name" | "verify_token" => {
            text.contains('_') && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        }
        "auth" => text == "none",
        "key" => text.starts_with('/') || ["body", "request"].contains(&text),
        "ORIGIN" | "url" => !text.contains('@'),
        "header" => text.len() <= 40 && !text.contains([':', ' ']),
        // No longer than a date.
        "review_by" | "not_after" => text.len() <= 10,
        _ => PLAIN.contains(&key) || is_gate_variable(key),
    }
}
