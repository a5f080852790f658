//! Places in a body: a sender that signs parts of a request writes its signature beside them.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Map, Value};

/// A body with a text at a place, in whose stead it has none: the parameter of a form, or what a JSON pointer names.
pub(super) fn put(form: bool, body: &[u8], place: &str, text: &str) -> Result<Vec<u8>, String> {
    let name = place.strip_prefix('/').ok_or("has no such place")?;
    if form {
        return Ok(put_parameter(body, name, text));
    }
    let mut document: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    let steps: Vec<&str> = name.split('/').collect();
    write(&mut document, &steps, text).ok_or_else(|| format!("the body has no {place}"))?;
    Ok(document.to_string().into_bytes())
}

/// `0` is the first element of a list, `*` every one.
fn write(at: &mut Value, steps: &[&str], text: &str) -> Option<()> {
    let Some((step, below)) = steps.split_first() else {
        *at = text.into();
        return Some(());
    };
    match (*step, at) {
        ("0", Value::Array(list)) => write(list.first_mut()?, below, text),
        ("*", Value::Array(list)) => list.iter_mut().try_for_each(|item| write(item, below, text)),
        (_, Value::Object(table)) => {
            write(table.entry(*step).or_insert_with(|| Value::Object(Map::new())), below, text)
        }
        _ => None,
    }
}

fn put_parameter(form: &[u8], name: &str, text: &str) -> Vec<u8> {
    let named = |pair: &&[u8]| pair.strip_prefix(name.as_bytes()).is_none_or(|rest| !rest.starts_with(b"="));
    let mut pairs: Vec<Vec<u8>> =
        form.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).filter(named).map(<[u8]>::to_vec).collect();
    pairs.push(format!("{name}={}", percent_encode(text.as_bytes(), NON_ALPHANUMERIC)).into_bytes());
    pairs.join(&b'&')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_put_beside_what_is_there() {
        let put =
            |form, body: &str, place| put(form, body.as_bytes(), place, "x/y").map(|b| String::from_utf8(b).unwrap());
        assert_eq!(put(true, "a=1&b=2", "/a").unwrap(), "b=2&a=x%2Fy");
        assert_eq!(put(true, "", "/a").unwrap(), "a=x%2Fy");
        assert_eq!(put(false, r#"{"b":1.50}"#, "/a/c").unwrap(), r#"{"a":{"c":"x/y"},"b":1.5}"#);
        assert_eq!(put(false, r#"{"a":[{"b":1}]}"#, "/a/0/b").unwrap(), r#"{"a":[{"b":"x/y"}]}"#);
        let each = r#"{"a":[{"b":"x/y"},{"b":"x/y"}]}"#;
        assert_eq!(put(false, r#"{"a":[{"b":1},{}]}"#, "/a/*/b").unwrap(), each);
        for wrong in ["", "[]", "1", r#"{"a":[]}"#, r#"{"a":1}"#] {
            assert!(put(false, wrong, "/a/0/b").is_err(), "{wrong}");
        }
    }
}
