//! The world around the core: what a sender sends, what the platform offers, what the operator configured.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use base64ct::{Base64, Encoding as _};
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::join;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hookgate::config::Vars;
use hookgate::gateway::Gateway;
use hookgate::host::{
    Body, BodyFault, Framed, HmacKey, Host, OriginAnswer, OriginFault, PublicKey, Request, StoreFault,
};
use hookgate::origin::OriginRequest;
use hookgate::reply::Reply;
use hookgate::var::Var;
use serde_json::Value;
use sha2::Sha256;

use crate::native::{Native, keep};

/// 2026-11-21 21:00:00 UTC, in milliseconds: when a world begins.
pub(crate) const START: u64 = 1_795_294_800_000;

/// A host in memory. Two gateways over one world are two isolates.
pub(crate) struct World {
    now: Cell<u64>,
    pub(crate) replay: Store,
    pub(crate) switches: Store,
    pub(crate) origin: Origin,
    /// The ledger, if there is one; else it does not answer.
    pub(crate) ledger: RefCell<Option<Ledgers>>,
    pub(crate) native: Native,
    tokens: Cell<u64>,
    log: RefCell<Vec<String>>,
}

/// Answers what an object is asked, at a time in milliseconds since 1970; `None` if it does not.
pub(crate) type Ledgers = Box<dyn FnMut(&str, &str, u64) -> Option<String>>;

/// A KV namespace that counts its operations and can be made to fail, to forget, or to wait.
#[derive(Debug, Default)]
pub(crate) struct Store {
    values: RefCell<BTreeMap<String, Stored>>,
    reads: Cell<usize>,
    writes: Cell<usize>,
    fails_reads: Cell<bool>,
    fails_writes: Cell<bool>,
    /// Reads find nothing, as where a miss is cached.
    blind: Cell<bool>,
    held_reads: RefCell<VecDeque<oneshot::Receiver<()>>>,
    held_writes: RefCell<VecDeque<oneshot::Receiver<()>>>,
}

/// A value of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) text: String,
    /// Seconds it was to live, and when it dies in milliseconds since 1970.
    pub(crate) ttl: Option<(u32, u64)>,
}

/// An origin that answers by script, and as a connector that accepts when the script has ended.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    answers: RefCell<VecDeque<Scripted>>,
    sent: RefCell<Vec<OriginRequest>>,
}

/// What an origin answers, or how it fails to.
pub(crate) type OriginResult = Result<OriginAnswer, OriginFault>;

#[derive(Debug)]
enum Scripted {
    Now(OriginResult),
    /// After some time, if the gate waits so long.
    After(Duration, OriginResult),
    /// When the test says so; a sender that is dropped is a broken connection.
    Held(oneshot::Receiver<OriginResult>),
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            now: Cell::new(START),
            replay: Store::default(),
            switches: Store::default(),
            origin: Origin::default(),
            ledger: RefCell::default(),
            native: Native::default(),
            tokens: Cell::default(),
            log: RefCell::default(),
        }
    }

    /// Moves the clock to a moment in milliseconds since 1970.
    pub(crate) fn set_now(&self, ms: u64) {
        self.now.set(ms);
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.now.set(self.now.get() + u64::try_from(time.as_millis()).unwrap());
    }

    /// Runs one request to its end.
    pub(crate) fn deliver(&self, gateway: &Gateway, request: &Inbound) -> Reply {
        block_on(gateway.handle(request, self))
    }

    /// All lines of the log.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    /// The audit entries among the lines of the log.
    pub(crate) fn audit(&self) -> Vec<Value> {
        let lines = self.log();
        let entries = lines.iter().map(|line| serde_json::from_str(line).expect("a line of the log is JSON"));
        entries.filter(|entry: &Value| entry.get("hook").is_some()).collect()
    }

    /// The mistakes of the configuration among the lines of the log.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let lines = self.log();
        let entries = lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("a line of the log is JSON"));
        entries.filter_map(|entry| Some(entry.get("config")?.as_str()?.to_owned())).collect()
    }

    /// Reads and writes of both stores.
    pub(crate) fn operations(&self) -> usize {
        let count = |store: &Store| store.reads() + store.writes();
        count(&self.replay) + count(&self.switches)
    }
}

impl Store {
    pub(crate) fn put(&self, key: &str, text: &str) {
        self.values.borrow_mut().insert(key.into(), Stored { text: text.into(), ttl: None });
    }

    pub(crate) fn delete(&self, key: &str) {
        self.values.borrow_mut().remove(key);
    }

    /// All that was ever put and not deleted, dead or alive.
    pub(crate) fn values(&self) -> BTreeMap<String, Stored> {
        self.values.borrow().clone()
    }

    /// Read operations so far; one bulk read is one.
    pub(crate) fn reads(&self) -> usize {
        self.reads.get()
    }

    pub(crate) fn writes(&self) -> usize {
        self.writes.get()
    }

    pub(crate) fn fail_reads(&self, fail: bool) {
        self.fails_reads.set(fail);
    }

    pub(crate) fn fail_writes(&self, fail: bool) {
        self.fails_writes.set(fail);
    }

    pub(crate) fn blind(&self, blind: bool) {
        self.blind.set(blind);
    }

    /// The next read waits until the sender fires or is dropped.
    pub(crate) fn hold_read(&self) -> oneshot::Sender<()> {
        let (release, held) = oneshot::channel();
        self.held_reads.borrow_mut().push_back(held);
        release
    }

    /// The next write waits, and lands only then.
    pub(crate) fn hold_write(&self) -> oneshot::Sender<()> {
        let (release, held) = oneshot::channel();
        self.held_writes.borrow_mut().push_back(held);
        release
    }

    fn remove(&self, key: &str) -> Result<(), StoreFault> {
        self.writes.set(self.writes.get() + 1);
        if self.fails_writes.get() {
            return Err(StoreFault);
        }
        self.delete(key);
        Ok(())
    }

    async fn read(&self, now: u64, keys: &[&str]) -> Result<Vec<Option<String>>, StoreFault> {
        self.reads.set(self.reads.get() + 1);
        let held = self.held_reads.borrow_mut().pop_front();
        if let Some(held) = held {
            let _ = held.await;
        }
        if self.fails_reads.get() {
            return Err(StoreFault);
        }
        let values = self.values.borrow();
        let alive = |stored: &&Stored| !self.blind.get() && stored.ttl.is_none_or(|(_, end)| now < end);
        Ok(keys.iter().map(|key| values.get(*key).filter(alive).map(|stored| stored.text.clone())).collect())
    }

    async fn write(&self, now: u64, key: &str, text: &str, ttl: u32) -> Result<(), StoreFault> {
        self.writes.set(self.writes.get() + 1);
        let held = self.held_writes.borrow_mut().pop_front();
        if let Some(held) = held {
            let _ = held.await;
        }
        // KV refuses a time to live below 60 s, and a key of more than 512 bytes.
        if self.fails_writes.get() || ttl < 60 || key.len() > 512 {
            return Err(StoreFault);
        }
        let ttl = Some((ttl, now + u64::from(ttl) * 1_000));
        self.values.borrow_mut().insert(key.into(), Stored { text: text.into(), ttl });
        Ok(())
    }
}

impl Origin {
    /// Scripts one answer.
    pub(crate) fn answers(&self, status: u16, body: &str) {
        self.then(Ok(answer(status, body)));
    }

    /// Scripts one answer or fault.
    pub(crate) fn then(&self, result: OriginResult) {
        self.answers.borrow_mut().push_back(Scripted::Now(result));
    }

    /// Scripts one answer or fault that takes its time on the clock of the world.
    pub(crate) fn after(&self, time: Duration, result: OriginResult) {
        self.answers.borrow_mut().push_back(Scripted::After(time, result));
    }

    /// Scripts one answer that waits for the test.
    pub(crate) fn holds(&self) -> oneshot::Sender<OriginResult> {
        let (release, held) = oneshot::channel();
        self.answers.borrow_mut().push_back(Scripted::Held(held));
        release
    }

    /// The requests that have left the gate.
    pub(crate) fn sent(&self) -> Vec<OriginRequest> {
        self.sent.borrow().clone()
    }
}

/// What the connector says when the workflow has run.
pub(crate) fn accepted() -> OriginAnswer {
    answer(200, r#"{"code":"hookgate_accepted","message":"Success","data":{"status":200,"objects":{}}}"#)
}

pub(crate) fn answer(status: u16, body: &str) -> OriginAnswer {
    OriginAnswer { status, content_type: Some("application/json".into()), retry_after: None, body: body.into() }
}

impl Host for World {
    fn now(&self) -> u64 {
        self.now.get()
    }

    async fn read_record(&self, key: &str) -> Result<Option<String>, StoreFault> {
        Ok(self.replay.read(self.now(), &[key]).await?.remove(0))
    }

    async fn write_record(&self, key: &str, value: &str, ttl: u32) -> Result<(), StoreFault> {
        self.replay.write(self.now(), key, value, ttl).await
    }

    async fn remove_record(&self, key: &str) -> Result<(), StoreFault> {
        self.replay.remove(key)
    }

    async fn find_records(&self, prefix: &str) -> Result<Vec<String>, StoreFault> {
        let keys = self.replay.values().into_keys();
        Ok(keys.filter(|key| key.starts_with(prefix)).take(2).collect())
    }

    async fn read_switches(&self, keys: [&str; 2]) -> Result<[Option<String>; 2], StoreFault> {
        Ok(self.switches.read(self.now(), &keys).await?.try_into().unwrap())
    }

    async fn write_switch(&self, key: &str, value: Option<&str>) -> Result<(), StoreFault> {
        match value {
            None => self.switches.remove(key),
            Some(_) if self.switches.fails_writes.get() => Err(StoreFault),
            Some(text) => {
                self.switches.writes.set(self.switches.writes.get() + 1);
                self.switches.put(key, text);
                Ok(())
            }
        }
    }

    async fn ask(&self, object: &str, call: &str) -> Result<String, StoreFault> {
        let now = self.now();
        self.ledger.borrow_mut().as_mut().and_then(|ask| ask(object, call, now)).ok_or(StoreFault)
    }

    fn token(&self) -> String {
        self.tokens.set(self.tokens.get() + 1);
        format!("token-{}", self.tokens.get())
    }

    async fn send(&self, request: &OriginRequest) -> Result<OriginAnswer, OriginFault> {
        self.origin.sent.borrow_mut().push(request.clone());
        let scripted = self.origin.answers.borrow_mut().pop_front();
        match scripted {
            None => Ok(accepted()),
            Some(Scripted::Now(result)) => result,
            Some(Scripted::After(time, _)) if time > request.timeout() => {
                self.advance(request.timeout());
                Err(OriginFault::Timeout)
            }
            Some(Scripted::After(time, result)) => {
                self.advance(time);
                result
            }
            Some(Scripted::Held(held)) => held.await.unwrap_or(Err(OriginFault::Broken)),
        }
    }

    async fn verify(&self, key: &PublicKey, signature: &[u8; 64], message: &[u8]) -> bool {
        hookgate::sign::verify(key, signature, message)
    }

    async fn hash(&self, key: Option<&HmacKey>, message: &Framed<'_>) -> Option<Vec<u8>> {
        self.native.hash(key, message)
    }

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.into());
    }
}

/// A request as a sender made it: over TLS 1.3 to `https://hooks.example.com`, unless told otherwise.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) tls: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) fault: Option<BodyFault>,
    /// How long the sender takes over the body.
    pub(crate) takes: Duration,
    /// With which cap and limit the body was asked for; none if it never was.
    asked: Cell<Option<(usize, Duration)>>,
    /// The headers that were asked for.
    read: RefCell<Vec<String>>,
    /// Whether somebody looked into the body.
    looked: Rc<Cell<bool>>,
}

impl Inbound {
    /// A POST without a body to a path, perhaps with a query.
    pub(crate) fn post(path: &str) -> Self {
        Self {
            method: "POST".into(),
            url: format!("https://hooks.example.com{path}"),
            headers: Vec::new(),
            tls: Some("TLSv1.3".into()),
            body: Vec::new(),
            fault: None,
            takes: Duration::ZERO,
            asked: Cell::default(),
            read: RefCell::default(),
            looked: Rc::default(),
        }
    }

    pub(crate) fn json(self, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    pub(crate) fn form(self, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    pub(crate) fn url(mut self, url: &str) -> Self {
        self.url = url.into();
        self
    }

    pub(crate) fn tls(mut self, version: Option<&str>) -> Self {
        self.tls = version.map(Into::into);
        self
    }

    /// Adds a header, also a second one of the same name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body cannot be had.
    pub(crate) fn fault(mut self, fault: BodyFault) -> Self {
        self.fault = Some(fault);
        self
    }

    pub(crate) fn basic(self, user: &str, password: &str) -> Self {
        let credentials = Base64::encode_string(format!("{user}:{password}").as_bytes());
        self.header("authorization", &format!("Basic {credentials}"))
    }

    /// Signs the body as it is now, with SHA-256.
    pub(crate) fn sha256(self, header: &str, prefix: &str, secret: &str) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&self.body).finalize();
        let hex = base16ct::lower::encode_string(&mac.into_bytes());
        self.header(header, &format!("{prefix}{hex}"))
    }

    /// Whether the core asked for this header.
    pub(crate) fn was_read(&self, name: &str) -> bool {
        self.read.borrow().iter().any(|read| read == name)
    }

    /// Whether the core looked into the body; else the platform has never given it away.
    pub(crate) fn was_looked_into(&self) -> bool {
        self.looked.get()
    }

    /// With which cap and limit the body was asked for; none if it never was.
    pub(crate) fn asked(&self) -> Option<(usize, Duration)> {
        self.asked.get()
    }
}

impl Request for Inbound {
    fn method(&self) -> String {
        self.method.clone()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn header(&self, name: &str) -> Option<String> {
        assert_eq!(name, name.to_ascii_lowercase(), "the core asks for headers in lower case");
        self.read.borrow_mut().push(name.into());
        let named = self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let values: Vec<&str> = named.map(|(_, value)| value.trim_matches([' ', '\t'])).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    fn tls_version(&self) -> Option<String> {
        self.tls.clone()
    }

    async fn body(&self, cap: usize, limit: Duration) -> Result<Body, BodyFault> {
        assert_eq!(self.asked.replace(Some((cap, limit))), None, "a body can be read once");
        match self.fault {
            _ if self.takes > limit => Err(BodyFault::Timeout),
            Some(fault) => Err(fault),
            None if self.body.len() > cap => Err(BodyFault::TooLarge),
            None => Ok(keep(&self.body, &self.looked)),
        }
    }
}

/// Variables and secrets as the operator deployed them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    vars: BTreeMap<String, Value>,
    secrets: BTreeMap<String, String>,
}

impl Environment {
    /// The variables of a `[vars]` table: what `wrangler.toml` has below it.
    pub(crate) fn of(vars: &str) -> Self {
        let vars = toml::from_str(vars).unwrap_or_else(|error| panic!("{error}"));
        Self { vars, secrets: BTreeMap::new() }
    }

    /// The variables of a whole `wrangler.toml`, and secrets in the form of `.dev.vars`.
    pub(crate) fn of_files(wrangler: &str, secrets: &str) -> Self {
        let mut wrangler: BTreeMap<String, Value> = toml::from_str(wrangler).unwrap_or_else(|error| panic!("{error}"));
        let vars = wrangler.remove("vars").expect("wrangler.toml has [vars]");
        let pair = |line: &str| {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no NAME=\"value\": {line}"));
            let within = |quote| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
            let value = within('"').or_else(|| within('\''));
            (name.into(), value.unwrap_or_else(|| panic!("no NAME=\"value\": {line}")).into())
        };
        let lines = secrets.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self { vars: serde_json::from_value(vars).expect("[vars] is a table"), secrets: lines.map(pair).collect() }
    }

    pub(crate) fn var(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.vars.insert(name.into(), value.into());
        self
    }

    pub(crate) fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.insert(name.into(), value.into());
        self
    }
}

/// On Workers, variables and secrets are properties of one object.
impl Vars for Environment {
    fn names(&self) -> Vec<String> {
        self.vars.keys().chain(self.secrets.keys()).cloned().collect()
    }

    fn var(&self, name: &str) -> Option<Var> {
        let secret = || Some(Var::Text(self.secrets.get(name)?.clone()));
        self.vars.get(name).map(var).or_else(secret)
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name).cloned().or_else(|| Some(self.vars.get(name)?.as_str()?.to_owned()))
    }
}

pub(crate) fn var(value: &Value) -> Var {
    match value {
        Value::String(text) => Var::Text(text.clone()),
        Value::Number(number) => number.as_i64().map_or(Var::Other, Var::Integer),
        Value::Bool(flag) => Var::Flag(*flag),
        Value::Array(list) => Var::List(list.iter().map(var).collect()),
        Value::Object(table) => Var::Table(table.iter().map(|(key, value)| (key.clone(), var(value))).collect()),
        Value::Null => Var::Other,
    }
}

#[test]
fn a_signed_delivery_goes_through_the_world() {
    let environment = Environment::of(
        r#"
        ORIGIN = "https://www.example.com"
        [[HOOKS]]
        id = "orders"
        enabled = true
        owner = "Shop <shop@example.com>"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] }]
        on_failure = "reply"
        objects = { order = { at = "/id", required = true } }
        "#,
    )
    .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
    .secret("SHOP_SECRET", "not a secret: shop");
    let world = World::new();
    let gateway = Gateway::new(&environment, &world);
    assert_eq!(world.mistakes(), [""; 0]);
    let order =
        || Inbound::post("/wa-hook/orders").json(r#"{"id":1042}"#).sha256("X-Signature", "", "not a secret: shop");

    let (first, second) = (order(), order());
    let release = world.origin.holds();
    let overtaken = async {
        let reply = gateway.handle(&second, &world).await;
        release.send(Ok(accepted())).unwrap();
        reply
    };
    let (first, second) = block_on(join(gateway.handle(&first, &world), overtaken));
    assert_eq!((first.status, second.status, world.deliver(&gateway, &order()).status), (200, 409, 200));
    assert_eq!((world.origin.sent().len(), world.replay.reads(), world.replay.writes()), (1, 3, 1));
    world.advance(Duration::from_hours(72));
    assert_eq!(world.deliver(&gateway, &order()).status, 200);
    assert_eq!(world.origin.sent().len(), 2);
    assert_eq!(world.audit().len(), 4);
}
