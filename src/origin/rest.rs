//! Any REST route of a site, with an application password: identifiers go into the route, the fields are the body.

use super::{Answer, Message, Route, Signer, Site, header, picked};
use crate::host::OriginAnswer;
use crate::outcome::Rejection;
use crate::project::ThinPayload;
use crate::receive::is_json;
use crate::secret::Secret;

/// A route of a site, and what opens it.
#[derive(Debug)]
pub(crate) struct Rest {
    site: String,
    route: Route,
    authorization: Secret,
    signer: Option<Signer>,
}

impl Rest {
    pub(crate) fn new(site: &Site, authorization: Secret, route: Route) -> Self {
        Self { site: site.url().into(), route, authorization, signer: site.signer().cloned() }
    }

    pub(super) fn message(&self, payload: &ThinPayload<'_>) -> Message<'_> {
        Message {
            url: format!("{}{}", self.site, self.route.filled(payload.objects())),
            body: payload.fields().into(),
            proofs: vec![header("authorization", self.authorization.expose())],
            signer: self.signer.as_ref(),
        }
    }
}

/// What an answer of a route means. Success is said in JSON or with 204: a site with plain permalinks answers a route
/// with 200 and its front page. WordPress' own routes answer 404 for an object that is not there, and WooCommerce's
/// answer 400 where one is to be changed.
pub(super) fn judge(answer: &OriginAnswer) -> Answer {
    match answer.status {
        204 => Answer::Accepted,
        200..=299 if answer.content_type.as_deref().is_some_and(is_json) => Answer::Accepted,
        400 | 404 if picked(answer, "/code").is_some_and(|code| code.ends_with("_invalid_id")) => {
            Answer::Refused(Rejection::ObjectsNotFound.into())
        }
        _ => Answer::of_status(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::tests::{answer, refused};
    use crate::outcome::Failure;

    #[test]
    fn an_answer_of_a_route_means_what_its_status_says() {
        for status in [200, 201, 204] {
            assert_eq!(judge(&answer(status, "", None)), Answer::Accepted);
        }
        let of_type = |status: u16, content_type: Option<&str>| {
            judge(&OriginAnswer { content_type: content_type.map(Into::into), ..answer(status, "{}", None) })
        };
        for json in ["application/json; charset=UTF-8", "Application/JSON ;charset=x", "application/hal+json"] {
            assert_eq!(of_type(200, Some(json)), Answer::Accepted, "{json}");
        }
        for other in [None, Some(""), Some("text/html; charset=UTF-8"), Some("text/html; a=application/json")] {
            assert_eq!(of_type(200, other), Answer::Unknown(Failure::OriginUnrecognized), "{other:?}");
            assert_eq!(of_type(204, other), Answer::Accepted, "{other:?}");
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
