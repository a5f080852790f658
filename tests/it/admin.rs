//! What operators ask and do at `/_hookgate/…`.

use futures::executor::block_on;
use hookgate::gateway::Gateway;
use hookgate::ledger::{Call, Cause, Fact, Terms};
use hookgate::reply::Reply;
use serde_json::{Value, json};

use crate::ledgers::Objects;
use crate::world::{Environment, Inbound, World};

mod acts;
mod doors;
mod questions;
mod stops;

/// 32 characters, the fewest.
const TOKEN: &str = "canary-token-0123456789abcdefghi";
const SENDER: &str = "not a secret: shop";
/// An origin without keys.
const ONCE: Terms = Terms { repeatable: false, keep: None };

/// `orders` and `posts` are open, `watch` observes, `old` is disabled, `broken` has no owner.
fn environment() -> Environment {
    Environment::of(
        r#"
        ORIGIN = "https://www.example.com"
        ORIGINS = { press = { url = "https://press.example.com", user = "gate", password = "PRESS_PASSWORD" } }
        [[HOOKS]]
        id = "orders"
        enabled = true
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        purpose = "Mark \"paid\""
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] }]
        objects = { order = { at = "/id", required = true } }
        fields = ["/note"]
        [[HOOKS]]
        id = "posts"
        enabled = true
        owner = "Press"
        on_failure = "reply"
        on_stop = "drop"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] }]
        objects = { post = { at = "/id", by = ["id"], required = true } }
        origin = { kind = "rest", site = "press", route = "/acme/v1/posts/{post}" }
        [[HOOKS]]
        id = "watch"
        enabled = true
        mode = "observe"
        owner = "Watch"
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] }]
        fields = ["/note"]
        [[HOOKS]]
        id = "old"
        owner = "Old"
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] }]
        fields = ["/note"]
        [[HOOKS]]
        id = "broken"
        enabled = true
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] }]
        fields = ["/note"]
        "#,
    )
    .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
    .secret("SHOP_SECRET", SENDER)
    .secret("PRESS_PASSWORD", "abcd efgh ijkl mnop qrst uvwx")
}

/// The same with `bank`: strict, kept, and in three parts.
fn with_bank() -> Environment {
    let bank = json!([{
        "id": "bank", "enabled": true, "owner": "Bank", "on_failure": "keep", "replay": "strict", "shards": 3,
        "auth": [{"scheme": "hmac", "hash": "sha256", "header": "X-Signature", "secrets": ["SHOP_SECRET"]}],
        "fields": ["/note"],
    }]);
    environment().var("HOOKS_BANK", bank).secret("ADMIN_TOKEN", TOKEN)
}

/// A gate with a ledger, and an operator who has the token.
struct Bench {
    world: World,
    objects: Objects,
    gateway: Gateway,
}

impl Bench {
    fn new() -> Self {
        Self::sound(&environment().secret("ADMIN_TOKEN", TOKEN))
    }

    /// A gate that is as the tests take it to be.
    fn sound(environment: &Environment) -> Self {
        let bench = Self::of(environment);
        let mistakes = bench.world.mistakes();
        assert!(mistakes.len() == 1 && mistakes[0].contains("(id \"broken\"): owner: is missing"), "{mistakes:?}");
        bench
    }

    fn of(environment: &Environment) -> Self {
        let world = World::new();
        let objects = Objects::of(&world);
        let gateway = Gateway::new(environment, &world);
        Self { world, objects, gateway }
    }

    fn reply(&self, request: &Inbound) -> Reply {
        block_on(self.gateway.handle(request, &self.world))
    }

    fn get(&self, path: &str) -> (u16, Value) {
        answer(&self.reply(&get(path)))
    }

    fn post(&self, path: &str, body: &str) -> (u16, Value) {
        answer(&self.reply(&post(path, body)))
    }

    /// An act that is refused: status, error and message.
    fn refused(&self, path: &str, body: &str) -> (u16, String, String) {
        let (status, answer) = self.post(path, body);
        assert_eq!(answer["done"], false, "{answer}");
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        (status, text("error"), text("message"))
    }

    /// A delivery to `orders`; its key is remembered in KV.
    fn deliver(&self, body: &str) -> Reply {
        self.reply(&Inbound::post("/wa-hook/orders").json(body).sha256("X-Signature", "", SENDER))
    }

    /// Puts a delivery into the ledger of a hook, whose origin did not answer.
    fn hold(&self, object: &str, key: &str) {
        let cause = Cause::Forward(Fact::Unknown);
        let payload = r#"{"fields":{"note":"canary-payload"}}"#;
        self.objects.ask(&self.world, object, Call::Keep { key, payload, terms: ONCE, cause, entry: None });
    }

    fn state(&self, object: &str, key: &str) -> Option<String> {
        self.objects.with(&self.world, object, |object| object.state(key))
    }

    /// The lines of the log about operators.
    fn deeds(&self) -> Vec<Value> {
        let lines = self.world.log().into_iter().map(|line| serde_json::from_str(&line).expect("JSON"));
        lines.filter(|line: &Value| line.get("admin").is_some()).collect()
    }

    /// The latest line of the log about operators.
    fn deed(&self) -> Value {
        self.deeds().pop().expect("a line")
    }

    /// The entries in the ring of an object, the latest first.
    fn ring(&self, object: &str) -> Vec<Value> {
        let ring = self.objects.report(&self.world, object, Call::Deliveries);
        ring.as_array().unwrap().iter().map(|ending| ending["entry"].clone()).collect()
    }
}

fn bare(path: &str) -> Inbound {
    Inbound::post(path).method("GET").header("authorization", &format!("Bearer {TOKEN}"))
}

fn get(path: &str) -> Inbound {
    bare(&format!("/_hookgate/{path}"))
}

fn post(path: &str, body: &str) -> Inbound {
    get(path).method("POST").json(body)
}

/// What an operator is told; always JSON that nobody keeps.
fn answer(reply: &Reply) -> (u16, Value) {
    let headers = [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("strict-transport-security", "max-age=31536000"),
        ("content-type", "application/json"),
    ];
    assert_eq!(reply.headers, headers.map(|(name, value)| (name, value.to_owned())), "{}", reply.body);
    (reply.status, serde_json::from_str(&reply.body).expect(&reply.body))
}

/// The key of a delivery: 64 digits that begin so.
fn key(beginning: &str) -> String {
    format!("{beginning:0<64}")
}
