//! Whole mechanisms: a request passes if and only if it presents the right signature, spelled right, over this body.
//!
//! An input is the name of a mechanism in one line, headers, an empty line, and the body. Nobody guesses a signature, so
//! a header has it by reference: `{0}` is the value of the first header that the sender would send, `{0<7}` its first
//! seven characters, `{0>7}` those after them, `{0~7}` all with the eighth one changed, `{1}` the value of its second
//! header.

use std::cell::RefCell;
use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use hookgate::catalogue::providers;
use hookgate::fuzz;
use hookgate::gateway::Gateway;
use hookgate::sign::{Unsigned, shown, sign};
use serde_json::{Value, json};

use crate::text_line;
use crate::world::{Environment, Inbound, START, World, var};

/// Words of headers.
pub const WORDS: &[&str] = &[
    "{0}",
    "{1}",
    "{2}",
    "{0<7}",
    "{0>7}",
    "{0<10}",
    "{0~0}",
    "{0~7}",
    "{1~0}",
    "{0>10}",
    "authorization: ",
    "Basic ",
    "x-api-key: ",
    "x_api_key: ",
    "x-signature: ",
    "t=",
    "v1=",
    "v1,",
    "sha256=",
    ",",
    ", ",
    ";",
    " ",
    "=",
    "basic\n",
    "api-key\n",
    "hmac\n",
    "github\n",
    "github-sha1\n",
    "stripe\n",
    "slack\n",
    "standard-webhooks\n",
    "svix\n",
    "paddle\n",
    "workos\n",
    "pagerduty\n",
    "docusign\n",
    "authorize-net\n",
    "discord\n",
    "sendgrid\n",
    "linear\n",
    "gitlab-token\n",
    "lifterlms\n",
];

/// A mechanism, and what its sender holds.
struct Sender {
    mechanism: Value,
    held: String,
    environment: Environment,
}

/// Mechanisms that are no preset: user and password, key, and a description of five lines.
fn described() -> [(&'static str, Value); 4] {
    [
        ("basic", json!({ "scheme": "basic", "user": "shop" })),
        ("api-key", json!({ "scheme": "api-key", "header": "X_API_KEY" })),
        ("hmac", json!({ "scheme": "hmac", "hash": "sha256", "header": "X-Signature" })),
        (
            "prefixed",
            json!({ "scheme": "hmac", "hash": "sha512", "header": "X-Signature", "prefix": "v0=", "encoding": "base64" }),
        ),
    ]
}

/// Every mechanism with its headers, and with some of the usual accidents.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let presets: Vec<&str> = providers().iter().map(|provider| provider.name).collect();
    let names = described().map(|(name, _)| name).into_iter().chain(presets);
    let mut seeds = Vec::new();
    let mut usable = 0;
    for name in names {
        let body = format!("{{\"id\":1,\"webhookTimestamp\":{START}}}");
        let Some(headers) = Sender::of(name).map(|sender| sender.headers(body.as_bytes())) else { continue };
        usable += 1;
        let written = |first: &str| -> String {
            let value = |index: usize| if index == 0 { first.to_owned() } else { format!("{{{index}}}") };
            headers.iter().enumerate().map(|(index, (header, _))| format!("{header}: {}\n", value(index))).collect()
        };
        for first in ["{0}", "{0<9}{0>9}", "{0~0}", "{0},{0}"] {
            seeds.push(format!("{name}\n{}\n{body}", written(first)).into_bytes());
        }
    }
    assert!(usable >= 60, "{usable} of the providers can be tried");
    seeds
}

/// Sends one request.
pub fn run(mut input: &[u8]) {
    let Some(name) = text_line(&mut input) else { return };
    let Some(sender) = Sender::of(name) else { return };
    let mut written = Vec::new();
    loop {
        let Some(header) = text_line(&mut input) else { return };
        let Some((name, value)) = header.split_once(": ") else { break };
        // What no HTTP library would let pass.
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') || name.is_empty() {
            return;
        }
        if value.contains(|c: char| c.is_control()) || written.len() > 20 {
            return;
        }
        written.push((name, value));
    }
    let right = sender.headers(input);
    let mut request = Inbound::post("/wa-hook/sender").json(input);
    for (name, value) in written {
        if name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("content-encoding") {
            return;
        }
        let Some(value) = filled(value, &right) else { return };
        request = request.header(name, &value);
    }
    let world = World::new();
    let gateway = Gateway::new(&sender.environment, &world);
    let reply = world.deliver(&gateway, &request);
    let proven = reply.status != 401;
    let sent = Sent::of(&request);
    // Two lists with a comma and a space between them are one of WorkOS's lists.
    let all = |header: &str| if name == "workos" { sent.joined(header) } else { sent.one(header).map(Into::into) };
    let spelled_right = right.iter().all(|(header, value)| sender.accepts(name, value, all(header).as_deref()));
    assert!(!proven || spelled_right, "{name} takes {:?} for {right:?}", request.headers);
    let exact = request.headers.len() == right.len() + 1
        && right.iter().all(|(header, value)| sent.one(header) == Some(value.as_str()));
    // A time in the body is read from it: see the tests of `timestamp`; of X no body may be one of its challenges.
    assert!(proven || !exact || ["linear", "x-twitter"].contains(&name), "{name} refuses {right:?}");
    assert!(proven || (world.operations(), world.origin.sent().len()) == (0, 0));
}

impl Sender {
    /// `None` for no mechanism, and for one whose sender needs more than a secret.
    fn of(name: &str) -> Option<Self> {
        let own = described().into_iter().find(|(own, _)| *own == name).map(|(_, mechanism)| mechanism);
        let mut mechanism = match own {
            Some(own) => own,
            None => {
                let preset = providers().into_iter().find(|provider| provider.name == name)?;
                if preset.signs_url {
                    json!({ "scheme": name, "url": "https://hooks.example.com/" })
                } else {
                    json!({ "scheme": name })
                }
            }
        };
        mechanism["secrets"] = json!(["SENDER_SECRET"]);
        thread_local! { static FITTING: RefCell<BTreeMap<String, Option<String>>> = RefCell::default() }
        let known = FITTING.with_borrow(|fitting| fitting.get(name).cloned());
        let held = known.unwrap_or_else(|| {
            let fits = |held: &String| Self::new(mechanism.clone(), held).is_some_and(|sender| sender.is_configured());
            let held = secrets().into_iter().find(fits);
            FITTING.with_borrow_mut(|fitting| fitting.insert(name.into(), held.clone()));
            held
        });
        Self::new(mechanism, &held?)
    }

    fn new(mechanism: Value, held: &str) -> Option<Self> {
        let credential = ["basic", "api-key"].iter().any(|name| mechanism["scheme"] == *name);
        let configured = if credential { held.to_owned() } else { shown(&var(&mechanism), held).ok()? };
        let hook =
            json!({ "id": "sender", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [mechanism] });
        let environment = Environment::default()
            .var("ORIGIN", "https://www.example.com")
            .var("HOOKS", json!([hook]))
            .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
            .secret("SENDER_SECRET", &configured);
        Some(Self { mechanism, held: held.into(), environment })
    }

    fn is_configured(&self) -> bool {
        let world = World::new();
        let _ = Gateway::new(&self.environment, &world);
        world.mistakes().is_empty() && self.signed(b"{}").is_some()
    }

    /// What the sender sends with a body.
    fn headers(&self, body: &[u8]) -> Vec<(String, String)> {
        self.signed(body).unwrap_or_default()
    }

    fn signed(&self, body: &[u8]) -> Option<Vec<(String, String)>> {
        if self.mechanism["scheme"] == "basic" {
            let credentials = Base64::encode_string(format!("shop:{}", self.held).as_bytes());
            return Some(vec![("authorization".into(), format!("Basic {credentials}"))]);
        }
        if self.mechanism["scheme"] == "api-key" {
            return Some(vec![("x-api-key".into(), self.held.clone())]);
        }
        let unsigned = Unsigned { method: "POST", body, id: "msg_1", now: START };
        // What is written into the body or the URL is tried by `tests/it/parts.rs`.
        let signed = sign(&var(&self.mechanism), &self.held, unsigned).ok()?;
        let in_headers = signed.body == body && signed.query.is_empty() && !signed.form;
        in_headers.then_some(signed.headers).filter(|headers| !headers.is_empty())
    }

    /// Whether `sent` is a spelling of the header's right value that some sender uses.
    fn accepts(&self, name: &str, right: &str, sent: Option<&str>) -> bool {
        let Some(sent) = sent else { return false };
        if sent == right {
            return true;
        }
        if name == "basic" {
            // RFC 9110 §11.4: the scheme in any case, and some spaces.
            let credentials = sent.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
            return credentials.is_some_and(|(_, sent)| sent.trim_start_matches(' ') == &right["Basic ".len()..]);
        }
        if name == "authorize-net" {
            return lower_hex(right) == sent;
        }
        let Some(separator) = fuzz::separator(name) else { return false };
        let trimmed = |list: &'_ str| -> Vec<String> {
            let item = |(index, item): (usize, &str)| {
                if index > 0 { item.strip_prefix(' ').unwrap_or(item).to_owned() } else { item.to_owned() }
            };
            list.split(separator).enumerate().map(item).collect()
        };
        let sent = trimmed(sent);
        // Other senders' signatures may stand beside it; the timestamp is there once.
        let time = sent.iter().filter(|item| item.starts_with("t=") || item.starts_with("ts=")).count();
        trimmed(right).iter().all(|item| sent.contains(item)) && time <= 1
    }
}

/// The digits after the prefix in lower case.
fn lower_hex(right: &str) -> String {
    right.split_once('=').map_or(String::new(), |(prefix, digits)| format!("{prefix}={}", digits.to_ascii_lowercase()))
}

/// What fits one preset or another: a text that is hex and base64 alike, seeds and numbers of private keys.
fn secrets() -> [String; 5] {
    let key = Base64::encode_string(&[7; 32]);
    [
        "0123456789abcdef0123456789abcdef".into(),
        "0123456789abcdef".repeat(4),
        format!("whpk_{key}"),
        format!("whsec_{key}"),
        key,
    ]
}

/// The value with its references filled in; `None` if it would be longer than a header may be.
fn filled(value: &str, right: &[(String, String)]) -> Option<String> {
    let mut filled = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let reference = after.split_once('}').and_then(|(reference, after)| Some((referred(reference, right)?, after)));
        let (text, after) = reference.unwrap_or(("{".into(), after));
        filled.push_str(&text);
        rest = after;
        if filled.len() > 8_192 {
            return None;
        }
    }
    filled.push_str(rest);
    Some(filled)
}

fn referred(reference: &str, right: &[(String, String)]) -> Option<String> {
    let digits = reference.find(['<', '>', '~']).unwrap_or(reference.len());
    let (index, part) = reference.split_at(digits);
    let (_, value) = right.get(index.parse::<usize>().ok()?)?;
    let at = |part: &str| part.parse::<usize>().ok().filter(|at| *at <= value.len() && value.is_ascii());
    match part.split_at_checked(1) {
        None => Some(value.clone()),
        Some(("<", to)) => Some(value[..at(to)?].into()),
        Some((">", from)) => Some(value[at(from)?..].into()),
        Some((_, place)) => {
            let (before, after) = value.split_at(at(place)?);
            let first = after.chars().next()?;
            // A letter in its other case, and of the rest the next one.
            let changed = if first.is_ascii_alphabetic() { first as u8 ^ 0x20 } else { first as u8 ^ 1 };
            Some(format!("{before}{}{}", changed as char, &after[1..]))
        }
    }
}

/// The headers of a request, in one spelling of their names.
struct Sent(BTreeMap<String, Vec<String>>);

impl Sent {
    fn of(request: &Inbound) -> Self {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &request.headers {
            let value = value.trim_matches([' ', '\t']).to_owned();
            all.entry(name.to_ascii_lowercase().replace('_', "-")).or_default().push(value);
        }
        Self(all)
    }

    /// The value of a header that is there once.
    fn one(&self, name: &str) -> Option<&str> {
        match self.0.get(&name.to_ascii_lowercase().replace('_', "-")).map(Vec::as_slice) {
            Some([value]) => Some(value),
            _ => None,
        }
    }

    /// The values of a header as HTTP joins them (RFC 9110 §5.3).
    fn joined(&self, name: &str) -> Option<String> {
        self.0.get(&name.to_ascii_lowercase().replace('_', "-")).map(|values| values.join(", "))
    }
}
