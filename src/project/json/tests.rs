//! What the walk refuses, and which of two mistakes it tells.

use crate::allowlist::Allowlist;
use crate::outcome::Malformation;
use crate::project::reduce;

fn reduced(document: &[u8]) -> Result<String, Malformation> {
    reduce(&Allowlist::of_fields(&["/id", "/data/id", "/items/*/id"]).unwrap(), document)
}

#[test]
fn bytes_that_are_no_text_are_dropped_but_neither_kept_nor_walked_by() {
    assert_eq!(reduced(b"{\"x\":\"\xFF\",\"y\":{\"\xFF\":\"\\ud800\"},\"id\":1}"), Ok("{\"id\":1}".into()));
    let refused: [&[u8]; 6] = [
        b"{\"id\":\"\xFF\"}",
        b"{\"id\":\"\\ud800\"}",
        b"{\"\xFF\":1}",
        b"{\"\\ud800\":1}",
        b"{\"data\":\"\xFF\"}",
        b"{\"items\":{\"\xFF\":1}}",
    ];
    for document in refused {
        assert_eq!(reduced(document), Err(Malformation::Json), "{}", document.escape_ascii());
    }
}

#[test]
fn of_two_mistakes_the_first_is_told() {
    assert_eq!(reduced(b"{\"id\":[],"), Err(Malformation::FieldType));
    assert_eq!(reduced(b"{\"id\":[,]}"), Err(Malformation::Json));
    assert_eq!(reduced(b"{\"id\":[\"\xFF\"]}"), Err(Malformation::Json));
    assert_eq!(reduced(b"{\"id\":1,\"id\"}"), Err(Malformation::DuplicateField));
    assert_eq!(reduced(b"{\"id\":1}{"), Err(Malformation::Json));
}

#[test]
fn white_space_is_what_json_says_it_is() {
    assert_eq!(reduced(b" \t{\r\"id\"\n: 1 } \n"), Ok("{\"id\":1}".into()));
    for space in ["\u{b}", "\u{c}", "\u{a0}", "\0"] {
        assert_eq!(reduced(format!("{{\"id\":{space}1}}").as_bytes()), Err(Malformation::Json));
        assert_eq!(reduced(format!("{{\"id\":1}}{space}").as_bytes()), Err(Malformation::Json));
    }
}
