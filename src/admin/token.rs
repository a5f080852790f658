//! The token of operators. Only its hash is kept, and two hashes are compared: neither what is kept nor how long a
//! comparison takes tells anything of the token.

use core::fmt;

use subtle::ConstantTimeEq as _;

use super::SECRET;
use crate::config::Vars;
use crate::hash::sha256;
use crate::table::Mistakes;

/// The least characters of a token.
const LEAST: usize = 32;
/// The most: how long it takes to hash what a stranger presents would tell that there is an admin API.
const MOST: usize = 512;

/// The SHA-256 of a token.
pub(crate) struct Token([u8; 32]);

impl Token {
    /// Reads the secret. `None` where it is not set, and after a mistake: then there is no admin API.
    pub(crate) fn read(vars: &dyn Vars, mistakes: &Mistakes) -> Option<Self> {
        let text = vars.secret(SECRET)?;
        if text.chars().count() < LEAST {
            mistakes.add(SECRET.into(), "is shorter than 32 characters: make one with `openssl rand -hex 32`");
            return None;
        }
        if text.len() > MOST {
            mistakes.add(SECRET.into(), "is longer than 512 characters");
            return None;
        }
        // Anything else might reach the gate otherwise than it was set, and never match.
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            mistakes.add(SECRET.into(), "has other characters than letters, digits and signs of ASCII");
            return None;
        }
        Some(Self(sha256(&[text.as_bytes()])))
    }

    /// Whether a header `authorization` carries the token.
    pub(super) fn is_in(&self, authorization: &str) -> bool {
        let presented = authorization.strip_prefix("Bearer ").unwrap_or("");
        presented.len() <= MOST && self.0.ct_eq(&sha256(&[presented.as_bytes()])).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_compared_whole_and_does_not_print() {
        let token = Token(sha256(&[b"canary"]));
        assert!(token.is_in("Bearer canary"));
        let others =
            ["", "canary", "Bearer", "Bearer ", "Bearer canar", "Bearer canary ", "bearer canary", "Basic canary"];
        assert!(others.iter().all(|other| !token.is_in(other)));
        assert_eq!(format!("{token:?}"), "Token(…)");
        let long = "x".repeat(MOST + 1);
        assert!(!Token(sha256(&[long.as_bytes()])).is_in(&format!("Bearer {long}")));
    }
}
