//! Projection: what is kept of a document is what a plain walk over it keeps, to the digit, and it is JSON.
//!
//! An input is a line of JSON pointers with spaces between them, each perhaps with a type (`/amount:integer`), and the
//! document.

use std::fmt;

use hookgate::fuzz;
use hookgate::project::reduce;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{recordings, text_line};

/// Words of documents and allowlists.
pub const WORDS: &[&str] = &[
    "/id",
    "/data",
    "/items/*",
    "/*",
    "/a~1b",
    "/~0",
    ":integer",
    ":number",
    ":string",
    ":boolean",
    "\"id\":",
    "\"data\":",
    "\"items\":[",
    "\"a/b\":",
    "\"~\":",
    "null",
    "true",
    "false",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "\\u0022",
    "\\ud83d\\ude00",
    "\\ud800",
    "\\n",
    "1e5",
    "-0",
    "1.0",
    "0.10",
    "123456789012345678901234567890",
    "{}",
    "[]",
    "\u{feff}",
    "*",
];

/// The recorded bodies, each with the allowlist of its hook.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = recordings::requests()
        .iter()
        .filter_map(|request| {
            let (hook, _, body) = recordings::parts(request);
            let places = recordings::places(hook).join(" ");
            let json = body.len() < 4_096 && body.starts_with(b"{") && !places.is_empty();
            json.then(|| [places.as_bytes(), b"\n", body].concat())
        })
        .collect();
    seeds.extend([
        b"/id /items/*/sku\n{\"id\":1.0,\"items\":[{\"sku\":\"a\"},{},[\"x\"],3]}".to_vec(),
        b"/*/*\n[[1,2],[\"\\u00e9\"],[]]".to_vec(),
        b"/a~1b:integer /~0:boolean\n{\"a/b\":-0,\"~\":true,\"\\u0061/b2\":null}".to_vec(),
    ]);
    seeds
}

/// Reduces one document.
pub fn run(mut input: &[u8]) {
    let Some(line) = text_line(&mut input) else { return };
    let fields =
        line.split(' ').map(|field| field.rsplit_once(':').map_or((field, None), |(at, kind)| (at, Some(kind))));
    let fields: Vec<(&str, Option<&str>)> = fields.collect();
    let Ok(allowlist) = fuzz::allowlist(&fields) else { return };
    let reduced = reduce(&allowlist, input);
    if let Ok(json) = &reduced {
        // As a document of texts: a number may be larger than any float.
        let read = serde_json::from_str::<&RawValue>(json).expect("a thin payload is JSON");
        assert!(json.len() <= 64 * 1024 && read.get().starts_with(['{', '[']), "{json}");
    }
    // What is dropped is not looked at: bytes that are no UTF-8 may be in it.
    let Ok(document) = str::from_utf8(input) else { return };
    let Ok(document) = serde_json::from_str::<&RawValue>(document) else {
        assert!(reduced.is_err(), "not JSON: {reduced:?}");
        return;
    };
    let rules: Vec<Rule<'_>> =
        fields.iter().map(|(at, kind)| Rule { steps: at[1..].split('/').collect(), kind: *kind }).collect();
    let mut bounds = Bounds::default();
    match (keep(document, &rules, true, &mut bounds), reduced) {
        (Ok(kept), Ok(reduced)) => {
            assert!(!bounds.exceeded(), "more than a thin payload: {reduced}");
            let kept = kept.unwrap_or_else(|| "{}".into());
            assert_eq!(plain(&reduced), plain(&kept), "in {document}");
        }
        (Err(_), Err(_)) => {}
        (Ok(kept), Err(why)) => assert!(bounds.exceeded(), "{why:?} instead of {kept:?}"),
        (Err(why), Ok(reduced)) => panic!("{why}, but {reduced}"),
    }
}

/// What is left of a path, and the type of the field at its end.
#[derive(Clone)]
struct Rule<'r> {
    steps: Vec<&'r str>,
    kind: Option<&'r str>,
}

/// Sizes that a thin payload has limits for.
#[derive(Default)]
struct Bounds {
    values: usize,
    bytes: usize,
    longest: usize,
}

impl Bounds {
    /// Near the limit of bytes both answers are right: here what is written and taken back counts, too.
    fn exceeded(&self) -> bool {
        self.values > 1_000 || self.longest > 1_024 || self.bytes > 64 * 1024
    }
}

/// A document cut down, slow and obvious: a text for what is kept, and `None` for what leaves no trace.
fn keep(
    value: &RawValue,
    rules: &[Rule<'_>],
    is_root: bool,
    bounds: &mut Bounds,
) -> Result<Option<String>, &'static str> {
    if let Some(end) = rules.iter().find(|rule| rule.steps.is_empty()) {
        return scalar(value.get(), end.kind, bounds).map(Some);
    }
    let below = |step: &str| -> Vec<Rule<'_>> {
        let on = rules.iter().filter(|rule| rule.steps[0] == step);
        on.map(|rule| Rule { steps: rule.steps[1..].to_vec(), kind: rule.kind }).collect()
    };
    let named = rules.iter().any(|rule| rule.steps[0] != "*");
    match value.get().as_bytes()[0] {
        b'{' if named => {
            let members: Members<'_> = serde_json::from_str(value.get()).map_err(|_| "a name is no text")?;
            let (mut kept, mut seen) = (Vec::new(), Vec::new());
            bounds.values += 1;
            for (name, member) in members.0.iter().filter(|(name, _)| name != "*") {
                let rules = below(&name.replace('~', "~0").replace('/', "~1"));
                if rules.is_empty() {
                    continue;
                }
                if seen.contains(&name) {
                    return Err("a name is there twice");
                }
                seen.push(name);
                let name = Value::from(name.as_str()).to_string();
                bounds.bytes += name.len() + 2;
                if let Some(member) = keep(member, &rules, false, bounds)? {
                    kept.push(format!("{name}:{member}"));
                }
            }
            Ok(Some(format!("{{{}}}", kept.join(","))))
        }
        b'[' if !below("*").is_empty() => {
            let elements: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(|_| "a list is none")?;
            bounds.values += 1;
            let mut kept = Vec::new();
            for element in elements {
                kept.extend(keep(element, &below("*"), false, bounds)?);
                bounds.bytes += 1;
            }
            Ok(Some(format!("[{}]", kept.join(","))))
        }
        // RFC 6901 §4, but for a document that is a list: its places would change.
        b'[' if !is_root && !below("0").is_empty() => {
            let elements: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(|_| "a list is none")?;
            bounds.values += 1;
            let first = elements.first().map(|first| keep(first, &below("0"), false, bounds)).transpose()?.flatten();
            Ok(Some(format!("[{}]", first.unwrap_or_default())))
        }
        // On the way to a field a value is decoded, though it is no way on: what has no value in memory is refused.
        b'{' => serde_json::from_str::<Members<'_>>(value.get()).map(|_| None).map_err(|_| "a name is no text"),
        b'[' => Ok(None),
        _ => serde_json::from_str::<Value>(value.get()).map(|_| None).map_err(|_| "a number or text that is none"),
    }
}

fn scalar(raw: &str, kind: Option<&str>, bounds: &mut Bounds) -> Result<String, &'static str> {
    let value = serde_json::from_str::<Value>(raw);
    let integer = || !raw.contains(['.', 'e', 'E']);
    let right = match raw.as_bytes()[0] {
        b'{' | b'[' => return Err("a table or list where a scalar belongs"),
        b'"' => kind.is_none_or(|kind| kind == "string"),
        b't' | b'f' => kind.is_none_or(|kind| kind == "boolean"),
        b'n' => true,
        _ => kind.is_none_or(|kind| kind == "number" || (kind == "integer" && integer())),
    };
    if !right {
        return Err("another type");
    }
    let (text, length) = match value {
        Ok(Value::String(text)) => (Value::from(text.as_str()).to_string(), text.chars().count()),
        Ok(Value::Null) => (raw.into(), 0),
        // A number that no float holds is a number.
        Err(_) if raw.starts_with('"') => return Err("half a surrogate pair"),
        _ => (raw.to_owned(), raw.len()),
    };
    bounds.values += 1;
    bounds.bytes += text.len() + 2;
    bounds.longest = bounds.longest.max(length);
    Ok(text)
}

/// JSON whose texts are spelled in one way.
fn plain(json: &str) -> String {
    let raw: &RawValue = serde_json::from_str(json).expect("JSON");
    match raw.get().as_bytes()[0] {
        b'{' => {
            let members: Members<'_> = serde_json::from_str(raw.get()).unwrap();
            let member =
                |(name, value): &(String, &RawValue)| format!("{}:{}", Value::from(name.as_str()), plain(value.get()));
            format!("{{{}}}", members.0.iter().map(member).collect::<Vec<_>>().join(","))
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap();
            format!("[{}]", elements.iter().map(|element| plain(element.get())).collect::<Vec<_>>().join(","))
        }
        b'"' => serde_json::from_str::<Value>(raw.get()).unwrap().to_string(),
        _ => raw.get().into(),
    }
}

/// The members of a table, in order, doubled ones, too.
struct Members<'d>(Vec<(String, &'d RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}
