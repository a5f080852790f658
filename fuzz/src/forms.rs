//! Forms and queries: read as the URL standard's own reader reads them, or refused.
//!
//! An input is a line of names, a line with the query, and the form.

use hookgate::allowlist::Allowlist;
use hookgate::fuzz;
use serde_json::{Map, Value};

use crate::{recordings, text_line};

/// Words of forms.
pub const WORDS: &[&str] = &[
    "/id", "/state", "/a~1b", "/~0", "/a b", "id=", "state=", "a%2Fb=", "a/b=", "%7E=", "a+b=", "a%20b=", "&", "=",
    "%", "+", "%2", "%zz", "%00", "%C3%A9", "%c3", "%ff", "%26", "%3D", "%2B", "\u{fffd}", "é", ";", "#", "?",
];

/// The recorded forms and queries, each with the places of its hook.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let recorded = recordings::requests();
    let seeds = recorded.iter().filter_map(|request| {
        let (hook, query, body) = recordings::parts(request);
        let names: Vec<String> = recordings::places(hook).into_iter().filter(|at| !at[1..].contains('/')).collect();
        let form = !body.starts_with(b"{") && !body.starts_with(b"[") && body.len() < 2_048;
        let right = form && !names.is_empty() && (!query.is_empty() || body.contains(&b'='));
        right.then(|| [names.join(" ").as_bytes(), b"\n", query.as_bytes(), b"\n", body].concat())
    });
    let own = [
        &b"/id /state\nid=1\nstate=paid&x=%ff"[..],
        b"/id\nid=1\nid=1",
        b"/a~1b /~0 /a b\n\na%2Fb=%C3%A9&~=1+2&a+b=%2B",
        b"/id\n\n&&id&=&id2",
        b"/id /b\nb=%C3\n",
    ];
    seeds.chain(own.map(<[u8]>::to_vec)).collect()
}

/// Reads one query and one form.
pub fn run(mut input: &[u8]) {
    let (Some(places), Some(query)) = (text_line(&mut input), text_line(&mut input)) else { return };
    let places: Vec<&str> = places.split(' ').collect();
    let Ok(allowlist) = Allowlist::of_fields(&places) else { return };
    // Deeper places are no parameters.
    let names = places.iter().map(|at| &at[1..]).filter(|name| !name.contains('/') && *name != "*");
    let names: Vec<String> = names.map(|name| name.replace("~1", "/").replace("~0", "~")).collect();
    // What is not UTF-8 the other reader replaces by this character.
    if names.iter().any(|name| name.contains('\u{fffd}')) {
        return;
    }
    let read = fuzz::parameters(&allowlist, query, input);
    let read = read.map(|json| serde_json::from_str::<Value>(&json).expect("a thin payload is JSON"));
    match (expected(&names, query.as_bytes(), input), read) {
        (Expected::Fields(fields), Ok(read)) => assert_eq!(read, Value::Object(fields)),
        (Expected::Fields(fields), Err(why)) => panic!("{why:?} instead of {fields:?}"),
        (Expected::Refusal, Ok(read)) => panic!("taken: {read}"),
        (Expected::Refusal, Err(_)) | (Expected::Either, _) => {}
    }
}

enum Expected {
    Fields(Map<String, Value>),
    Refusal,
    /// The other reader cannot tell what was not UTF-8 from the character that stands in for it.
    Either,
}

fn expected(names: &[String], query: &[u8], form: &[u8]) -> Expected {
    let mut fields = Map::new();
    let mut bytes = 0;
    for source in [query, form] {
        if source.split(|byte| *byte == b'&').count() > 1_000 {
            return Expected::Refusal;
        }
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in form_urlencoded::parse(source).filter(|(name, _)| names.iter().any(|own| own == name)) {
            if seen.iter().any(|own| *own == name) {
                return Expected::Refusal;
            }
            if value.contains('\u{fffd}') {
                return Expected::Either;
            }
            if value.chars().count() > 1_024 || fields.get(&*name).is_some_and(|first| *first != *value) {
                return Expected::Refusal;
            }
            bytes += name.len() + value.len();
            seen.push(name.clone().into_owned());
            fields.insert(name.into_owned(), value.into_owned().into());
        }
    }
    // So long, escapes decide.
    if bytes > 10_000 { Expected::Either } else { Expected::Fields(fields) }
}
