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
