//! `wrangler.toml` with the place of every key and value, so that what is said of one can point at it.

use core::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::var::Var;

/// A value and where it stands, in bytes of the file.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Flag(bool),
    List(Vec<Node>),
    /// In the order of the file.
    Table(Vec<Entry>),
    /// A float, a date or a number too large: nothing that the gate takes.
    Other,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) node: Node,
}

/// A file that cannot be read as TOML: where, and what was expected.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxFault {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
}

/// Where a path of keys leads, as far as it does.
#[derive(Clone, Debug)]
pub(crate) struct Located<'n> {
    /// The key itself; none where the path ends in a list, or leads to nothing.
    pub(crate) key_span: Option<Range<usize>>,
    /// What it leads to, or the last thing on the way that is there.
    pub(crate) node: &'n Node,
}

/// Reads TOML.
///
/// # Errors
/// Every fault of its syntax.
pub(crate) fn parse(text: &str) -> Result<Node, Vec<SyntaxFault>> {
    let (table, faults) = DeTable::parse_recoverable(text);
    if faults.is_empty() {
        return Ok(Node { span: table.span(), value: Value::of_table(table.get_ref()) });
    }
    let fault = |fault: &toml::de::Error| SyntaxFault {
        span: fault.span().unwrap_or(0..0),
        message: fault.message().lines().collect::<Vec<_>>().join("; "),
    };
    Err(faults.iter().map(fault).collect())
}

impl Value {
    fn of_table(table: &DeTable<'_>) -> Self {
        let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
            let text: &std::borrow::Cow<'_, str> = key.get_ref();
            Entry { key: text.to_string(), key_span: key.span(), node: Node::of(value) }
        };
        let mut entries: Vec<Entry> = table.iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Self::Table(entries)
    }
}

impl Node {
    fn of(value: &Spanned<DeValue<'_>>) -> Self {
        let read = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other, Value::Integer)
            }
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Array(list) => Value::List(list.iter().map(Self::of).collect()),
            DeValue::Table(table) => Value::of_table(table),
            DeValue::Float(_) | DeValue::Datetime(_) => Value::Other,
        };
        Self { span: value.span(), value: read }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key, if this is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key, if it is there and a text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    /// Whether a key is there and true.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// As the Worker gets it.
    pub(crate) fn to_var(&self) -> Var {
        match &self.value {
            Value::Text(text) => Var::Text(text.clone()),
            Value::Integer(number) => Var::Integer(*number),
            Value::Flag(flag) => Var::Flag(*flag),
            Value::List(items) => Var::List(items.iter().map(Self::to_var).collect()),
            Value::Table(entries) => {
                Var::Table(entries.iter().map(|entry| (entry.key.clone(), entry.node.to_var())).collect())
            }
            Value::Other => Var::Other,
        }
    }

    /// Bytes of the JSON that is uploaded for it; a text is uploaded as it is.
    pub(crate) fn uploaded_bytes(&self) -> usize {
        self.as_text().map_or_else(|| self.json_bytes(), str::len)
    }

    fn json_bytes(&self) -> usize {
        let quoted = |text: &str| crate::json::quoted(text).len();
        // Two brackets, and a comma after each but the last.
        let list = |count: usize, inner: usize| inner.saturating_add(2).saturating_add(count.saturating_sub(1));
        match &self.value {
            Value::Text(text) => quoted(text),
            Value::Integer(number) => number.to_string().len(),
            Value::Flag(true) => 4,
            Value::Flag(false) => 5,
            Value::List(items) => list(items.len(), items.iter().map(Self::json_bytes).sum()),
            Value::Table(entries) => {
                let member =
                    |entry: &Entry| quoted(&entry.key).saturating_add(entry.node.json_bytes()).saturating_add(1);
                list(entries.len(), entries.iter().map(member).sum())
            }
            // About what a date takes.
            Value::Other => 24,
        }
    }

    /// Follows a path as a mistake names it, `auth[0].header`, as far as it leads. A key may have dots itself, so the
    /// longest that fits is taken.
    pub(crate) fn locate(&self, path: &str) -> Located<'_> {
        let mut found = Located { key_span: None, node: self };
        let mut rest = path;
        loop {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let step = rest.strip_prefix('[').and_then(|index| index.split_once(']'));
            if let Some((index, after)) = step {
                let item = index.parse().ok().and_then(|index: usize| found.node.items().get(index));
                let Some(item) = item else { return Located { key_span: None, ..found } };
                found = Located { key_span: None, node: item };
                rest = after;
                continue;
            }
            let fits = |entry: &&Entry| {
                rest.strip_prefix(entry.key.as_str())
                    .is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
            };
            let next = found.node.entries().iter().filter(fits).max_by_key(|entry| entry.key.len());
            match next {
                Some(entry) => {
                    found = Located { key_span: Some(entry.key_span.clone()), node: &entry.node };
                    rest = rest.get(entry.key.len()..).unwrap_or("");
                }
                None if rest.is_empty() => return found,
                None => return Located { key_span: None, ..found },
            }
            if rest.is_empty() {
                return found;
            }
        }
    }

    /// Every text in it, with the key it stands under.
    pub(crate) fn each_text<'n>(&'n self, key: &'n str, tell: &mut impl FnMut(&'n str, &'n Self, &'n str)) {
        self.each_leaf(key, &mut |key, node| {
            if let Some(text) = node.as_text() {
                tell(key, node, text);
            }
        });
    }

    /// Everything in it that is neither list nor table, with the key it stands under; items of a list stand under the
    /// key of the list.
    pub(crate) fn each_leaf<'n>(&'n self, key: &'n str, tell: &mut dyn FnMut(&'n str, &'n Self)) {
        match &self.value {
            Value::List(items) => items.iter().for_each(|item| item.each_leaf(key, tell)),
            Value::Table(entries) => entries.iter().for_each(|entry| entry.node.each_leaf(&entry.key, tell)),
            _ => tell(key, self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "a = 1\n[[hooks]]\nid = \"x\"\nauth = [{ header = \"h\", secrets = [\"S\"] }]\nb = 1\n\"b.c\" = 2\n";

    fn at(path: &str) -> (Option<&'static str>, &'static str) {
        let root = parse(TEXT).unwrap();
        let located = root.locate(path);
        (located.key_span.and_then(|span| TEXT.get(span)), TEXT.get(located.node.span.clone()).unwrap())
    }

    #[test]
    fn a_path_leads_to_its_key_and_value() {
        assert_eq!(at("hooks[0].id"), (Some("id"), "\"x\""));
        assert_eq!(at("hooks[0].auth[0].secrets[0]"), (None, "\"S\""));
        assert_eq!(at("hooks[0].b.c"), (Some("\"b.c\""), "2"));
    }

    #[test]
    fn a_path_that_leads_nowhere_ends_at_the_last_thing_on_it() {
        assert_eq!(at("hooks[0].auth[0].prefix"), (None, "{ header = \"h\", secrets = [\"S\"] }"));
        assert_eq!(at("hooks[0].owner"), (None, "[[hooks]]"));
        assert_eq!(at("hooks[7].owner").0, None);
    }

    #[test]
    fn what_is_uploaded_is_measured_as_json() {
        let root = parse("a = \"text\"\nb = [1, true, { c = \"\\\"\" }]").unwrap();
        assert_eq!(root.get("a").unwrap().uploaded_bytes(), "text".len());
        assert_eq!(root.get("b").unwrap().uploaded_bytes(), r#"[1,true,{"c":"\""}]"#.len());
    }

    #[test]
    fn every_fault_of_the_syntax_is_told() {
        let faults = parse("a = \nb = 1\nb = 2\n").unwrap_err();
        assert!(faults.len() >= 2, "{faults:?}");
    }
}
