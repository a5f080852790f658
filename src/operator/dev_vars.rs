//! `.dev.vars`, the secrets on this machine, read as wrangler reads it (the grammar of the package `dotenv`).

use core::ops::Range;

/// One secret. It has no `Debug`: nothing prints its text.
#[derive(Clone)]
pub(crate) struct DevVar {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Where its name stands, in bytes.
    pub(crate) name_span: Range<usize>,
    /// An unquoted `#` ended the value.
    pub(crate) cut: bool,
}

/// What the file holds.
#[derive(Clone, Default)]
pub(crate) struct DevVars {
    pub(crate) all: Vec<DevVar>,
    /// Lines that are neither a secret nor a comment; wrangler skips them without a word.
    pub(crate) unread: Vec<Range<usize>>,
}

impl DevVars {
    pub(crate) fn parse(text: &str) -> Self {
        let mut read = Self::default();
        let mut start = 0_usize;
        while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
            let line = rest.split_inclusive('\n').next().unwrap_or(rest);
            let end = start.saturating_add(line.len());
            let plain = line.trim();
            start = if plain.is_empty() || plain.starts_with('#') {
                end
            } else if let Some((var, taken)) = assignment(rest, start) {
                read.all.push(var);
                start.saturating_add(taken)
            } else {
                let lead = line.len().saturating_sub(line.trim_start().len());
                let from = start.saturating_add(lead);
                read.unread.push(from..from.saturating_add(plain.len()));
                end
            };
        }
        read
    }

    /// The secret of this name: of several the last, as wrangler has it.
    pub(crate) fn find(&self, name: &str) -> Option<&DevVar> {
        self.all.iter().rev().find(|var| var.name == name)
    }
}

/// A name with its value at the beginning of `text`, which begins at `offset` of the file, and how many bytes the two
/// and the rest of their line take.
fn assignment(text: &str, offset: usize) -> Option<(DevVar, usize)> {
    let trimmed = text.trim_start();
    let body = trimmed.strip_prefix("export ").map_or(trimmed, str::trim_start);
    let at = text.len().saturating_sub(body.len());
    let length =
        body.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))).unwrap_or(body.len());
    let (name, after) = body.split_at_checked(length).filter(|(name, _)| !name.is_empty())?;
    let value = after.trim_start_matches([' ', '\t']).strip_prefix('=').or_else(|| after.strip_prefix(": "))?;
    let value = value.trim_start_matches([' ', '\t']);
    let taken = |after: &str| text.len().saturating_sub(after.len());
    let name_start = offset.saturating_add(at);
    let var = |value: String, cut| DevVar {
        name: name.into(),
        value,
        name_span: name_start..name_start.saturating_add(name.len()),
        cut,
    };
    if let Some((inner, after)) = quoted(value) {
        let ended = after.split_inclusive('\n').next().unwrap_or("");
        return Some((var(inner, false), taken(after.get(ended.len()..).unwrap_or(""))));
    }
    let line = value.split_inclusive('\n').next().unwrap_or("");
    let (kept, comment) = line.split_once('#').map_or((line, None), |(kept, comment)| (kept, Some(comment)));
    // `key # why` is a value with a comment, `ab#cd` is a value that has lost its end.
    let cut = comment.is_some() && !kept.ends_with([' ', '\t']) && !kept.trim().is_empty();
    Some((var(kept.trim().into(), cut), taken(value.get(line.len()..).unwrap_or(""))))
}

/// A value in quotes, over several lines if need be, and what follows it; nothing but a comment may follow on its line.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = text.get(1..)?;
    let mut escaped = false;
    let end = inner.find(|c: char| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })?;
    let (value, after) = inner.split_at_checked(end)?;
    let after = after.get(1..)?;
    let line = after.lines().next().unwrap_or("").trim();
    let value = if quote == '"' { value.replace("\\n", "\n").replace("\\r", "\r") } else { value.into() };
    (line.is_empty() || line.starts_with('#')).then_some((value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, bool)> {
        DevVars::parse(text).all.into_iter().map(|var| (var.name, var.value, var.cut)).collect()
    }

    #[test]
    fn secrets_are_read_as_wrangler_reads_them() {
        let text = "# a comment\n\nA=plain\nexport B = \"quoted # text\" # why\nC='it\\'s'\nD=one#two\nE=value # why\nF=\"two\nlines\"\nG=`a\"b`\nH=\"a\\nb\"\nI=\nJ: colon\nK=\"open";
        let expected = [
            ("A", "plain", false),
            ("B", "quoted # text", false),
            ("C", "it\\'s", false),
            ("D", "one", true),
            ("E", "value", false),
            ("F", "two\nlines", false),
            ("G", "a\"b", false),
            ("H", "a\nb", false),
            ("I", "", false),
            ("J", "colon", false),
            ("K", "\"open", false),
        ];
        assert_eq!(read(text), expected.map(|(name, value, cut)| (name.to_owned(), value.to_owned(), cut)));
    }

    #[test]
    fn what_is_no_secret_is_told_by_its_place() {
        let text = "A=1\n  hunter2\nB=2\n";
        let read = DevVars::parse(text);
        assert_eq!(read.unread.iter().map(|span| text.get(span.clone())).collect::<Vec<_>>(), [Some("hunter2")]);
        assert_eq!(read.find("B").and_then(|var| text.get(var.name_span.clone())), Some("B"));
    }

    #[test]
    fn of_one_name_the_last_counts() {
        assert_eq!(DevVars::parse("A=1\nA=2").find("A").map(|var| var.value.clone()).as_deref(), Some("2"));
    }
}
