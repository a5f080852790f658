//! The whole gate: whatever arrives, nothing is read from a store, written or sent without proof, and the reply is one
//! that README tells of.
//!
//! An input is an HTTP request as `fixtures/` has them. Its headers may direct the world around it: `world-sign` adds
//! what the hook's sender would send, signed so many seconds ago; `world-tls` is the connection's version, `none` for
//! plain http; `world-origin` is the status of the origin's answer, or nothing of one; `world-stores` fail by name.

use std::sync::LazyLock;

use base64ct::{Base64, Encoding as _};
use hookgate::catalogue::{Provider, providers};
use hookgate::gateway::Gateway;
use hookgate::host::OriginFault;
use hookgate::sign::{Unsigned, sign};
use serde_json::{Value, json};

use crate::recordings::{self, HOOKS, SECRETS, VARS};
use crate::replies;
use crate::world::{Environment, Inbound, START, World, answer, var};

/// Words of requests.
pub const WORDS: &[&str] = &[
    "POST ",
    "GET ",
    "PUT ",
    " HTTP/1.1\r\n",
    "\r\n",
    "\r\n\r\n",
    "/wa-hook/",
    "host: hooks.example.com\r\n",
    "content-type: application/json\r\n",
    "content-type: application/x-www-form-urlencoded\r\n",
    "content-length: 5\r\n",
    "content-encoding: gzip\r\n",
    "authorization: Basic ",
    "x-api-key: ",
    "x_api_key: ",
    "x-signature: ",
    "x-hub-signature: ",
    "x-hub-signature-256: sha256=",
    "world-sign: 0\r\n",
    "world-sign: 400\r\n",
    "world-tls: none\r\n",
    "world-tls: TLSv1.2\r\n",
    "world-origin: 500\r\n",
    "world-origin: timeout\r\n",
    "world-stores: replay\r\n",
    "world-stores: switches\r\n",
    "world-stores: writes\r\n",
    "world-stores: stop\r\n",
    "stripe",
    "shopify",
    "{",
    "}",
    "[",
    "]",
    "\":",
    "\"",
    "?",
    "&",
    "=",
];

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(providers);

/// Every recorded request as it is, and signed anew at the time of this world.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let recorded = recordings::requests().into_iter().filter(|request| request.len() < 4_096);
    recorded
        .flat_map(|request| {
            let line = request.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
            let signed = [&request[..line], b"world-sign: 0\r\n", &request[line..]].concat();
            [request, signed]
        })
        .collect()
}

/// Takes one request to its end.
pub fn run(input: &[u8]) {
    let Some(sent) = Sent::read(input) else { return };
    let id = sent.path().strip_prefix("/wa-hook/").unwrap_or("");
    let own: Vec<&Value> = HOOKS.iter().filter(|hook| hook["id"] == id).collect();
    let world = sent.world();
    let request = sent.request(own.first().copied(), &world);
    // What an isolate remembers would make one input depend on the last: each has a gate of its own.
    let gateway = Gateway::new(&environment(&own), &world);
    let configured = world.log().len();
    let reply = world.deliver(&gateway, &request);
    let lines: Vec<Value> = world.log()[configured..].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let audits: Vec<&Value> = lines.iter().filter(|line| line.get("outcome").is_some()).collect();
    let [audit] = audits[..] else { panic!("{} audit entries: {lines:?}", audits.len()) };
    // What a handshake answers, and what Xero is told, is in no table.
    let told = audit["outcome"] != "handshake" && !reply.body.is_empty();
    if told {
        replies::check(&reply, audit);
    }
    let touched = world.operations() > 0 || !world.origin.sent().is_empty();
    let accepted = audit["auth"].as_array().is_some_and(|auth| !auth.is_empty());
    assert!(accepted || !touched, "a store or the origin was asked without proof: {audit}");
    if accepted {
        let [hook] = own[..] else { panic!("{audit} for {} hooks", own.len()) };
        assert!(is_proven(hook, &request), "no proof for {audit} in {:?}", request.headers);
    }
    assert!(world.origin.sent().len() <= 1);
    for sent in world.origin.sent() {
        let leaves = |url: &str| sent.url().starts_with(url);
        let sites = [VARS["ORIGIN"].as_str().unwrap()];
        let named = VARS["ORIGINS"].as_object().unwrap().values().filter_map(|site| site["url"].as_str());
        assert!(sites.into_iter().chain(named).any(leaves), "{} is none of the sites", sent.url());
        assert!(sent.headers().iter().all(|(_, value)| !value.contains(['\r', '\n'])), "{:?}", sent.headers());
    }
}

fn environment(hooks: &[&Value]) -> Environment {
    let variables = VARS.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("HOOKS"));
    let environment = variables.fold(Environment::default(), |all, (name, value)| all.var(name, value.clone()));
    let environment = SECRETS.iter().fold(environment, |all, (name, value)| all.secret(name, value));
    environment.var("HOOKS", json!(hooks))
}

/// A request and its stage directions, as they are written.
struct Sent<'i> {
    method: &'i str,
    target: &'i str,
    headers: Vec<(&'i str, &'i str)>,
    body: &'i [u8],
}

impl<'i> Sent<'i> {
    /// `None` for what no HTTP library would let pass.
    fn read(input: &'i [u8]) -> Option<Self> {
        let end = input.windows(4).position(|four| four == b"\r\n\r\n")?;
        let mut lines = str::from_utf8(&input[..end]).ok()?.split("\r\n");
        let [method, target, _] = lines.next()?.split(' ').collect::<Vec<_>>()[..] else { return None };
        let token =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let right =
            |(name, value): &(&str, &str)| token(name) && !value.contains(|c: char| c.is_control() && c != '\t');
        let headers: Option<Vec<_>> = lines.map(|line| line.split_once(": ").filter(right)).collect();
        let target_right = target.starts_with('/') && target.bytes().all(|b| b.is_ascii_graphic());
        (token(method) && target_right).then_some(Self { method, target, headers: headers?, body: &input[end + 4..] })
    }

    fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or("")
    }

    fn direction(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    fn world(&self) -> World {
        let world = World::new();
        match self.direction("world-origin").map(|status| (status, status.parse::<u16>())) {
            Some(("timeout", _)) => world.origin.then(Err(OriginFault::Timeout)),
            Some(("broken", _)) => world.origin.then(Err(OriginFault::Broken)),
            Some((_, Ok(status))) => world.origin.then(Ok(answer(status, str::from_utf8(self.body).unwrap_or("")))),
            _ => {}
        }
        match self.direction("world-stores") {
            Some("replay") => world.replay.fail_reads(true),
            Some("writes") => world.replay.fail_writes(true),
            Some("switches") => world.switches.fail_reads(true),
            Some("stop") => world.switches.put("stop", str::from_utf8(self.body).unwrap_or("")),
            _ => {}
        }
        world
    }

    fn request(&self, hook: Option<&Value>, world: &World) -> Inbound {
        let plain = self.direction("world-tls") == Some("none");
        let scheme = if plain { "http" } else { "https" };
        let mut request = Inbound::post("").method(self.method).body(self.body);
        request.url = format!("{scheme}://hooks.example.com{}", self.target);
        request.tls = self.direction("world-tls").or(Some("TLSv1.3")).filter(|_| !plain).map(Into::into);
        for (name, value) in self.headers.iter().filter(|(name, _)| !name.starts_with("world-")) {
            request = request.header(name, value);
        }
        let age = self.direction("world-sign").and_then(|age| age.parse::<u64>().ok());
        let (Some(hook), Some(age)) = (hook, age) else { return request };
        world.set_now(START + age.min(1_000_000) * 1_000);
        for mechanism in hook["auth"].as_array().into_iter().flatten() {
            let secret = mechanism["secrets"].as_array().and_then(|all| secret(all.first()?));
            for (name, value) in
                secret.and_then(|held| evidence(mechanism, held, &request, "msg_1", START)).unwrap_or_default()
            {
                request.headers.retain(|(own, _)| !own.replace('_', "-").eq_ignore_ascii_case(&name.replace('_', "-")));
                request = request.header(&name, &value);
            }
        }
        request
    }
}

/// The value of a secret as a mechanism names it.
fn secret(named: &Value) -> Option<&'static str> {
    let name = named.as_str().or_else(|| named["name"].as_str())?;
    SECRETS.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// The headers by which whoever holds a secret proves it.
fn evidence(mechanism: &Value, held: &str, request: &Inbound, id: &str, now: u64) -> Option<Vec<(String, String)>> {
    if mechanism["scheme"] == "basic" {
        let user = mechanism["user"].as_str()?;
        return Some(vec![(
            "authorization".into(),
            format!("Basic {}", Base64::encode_string(format!("{user}:{held}").as_bytes())),
        )]);
    }
    if mechanism["scheme"] == "api-key" {
        return Some(vec![(mechanism["header"].as_str()?.into(), held.into())]);
    }
    let unsigned = Unsigned { method: &request.method, body: &request.body, id, now };
    sign(&var(mechanism), held, unsigned).ok().map(|signed| signed.headers)
}

/// Whether a request has, for every mechanism of its hook, what only a holder of one of its secrets can have made.
fn is_proven(hook: &Value, request: &Inbound) -> bool {
    let Some(mechanisms) = hook["auth"].as_array() else { return hook["auth"] == "none" };
    mechanisms.iter().all(|mechanism| {
        let name = mechanism["scheme"].as_str().unwrap_or("");
        let provider = PROVIDERS.iter().find(|provider| provider.name == name);
        // A private key is nowhere here: who forges that has found more than this target looks for.
        // The times of a JWT are in it, and some tokens in the body: see their own tests.
        let apart = |p: &Provider| p.signs.starts_with('E') || p.signs.contains("JWT") || p.header.starts_with('/');
        // Times in words are not looked for.
        if ["twitch", "zendesk", "box"].contains(&name) {
            return true;
        }
        if name.contains("ed25519") || name.contains("ecdsa") || provider.is_some_and(apart) {
            return true;
        }
        let texts = || request.headers.iter().flat_map(|(_, value)| value.split([',', ' ', ';', '=']));
        // Signed when a header says so, or now where none does; within an hour, for no sender of these allows more.
        let moment =
            |text: &str| text.parse::<u64>().ok().filter(|at| at.abs_diff(START / 1_000) < 3_600).map(|at| at * 1_000);
        let mut moments: Vec<u64> = texts().filter_map(moment).collect();
        moments.push(START);
        let ids = || request.headers.iter().map(|(_, value)| value.as_str());
        let held = mechanism["secrets"].as_array().into_iter().flatten().filter_map(secret);
        held.into_iter().any(|held| {
            moments.iter().any(|now| {
                ids().any(|id| {
                    evidence(mechanism, held, request, id.trim(), *now)
                        .is_some_and(|evidence| is_in(&evidence, request))
                })
            })
        })
    })
}

/// Whether the last item of the first header is in a request, under that name.
fn is_in(evidence: &[(String, String)], request: &Inbound) -> bool {
    let Some((name, value)) = evidence.first() else { return false };
    let last = value.rsplit([',', ' ', ';']).next().unwrap_or(value);
    let name = name.to_ascii_lowercase().replace('_', "-");
    let own = request.headers.iter().filter(|(own, _)| own.to_ascii_lowercase().replace('_', "-") == name);
    own.into_iter().any(|(_, value)| value.contains(last))
}
