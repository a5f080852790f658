//! serde_json is the oracle: it skips by the same grammar.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use serde::de::IgnoredAny;

use super::*;

const PIECES: [&str; 48] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\":",
    "\"\\u0061\":1,",
    "\"",
    "\\",
    "\\\"",
    "\\u00e9",
    "\\ud800",
    "\\u00g0",
    "\\x",
    "1e999",
    "-0",
    "01",
    "1.",
    "1.e1",
    ".5",
    "1e",
    "1E+",
    "1E-5",
    "-",
    "+1",
    "12",
    "0.10",
    "true",
    "false",
    "null",
    "nul",
    "True",
    " ",
    "\n",
    "\t",
    "\r",
    "\u{b}",
    "\u{c}",
    "\u{a0}",
    "\u{feff}",
    "\0",
    "\u{1f}",
    "\u{7f}",
    "é",
    "\"\"",
    "\"eight by\"",
    "\"a text of more than sixteen bytes\"",
];

fn document() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        "\"([ -!#-\\[\\]-~é]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}){0,30}\"",
        select(PIECES.to_vec()).prop_map(String::from),
    ];
    let nested = scalar.prop_recursive(4, 32, 5, |below| {
        let members = (vec(("[ -!#-\\[\\]-~]{0,20}", below.clone()), 0..5), "[ \n\r\t]{0,2}");
        prop_oneof![
            vec(below, 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
            members.prop_map(|(members, space)| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\"{space}:{value}")).collect();
                format!("{space}{{{}}}", members.join(&format!("{space},{space}")))
            }),
        ]
    });
    let deep = (1_usize..300, 0_usize..3, select(vec![("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")]));
    let deep = deep.prop_map(|(depth, less, (open, close))| {
        [&open.repeat(depth), "[]", &close.repeat(depth.saturating_sub(less))].concat()
    });
    prop_oneof![8 => nested, 1 => deep, 1 => vec(select(PIECES.to_vec()), 0..12).prop_map(|pieces| pieces.concat())]
}

/// Documents, many of them with bytes turned over, removed, inserted, or cut off.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let damage = (0_u8..8, any::<Index>(), any::<u8>(), select(PIECES.to_vec()));
    (document(), vec(damage, 0..3)).prop_map(|(document, damages)| {
        let mut bytes = document.into_bytes();
        for (kind, place, byte, piece) in damages {
            let place = place.index(bytes.len().max(1)).min(bytes.len());
            match kind {
                0 => bytes.truncate(place),
                1 => bytes.insert(place, byte),
                2 => drop(bytes.splice(place..place, piece.bytes())),
                3 => drop(bytes.drain(place..bytes.len().min(place.saturating_add(1)))),
                4 => bytes.get_mut(place).into_iter().for_each(|own| *own ^= 1 << (byte % 8)),
                _ => {}
            }
        }
        bytes
    })
}

#[test]
fn a_value_is_one_and_ends_where_serde_json_says() {
    let property = |bytes: Vec<u8>| {
        let end = value(&bytes).map(|rest| bytes.len().saturating_sub(rest.len()));
        let whole = |bytes: &[u8]| serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
        prop_assert_eq!(value(&bytes).is_some_and(|rest| space(rest).is_empty()), whole(&bytes));
        // Whatever follows: the value alone is one, too.
        prop_assert!(end.is_none_or(|end| whole(&bytes[..end])));
        let mut values = serde_json::Deserializer::from_slice(&bytes).into_iter::<IgnoredAny>();
        if values.next().is_some_and(|value| value.is_ok()) {
            prop_assert_eq!(end, Some(values.byte_offset()));
        }
        Ok(())
    };
    let config = Config { cases: 20_000, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&bytes(), property).unwrap();
}

#[test]
fn every_byte_is_special_in_a_string_or_not_wherever_it_stands() {
    for (byte, place) in (0..=u8::MAX).flat_map(|byte| (0..20).map(move |place| (byte, place))) {
        let mut text = [b'a'; 20];
        text[place] = byte;
        let found = special(&text).map(|(byte, after)| (byte, after.len()));
        let expected = matches!(byte, b'"' | b'\\' | ..0x20).then_some((byte, 19 - place));
        assert_eq!(found, expected, "{byte:#x} at {place}");
    }
}

#[test]
fn a_document_may_be_nested_as_deeply_as_it_is_long() {
    let nested = ["[{\"a\":".repeat(100_000), "1".into(), "}]".repeat(100_000)].concat();
    assert_eq!(value(nested.as_bytes()), Some(&b""[..]));
    assert_eq!(value(&nested.as_bytes()[..nested.len() - 1]), None);
}
