//! JSON, written.

/// `text` as a JSON string, with its quotes.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Writes some texts, one after the other.
#[inline(never)]
pub(crate) fn append(json: &mut String, texts: &[&str]) {
    texts.iter().for_each(|text| json.push_str(text));
}

/// Adds a comma, unless a table or list has just been opened.
pub(crate) fn separate(json: &mut String) {
    if !json.ends_with(['{', '[']) {
        json.push(',');
    }
}

/// A table in the making.
#[derive(Debug)]
pub(crate) struct Table(String);

impl Default for Table {
    fn default() -> Self {
        Self("{".into())
    }
}

impl Table {
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self::default().text(name, Some(value))
    }

    pub(crate) fn text(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.raw(name, &quoted(value)),
            None => self,
        }
    }

    pub(crate) fn number(self, name: &str, value: Option<u64>) -> Self {
        match value {
            Some(value) => self.raw(name, &value.to_string()),
            None => self,
        }
    }

    /// `json` as it is.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        separate(&mut self.0);
        self.0.extend(["\"", name, "\":", json]);
        self
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
