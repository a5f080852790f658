//! The table of replies in README.

use std::sync::LazyLock;

use hookgate::reply::Reply;
use serde_json::Value;

/// One row: any of its statuses, messages and reasons may go together.
struct Row {
    statuses: Vec<u16>,
    code: String,
    messages: Vec<String>,
    /// As it is written: reasons in backquotes.
    reasons: String,
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let readme = include_str!("../../README.md");
    let (_, chapter) = readme.split_once("\n## Replies\n").expect("README has a chapter on replies");
    let (chapter, _) = chapter.split_once("\n## ").expect("a chapter follows");
    let rows: Vec<Row> = chapter.lines().filter_map(row).collect();
    assert!(rows.len() >= 10, "{} rows", rows.len());
    rows
});

fn row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
    let [statuses, code, messages, reasons] = cells[..] else { return None };
    let statuses: Option<Vec<u16>> = statuses.split(", ").map(|status| status.parse().ok()).collect();
    let messages = messages.split(", ").map(Into::into).collect();
    Some(Row { statuses: statuses?, code: code.into(), messages, reasons: reasons.into() })
}

/// Panics unless README tells of a reply, and of the reason that the log has for it.
pub(crate) fn check(reply: &Reply, audit: &Value) {
    let (code, message) = said(&reply.body);
    let reason = audit["reason"].as_str();
    let right = TABLE.iter().any(|row| {
        row.statuses.contains(&reply.status)
            && row.code == code
            && row.messages.contains(&message)
            && reason.is_none_or(|reason| row.reasons.contains(&format!("`{reason}`")))
    });
    assert!(right, "{} {code} {message:?} for {reason:?} is not in README", reply.status);
    for header in [("cache-control", "no-store"), ("x-content-type-options", "nosniff")] {
        assert!(reply.headers.iter().any(|(name, value)| (*name, value.as_str()) == header), "{:?}", reply.headers);
    }
}

/// Code and message, of JSON or of lines.
fn said(body: &str) -> (String, String) {
    if let Ok(json) = serde_json::from_str::<Value>(body) {
        return (json["code"].as_str().unwrap_or("").into(), json["message"].as_str().unwrap_or("").into());
    }
    let line = |name: &str| body.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").to_owned();
    (line("code: "), line("message: "))
}
