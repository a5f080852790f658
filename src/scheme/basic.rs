//! HTTP Basic, RFC 7617.

use base64ct::{Base64, Encoding as _};

use super::{Digest, position};
use crate::hash::sha256;
use crate::host::Request;
use crate::secret::Secret;

/// A user with one password or more.
#[derive(Debug)]
pub(crate) struct Basic {
    credentials: Vec<Digest>,
}

impl Basic {
    /// `user` has no colon: the first one ends it (RFC 7617 §2).
    pub(crate) fn new(user: &str, passwords: &[Secret]) -> Self {
        let digest = |password: &Secret| sha256(&[user.as_bytes(), b":", password.expose().as_bytes()]);
        Self { credentials: passwords.iter().map(digest).collect() }
    }

    pub(crate) fn verify(&self, request: &impl Request, may: &[bool]) -> Option<usize> {
        let header = request.header("authorization")?;
        // RFC 9110 §11.4: a case-insensitive scheme, spaces, the credentials.
        let (scheme, encoded) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Basic") {
            return None;
        }
        let credentials = Base64::decode_vec(encoded.trim_start_matches(' ')).ok()?;
        position(&self.credentials, &sha256(&[&credentials]), may)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::tests::Sent;

    fn verify(authorization: &str) -> Option<usize> {
        let passwords = ["open sesame!", "one:two:three"].map(|text| Secret::new(text.into()).unwrap());
        Basic::new("Aladdin", &passwords).verify(&Sent(&[("authorization", authorization)]), &[true, true])
    }

    #[test]
    fn credentials_are_read_as_rfc_7617_writes_them() {
        assert_eq!(verify("Basic QWxhZGRpbjpvcGVuIHNlc2FtZSE="), Some(0));
        assert_eq!(verify("bASIC QWxhZGRpbjpvcGVuIHNlc2FtZSE="), Some(0));
        assert_eq!(verify("Basic   QWxhZGRpbjpvcGVuIHNlc2FtZSE="), Some(0));
        // A password may have colons: only the first one ends the user name.
        assert_eq!(verify("Basic QWxhZGRpbjpvbmU6dHdvOnRocmVl"), Some(1));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "Basic",
            "Basic ",
            "QWxhZGRpbjpvcGVuIHNlc2FtZSE=",
            "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZSE=",
            "BasicQWxhZGRpbjpvcGVuIHNlc2FtZSE=",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZSE",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZSF=",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZSE= ",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZSE=, Basic QWxhZGRpbjpvcGVuIHNlc2FtZSE=",
            "Basic QWxhZGRpbjo=",
            "Basic QWxhZGRpbg==",
            "Basic YWxhZGRpbjpvcGVuIHNlc2FtZSE=",
        ] {
            assert_eq!(verify(wrong), None, "{wrong:?}");
        }
    }
}
