use super::*;
use crate::scheme::tests::Sent;

fn fill(template: &str, body: &str, form: bool) -> Option<String> {
    let template = Template::new(template).unwrap();
    let url = "https://h.example/{id}?x=1";
    let body = Body::from(body.as_bytes().to_vec());
    let content = Content { id: "a", timestamp: "7", method: "POST", url, form, ..Content::new(&body) };
    let filled = template.fill(content, &Sent(&[]))?.joined().to_vec();
    Some(String::from_utf8(filled).unwrap())
}

#[test]
fn a_template_is_filled_in_its_order() {
    for (template, form, body, text) in [
        ("v0:{timestamp}.{id}{method}{url}|{body}", false, "{body}", "v0:7.aPOSThttps://h.example/{id}?x=1|{body}"),
        (
            "{path}{?&}b={sha256}",
            false,
            "",
            "/{id}?x=1&b=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        ("{form}", true, "b=2&a=%41+1&b=1&b=2&c=", "aA 1b1b2c"),
        ("{/a/0/b}:{/c}:{/d~}:{/e}", false, r#"{"a":[{"b":1.50}],"d":"x:y","e":null}"#, "1.50::x:y:"),
        ("{/a}{/b}", true, "b=2&a=%3A1", ":12"),
    ] {
        assert_eq!(fill(template, body, form).as_deref(), Some(text), "{template}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_fills_nothing() {
    for (template, form, body) in [
        ("{form}", true, ""),
        ("{form}", true, "a"),
        ("{form}", true, "=a"),
        ("{form}", true, "a=1&"),
        ("{form}", true, "a=%FF"),
        ("{/a}", true, "a=1&a=1"),
        ("{/a}", false, r#"{"a":1,"a":1}"#),
        ("{/a}", false, r#"{"a":[1]}"#),
        ("{/a}", false, r#"{"a":1}x"#),
        ("{/a/0}", false, "{\"a\":[1,2]}"),
        ("{/a/0/b}", false, r#"{"a":[{},{"b":1}]}"#),
        ("{/a}:{/b}", false, r#"{"a":"1:2","b":3}"#),
    ] {
        assert_eq!(fill(template, body, form), None, "{template} {body}");
    }
}

#[test]
fn a_brace_that_names_nothing_is_a_mistake() {
    for wrong in [
        "{",
        "}",
        "{body",
        "body}",
        "{bodies}",
        "{}",
        "{body}}",
        "{Body}",
        "{?}",
        "{?&&}",
        "{/a{body}",
        "{id{body}}",
        "{:}",
        "{query}",
        "{headers:a b}",
    ] {
        assert!(Template::new(wrong).is_none(), "{wrong}");
    }
}
