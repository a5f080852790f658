//! The route of a REST origin: literal text, and places for identifiers.

use crate::object::{NamedObject, ObjectKind};

/// A path below a site with places for identifiers: `/wp-json/wc/v3/orders/{order}`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route(Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Place(Place),
}

/// Where the identifier of an object goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: ObjectKind,
    /// The part of the URL that it is in, where that part names the route. WordPress decodes a path before it looks
    /// for its route, so that escapes keep nothing in its place there: `me` is another user, `101%2Fautosaves` another
    /// route.
    pub(crate) steers: Option<&'static str>,
}

/// The part of a URL that one is in, reading from its start.
#[derive(Clone, Copy)]
enum Within {
    Path,
    Name,
    Value,
}

impl Route {
    /// # Errors
    /// Says what is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with('/') || !text.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'\\') {
            return Err("must be a path such as /wp-json/wc/v3/orders/{order}, in visible ASCII without `#` and `\\`");
        }
        if text.split(['/', '?']).any(is_dots) {
            return Err("may not have a step of dots");
        }
        let (_, query) = text.split_once('?').unwrap_or_default();
        if query.contains('%') {
            return Err("may not have `%` in its query");
        }
        let routed = names_route(query);
        let mut within = Within::Path;
        let mut parts = Vec::new();
        for (count, piece) in text.split('{').enumerate() {
            let literal = match piece.split_once('}') {
                None if count == 0 => piece,
                Some((name, literal)) if count > 0 && !literal.contains('}') => {
                    let kind = ObjectKind::of_name(name).ok_or(PLACES)?;
                    parts.push(Part::Place(Place { kind, steers: within.steers(routed) }));
                    literal
                }
                _ => return Err(PLACES),
            };
            within = literal.bytes().fold(within, Within::after);
            parts.push(Part::Literal(literal.into()));
        }
        Ok(Self(parts))
    }

    /// The places in it.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        self.0.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Place(place) => Some(*place),
        })
    }

    /// The path for these objects. Each that has a place is a required one, and of those a thin payload lacks none.
    pub(super) fn filled(&self, objects: &[NamedObject<'_>]) -> String {
        let mut path = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => path.push_str(text),
                Part::Place(place) => {
                    for object in objects.iter().filter(|object| object.kind() == place.kind) {
                        escape(&mut path, object.identifier());
                    }
                }
            }
        }
        path
    }
}

impl Within {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Path, b'?') | (Self::Name | Self::Value, b'&') => Self::Name,
            (Self::Name, b'=') => Self::Value,
            _ => self,
        }
    }

    /// What an identifier would steer from here; `routed` where the query names the route.
    fn steers(self, routed: bool) -> Option<&'static str> {
        match self {
            Self::Path => Some("the path"),
            Self::Name => Some("the name of a parameter"),
            Self::Value => routed.then_some("a query with rest_route"),
        }
    }
}

/// Whether a query has the parameter by which WordPress knows a route without its path. To PHP `rest.route`,
/// `rest+route` and `rest[route` are the same name.
fn names_route(query: &str) -> bool {
    let same = |(byte, letter): (&u8, &u8)| byte == letter || (*letter == b'_' && b".+[".contains(byte));
    query.as_bytes().windows(ROUTE.len()).any(|name| name.iter().zip(ROUTE).all(same))
}

/// Percent-encodes all but the unreserved characters of RFC 3986 §2.3: what is written stays within its place.
fn escape(path: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => path.push(byte.into()),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
}

const ROUTE: &[u8] = b"rest_route";
const PLACES: &str = "may have {post}, {user}, {comment} and {order}, and no other braces";

/// Whether a step of a path is `.` or `..`, which a URL does not keep, in any spelling.
fn is_dots(step: &str) -> bool {
    matches!(step.to_ascii_lowercase().as_str(), "." | ".." | "%2e" | ".%2e" | "%2e." | "%2e%2e")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::ObjectRule;

    fn filled(route: &str, kind: ObjectKind, identifier: &str) -> String {
        let rule = ObjectRule { kind, by: kind.identifiers().to_vec(), required: true, forgiven: false };
        Route::parse(route).unwrap().filled(&[rule.named(identifier).unwrap()])
    }

    #[test]
    fn an_identifier_takes_its_place_in_the_route_and_no_other() {
        use ObjectKind::{Order, Post, User};
        assert_eq!(filled("/wc/v3/orders/{order}", Order, "1042"), "/wc/v3/orders/1042");
        assert_eq!(filled("/a/{order}/b/{order}?c={order}", Order, "7"), "/a/7/b/7?c=7");
        assert_eq!(filled("/pages?at={post}", Post, "parent/größe"), "/pages?at=parent%2Fgr%C3%B6%C3%9Fe");
        assert_eq!(filled("/pages?at={post}&x", Post, "gr%c3%b6sse"), "/pages?at=gr%25c3%25b6sse&x");
        assert_eq!(
            filled("/u?a={user}", User, "o'hara+a/b?c&d=~@example.com"),
            "/u?a=o%27hara%2Ba%2Fb%3Fc%26d%3D~%40example.com"
        );
        assert_eq!(filled("/u?a={user}", User, "a *.-_@ b"), "/u?a=a%20%2A.-_%40%20b");
    }

    #[test]
    fn a_place_steers_a_request_unless_it_is_the_value_of_a_parameter() {
        let steers = |route: &str| -> Vec<Option<&str>> {
            Route::parse(route).unwrap().places().map(|place| place.steers).collect()
        };
        let path = Some("the path");
        assert_eq!(steers("/a/{user}"), [path]);
        assert_eq!(steers("/{user}=&a={post}/{order}?b=1"), [path; 3]);
        assert_eq!(steers("/a?b={user}&c=d/{user}?={user}-{post}"), [None; 4]);
        assert_eq!(steers("/a/{order}?b={user}"), [path, None]);
        let name = Some("the name of a parameter");
        assert_eq!(steers("/a?{user}=b&c{user}=d&{post}"), [name; 3]);
        let routed = Some("a query with rest_route");
        for spelled in ["rest_route", "rest.route", "rest+route", "rest[route", "a&+rest_route", "a=1&rest_route"] {
            let route = format!("/?b={{user}}&{spelled}=/a/{{order}}&c={{post}}");
            assert_eq!(steers(&route), [routed; 3], "{route}");
        }
        assert_eq!(steers("/rest_route?a={user}"), [None]);
    }

    #[test]
    fn a_route_that_leads_elsewhere_is_refused() {
        for right in
            ["/", "/wp-json/x", "/%61", "/?rest_route=/wc/v3/orders/{order}", "/a...b/.c/{post}/d.", "/{user}{comment}"]
        {
            assert!(Route::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "wp-json/x",
            "https://elsewhere.example/",
            "/a b",
            "/ä",
            "/a#b",
            "/a\\b",
            "/..",
            "/a/../b",
            "/a/./b",
            "/a/..?b",
            "/%2e%2E/b",
            "/.%2e/b",
            "/?rest%5Froute=/a",
            "/a?b=%",
            "/a\n",
            "/{",
            "/}",
            "/{}",
            "/{product}",
            "/{order",
            "/order}",
            "/{{order}}",
            "/{Order}",
            "/{order}}",
        ] {
            assert!(Route::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
