//! The connector plugin: it verifies the gate's signature, claims each delivery, and says in a code of its own what
//! became of it.

use super::{Answer, Message, Signer, Site, header, picked, retry_after};
use crate::host::OriginAnswer;
use crate::json::{append, quoted, separate};
use crate::object::NamedObject;
use crate::outcome::Rejection;
use crate::project::ThinPayload;
use crate::secret::Secret;

/// The connector's route below a site's URL.
const ROUTE: &str = "/wp-json/hookgate/v1/deliveries";

/// A site with the connector, which takes nothing that is not signed.
#[derive(Debug)]
pub(crate) struct Connector {
    url: String,
    signer: Signer,
    authorization: Option<Secret>,
}

impl Connector {
    pub(crate) fn new(site: &Site, signer: Signer) -> Self {
        Self { url: format!("{}{ROUTE}", site.url()), signer, authorization: site.authorization().cloned() }
    }

    pub(super) fn message(&self, payload: &ThinPayload<'_>) -> Message<'_> {
        Message {
            url: self.url.clone(),
            body: body(&payload.hook().id, payload.objects(), payload.fields()),
            proofs: self.authorization.iter().map(|value| header("authorization", value.expose())).collect(),
            signer: Some(&self.signer),
        }
    }
}

/// `{"hook":…,"objects":{"order":{"id":"1042"}},"required":["order"],"fields":{…}}`
fn body(hook: &str, objects: &[NamedObject<'_>], fields: &str) -> String {
    let mut json = format!("{{\"hook\":\"{hook}\",\"objects\":{{");
    for object in objects {
        separate(&mut json);
        append(&mut json, &["\"", object.kind().name(), "\":{"]);
        for kind in object.candidates() {
            separate(&mut json);
            append(&mut json, &["\"", kind.name(), "\":\"", object.identifier(), "\""]);
        }
        json.push('}');
    }
    json.push('}');
    let required = objects.iter().filter(|object| object.is_required()).map(|object| quoted(object.kind().name()));
    let required: Vec<String> = required.collect();
    if !required.is_empty() {
        append(&mut json, &[",\"required\":[", &required.join(","), "]"]);
    }
    append(&mut json, &[",\"fields\":", fields, "}"]);
    json
}

/// What an answer of the connector means; one without its codes may come from anywhere.
pub(super) fn judge(answer: &OriginAnswer) -> Answer {
    match (answer.status, picked(answer, "/code").as_deref()) {
        (200..=299, Some("hookgate_accepted")) => Answer::Accepted,
        (400, Some("hookgate_objects_not_found")) => Answer::Refused(Rejection::ObjectsNotFound.into()),
        (409, Some("hookgate_in_progress")) => {
            Answer::Refused(Rejection::InProgress { retry_after: retry_after(answer) }.into())
        }
        _ => Answer::of_status(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{ObjectKind, ObjectRule};
    use crate::origin::tests::{answer, refused};
    use crate::outcome::Failure;

    fn rule(kind: ObjectKind, required: bool) -> ObjectRule {
        ObjectRule { kind, by: kind.identifiers().to_vec(), required, forgiven: false }
    }

    #[test]
    fn a_body_names_objects_in_every_way_they_may_be_known_and_says_which_are_required() {
        let rules = [rule(ObjectKind::Post, true), rule(ObjectKind::User, false), rule(ObjectKind::Order, true)];
        let objects: Vec<_> =
            rules.iter().zip(["tea", "7", "1042"]).map(|(rule, text)| rule.named(text).unwrap()).collect();
        assert_eq!(
            body("orders", &objects, "{\"a\":1}"),
            r#"{"hook":"orders","objects":{"post":{"slug":"tea"},"user":{"id":"7","login":"7"},"order":{"id":"1042","key":"1042"}},"required":["post","order"],"fields":{"a":1}}"#
        );
        assert_eq!(
            body("orders", &objects[1..2], "[]"),
            r#"{"hook":"orders","objects":{"user":{"id":"7","login":"7"}},"fields":[]}"#
        );
        assert_eq!(body("orders", &[], "{}"), r#"{"hook":"orders","objects":{},"fields":{}}"#);
    }

    #[test]
    fn success_is_what_the_connector_calls_so() {
        let accepted =
            r#"{"code":"hookgate_accepted","message":"Accepted","data":{"status":200,"objects":{"order":13}}}"#;
        for status in [200, 201] {
            assert_eq!(judge(&answer(status, accepted, None)), Answer::Accepted);
        }
        for body in [
            "",
            "{}",
            "<html>This domain is for sale</html>",
            "hookgate_accepted",
            r#"{"code":"ok"}"#,
            r#"{"code":["hookgate_accepted"]}"#,
            "\u{feff}{\"code\":\"hookgate_accepted\"}",
        ] {
            for status in [200, 204] {
                assert_eq!(judge(&answer(status, body, None)), Answer::Unknown(Failure::OriginUnrecognized), "{body}");
            }
        }
        assert_eq!(judge(&answer(500, accepted, None)), Answer::Unknown(Failure::OriginError));
        assert_eq!(judge(&answer(404, accepted, None)), refused(Failure::OriginRefused));
    }

    #[test]
    fn objects_that_are_not_found_and_a_delivery_in_progress_have_their_own_answer() {
        let not_found = r#"{"code":"hookgate_objects_not_found","message":"Objects not found","data":{"status":400}}"#;
        assert_eq!(judge(&answer(400, not_found, None)), Answer::Refused(Rejection::ObjectsNotFound.into()));
        assert_eq!(judge(&answer(404, not_found, None)), refused(Failure::OriginRefused));
        let in_progress = r#"{"code":"hookgate_in_progress","message":"In progress","data":{"status":409}}"#;
        assert_eq!(
            judge(&answer(409, in_progress, Some("7"))),
            Answer::Refused(Rejection::InProgress { retry_after: 7 }.into())
        );
        assert_eq!(judge(&answer(400, in_progress, Some("7"))), refused(Failure::OriginRefused));
        for body in ["", "{}", r#"{"code":"rest_conflict"}"#, "hookgate_in_progress"] {
            assert_eq!(judge(&answer(409, body, Some("7"))), refused(Failure::OriginRefused), "{body}");
            assert_eq!(judge(&answer(400, body, None)), refused(Failure::OriginRefused), "{body}");
        }
    }
}
