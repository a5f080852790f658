//! Stories of more than one request, and what the gate does besides replying.

use core::time::Duration;

use base64ct::Encoding as _;
use futures::FutureExt as _;
use futures::executor::block_on;
use futures::future::join;
use hookgate::gateway::Gateway;
use hookgate::host::{BodyFault, OriginFault};
use hookgate::reply::Reply;

use crate::world::{Environment, Inbound, World, accepted};

const SECRET: &str = "not a secret: shop";

fn environment() -> Environment {
    Environment::of(
        r#"
        ORIGIN = "https://www.example.com"
        [[HOOKS]]
        id = "orders"
        enabled = true
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        timeout = "7s"
        max_body = "1KiB"
        body_timeout = "3s"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] }]
        objects = { order = { at = "/id", required = true } }
        replay = { window = "1h" }
        [[HOOKS]]
        id = "open"
        enabled = true
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        auth = "none"
        reason = "a counter that anybody may press"
        objects = { post = { at = "/post_id" } }
        [[HOOKS]]
        id = "watched"
        enabled = true
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        mode = "observe"
        auth = [{ scheme = "api-key", header = "X_API_KEY", secrets = ["SHOP_SECRET"] }]
        [[HOOKS]]
        id = "asleep"
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        auth = [{ scheme = "api-key", header = "X_API_KEY", secrets = ["NOT_SET_YET"] }]
        [[HOOKS]]
        id = "broken"
        enabled = true
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        auth = [{ scheme = "api-key", header = "X_API_KEY", secrets = ["NOT_SET_YET"] }]
        [[HOOKS]]
        id = "keyed"
        enabled = true
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        auth = [{ scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] }]
        replay = { key = ["/event", "/part"] }
        [[HOOKS]]
        id = "thrice"
        enabled = true
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        auth = [
            { scheme = "basic", user = "shop", secrets = ["SHOP_SECRET"] },
            { scheme = "api-key", header = "X_API_KEY", secrets = ["SHOP_SECRET"] },
            { scheme = "hmac", hash = "sha256", header = "X-Signature", secrets = ["SHOP_SECRET"] },
        ]
        [[HOOKS]]
        id = "long"
        enabled = true
        owner = "Shop <shop@example.com>"
        on_failure = "reply"
        auth = [{ scheme = "api-key", header = "X_API_KEY", secrets = ["SHOP_SECRET"] }]
        fields = [{ at = "/*", max = 16000 }]
        "#,
    )
    .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
    .secret("SHOP_SECRET", SECRET)
}

struct Scene {
    world: World,
    gateway: Gateway,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        let gateway = Gateway::new(&environment(), &world);
        Self { world, gateway }
    }

    fn deliver(&self, request: &Inbound) -> Reply {
        self.world.deliver(&self.gateway, request)
    }

    fn status(&self, request: &Inbound) -> u16 {
        self.deliver(request).status
    }

    fn forwards(&self) -> usize {
        self.world.origin.sent().len()
    }

    fn last_reason(&self) -> String {
        self.world.audit().pop().unwrap()["reason"].as_str().unwrap_or("").into()
    }
}

fn order(id: u32) -> Inbound {
    signed("/wa-hook/orders", &format!("{{\"id\":{id}}}"))
}

fn signed(path: &str, body: &str) -> Inbound {
    Inbound::post(path).json(body).sha256("x-signature", "", SECRET)
}

#[test]
fn a_duplicate_is_acknowledged_and_not_forwarded() {
    let scene = Scene::new();
    let first = scene.deliver(&order(1));
    let second = scene.deliver(&order(1));
    assert!(first.body.contains("Success") && second.body.contains("Duplicate delivery"));
    assert!(second.body.contains("\"first\":\"delivered\""), "{}", second.body);
    assert_eq!((first.status, second.status, scene.forwards(), scene.world.replay.writes()), (200, 200, 1, 1));
    let reference =
        |reply: &Reply| reply.headers.iter().find(|(name, _)| *name == "hookgate-reference").unwrap().1.clone();
    assert_eq!(reference(&first), reference(&second));
}

#[test]
fn a_failed_forward_leaves_no_record_and_its_retry_is_processed() {
    let scene = Scene::new();
    scene.world.origin.answers(500, "");
    scene.world.origin.then(Err(OriginFault::Timeout));
    scene.world.origin.then(Err(OriginFault::Broken));
    scene.world.origin.answers(503, "");
    scene.world.origin.answers(400, r#"{"code":"hookgate_objects_not_found"}"#);
    let statuses: Vec<u16> = (0..7).map(|_| scene.status(&order(1))).collect();
    assert_eq!(statuses, [502, 504, 502, 503, 400, 200, 200]);
    assert_eq!((scene.forwards(), scene.world.replay.writes()), (6, 1));
    let ids: Vec<String> = scene
        .world
        .origin
        .sent()
        .iter()
        .map(|sent| sent.headers().iter().find(|(name, _)| *name == "webhook-id").unwrap().1.clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "every retry carries the key of the first attempt");
}

#[test]
fn what_is_not_authenticated_costs_no_storage_and_no_fetch() {
    let scene = Scene::new();
    let refused = [
        Inbound::post("/wa-hook/nobody").json("{}"),
        Inbound::post("/wa-hook/asleep").json("{}").header("x-api-key", SECRET),
        Inbound::post("/wa-hook/broken").json("{}").header("x-api-key", SECRET),
        Inbound::post("/wa-hook/orders").json("{\"id\":1}"),
        Inbound::post("/wa-hook/orders").json("{\"id\":1}").sha256("x-signature", "", "not a secret: other"),
        order(1).method("PUT"),
        order(1).tls(Some("TLSv1.1")),
        order(1).url("http://hooks.example.com/wa-hook/orders"),
        order(1).header("content-encoding", "gzip"),
        signed("/wa-hook/orders", &" ".repeat(1_025)),
        order(1).fault(BodyFault::Timeout),
        order(1).fault(BodyFault::Broken),
    ];
    let statuses: Vec<u16> = refused.iter().map(|request| scene.status(request)).collect();
    assert_eq!(statuses, [404, 404, 503, 401, 401, 405, 403, 403, 415, 413, 408, 400]);
    assert_eq!((scene.world.operations(), scene.forwards()), (0, 0));
}

#[test]
fn a_missing_hook_and_a_disabled_one_do_the_work_of_a_wrong_signature() {
    let scene = Scene::new();
    for path in ["/wa-hook/nobody", "/wa-hook/asleep", "/elsewhere", "/"] {
        let request = Inbound::post(path).json("{}");
        assert_eq!(scene.status(&request), 404, "{path}");
        assert_eq!(request.asked(), Some((262_144, Duration::from_secs(10))), "{path}");
        assert!(request.was_read("x-hub-signature-256"), "{path}: the decoy's signature is looked at");
    }
    // Not even the decoy's own signature opens anything.
    let guess = Inbound::post("/wa-hook/nobody").json("{}").sha256(
        "x-hub-signature-256",
        "sha256=",
        "a decoy: nothing lies behind it",
    );
    assert_eq!(scene.status(&guess), 404);
}

#[test]
fn an_insecure_request_is_refused_before_its_body_is_read() {
    let scene = Scene::new();
    let request = order(1).url("http://hooks.example.com/wa-hook/orders");
    assert_eq!((scene.status(&request), request.asked()), (403, None));
}

#[test]
fn each_hook_has_its_own_bounds() {
    let scene = Scene::new();
    let request = order(1);
    assert_eq!(scene.status(&request), 200);
    assert_eq!(request.asked(), Some((1_024, Duration::from_secs(3))));
    assert_eq!(scene.world.origin.sent()[0].timeout(), Duration::from_secs(7));
}

#[test]
fn a_delivery_is_forgotten_when_its_window_ends() {
    let scene = Scene::new();
    scene.status(&order(1));
    scene.world.advance(Duration::from_secs(3_599));
    scene.status(&order(1));
    assert_eq!(scene.forwards(), 1);
    scene.world.advance(Duration::from_secs(1));
    scene.status(&order(1));
    assert_eq!(scene.forwards(), 2);
}

#[test]
fn an_isolate_remembers_what_its_cache_does_not_show_yet() {
    let scene = Scene::new();
    scene.world.replay.blind(true);
    for _ in 0..200 {
        assert_eq!(scene.status(&order(1)), 200);
    }
    assert_eq!(scene.forwards(), 1);
}

#[test]
fn an_isolate_remembers_a_bounded_number_of_deliveries() {
    let scene = Scene::new();
    scene.world.replay.blind(true);
    for id in 1..=4_097 {
        scene.status(&order(id));
    }
    scene.status(&order(4_097));
    scene.status(&order(2));
    assert_eq!(scene.forwards(), 4_097, "the latest 4,096 are known");
    scene.status(&order(1));
    assert_eq!(scene.forwards(), 4_098, "the oldest one is not");
}

#[test]
fn another_isolate_learns_of_a_delivery_from_the_cache() {
    let scene = Scene::new();
    let other = Gateway::new(&environment(), &scene.world);
    scene.status(&order(1));
    assert!(scene.world.deliver(&other, &order(1)).body.contains("Duplicate delivery"));
    assert_eq!(scene.forwards(), 1);
}

#[test]
fn of_two_at_once_the_second_is_told_to_come_back() {
    let scene = Scene::new();
    let release = scene.world.origin.holds();
    let (first, second) = (order(1), order(1));
    let overtaken = async {
        let reply = scene.gateway.handle(&second, &scene.world).await;
        release.send(Ok(accepted())).unwrap();
        reply
    };
    let (first, second) = block_on(join(scene.gateway.handle(&first, &scene.world), overtaken));
    assert_eq!((first.status, second.status, scene.forwards()), (200, 409, 1));
    assert!(second.headers.contains(&("retry-after", "5".into())));
    assert!(scene.deliver(&order(1)).body.contains("Duplicate delivery"));
}

#[test]
fn a_repeat_that_read_the_cache_before_the_first_was_settled_is_a_duplicate() {
    let scene = Scene::new();
    let release = scene.world.replay.hold_read();
    let (slow, fast) = (order(1), order(1));
    let overtaking = async {
        let reply = scene.gateway.handle(&fast, &scene.world).await;
        release.send(()).unwrap();
        reply
    };
    let (slow, fast) = block_on(join(scene.gateway.handle(&slow, &scene.world), overtaking));
    assert!(fast.body.contains("Success") && slow.body.contains("Duplicate delivery"), "{fast:?} {slow:?}");
    assert_eq!(scene.forwards(), 1);
}

#[test]
fn a_delivery_that_is_given_up_half_way_releases_its_claim() {
    let scene = Scene::new();
    let request = order(1);
    let held = scene.world.origin.holds();
    assert!(scene.gateway.handle(&request, &scene.world).now_or_never().is_none());
    drop(held);
    assert_eq!((scene.status(&order(1)), scene.forwards()), (200, 2));
}

#[test]
fn a_success_that_the_cache_did_not_take_is_still_a_success() {
    let scene = Scene::new();
    scene.world.replay.fail_writes(true);
    assert!(scene.deliver(&order(1)).body.contains("Success"));
    assert_eq!(scene.last_reason(), "repeat-guard-missing");
    assert!(scene.deliver(&order(1)).body.contains("Duplicate delivery"), "this isolate knows");
}

#[test]
fn what_cannot_be_read_closes_the_hook() {
    let scene = Scene::new();
    scene.world.replay.fail_reads(true);
    assert_eq!((scene.status(&order(1)), scene.last_reason().as_str()), (503, "replay-unreadable"));
    scene.world.replay.fail_reads(false);
    scene.world.advance(Duration::from_secs(10));
    scene.world.switches.fail_reads(true);
    assert_eq!((scene.status(&order(1)), scene.last_reason().as_str()), (503, "switches-unreadable"));
    scene.world.switches.fail_reads(false);
    assert_eq!((scene.forwards(), scene.status(&order(1))), (0, 200));
}

#[test]
fn a_stop_takes_effect_within_ten_seconds_and_so_does_its_end() {
    let scene = Scene::new();
    assert_eq!(scene.status(&order(1)), 200);
    scene.world.switches.put("stop:orders", "doubled orders");
    scene.world.advance(Duration::from_millis(9_999));
    assert_eq!(scene.status(&order(2)), 200);
    assert_eq!(scene.world.switches.reads(), 1, "read once in ten seconds");
    scene.world.advance(Duration::from_millis(1));
    assert_eq!(scene.status(&order(3)), 503);
    scene.world.switches.delete("stop:orders");
    scene.world.advance(Duration::from_secs(10));
    assert_eq!((scene.status(&order(3)), scene.forwards()), (200, 3));
}

#[test]
fn a_stop_of_everything_comes_before_the_stop_of_a_hook() {
    let scene = Scene::new();
    scene.world.switches.put("stop", r#"{"mode":"gone","until":"2026-11-21T21:00:30Z"}"#);
    scene.world.switches.put("stop:orders", "{\"mode\":\"drop\"}");
    assert_eq!(scene.status(&order(1)), 410);
    scene.world.advance(Duration::from_secs(31));
    assert!(scene.deliver(&order(1)).body.contains("Dropped"));
    assert_eq!((scene.forwards(), scene.world.replay.writes()), (0, 0));
}

#[test]
fn an_unsigned_query_does_not_make_a_signed_delivery_a_new_one() {
    let scene = Scene::new();
    scene.status(&order(1));
    let again =
        scene.deliver(&order(1).url("https://hooks.example.com/wa-hook/orders?attempt=2").header("x-delivery", "2"));
    assert!(again.body.contains("Duplicate delivery"));
    let elsewhere = Inbound::post("/wa-hook/orders").form("{\"id\":1}").sha256("x-signature", "", SECRET);
    assert_eq!((scene.status(&elsewhere), scene.forwards()), (415, 1), "nor does another media type");
}

#[test]
fn the_query_of_a_request_that_nobody_signs_is_part_of_it() {
    let scene = Scene::new();
    for query in ["?post_id=1", "?post_id=2", "?post_id=1"] {
        assert_eq!(scene.status(&Inbound::post(&format!("/wa-hook/open{query}"))), 200);
    }
    assert_eq!(scene.forwards(), 2);
    assert_eq!(scene.world.audit()[0]["auth"], serde_json::json!(["none"]));
}

#[test]
fn a_key_from_the_payload_tells_deliveries_apart_by_it_alone() {
    let scene = Scene::new();
    let deliver = |body: &str| scene.deliver(&signed("/wa-hook/keyed", body)).body;
    assert!(deliver(r#"{"event":"a","part":1,"sent":"10:00"}"#).contains("Success"));
    assert!(deliver(r#"{"part":1,"sent":"10:05","event":"a"}"#).contains("Duplicate"));
    assert!(deliver(r#"{"event":"a","part":2}"#).contains("Success"));
    // No byte can move from one part to the next.
    assert!(deliver(r#"{"event":"a1","part":""}"#).contains("Malformed"));
    assert!(deliver(r#"{"event":"ab","part":"c"}"#).contains("Success"));
    assert!(deliver(r#"{"event":"a","part":"bc"}"#).contains("Success"));
    assert_eq!(scene.forwards(), 4);
}

#[test]
fn a_delivery_without_a_key_is_refused_and_never_shares_a_constant_one() {
    let scene = Scene::new();
    for body in ["{}", r#"{"event":"a"}"#, r#"{"event":null,"part":1}"#] {
        assert_eq!(
            (scene.status(&signed("/wa-hook/keyed", body)), scene.last_reason().as_str()),
            (400, "key-missing"),
            "{body}"
        );
    }
    assert_eq!((scene.status(&signed("/wa-hook/orders", "")), scene.last_reason().as_str()), (400, "key-missing"));
    assert_eq!((scene.status(&Inbound::post("/wa-hook/open")), scene.last_reason().as_str()), (400, "key-missing"));
    assert_eq!(scene.world.operations(), 0);
}

#[test]
fn a_hook_that_observes_verifies_and_forwards_nothing() {
    let scene = Scene::new();
    let request = |key: &str| Inbound::post("/wa-hook/watched").json("{\"a\":1}").header("x-api-key", key);
    assert_eq!(scene.status(&request("not a secret: wrong")), 401);
    for _ in 0..2 {
        assert!(scene.deliver(&request(SECRET)).body.contains("Observed"));
    }
    assert_eq!((scene.forwards(), scene.world.replay.writes()), (0, 0));
}

#[test]
fn every_request_has_one_audit_entry_with_the_same_columns() {
    let scene = Scene::new();
    let columns = [
        "hook",
        "owner",
        "outcome",
        "reason",
        "auth",
        "bytes_in",
        "bytes_out",
        "origin_status",
        "ms",
        "ray",
        "reference",
    ];
    let requests = [
        order(1),
        order(1),
        Inbound::post("/x"),
        order(1).method("GET"),
        signed("/wa-hook/orders", "{"),
        order(2).header("cf-ray", "8f3a5b2c1d0e9f87-FRA"),
    ];
    for (count, request) in requests.iter().enumerate() {
        scene.deliver(request);
        let line = scene.world.log().pop().unwrap();
        let order: Vec<usize> = columns.iter().map(|column| line.find(&format!("\"{column}\":")).unwrap()).collect();
        assert!(order.is_sorted(), "{line}");
        assert_eq!((scene.world.audit()[count].as_object().unwrap().len(), line.lines().count()), (columns.len(), 1));
    }
    assert_eq!(scene.world.audit().len(), requests.len());
    assert_eq!(scene.world.audit()[5]["ray"], "8f3a5b2c1d0e9f87-FRA");
}

#[test]
fn the_origin_can_verify_what_the_gate_signed() {
    let scene = Scene::new();
    scene.status(&order(1042));
    let sent = &scene.world.origin.sent()[0];
    let header = |name: &str| sent.headers().iter().find(|(own, _)| *own == name).unwrap().1.clone();
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), sent.body());
    let expected =
        Inbound::post("").body(signed).sha256("v1", "", "not a secret: fixtures only").headers.pop().unwrap().1;
    let base64 = base64ct::Base64::decode_vec(header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
    assert_eq!(base16ct::lower::encode_string(&base64), expected);
    assert_eq!(
        sent.body(),
        r#"{"hook":"orders","objects":{"order":{"id":"1042","key":"1042"}},"required":["order"],"fields":{}}"#
    );
    assert_eq!(sent.url(), "https://www.example.com/wp-json/hookgate/v1/deliveries");
}

#[test]
fn every_mechanism_is_tried_whatever_the_first_ones_say() {
    let scene = Scene::new();
    let request = Inbound::post("/wa-hook/thrice").json("{}").basic("shop", "not a secret: wrong");
    assert_eq!(scene.status(&request), 401);
    for header in ["authorization", "x-api-key", "x-signature"] {
        assert!(request.was_read(header), "{header}");
    }
}

#[test]
fn a_captured_signature_cannot_have_its_body_read_as_another_format() {
    let scene = Scene::new();
    let body = r#"{"event":"a","part":1,"note":"&event=b&part=2&x="}"#;
    assert_eq!(scene.status(&signed("/wa-hook/keyed", body)), 200);
    let forged = Inbound::post("/wa-hook/keyed").form(body).sha256("x-signature", "", SECRET);
    assert_eq!((scene.status(&forged), scene.last_reason().as_str(), scene.forwards()), (415, "media-type", 1));
}

#[test]
fn a_claim_that_was_abandoned_is_taken_over_when_its_lease_has_ended() {
    let scene = Scene::new();
    let (abandoned, request) = (scene.world.origin.holds(), order(1));
    let mut first = Box::pin(scene.gateway.handle(&request, &scene.world));
    assert!(first.as_mut().now_or_never().is_none());
    scene.world.advance(Duration::from_millis(16_999));
    assert_eq!(scene.status(&order(1)), 409);
    scene.world.advance(Duration::from_millis(1));
    assert_eq!((scene.status(&order(1)), scene.forwards()), (200, 2));
    // What wakes up after all does not release the claim of whoever took over.
    drop((first, abandoned));
    assert!(scene.deliver(&order(1)).body.contains("Duplicate delivery"));
}

#[test]
fn a_delivery_that_two_have_settled_is_remembered_like_any_other() {
    let scene = Scene::new();
    scene.world.replay.blind(true);
    let (late, request) = (scene.world.origin.holds(), order(1));
    let mut first = Box::pin(scene.gateway.handle(&request, &scene.world));
    assert!(first.as_mut().now_or_never().is_none());
    scene.world.advance(Duration::from_secs(17));
    assert_eq!(scene.status(&order(1)), 200);
    late.send(Ok(accepted())).unwrap();
    assert_eq!(block_on(first).status, 200);
    for id in 2..=4_096 {
        scene.status(&order(id));
    }
    assert!(scene.deliver(&order(1)).body.contains("Duplicate delivery"), "among the latest 4,096");
}

#[test]
fn a_repeat_is_known_here_before_the_cache_has_taken_it() {
    let scene = Scene::new();
    let landed = scene.world.replay.hold_write();
    let (first, repeat) = (order(1), order(1));
    let overtaking = async {
        let reply = scene.gateway.handle(&repeat, &scene.world).await;
        landed.send(()).unwrap();
        reply
    };
    let (first, repeat) = block_on(join(scene.gateway.handle(&first, &scene.world), overtaking));
    assert!(first.body.contains("Success") && repeat.body.contains("Duplicate delivery"), "{repeat:?}");
}

#[test]
fn a_new_configuration_counts_at_once_and_forgets_no_delivery() {
    let scene = Scene::new();
    scene.status(&order(1));
    scene.world.replay.blind(true);
    let rotated = environment().secret("SHOP_SECRET", "not a secret: rotated");
    let gateway = scene.gateway.reconfigured(&rotated, &scene.world);
    assert_eq!(scene.world.deliver(&gateway, &order(1)).status, 401, "a revoked secret is no secret");
    let again = Inbound::post("/wa-hook/orders").json("{\"id\":1}").sha256("x-signature", "", "not a secret: rotated");
    assert!(scene.world.deliver(&gateway, &again).body.contains("Duplicate delivery"));
    assert_eq!(scene.world.switches.reads(), 1, "nor what it read of the switches");
    let remarks =
        scene.world.log().iter().filter(|line| line.contains("NOT_SET_YET") || line.contains("notice")).count();
    assert_eq!(remarks, 2, "and says nothing twice");
}

#[test]
fn a_thin_payload_stays_thin() {
    let scene = Scene::new();
    let long = "x".repeat(16_000);
    let body = |count: usize| serde_json::to_string(&vec![&long; count]).unwrap();
    let thin = |count| Inbound::post("/wa-hook/long").json(body(count)).header("x-api-key", SECRET);
    assert_eq!(scene.status(&thin(4)), 200);
    assert_eq!((scene.status(&thin(5)), scene.last_reason().as_str()), (400, "field-length"));
}

#[test]
fn a_hook_that_lets_anybody_in_says_so_at_the_start() {
    let scene = Scene::new();
    let notice = r#"{"notice":"hook open lets anybody in: a counter that anybody may press"}"#;
    assert!(scene.world.log().iter().any(|line| line == notice));
}

#[test]
fn a_closed_hook_is_named_in_the_audit() {
    let scene = Scene::new();
    assert_eq!(scene.status(&Inbound::post("/wa-hook/broken").json("{}")), 503);
    let entry = scene.world.audit().pop().unwrap();
    assert_eq!((entry["hook"].as_str(), entry["reason"].as_str()), (Some("broken"), Some("misconfigured")));
}
