//! Any REST route of a site, with an application password: identifiers go into the route, the fields are the body.

use super::{Answer, Message, Signer, Site, picked};
use crate::host::OriginAnswer;
use crate::object::{NamedObject, ObjectKind};
use crate::outcome::Rejection;
use crate::project::ThinPayload;
use crate::secret::Secret;

/// A route of a site, and what opens it.
#[derive(Debug)]
pub(crate) struct Rest {
    site: String,
    route: Route,
    authorization: Secret,
    signer: Option<Signer>,
}

/// A path below a site with places for identifiers: `/wp-json/wc/v3/orders/{order}`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route(Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// The identifier of this object.
    Place(ObjectKind),
}

impl Rest {
    pub(crate) fn new(site: &Site, authorization: Secret, route: Route) -> Self {
        Self { site: site.url().into(), route, authorization, signer: site.signer().cloned() }
    }

    pub(super) fn message(&self, payload: &ThinPayload<'_>) -> Message<'_> {
        Message {
            url: format!("{}{}", self.site, self.route.filled(payload.objects())),
            body: payload.fields().into(),
            proofs: vec![("authorization".into(), self.authorization.expose().into())],
            signer: self.signer.as_ref(),
        }
    }
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
        let mut parts = Vec::new();
        for (count, piece) in text.split('{').enumerate() {
            let literal = match piece.split_once('}') {
                None if count == 0 => piece,
                Some((name, literal)) if count > 0 && !literal.contains('}') => {
                    parts.push(Part::Place(ObjectKind::of_name(name).ok_or(PLACES)?));
                    literal
                }
                _ => return Err(PLACES),
            };
            parts.push(Part::Literal(literal.into()));
        }
        Ok(Self(parts))
    }

    /// The objects that have a place in it.
    pub(crate) fn objects(&self) -> impl Iterator<Item = ObjectKind> {
        self.0.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Place(kind) => Some(*kind),
        })
    }

    /// The path for these objects. Each that has a place is a required one, and of those a thin payload lacks none.
    fn filled(&self, objects: &[NamedObject<'_>]) -> String {
        let mut path = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => path.push_str(text),
                Part::Place(kind) => {
                    for object in objects.iter().filter(|object| object.kind() == *kind) {
                        escape(&mut path, object.identifier());
                    }
                }
            }
        }
        path
    }
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

const PLACES: &str = "may have {post}, {user}, {comment} and {order}, and no other braces";

/// Whether a step of a path is `.` or `..`, which a URL does not keep, in any spelling.
fn is_dots(step: &str) -> bool {
    matches!(step.to_ascii_lowercase().as_str(), "." | ".." | "%2e" | ".%2e" | "%2e." | "%2e%2e")
}

/// What an answer of a route means. WordPress' own routes answer 404 for an object that is not there, and WooCommerce's
/// answer 400 where one is to be changed.
pub(super) fn judge(answer: &OriginAnswer) -> Answer {
    match answer.status {
        200..=299 => Answer::Accepted,
        400 | 404 if picked(answer, "/code").is_some_and(|code| code.ends_with("_invalid_id")) => {
            Answer::Refused(Rejection::ObjectsNotFound.into())
        }
        _ => Answer::of_status(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::ObjectRule;
    use crate::origin::tests::{answer, refused};
    use crate::outcome::Failure;

    fn filled(route: &str, kind: ObjectKind, identifier: &str) -> String {
        let rule = ObjectRule { kind, by: kind.identifiers().to_vec(), required: true };
        Route::parse(route).unwrap().filled(&[rule.named(identifier).unwrap()])
    }

    #[test]
    fn an_identifier_takes_its_place_in_the_route_and_no_other() {
        use ObjectKind::{Order, Post, User};
        assert_eq!(filled("/wc/v3/orders/{order}", Order, "1042"), "/wc/v3/orders/1042");
        assert_eq!(
            filled("/a/{order}/b/{order}?c={order}", Order, "wc_order-9Z"),
            "/a/wc_order-9Z/b/wc_order-9Z?c=wc_order-9Z"
        );
        assert_eq!(filled("/pages/{post}", Post, "parent/größe"), "/pages/parent%2Fgr%C3%B6%C3%9Fe");
        assert_eq!(filled("/pages/{post}", Post, "gr%c3%b6sse"), "/pages/gr%25c3%25b6sse");
        assert_eq!(
            filled("/u/{user}", User, "o'hara+a/b?c&d=~@example.com"),
            "/u/o%27hara%2Ba%2Fb%3Fc%26d%3D~%40example.com"
        );
        assert_eq!(filled("/u/{user}", User, "a *.-_@ b"), "/u/a%20%2A.-_%40%20b");
    }

    #[test]
    fn a_route_that_leads_elsewhere_is_refused() {
        for right in
            ["/", "/wp-json/x", "/?rest_route=/wc/v3/orders/{order}", "/a...b/.c/{post}/d.", "/{user}{comment}"]
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

    #[test]
    fn an_answer_of_a_route_means_what_its_status_says() {
        for status in [200, 201, 204] {
            assert_eq!(judge(&answer(status, "", None)), Answer::Accepted);
        }
        for code in ["rest_post_invalid_id", "rest_user_invalid_id", "woocommerce_rest_shop_order_invalid_id"] {
            for status in [400, 404] {
                let body =
                    format!("{{\"code\":\"{code}\",\"message\":\"Invalid ID.\",\"data\":{{\"status\":{status}}}}}");
                assert_eq!(judge(&answer(status, &body, None)), Answer::Refused(Rejection::ObjectsNotFound.into()));
                assert_eq!(judge(&answer(403, &body, None)), refused(Failure::OriginRefused));
            }
        }
        for body in
            ["", r#"{"code":"rest_no_route"}"#, r#"{"code":"rest_invalid_param"}"#, r#"{"message":"_invalid_id"}"#]
        {
            for status in [400, 401, 404] {
                assert_eq!(judge(&answer(status, body, None)), refused(Failure::OriginRefused), "{body}");
            }
        }
        assert_eq!(judge(&answer(503, "", Some("9"))), refused(Failure::OriginBusy { retry_after: 9 }));
        assert_eq!(judge(&answer(302, "", None)), refused(Failure::OriginRedirect));
        assert_eq!(judge(&answer(500, "", None)), Answer::Unknown(Failure::OriginError));
    }
}
