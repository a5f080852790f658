//! JSON as other programs write it: the same values, other bytes. Numbers keep their digits.

use core::ops::Range;

use serde::de::IgnoredAny;

/// A document. Keys keep their order, and a text that is no Unicode its escapes.
#[derive(Clone)]
pub(super) enum Value {
    Table(Vec<(Self, Self)>),
    List(Vec<Self>),
    Text(String),
    /// A number or literal, or a text with half a surrogate pair, as it stands.
    Plain(String),
}

/// How a program writes JSON.
pub(super) struct Style {
    pub(super) name: &'static str,
    layout: Layout,
    /// `\/`.
    slashes: bool,
    unicode: Unicode,
    /// `\u003c` for `<`, likewise `>` and `&`.
    html: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Compact,
    /// A space after `,` and `:`.
    Spaced,
    /// A line for each member, indented by this.
    Lines(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unicode {
    AsItIs,
    /// `\u00e4`.
    Small,
    /// `\u00E4`.
    Capital,
}

const fn style(name: &'static str, layout: Layout, slashes: bool, unicode: Unicode) -> Style {
    Style { name, layout, slashes, unicode, html: false }
}

const fn html(name: &'static str, layout: Layout, unicode: Unicode) -> Style {
    Style { name, layout, slashes: false, unicode, html: true }
}

/// What the libraries of this world write.
pub(super) static STYLES: [Style; 22] = [
    style("compactly", Layout::Compact, false, Unicode::AsItIs),
    style("with a space after `,` and `:`", Layout::Spaced, false, Unicode::AsItIs),
    style("in lines indented by 2", Layout::Lines("  "), false, Unicode::AsItIs),
    style("in lines indented by 4", Layout::Lines("    "), false, Unicode::AsItIs),
    style("in lines indented by a tab", Layout::Lines("\t"), false, Unicode::AsItIs),
    style("compactly with \\/", Layout::Compact, true, Unicode::AsItIs),
    style("compactly with \\u00e4", Layout::Compact, false, Unicode::Small),
    style("compactly with \\u00E4", Layout::Compact, false, Unicode::Capital),
    style("compactly with \\/ and \\u00e4", Layout::Compact, true, Unicode::Small),
    style("with a space after `,` and `:`, and \\/", Layout::Spaced, true, Unicode::AsItIs),
    style("with a space after `,` and `:`, and \\u00e4", Layout::Spaced, false, Unicode::Small),
    style("with a space after `,` and `:`, \\/ and \\u00e4", Layout::Spaced, true, Unicode::Small),
    style("in lines indented by 2, with \\/", Layout::Lines("  "), true, Unicode::AsItIs),
    style("in lines indented by 2, with \\u00e4", Layout::Lines("  "), false, Unicode::Small),
    style("in lines indented by 2, with \\/ and \\u00e4", Layout::Lines("  "), true, Unicode::Small),
    style("in lines indented by 4, with \\/", Layout::Lines("    "), true, Unicode::AsItIs),
    style("in lines indented by 4, with \\u00e4", Layout::Lines("    "), false, Unicode::Small),
    style("in lines indented by 4, with \\/ and \\u00e4", Layout::Lines("    "), true, Unicode::Small),
    html("compactly with \\u003c", Layout::Compact, Unicode::AsItIs),
    html("compactly with \\u003C and \\u00E4", Layout::Compact, Unicode::Capital),
    html("in lines indented by 2, with \\u003c", Layout::Lines("  "), Unicode::AsItIs),
    html("compactly with \\u003c and \\u00e4", Layout::Compact, Unicode::Small),
];

/// Reads a document; none if it is no JSON.
pub(super) fn read(text: &[u8]) -> Option<Value> {
    serde_json::from_slice::<IgnoredAny>(text).ok()?;
    let mut rest = core::str::from_utf8(text).ok()?.trim_start();
    value(&mut rest)
}

/// Reads one value of a document that is right, and skips what follows it up to the next token.
fn value(rest: &mut &str) -> Option<Value> {
    let read = match rest.chars().next()? {
        open @ ('{' | '[') => {
            step(rest, 1)?;
            let (mut members, mut items) = (Vec::new(), Vec::new());
            while !rest.starts_with(['}', ']']) {
                let first = value(rest)?;
                if open == '{' {
                    rest.starts_with(':').then_some(())?;
                    step(rest, 1)?;
                    members.push((first, value(rest)?));
                } else {
                    items.push(first);
                }
                if rest.starts_with(',') {
                    step(rest, 1)?;
                }
            }
            step(rest, 1)?;
            if open == '{' { Value::Table(members) } else { Value::List(items) }
        }
        '"' => {
            let raw = rest.get(..text_end(rest.as_bytes())?)?;
            step(rest, raw.len())?;
            serde_json::from_str(raw).map_or_else(|_| Value::Plain(raw.into()), Value::Text)
        }
        _ => {
            let end = rest.find(|c: char| matches!(c, ',' | ':' | '}' | ']') || c.is_ascii_whitespace());
            let raw = rest.get(..end.unwrap_or(rest.len()))?;
            step(rest, raw.len())?;
            Value::Plain(raw.into())
        }
    };
    Some(read)
}

/// Goes on by some bytes, and the white space after them.
fn step(rest: &mut &str, bytes: usize) -> Option<()> {
    *rest = rest.get(bytes..)?.trim_start();
    Some(())
}

/// The length of a text with its quotes.
fn text_end(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    })?;
    Some(end.saturating_add(2))
}

/// Where numbers stand, in bytes.
pub(super) fn numbers(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let length = match rest.first() {
            Some(b'"') => text_end(rest).unwrap_or(rest.len()),
            Some(byte) if byte.is_ascii_digit() || *byte == b'-' => {
                let length = rest.iter().take_while(|byte| is_number(byte)).count();
                found.push(at..at.saturating_add(length));
                length
            }
            _ => 1,
        };
        at = at.saturating_add(length);
    }
    found
}

impl Value {
    /// The same with the keys of every table in alphabetical order.
    pub(super) fn sorted(&self) -> Self {
        match self {
            Self::Table(members) => {
                let mut members: Vec<(Self, Self)> =
                    members.iter().map(|(key, value)| (key.clone(), value.sorted())).collect();
                members.sort_by_key(|(key, _)| match key {
                    Self::Text(text) => text.clone(),
                    _ => String::new(),
                });
                Self::Table(members)
            }
            Self::List(items) => Self::List(items.iter().map(Self::sorted).collect()),
            other => other.clone(),
        }
    }
}

pub(super) fn write(value: &Value, style: &Style) -> String {
    let mut out = String::new();
    style.value(value, 0, &mut out);
    out
}

/// A document in lines, every digit kept; none if it is no JSON.
pub(in crate::operator) fn indented(text: &str) -> Option<String> {
    let style = style("", Layout::Lines("  "), false, Unicode::AsItIs);
    read(text.as_bytes()).map(|value| write(&value, &style))
}

impl Style {
    fn value(&self, value: &Value, depth: usize, out: &mut String) {
        let inner = depth.saturating_add(1);
        match value {
            Value::Plain(text) => out.push_str(text),
            Value::Text(text) => self.text(text, out),
            Value::List(items) if items.is_empty() => out.push_str("[]"),
            Value::Table(members) if members.is_empty() => out.push_str("{}"),
            Value::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.before(index, inner, out);
                    self.value(item, inner, out);
                }
                self.end(depth, out);
                out.push(']');
            }
            Value::Table(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    self.before(index, inner, out);
                    self.value(key, inner, out);
                    out.push_str(if self.layout == Layout::Compact { ":" } else { ": " });
                    self.value(value, inner, out);
                }
                self.end(depth, out);
                out.push('}');
            }
        }
    }

    /// What precedes a member: a comma after the one before, and its line.
    fn before(&self, index: usize, depth: usize, out: &mut String) {
        if index > 0 {
            out.push_str(if self.layout == Layout::Spaced { ", " } else { "," });
        }
        self.end(depth, out);
    }

    fn end(&self, depth: usize, out: &mut String) {
        if let Layout::Lines(indent) = self.layout {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
    }

    fn text(&self, text: &str, out: &mut String) {
        let quoted = crate::json::quoted(text);
        for character in quoted.chars() {
            match character {
                '/' if self.slashes => out.push_str("\\/"),
                '<' | '>' | '&' if self.html => self.escape(character, out),
                // What JavaScript once took for line ends is escaped by those that escape for HTML.
                '\u{2028}' | '\u{2029}' if self.html => self.escape(character, out),
                other if !other.is_ascii() && self.unicode != Unicode::AsItIs => self.escape(other, out),
                other => out.push(other),
            }
        }
    }

    fn escape(&self, character: char, out: &mut String) {
        for half in character.encode_utf16(&mut [0; 2]) {
            let escape =
                if self.unicode == Unicode::Capital { format!("\\u{half:04X}") } else { format!("\\u{half:04x}") };
            out.push_str(&escape);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_says_the_same() {
        let text =
            "{ \"b\" : [1.50, -2e3, {}, [], null],\n\"a\":\"\\u00e4/<\\ud83d\\ude00\\\"\\\\\\n\" , \"\\ud800\":true}";
        let value = read(text.as_bytes()).unwrap();
        let meaning = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
        for style in &STYLES {
            let written = write(&value, style);
            assert!(meaning(&written) && read(written.as_bytes()).is_some(), "{written}");
            assert!(written.contains("1.50") && written.contains("-2e3") && written.contains("\\ud800"), "{written}");
        }
        assert_eq!(
            write(&value, &STYLES[8]),
            "{\"b\":[1.50,-2e3,{},[],null],\"a\":\"\\u00e4\\/<\\ud83d\\ude00\\\"\\\\\\n\",\"\\ud800\":true}"
        );
        assert_eq!(
            write(&read(b"{\"b\":1,\"a\":[2]}").unwrap().sorted(), &STYLES[2]),
            "{\n  \"a\": [\n    2\n  ],\n  \"b\": 1\n}"
        );
        assert!(read(b"{\"a\":}").is_none() && read(b"").is_none());
    }

    #[test]
    fn numbers_are_found_outside_of_texts() {
        let text = b"{\"a1\":[12,-3.5e+2],\"b\":\"4\\\"5\",\"c\":6}";
        let found: Vec<&[u8]> = numbers(text).into_iter().map(|span| &text[span]).collect();
        assert_eq!(found, [&b"12"[..], b"-3.5e+2", b"6"]);
    }
}
