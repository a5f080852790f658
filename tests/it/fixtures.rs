//! Recorded deliveries: every folder of `fixtures/` goes through the gate, and every stage of it is compared.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, str};

use futures::executor::block_on;
use futures::future::join;
use hookgate::gateway::Gateway;
use hookgate::host::{BodyFault, OriginAnswer, OriginFault};
use hookgate::origin::OriginRequest;
use hookgate::reply::Reply;
use serde::Deserialize;
use serde_json::Value;

use crate::world::{Environment, Inbound, OriginResult, START, Store, World};

/// So many at least: who deletes fixtures is to notice.
const LEAST: usize = 400;

/// Every ending: status, message, reason code. `panic` is missing, for `guard.js` answers where the core cannot.
const ENDINGS: [(&str, &str, &str); 54] = [
    ("200", "Success", ""),
    ("200", "Success", "repeat-guard-missing"),
    ("200", "Duplicate delivery", ""),
    ("200", "Ignored", ""),
    ("200", "Observed", ""),
    ("200", "Dropped", ""),
    ("200", "", "slack"),
    ("200", "", "zoom"),
    ("200", "", "discord"),
    ("200", "", "twitch"),
    ("200", "", "meta"),
    ("200", "", "x-twitter"),
    ("200", "", "dropbox"),
    ("200", "", "trello"),
    ("200", "", "woocommerce"),
    ("200", "", "xero"),
    ("200", "", "microsoft-graph"),
    ("204", "", "discord-events"),
    // Xero takes a body for a mistake.
    ("401", "", "authentication"),
    ("400", "Objects not found", "objects-not-found"),
    ("400", "Malformed payload", "malformed-json"),
    ("400", "Malformed payload", "malformed-form"),
    ("400", "Malformed payload", "malformed-query"),
    ("400", "Malformed payload", "duplicate-field"),
    ("400", "Malformed payload", "conflicting-field"),
    ("400", "Malformed payload", "field-type"),
    ("400", "Malformed payload", "field-length"),
    ("400", "Malformed payload", "field-value"),
    ("400", "Malformed payload", "too-many-values"),
    ("400", "Malformed payload", "unsigned-query"),
    ("400", "Malformed payload", "key-missing"),
    ("400", "Malformed payload", "body-broken"),
    ("401", "Authentication failed", "authentication"),
    ("403", "HTTPS required", "insecure-transport"),
    ("403", "HTTPS required", "old-tls"),
    ("404", "Unknown hook code", "unknown-hook"),
    ("405", "Method not allowed", "method"),
    ("408", "Request timeout", "body-timeout"),
    ("409", "In progress", "in-progress"),
    ("410", "Gone", "stopped-gone"),
    ("413", "Payload too large", "too-large"),
    ("415", "Unsupported media type", "media-type"),
    ("415", "Unsupported media type", "content-encoding"),
    ("502", "Delivery failed", "origin-broken"),
    ("502", "Delivery failed", "origin-error"),
    ("502", "Delivery failed", "origin-unrecognized"),
    ("502", "Delivery failed", "origin-refused"),
    ("502", "Delivery failed", "origin-redirect"),
    ("503", "Paused", "stopped"),
    ("503", "Unavailable", "misconfigured"),
    ("503", "Unavailable", "switches-unreadable"),
    ("503", "Unavailable", "replay-unreadable"),
    ("503", "Unavailable", "origin-busy"),
    ("504", "Delivery timed out", "origin-timeout"),
];

/// What surrounds a request: `world.json`. `fixtures/README.md` tells what each key means.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Surroundings {
    now: u64,
    scheme: String,
    tls: Option<String>,
    body_ms: u64,
    vars: BTreeMap<String, Value>,
    secrets: BTreeMap<String, String>,
    switches: Values,
    replay: Values,
    origin: Vec<Answered>,
    sent: usize,
    apart: u64,
    at_once: bool,
}

/// What a store holds, or what is wrong with it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    Held(BTreeMap<String, Value>),
    Fault(StoreFault),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoreFault {
    Unreadable,
    Unwritable,
}

/// One answer of the origin.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Answered {
    status: u16,
    content_type: Option<String>,
    retry_after: Option<String>,
    body: String,
    ms: u64,
    broken: bool,
}

impl Default for Answered {
    fn default() -> Self {
        Self {
            status: 0,
            content_type: Some("application/json".into()),
            retry_after: None,
            body: String::new(),
            ms: 0,
            broken: false,
        }
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            now: START / 1_000,
            scheme: "https".into(),
            tls: Some("TLSv1.3".into()),
            body_ms: 0,
            vars: BTreeMap::new(),
            secrets: BTreeMap::new(),
            switches: Values::Held(BTreeMap::new()),
            replay: Values::Held(BTreeMap::new()),
            origin: Vec::new(),
            sent: 1,
            apart: 0,
            at_once: false,
        }
    }
}

/// One folder.
struct Fixture {
    name: String,
    surroundings: Surroundings,
    request: Vec<u8>,
    /// Absent where nothing may leave the gate.
    origin: Option<String>,
    reply: String,
    audit: String,
}

/// What happened to the last request.
struct Happened {
    sent: Vec<OriginRequest>,
    reply: Reply,
    audit: Value,
}

#[test]
fn every_recorded_delivery_ends_as_recorded() {
    let environment = Environment::of_files(&text(&root().join("wrangler.toml")), &text(&root().join(".dev.vars")));
    let fixtures = Fixture::all();
    assert!(fixtures.len() >= LEAST, "{} fixtures, {LEAST} expected", fixtures.len());
    let differences: Vec<String> = fixtures.iter().flat_map(|fixture| fixture.differences(&environment)).collect();
    assert!(differences.is_empty(), "{} differences\n\n{}", differences.len(), differences.join("\n\n"));
}

#[test]
fn every_ending_is_recorded_and_no_other() {
    let fixtures = Fixture::all();
    let recorded: BTreeSet<(String, String, String)> = fixtures.iter().map(Fixture::ending).collect();
    let endings = ENDINGS.map(|(status, message, reason)| (status.into(), message.into(), reason.into()));
    assert_eq!(recorded, BTreeSet::from(endings));
}

#[test]
fn the_recorded_configuration_has_no_mistake() {
    let environment = Environment::of_files(&text(&root().join("wrangler.toml")), &text(&root().join(".dev.vars")));
    let world = World::new();
    let _ = Gateway::new(&environment, &world);
    assert_eq!(world.mistakes(), [""; 0]);
}

impl Fixture {
    fn all() -> Vec<Self> {
        let groups = folders(&root());
        let mut names: Vec<PathBuf> = groups.iter().flat_map(|group| folders(group)).collect();
        names.sort();
        names.iter().map(|folder| Self::read(folder)).collect()
    }

    fn read(folder: &Path) -> Self {
        let name = folder.strip_prefix(root()).unwrap().display().to_string();
        for file in entries(folder) {
            let file = file.file_name().unwrap().to_string_lossy().into_owned();
            let known = ["request.http", "world.json", "origin.http", "reply.http", "audit.json"];
            assert!(known.contains(&file.as_str()), "fixtures/{name}: unknown file {file}");
        }
        let optional = |file| folder.join(file).exists().then(|| text(&folder.join(file)));
        let surroundings = optional("world.json").map_or_else(Surroundings::default, |json| {
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("fixtures/{name}: world.json: {error}"))
        });
        Self {
            surroundings,
            request: fs::read(folder.join("request.http"))
                .unwrap_or_else(|error| panic!("fixtures/{name}: request.http: {error}")),
            origin: optional("origin.http"),
            reply: text(&folder.join("reply.http")),
            audit: text(&folder.join("audit.json")),
            name,
        }
    }

    /// Status and message of the recorded reply, reason code of the recorded audit entry.
    fn ending(&self) -> (String, String, String) {
        let (head, body) = self.reply.split_once("\r\n\r\n").expect("a reply has a head");
        let status = head.strip_prefix("HTTP/1.1 ").expect("a reply is HTTP/1.1")[..3].into();
        let audit: Value = serde_json::from_str(&self.audit).expect("an audit entry is JSON");
        let message = match serde_json::from_str::<Value>(body) {
            // What is answered to a handshake is no message of the gate.
            _ if audit["outcome"] == "handshake" || body.is_empty() => String::new(),
            Ok(json) => json["message"].as_str().expect("a reply has a message").to_owned(),
            Err(_) => body.lines().nth(1).and_then(|line| line.strip_prefix("message: ")).unwrap().into(),
        };
        (status, message, audit["reason"].as_str().unwrap_or("").into())
    }

    /// Runs the fixture, and tells in which stages it went otherwise than recorded.
    fn differences(&self, environment: &Environment) -> Vec<String> {
        let world = self.world();
        let environment = self.surroundings.changed(environment.clone());
        let gateway = Gateway::new(&environment, &world);
        let happened = self.run(&gateway, &world);
        let mut differences = Vec::new();
        let mut compare = |stage: &str, expected: &str, got: &str| {
            if expected != got {
                differences.push(format!("fixtures/{}: {stage} differs: expected\n{expected}\ngot\n{got}", self.name));
            }
        };
        let sent: Vec<String> = happened.sent.iter().map(sent_message).collect();
        compare("origin.http", self.origin.as_deref().unwrap_or(""), &sent.join("\r\n"));
        compare("reply.http", &self.reply, &reply_message(&happened.reply));
        compare("audit.json", self.audit.trim_end(), world.log().get(self.audit_line(&world)).map_or("", |line| line));
        compare("the replay cache", &self.records(&happened, &world), &held(&world.replay));
        if happened.audit["auth"] == Value::Array(Vec::new()) || happened.audit["outcome"] == "handshake" {
            compare("the count of KV operations", "0", &world.operations().to_string());
        }
        differences
    }

    fn world(&self) -> World {
        let Surroundings { now, switches, replay, origin, .. } = &self.surroundings;
        let world = World::new();
        world.set_now(now * 1_000);
        switches.fill(&world.switches);
        replay.fill(&world.replay);
        for answered in origin {
            world.origin.after(Duration::from_millis(answered.ms), answered.result());
        }
        world
    }

    fn run(&self, gateway: &Gateway, world: &World) -> Happened {
        let Surroundings { sent, apart, at_once, .. } = self.surroundings;
        let last = self.inbound();
        let (before, reply) = if at_once {
            let first = self.inbound();
            let release = world.origin.holds();
            let overtaken = async {
                let reply = gateway.handle(&last, world).await;
                drop(release);
                reply
            };
            (1, block_on(join(gateway.handle(&first, world), overtaken)).1)
        } else {
            for _ in 1..sent {
                world.deliver(gateway, &self.inbound());
                world.advance(Duration::from_secs(apart));
            }
            (world.origin.sent().len(), world.deliver(gateway, &last))
        };
        let audit = serde_json::from_str(&world.log()[self.audit_line(world)]).expect("an audit entry is JSON");
        Happened { sent: world.origin.sent().split_off(before), reply, audit }
    }

    /// Which line of the log is about the last request: of two at once, the last one ends first.
    fn audit_line(&self, world: &World) -> usize {
        let entries = if self.surroundings.at_once { 2 } else { 1 };
        world.log().len().checked_sub(entries).expect("every request has an audit entry")
    }

    /// What the replay cache must hold afterwards: what it held before, and the record of what was delivered.
    fn records(&self, happened: &Happened, world: &World) -> String {
        let store = Store::default();
        self.surroundings.replay.fill(&store);
        let delivered = happened.audit["outcome"] == "delivered" && happened.audit["reason"].is_null();
        if let (true, Some(sent), Some(hook)) = (delivered, happened.sent.first(), happened.audit["hook"].as_str()) {
            let header = |of| sent.headers().iter().find(|(name, _)| *name == of).map(|(_, value)| value.clone());
            // A site that shares no secret is not told the key; of that the reference is the beginning.
            let begin = format!("{hook}:{}", happened.audit["reference"].as_str().unwrap());
            let told = header("webhook-id").map(|id| format!("{hook}:{id}"));
            let kept = || world.replay.values().into_keys().find(|key| key.starts_with(&begin));
            let at = header("webhook-timestamp").map_or(self.surroundings.now, |at| at.parse().unwrap());
            let took = happened.audit["ms"].as_u64().unwrap() / 1_000;
            let record = format!(r#"{{"outcome":"delivered","at":{}}}"#, at + took);
            store.put(&told.or_else(kept).expect("what was delivered is recorded"), &record);
        } else if self.surroundings.sent > 1 {
            // An earlier request has left its record; fixtures with one request tell which.
            return held(&world.replay);
        }
        held(&store)
    }

    fn inbound(&self) -> Inbound {
        let end = self.request.windows(4).position(|four| four == b"\r\n\r\n").expect("a request has a head");
        let head = str::from_utf8(&self.request[..end]).expect("a head is text");
        let mut lines = head.split("\r\n");
        let [method, target, "HTTP/1.1"] = lines.next().unwrap().split(' ').collect::<Vec<_>>()[..] else {
            panic!("fixtures/{}: request.http: no request line", self.name)
        };
        let headers: Vec<(&str, &str)> = lines.map(|line| line.split_once(": ").expect("`name: value`")).collect();
        let value = |name| headers.iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        let Surroundings { scheme, tls, body_ms, .. } = &self.surroundings;
        let mut inbound = Inbound::post("").method(method);
        inbound.url = format!("{scheme}://{}{target}", value("host").expect("a request has a host"));
        inbound.tls = tls.clone().filter(|_| scheme == "https");
        inbound.headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        inbound.takes = Duration::from_millis(*body_ms);
        let sent = &self.request[end + 4..];
        if value("transfer-encoding") == Some("chunked") {
            return inbound.body(dechunked(sent));
        }
        let declared: usize = value("content-length").map_or(0, |length| length.parse().unwrap_or(usize::MAX));
        assert!(sent.len() <= declared, "fixtures/{}: request.http has more than it declares", self.name);
        inbound.fault = (sent.len() < declared).then_some(BodyFault::Broken);
        inbound.body(sent)
    }
}

impl Surroundings {
    fn changed(&self, environment: Environment) -> Environment {
        let environment = self.vars.iter().fold(environment, |e, (name, value)| e.var(name, value.clone()));
        self.secrets.iter().fold(environment, |e, (name, value)| e.secret(name, value))
    }
}

impl Values {
    fn fill(&self, store: &Store) {
        match self {
            Self::Held(values) => {
                for (key, value) in values {
                    store.put(key, &value.as_str().map_or_else(|| value.to_string(), Into::into));
                }
            }
            Self::Fault(StoreFault::Unreadable) => store.fail_reads(true),
            Self::Fault(StoreFault::Unwritable) => store.fail_writes(true),
        }
    }
}

impl Answered {
    fn result(&self) -> OriginResult {
        if self.broken {
            return Err(OriginFault::Broken);
        }
        let Self { status, content_type, retry_after, body, .. } = self;
        Ok(OriginAnswer {
            status: *status,
            content_type: content_type.clone(),
            retry_after: retry_after.clone(),
            body: body.clone().into(),
        })
    }
}

/// A request as it left the gate, headers by name.
fn sent_message(request: &OriginRequest) -> String {
    let (scheme, rest) = request.url().split_once("://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    assert_eq!(scheme, if host.starts_with("127.0.0.1") { "http" } else { "https" }, "{}", request.url());
    // A release is no reason to record everything anew.
    let version = format!("hookgate/{}", env!("CARGO_PKG_VERSION"));
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.replace(&version, "hookgate/*")));
    message(&format!("POST {path} HTTP/1.1"), headers.chain([("host", host.to_owned())]), request.body())
}

/// A reply, headers by name.
fn reply_message(reply: &Reply) -> String {
    message(&format!("HTTP/1.1 {}", reply.status), reply.headers.iter().cloned(), &reply.body)
}

fn message<'n>(start: &str, headers: impl Iterator<Item = (&'n str, String)>, body: &str) -> String {
    let mut lines: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    lines.sort();
    format!("{start}\r\n{}\r\n{body}", lines.concat())
}

fn held(store: &Store) -> String {
    let lines = store.values().into_iter().map(|(key, stored)| format!("{key} {}", stored.text));
    lines.collect::<Vec<_>>().join("\n")
}

/// RFC 9112 §7.1, without extensions and trailers.
fn dechunked(mut coded: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = coded.windows(2).position(|two| two == b"\r\n").expect("a chunk has a size");
        let size = usize::from_str_radix(str::from_utf8(&coded[..line]).unwrap(), 16).expect("a size is hex");
        body.extend(&coded[line + 2..line + 2 + size]);
        coded = &coded[line + 2 + size + 2..];
        if size == 0 {
            assert!(coded.is_empty(), "nothing follows the last chunk");
            return body;
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    // A tool may leave a folder of its own; its name begins with a dot.
    let own = |path: &PathBuf| path.is_dir() && !path.file_name().unwrap().to_string_lossy().starts_with('.');
    entries(folder).into_iter().filter(own).collect()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
