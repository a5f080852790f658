//! Handshakes: what providers ask of a URL before they send deliveries to it, and again from time to time. The gate
//! answers them itself: nothing of them is forwarded, stored or looked up, and no stop keeps it from answering, for a
//! provider that gets no answer deletes its subscription.
//!
//! An answer must not be of use to whoever else asks. What is given back is short and has no character that any
//! browser could read as markup; what is signed can never be a delivery's signed content (see `is_challenge`).

mod proven;
mod unproven;

pub(crate) use proven::proven;
pub(crate) use unproven::unproven;

use crate::body::Body;
use crate::hook::Door;

/// Most bytes of a form that may be WooCommerce's ping: `webhook_id=` and 20 digits.
pub(crate) const LONGEST_PING: usize = 31;
/// Most bytes of what is given back. Microsoft's tokens, the longest, have some 120.
const MOST_ECHOED: usize = 512;
/// Most bytes of a token that is signed.
const MOST_SIGNED: usize = 256;

/// A kind of handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// Signed JSON of type `url_verification`; its challenge is given back.
    Slack,
    /// Signed JSON of the event `endpoint.url_validation`; its token is given back and signed.
    Zoom,
    /// A signed interaction of type 1, which is given back.
    Discord,
    /// A signed webhook event of type 0, which has no event in it.
    DiscordEvents,
    /// Signed JSON with a challenge, which is given back.
    Twitch,
    /// `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`: who knows the token gets the challenge back.
    Meta,
    /// `GET ?crc_token=…`, which is signed.
    X,
    /// `GET ?challenge=…`, which is given back.
    Dropbox,
    /// An unsigned `HEAD`.
    Trello,
    /// An unsigned `HEAD`.
    Mandrill,
    /// An unsigned form, `webhook_id=` and a number.
    WooCommerce,
    /// Signed JSON without events; who answers a wrong signature with 401 passes.
    Xero,
    /// `?validationToken=…`, which is given back.
    Microsoft,
}

/// The handshakes of providers, by `scheme`.
static SCHEMES: [(&str, Handshake); 13] = [
    ("slack", Handshake::Slack),
    ("zoom", Handshake::Zoom),
    ("discord", Handshake::Discord),
    ("twitch", Handshake::Twitch),
    ("meta", Handshake::Meta),
    ("meta-sha1", Handshake::Meta),
    ("x-twitter", Handshake::X),
    ("dropbox", Handshake::Dropbox),
    ("trello", Handshake::Trello),
    ("mandrill", Handshake::Mandrill),
    ("woocommerce", Handshake::WooCommerce),
    ("xero", Handshake::Xero),
    ("microsoft-graph", Handshake::Microsoft),
];

impl Handshake {
    /// The handshake of the provider with this `scheme`.
    pub(crate) fn of(scheme: &str) -> Option<Self> {
        SCHEMES.iter().find(|(own, _)| *own == scheme).map(|(_, handshake)| *handshake)
    }

    /// As the audit entry says which one it was.
    pub(crate) fn name(self) -> &'static str {
        SCHEMES.iter().find(|(_, handshake)| *handshake == self).map_or("discord-events", |(name, _)| name)
    }

    /// The status of the reply.
    pub(crate) fn status(self) -> u16 {
        if self == Self::DiscordEvents { 204 } else { 200 }
    }

    /// The media type of the answer; none where it is empty.
    pub(crate) fn media(self) -> Option<&'static str> {
        match self {
            Self::Slack | Self::Twitch | Self::Meta | Self::Dropbox | Self::Microsoft => {
                Some("text/plain; charset=utf-8")
            }
            Self::Zoom | Self::Discord | Self::X => Some("application/json"),
            Self::DiscordEvents | Self::Trello | Self::Mandrill | Self::WooCommerce | Self::Xero => None,
        }
    }
}

/// Whether X could have had the gate sign these bytes, with the key that signs its deliveries and in the same format:
/// then they prove nothing. `true` and `42` are tokens, and JSON.
pub(crate) fn is_challenge(door: &Door, body: &Body) -> bool {
    door.asks(Handshake::X) && str::from_utf8(body).is_ok_and(is_token)
}

/// Whether a form is WooCommerce's ping and nothing else.
pub(crate) fn is_ping(form: &[u8]) -> bool {
    let number = form.strip_prefix(b"webhook_id=");
    number.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// Whether a text may be given back: no quote, angle bracket or control character is in it.
fn is_echo(text: &str) -> bool {
    let plain = |b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'+'..=b':' | b'=' | b'_' | b'~' | b' ') && b != b',';
    (1..=MOST_ECHOED).contains(&text.len()) && text.bytes().all(plain)
}

/// Whether a text may be signed: base64 of either alphabet, or a word. It has none of the characters that a JSON
/// object, a list of parameters, or a signed content with a time in it cannot do without.
fn is_token(text: &str) -> bool {
    let plain = |b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'+' | b'/' | b'=');
    (1..=MOST_SIGNED).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_given_back_that_could_be_markup() {
        for right in [
            "a",
            "1158201444",
            "pogchamp-kappa-360noscope-vohiyo",
            "Validation: Testing client application reachability for subscription Request-Id: 522a8e7e-096a-494c",
        ] {
            assert!(is_echo(right), "{right}");
        }
        assert!(is_echo(&"a".repeat(512)) && !is_echo(&"a".repeat(513)));
        for wrong in ["", "<b>", "a\"", "a'", "a&b", "a\n", "a\0", "a\\", "a;", "a(1)", "a{b}", "größe", "a\u{202e}"]
        {
            assert!(!is_echo(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_challenge_is_never_a_signature_of_a_delivery() {
        for (token, body) in [("challenge_string", "{\"a\":1}"), ("MTk5Nzd=", "[]"), ("a-b/c+d", "a=b&c=d")] {
            assert!(is_token(token) && !is_token(body), "{token} {body}");
        }
        // JSON and a form that are tokens as well: there the body proves nothing.
        for both in ["1", "true", "null", "-7", "1e9", "order=42", "a"] {
            assert!(is_token(both), "{both}");
        }
        for wrong in ["", "v0:1700000000:{}", "a:b", "a.b", "\"a\"", "a b", "a%20", "größe", "a\n"] {
            assert!(!is_token(wrong), "{wrong:?}");
        }
        assert!(is_token(&"a".repeat(256)) && !is_token(&"a".repeat(257)));
    }

    #[test]
    fn a_provider_has_its_own_handshake_and_no_other() {
        for scheme in ["hmac", "api-key", "basic", "stripe", "github", "asana", "line", "SLACK", ""] {
            assert_eq!(Handshake::of(scheme), None, "{scheme}");
        }
        for scheme in ["slack", "zoom", "discord", "twitch", "meta", "x-twitter", "dropbox", "trello", "mandrill"] {
            assert_eq!(Handshake::of(scheme).map(Handshake::name), Some(scheme));
        }
    }
}
