//! WunderAutomation's own webhook trigger, asked exactly as that plugin reads a request: parameters in a JSON body, a
//! bare SHA-1 over it, Basic credentials or a key in a header. It keeps no idempotency keys.

use super::{Answer, Message, Signer, Site, picked};
use crate::hash::{Hash, Mac};
use crate::host::OriginAnswer;
use crate::json::{append, quoted, separate};
use crate::object::{NamedObject, ObjectKind, unescaped};
use crate::outcome::Rejection;
use crate::project::ThinPayload;
use crate::secret::Secret;

/// The trigger of one workflow.
#[derive(Debug)]
pub(crate) struct WunderAutomation {
    url: String,
    parameters: Parameters,
    proofs: Proofs,
    signer: Option<Signer>,
}

/// The names under which the trigger expects objects.
pub(crate) type Parameters = Vec<(ObjectKind, String)>;
/// Headers, each with what it shows.
pub(crate) type Proofs = Vec<(String, Proof)>;

/// What a header shows.
#[derive(Debug)]
pub(crate) enum Proof {
    /// The same every time.
    Credentials(Secret),
    /// The SHA-1 HMAC of the body, in bare lower-case hex: a prefix such as GitHub's is not understood.
    Mac(Box<Mac>),
}

impl WunderAutomation {
    pub(crate) fn new(site: &Site, trigger: &str, parameters: Parameters, proofs: Proofs) -> Self {
        Self { url: format!("{}/{trigger}", site.url()), parameters, proofs, signer: site.signer().cloned() }
    }

    pub(super) fn message(&self, payload: &ThinPayload<'_>) -> Message<'_> {
        let body = body(&self.parameters, payload.objects(), payload.fields());
        let proofs = self.proofs.iter().map(|(header, proof)| (header.clone(), proof.of(&body))).collect();
        Message { url: self.url.clone(), proofs, body, signer: self.signer.as_ref() }
    }
}

impl Proof {
    pub(crate) fn mac(secret: &Secret) -> Self {
        Self::Mac(Box::new(Mac::new(Hash::Sha1, secret.expose().as_bytes())))
    }

    fn of(&self, body: &str) -> String {
        match self {
            Self::Credentials(secret) => secret.expose().into(),
            Self::Mac(key) => base16ct::lower::encode_string(&key.sign(&[body.as_bytes()])),
        }
    }
}

/// One flat table: what names the objects, then the fields, which are a table, too.
fn body(parameters: &[(ObjectKind, String)], objects: &[NamedObject<'_>], fields: &str) -> String {
    let mut json = String::from("{");
    for object in objects {
        for (_, name) in parameters.iter().filter(|(kind, _)| *kind == object.kind()) {
            separate(&mut json);
            append(&mut json, &[&quoted(name), ":", &quoted(&value(object))]);
        }
    }
    let members = fields.strip_prefix('{').unwrap_or(fields);
    if members != "}" {
        separate(&mut json);
    }
    json.push_str(members);
    json
}

/// The text for an object. The plugin strikes out percent escapes (`sanitize_text_field`), and finds a slug by the
/// letters that they stand for.
fn value(object: &NamedObject<'_>) -> String {
    let text = object.identifier();
    match (object.kind(), unescaped(text)) {
        (ObjectKind::Post, Some(letters)) => letters.into(),
        _ => text.into(),
    }
}

/// What an answer of the trigger means. These are the words it sends; its documentation has others.
pub(super) fn judge(answer: &OriginAnswer) -> Answer {
    match (answer.status, picked(answer, "/message").as_deref()) {
        (200, Some(message)) if message.eq_ignore_ascii_case("success") => Answer::Accepted,
        (400, Some("All required objects not found" | "Objects not found")) => {
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

    #[test]
    fn a_body_is_one_flat_table() {
        let rule =
            |kind: ObjectKind| ObjectRule { kind, by: kind.identifiers().to_vec(), required: false, forgiven: false };
        let (post, order) = (rule(ObjectKind::Post), rule(ObjectKind::Order));
        let objects = [post.named("gr%c3%b6sse").unwrap(), order.named("1042").unwrap()];
        let parameters = [(ObjectKind::Post, "a\"b".to_owned()), (ObjectKind::Order, "order_id".to_owned())];
        let body = |objects, fields| body(&parameters, objects, fields);
        assert_eq!(body(&objects, r#"{"a":1,"b":[2]}"#), r#"{"a\"b":"grösse","order_id":"1042","a":1,"b":[2]}"#);
        assert_eq!(body(&objects[1..], "{}"), r#"{"order_id":"1042"}"#);
        assert_eq!(body(&[], r#"{"a":1}"#), r#"{"a":1}"#);
        assert_eq!(body(&[], "{}"), "{}");
    }

    #[test]
    fn a_text_that_stands_for_no_letters_stays_as_it_is() {
        let rule =
            |kind: ObjectKind| ObjectRule { kind, by: kind.identifiers().to_vec(), required: false, forgiven: false };
        assert_eq!(value(&rule(ObjectKind::Post).named("a%ff").unwrap()), "a%ff");
        assert_eq!(value(&rule(ObjectKind::User).named("a%c3%b6@example.com").unwrap()), "a%c3%b6@example.com");
    }

    #[test]
    fn a_mac_is_bare_hex() {
        // GitHub's documented secret and body.
        let secret = Secret::new("It's a Secret to Everybody".into()).unwrap();
        let mac = Proof::mac(&secret).of("Hello, World!");
        assert_eq!(mac, "01dc10d0c83e72ed246219cdd91669667fe2ca59");
    }

    #[test]
    fn an_answer_of_the_trigger_means_what_its_message_says() {
        let says = |status: u16, message: &str| {
            let body = format!("{{\"code\":\"ok\",\"message\":\"{message}\",\"data\":{{\"status\":{status}}}}}");
            judge(&answer(status, &body, None))
        };
        for message in ["success", "Success"] {
            assert_eq!(says(200, message), Answer::Accepted);
            assert_eq!(says(201, message), Answer::Unknown(Failure::OriginUnrecognized));
            assert_eq!(says(400, message), refused(Failure::OriginRefused));
        }
        for message in ["All required objects not found", "Objects not found"] {
            assert_eq!(says(400, message), Answer::Refused(Rejection::ObjectsNotFound.into()));
            assert_eq!(says(404, message), refused(Failure::OriginRefused));
            assert_eq!(says(200, message), Answer::Unknown(Failure::OriginUnrecognized));
        }
        assert_eq!(says(404, "Unkown hook code"), refused(Failure::OriginRefused));
        assert_eq!(says(401, "Authentication failed"), refused(Failure::OriginRefused));
        for body in ["", "success", "<html></html>", "code: ok\nmessage: success\nstatus: 200\n"] {
            assert_eq!(judge(&answer(200, body, None)), Answer::Unknown(Failure::OriginUnrecognized), "{body}");
        }
        assert_eq!(judge(&answer(503, "", None)), refused(Failure::OriginBusy { retry_after: 60 }));
    }
}
