//! Every cause, as data: its code, what it says, what to do, and which line to change. `{}` stands for the detail that
//! was found.

/// One kind of cause. Codes are added, never renamed.
pub(super) struct Cause {
    pub(super) code: &'static str,
    pub(super) says: &'static str,
    pub(super) help: &'static str,
    pub(super) line: Line,
}

/// The line to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A key of the hook; `auth[]` is the mechanism in question.
    Key(&'static str),
    /// The secret in `.dev.vars`; on Cloudflare it is set again.
    Secret,
    /// At the sender, or on the way.
    Elsewhere,
}

/// The cause with a code.
pub(super) fn find(code: &str) -> Option<&'static Cause> {
    all().find(|cause| cause.code == code)
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Cause> {
    CAUSES.iter().chain(&super::moment::CAUSES).chain(&super::stage::CAUSES).chain(&super::evidence::CAUSES)
}

pub(super) const fn cause(code: &'static str, line: Line, says: &'static str, help: &'static str) -> Cause {
    Cause { code, says, help, line }
}

use Line::{Elsewhere, Key, Secret};

const RAW: &str = "hand on the raw bytes: nothing between the sender and the gate may parse and write the body again";
const SET: &str = "set the secret again, as the sender shows it: npx wrangler secret put NAME, and .dev.vars here";
const SPELLING: &str =
    "change `encoding` to what the sender writes; where a preset is used, something on the way has rewritten it";
const PREFIX: &str = "set `prefix` (or the `label` of `list`) to what the sender writes; where a preset is used, something on the way has changed it";
const URL: &str = "set `url` to the URL exactly as it is entered at the sender, or enter the configured one there";
const CREDENTIALS: &str =
    "enter user and password at the sender as they are: Basic credentials are base64 of user:password (RFC 7617)";
const TOKEN: &str = "enter the key at the sender as it is: the header holds the key and nothing else";

/// What makes a request unproven, and is found by trying.
pub(super) static CAUSES: [Cause; 63] = [
    // Secrets
    cause("secret-padded", Secret, "the secret has {}, which was pasted with it", SET),
    cause("secret-quoted", Secret, "the secret has {}, which were pasted with it", SET),
    cause("secret-prefix-pasted", Secret, "the secret begins with {}, which is no part of it", SET),
    cause("secret-prefix-missing", Secret, "the secret has lost its beginning, {}, which is a part of it", SET),
    cause(
        "secret-decoded",
        Secret,
        "the secret was decoded before it was pasted: the sender signs with its {} text",
        SET,
    ),
    cause("secret-case", Secret, "the sender's secret has {} letters", SET),
    cause("secret-escaped", Secret, "the secret was pasted with {} escapes", SET),
    cause(
        "secret-expired",
        Key("auth[].secrets"),
        "the sender still uses {}",
        "give the sender the new secret, or the old one a later `not_after`",
    ),
    cause(
        "secret-of-another",
        Key("auth[].secrets"),
        "the sender uses another secret: {} is the right one",
        "name that one in `secrets`, or give the sender the one of this hook",
    ),
    // The description
    cause(
        "algorithm",
        Key("auth[].hash"),
        "the signature is an HMAC with {}",
        "set `hash` to that; where a preset is used, choose the one for this hash, or make the sender use the other",
    ),
    cause(
        "key-is-text",
        Key("auth[].key"),
        "the sender signs with the text of the secret, and the gate decodes it",
        "set `key` to \"utf8\", or describe the provider if no preset reads it so",
    ),
    cause(
        "key-is-base64",
        Key("auth[].key"),
        "the sender signs with the bytes that the secret is base64 of, and the gate takes it for text",
        "set `key` to \"base64\", or \"whsec\" for one that begins with whsec_",
    ),
    cause(
        "key-is-hex",
        Key("auth[].key"),
        "the sender signs with the bytes that the secret is hex of, and the gate takes it for text",
        "set `key` to \"hex\"",
    ),
    cause("content", Key("auth[].content"), "the sender signs {}", "set `content` to that"),
    cause(
        "another-provider",
        Key("auth[].scheme"),
        "this is signed as {} does",
        "set `scheme` to that, or send the deliveries of that provider to a hook of its own",
    ),
    // Where the signature is
    cause(
        "header-name",
        Key("auth[].header"),
        "the signature or key is in the header {}",
        "set `header` to that; where a preset is used, something on the way has renamed it",
    ),
    cause(
        "header-twice",
        Elsewhere,
        "the header {} is there twice, and only one of its values is right",
        "make sure that nothing on the way adds it once more: the gate cannot know which one to believe",
    ),
    cause("prefix-missing", Key("auth[].prefix"), "the signature has no {} before it", PREFIX),
    cause("prefix-wrong", Key("auth[].prefix"), "the signature has something else than {} before it", PREFIX),
    cause("prefix-doubled", Key("auth[].prefix"), "{} stands twice before the signature", PREFIX),
    cause("prefix-unwanted", Key("auth[].prefix"), "the signature has a prefix, and the gate expects {}", PREFIX),
    cause(
        "list-separator",
        Key("auth[].list"),
        "the items of the signature's header are not separated by {}",
        "set `separator` and `trim` in `list` to what the sender writes",
    ),
    // How it is written
    cause(
        "signature-upper-case",
        Key("auth[].encoding"),
        "the signature is written in capitals; the gate takes {}",
        SPELLING,
    ),
    cause("signature-in-hex", Key("auth[].encoding"), "the signature is written in hex; the gate takes {}", SPELLING),
    cause(
        "signature-in-base64",
        Key("auth[].encoding"),
        "the signature is written in base64; the gate takes {}",
        SPELLING,
    ),
    cause(
        "signature-alphabet",
        Key("auth[].encoding"),
        "the signature is written in the other alphabet of base64; the gate takes {}",
        SPELLING,
    ),
    cause(
        "signature-padding",
        Key("auth[].encoding"),
        "the padding of the signature is wrong; the gate takes {}",
        SPELLING,
    ),
    cause(
        "signature-encoded-twice",
        Key("auth[].encoding"),
        "the signature is the base64 of its own hex digits; the gate takes {}",
        SPELLING,
    ),
    cause(
        "signature-quoted",
        Elsewhere,
        "the signature has quotes or spaces around it; the gate takes {}",
        "take them away at the sender",
    ),
    cause(
        "signature-escaped",
        Elsewhere,
        "the signature was escaped as in a URL; the gate takes {}",
        "a header is not escaped: take that away at the sender",
    ),
    cause(
        "signature-truncated",
        Elsewhere,
        "the signature has lost its end: {} are missing",
        "look for what cuts long headers on the way, or in what recorded the request",
    ),
    // Passwords and keys
    cause("basic-format", Elsewhere, "the credentials are {}", CREDENTIALS),
    cause("basic-line-end", Elsewhere, "the password ends with a line end", "encode it without: printf, and not echo"),
    cause("basic-escaped", Elsewhere, "user or password were escaped as in a URL", CREDENTIALS),
    cause(
        "basic-user",
        Key("auth[].user"),
        "the password is right, and comes with {}",
        "set `user` to what the sender presents, or change it there",
    ),
    cause("basic-swapped", Elsewhere, "the password stands where the user belongs", CREDENTIALS),
    cause(
        "token-in-query",
        Elsewhere,
        "the key is in the query, as {}",
        "make the sender put it into the header: URLs are logged on their way",
    ),
    cause("token-prefix", Elsewhere, "the key comes after the word {}", TOKEN),
    cause("token-space", Elsewhere, "the key has white space in it", TOKEN),
    cause("token-quoted", Elsewhere, "the key has quotes around it", TOKEN),
    cause("token-escaped", Elsewhere, "the key was escaped as in a URL", TOKEN),
    // The body
    cause(
        "newline-added",
        Elsewhere,
        "the body ends with a {} that was not signed",
        "look for what adds it: an editor that saved the capture, echo, a template",
    ),
    cause(
        "newline-missing",
        Elsewhere,
        "the body has lost the {} at its end",
        "look for what trims it: a shell's $(…), a program's trim",
    ),
    cause("space-around", Elsewhere, "the body has white space around it that was not signed", RAW),
    cause(
        "crlf-for-lf",
        Elsewhere,
        "the body's lines end with CR LF, and LF was signed",
        "transfer the capture as binary; git and mail change line ends",
    ),
    cause(
        "lf-for-crlf",
        Elsewhere,
        "the body's lines end with LF, and CR LF was signed",
        "transfer the capture as binary; git and mail change line ends",
    ),
    cause(
        "bom-added",
        Elsewhere,
        "the body begins with a byte order mark that was not signed",
        "save the capture as UTF-8 without a byte order mark",
    ),
    cause("bom-missing", Elsewhere, "the body has lost the byte order mark at its beginning", RAW),
    cause("body-too-long", Elsewhere, "the body has {}", "what follows is no part of the request: cut it off"),
    cause(
        "body-reserialized",
        Elsewhere,
        "the JSON was parsed and written again; when it was signed, it was written {}",
        RAW,
    ),
    cause("number-reformatted", Elsewhere, "a number was written again; it was signed {}", RAW),
    cause("charset", Elsewhere, "the body's characters were encoded again; it was signed {}", RAW),
    cause(
        "body-quoted",
        Elsewhere,
        "the JSON was sent as a JSON text, in quotes and with backslashes",
        "encode it once",
    ),
    cause(
        "body-slashed",
        Elsewhere,
        "the body has backslashes before its quotes",
        "read the raw body in PHP: WordPress adds slashes to $_POST",
    ),
    cause("body-html-escaped", Elsewhere, "the body was escaped as in HTML", RAW),
    cause(
        "form-rewritten",
        Elsewhere,
        "the body was taken apart as a form and put together again; it was signed {}",
        RAW,
    ),
    // Address
    cause("url-query", Key("auth[].url"), "the URL was signed with another query: {}", URL),
    cause("url-host", Key("auth[].url"), "the URL was signed with another host: {}", URL),
    cause("url-slash", Key("auth[].url"), "a slash at the end of the URL makes the difference: {} was signed", URL),
    cause("url-scheme", Key("auth[].url"), "http or https makes the difference: {} was signed", URL),
    cause("url-other", Key("auth[].url"), "another URL was signed: {}", URL),
    cause(
        "method-changed",
        Elsewhere,
        "the method was changed: {} was signed",
        "look for a redirect on the way: it turns POST into GET",
    ),
    // Time and id
    cause(
        "id-changed",
        Elsewhere,
        "the delivery's id was changed: the one at {} was signed",
        "hand on the header as it is",
    ),
];
