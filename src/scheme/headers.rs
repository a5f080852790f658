//! Headers that a sender lists and signs (Contentful).

use super::HeaderName;
use crate::host::Request;

/// Most headers of a list.
const MOST: usize = 64;

/// The headers that the first of `names` lists, as `name:value` with `;` between them. All of `names` must be listed: a
/// list that is not signed could leave out the others. `None` for what the sender does not write: names that are not in
/// order, twice, or in another spelling, and a value that could be taken for two headers.
pub(crate) fn listed(names: &[HeaderName], request: &impl Request) -> Option<String> {
    let list = names.first()?.value(request)?;
    let all: Vec<&str> = list.split(',').collect();
    let ordered = all.is_sorted_by(|one, next| one < next);
    if !ordered || all.len() > MOST || !names.iter().all(|name| all.contains(&name.as_str())) {
        return None;
    }
    let mut text = String::new();
    for spelled in all {
        let name = HeaderName::new(spelled).filter(|name| name.as_str() == spelled)?;
        let value = name.value(request)?;
        // A parameter such as `; charset=utf-8` has a space, the next header has none.
        if value.split(';').skip(1).any(|part| !part.starts_with(' ')) {
            return None;
        }
        if !text.is_empty() {
            text.push(';');
        }
        text.push_str(spelled);
        text.push(':');
        text.push_str(&value);
    }
    Some(text)
}

/// Whether a header says what it must. A `*` in `expected` stands for letters, digits, `_` and `-`.
pub(crate) fn says(value: &str, expected: &str) -> bool {
    match expected.split_once('*') {
        None => value == expected,
        Some((before, after)) => {
            value.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(is_token)
        }
    }
}

/// Letters, digits, `_` and `-`: what cannot be taken for a separator.
pub(crate) fn is_token(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=256).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::tests::Sent;

    fn read(headers: &[(&str, &str)]) -> Option<String> {
        let names = ["x-list", "x-time"].map(|name| HeaderName::new(name).unwrap());
        listed(&names, &Sent(headers))
    }

    #[test]
    fn what_a_list_names_is_joined_in_its_order() {
        let type_ = ("content-type", "application/json; charset=utf-8");
        let all = [type_, ("x-list", "content-type,x-list,x-time"), ("x-time", "7"), ("x-other", "1")];
        let text = "content-type:application/json; charset=utf-8;x-list:content-type,x-list,x-time;x-time:7";
        assert_eq!(read(&all).as_deref(), Some(text));
        assert_eq!(
            read(&[("x-list", "x-list,x-time"), ("x-time", "")]).as_deref(),
            Some("x-list:x-list,x-time;x-time:")
        );
    }

    #[test]
    fn a_list_has_one_spelling() {
        for list in [
            "",
            ",",
            "x-list",
            "x-time",
            "x-time,x-list",
            "x-list,x-list,x-time",
            "x-list,x-time,x-time",
            "x-list, x-time",
            "x-list,x-time,",
            ",x-list,x-time",
            "X-List,x-time",
            "x-list,x_time",
            "x-list,x-other,x-time",
            "x-list,x-time, x-list,x-time",
        ] {
            assert_eq!(read(&[("x-list", list), ("x-time", "7")]), None, "{list}");
        }
        assert_eq!(read(&[("x-list", "x-list,x-time"), ("x-time", "7"), ("x_time", "7")]), None);
        assert_eq!(read(&[("x-list", "a,x-list,x-time"), ("a", "1;x-list:a"), ("x-time", "7")]), None);
    }

    #[test]
    fn a_star_stands_for_a_name() {
        for (value, expected, right) in [
            ("1", "1", true),
            ("1, 1", "1", false),
            ("11", "1", false),
            ("key=a_b,algorithm=X", "key=*,algorithm=X", true),
            ("key=,algorithm=X", "key=*,algorithm=X", false),
            ("key=a,algorithm=X, key=a,algorithm=X", "key=*,algorithm=X", false),
            ("key=a,algorithm=Y", "key=*,algorithm=X", false),
        ] {
            assert_eq!(says(value, expected), right, "{value}");
        }
    }
}
