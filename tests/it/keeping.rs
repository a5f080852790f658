//! What the ledger does for deliveries: claims that hold everywhere, and deliveries that are kept and go on.

use core::time::Duration;

use futures::executor::block_on;
use futures::future::join;
use hookgate::gateway::Gateway;
use hookgate::host::{Host as _, OriginFault};
use hookgate::ledger::{Call, Cause, MAX_HELD, Stop, StopMode};
use hookgate::reply::Reply;

use crate::ledgers::Objects;
use crate::world::{Environment, Inbound, OriginResult, START, World, accepted, answer};

const SECRET: &str = "not a secret: shop";

/// Hooks by what is in their names: `strict` or `kv`, `keep` or `reply`, `rest` where the origin keeps no keys.
fn environment() -> Environment {
    let mut vars = String::from("ORIGIN = \"https://www.example.com\"\nORIGIN_USER = \"hookgate\"\n");
    for (id, more) in [
        ("strict-reply", "replay = \"strict\"\non_failure = \"reply\""),
        ("strict-keep", "replay = \"strict\"\non_failure = \"keep\""),
        (
            "strict-rest",
            "replay = \"strict\"\non_failure = \"reply\"\norigin = { kind = \"rest\", route = \"/wp-json/x\" }",
        ),
        ("kv-reply", "on_failure = \"reply\""),
        ("kv-keep", "on_failure = \"keep\"\nkeep_for = \"2h\""),
        ("kv-rest", "on_failure = \"reply\"\norigin = { kind = \"rest\", route = \"/wp-json/x\" }"),
        ("kv-once", "on_failure = \"keep\"\norigin = { kind = \"rest\", route = \"/wp-json/x\" }"),
        (
            "kv-short",
            "on_failure = \"reply\"\norigin = { kind = \"rest\", route = \"/wp-json/x\" }\nreplay = { window = \"1h\" }",
        ),
        ("parts", "replay = \"strict\"\non_failure = \"keep\"\nshards = 4"),
    ] {
        vars.push_str(&format!(
            "[[HOOKS]]\nid = \"{id}\"\nenabled = true\nowner = \"Shop <shop@example.com>\"\n\
             auth = [{{ scheme = \"hmac\", hash = \"sha256\", header = \"X-Signature\", secrets = [\"SHOP_SECRET\"] }}]\n\
             objects = {{ order = {{ at = \"/id\", required = true }} }}\nfields = [\"/note\"]\n{more}\n"
        ));
    }
    Environment::of(&vars)
        .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
        .secret("ORIGIN_PASSWORD", "not a secret: wordpress")
        .secret("SHOP_SECRET", SECRET)
}

struct Scene {
    world: World,
    objects: Objects,
    gateway: Gateway,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        let objects = Objects::of(&world);
        let gateway = Gateway::new(&environment(), &world);
        assert_eq!(world.mistakes(), [""; 0]);
        Self { world, objects, gateway }
    }

    fn deliver(&self, hook: &str, order: u32) -> Reply {
        self.world.deliver(&self.gateway, &delivery(hook, order))
    }

    /// What another isolate says.
    fn deliver_elsewhere(&self, hook: &str, order: u32) -> Reply {
        self.world.deliver(&Gateway::new(&environment(), &self.world), &delivery(hook, order))
    }

    /// Lets an object release everything that is due now.
    fn release(&self, object: &str) -> Option<u64> {
        loop {
            let next = block_on(self.gateway.release(object, &self.world));
            if next.is_none_or(|next| next > self.world.now()) {
                return next;
            }
        }
    }

    /// Moves the clock to where an object wants to be woken until nothing of it waits, at most so many times.
    fn drain(&self, object: &str) {
        for _ in 0..50 {
            match self.release(object) {
                Some(next) => self.world.set_now(next),
                None => return,
            }
        }
        panic!("{object} is never done");
    }

    fn sent(&self) -> usize {
        self.world.origin.sent().len()
    }

    /// The orders that have reached the origin, in order.
    fn orders(&self) -> Vec<String> {
        let order = |body: &str| {
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            body["objects"]["order"]["id"].as_str().unwrap().to_owned()
        };
        self.world.origin.sent().iter().map(|request| order(request.body())).collect()
    }

    /// Outcome and reason of the last audit entry.
    fn ending(&self) -> (String, Option<String>) {
        let entry = self.world.audit().pop().unwrap();
        (entry["outcome"].as_str().unwrap().into(), entry["reason"].as_str().map(Into::into))
    }

    fn states(&self, object: &str) -> Vec<String> {
        let held = self.objects.report(&self.world, object, Call::Held { after: 0 });
        held.as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap().into()).collect()
    }

    /// The ledger's calls so far.
    fn calls(&self) -> Vec<String> {
        self.objects.asked().iter().map(|(_, call)| call["call"].as_str().unwrap().into()).collect()
    }
}

fn delivery(hook: &str, order: u32) -> Inbound {
    let body = format!(r#"{{"id":{order},"note":"kept","card":"canary-4242"}}"#);
    Inbound::post(&format!("/wa-hook/{hook}")).json(body).sha256("X-Signature", "", SECRET)
}

fn ending(outcome: &str, reason: &str) -> (String, Option<String>) {
    (outcome.into(), Some(reason).filter(|reason| !reason.is_empty()).map(Into::into))
}

const SILENCE: OriginResult = Err(OriginFault::Timeout);

#[test]
fn a_strict_hook_asks_the_ledger_and_leaves_kv_alone() {
    let scene = Scene::new();
    assert_eq!(scene.deliver("strict-reply", 1).status, 200);
    let repeat = scene.deliver_elsewhere("strict-reply", 1);
    assert_eq!((repeat.status, repeat.body.contains("\"first\":\"delivered\"")), (200, true), "{}", repeat.body);
    assert_eq!(scene.ending(), ending("duplicate", ""));
    assert_eq!((scene.sent(), scene.world.replay.reads(), scene.world.replay.writes()), (1, 0, 0));
    assert_eq!(scene.calls(), ["claim", "end", "claim"]);
    scene.world.advance(Duration::from_hours(72));
    assert_eq!(scene.deliver("strict-reply", 1).status, 200);
    assert_eq!(scene.sent(), 2, "the window is over");
}

#[test]
fn of_a_strict_delivery_on_two_isolates_at_once_one_is_forwarded() {
    let scene = Scene::new();
    let elsewhere = Gateway::new(&environment(), &scene.world);
    let (here, there) = (delivery("strict-reply", 1), delivery("strict-reply", 1));
    let release = scene.world.origin.holds();
    let second = async {
        let reply = elsewhere.handle(&there, &scene.world).await;
        release.send(Ok(accepted())).unwrap();
        reply
    };
    let (first, second) = block_on(join(scene.gateway.handle(&here, &scene.world), second));
    assert_eq!((first.status, second.status, scene.sent()), (200, 409, 1));
    assert!(second.headers.contains(&("retry-after", "5".into())));
}

#[test]
fn a_strict_hook_without_its_ledger_is_closed() {
    let scene = Scene::new();
    scene.objects.silence("strict-reply", true);
    let reply = scene.deliver("strict-reply", 1);
    assert_eq!((reply.status, scene.sent(), scene.world.operations()), (503, 0, 1), "the switches are read");
    assert_eq!(scene.ending(), ending("failed", "ledger-unreachable"));
}

#[test]
fn a_strict_failure_is_forgotten_and_its_retry_has_the_same_key() {
    let scene = Scene::new();
    for (result, status) in [(SILENCE, 504), (Ok(answer(500, "")), 502), (Ok(accepted()), 200)] {
        scene.world.origin.then(result);
        assert_eq!(scene.deliver("strict-reply", 1).status, status);
    }
    let ids: Vec<_> = scene.world.origin.sent().iter().map(|request| request.headers()[3].clone()).collect();
    assert_eq!((ids.len(), &ids[0], &ids[1]), (3, &ids[1], &ids[2]));
    assert_eq!(ids[0].0, "webhook-id");
}

#[test]
fn a_success_that_the_ledger_does_not_hear_of_is_no_failure() {
    let scene = Scene::new();
    let release = scene.world.origin.holds();
    let (first, late) = (delivery("strict-reply", 1), async {
        scene.objects.silence("strict-reply", true);
        release.send(Ok(accepted())).unwrap();
    });
    let (reply, ()) = block_on(join(scene.gateway.handle(&first, &scene.world), late));
    assert_eq!((reply.status, scene.ending()), (200, ending("delivered", "repeat-guard-missing")));
    scene.objects.silence("strict-reply", false);
    assert_eq!(scene.deliver("strict-reply", 1).status, 409, "its lease is not over");
    scene.world.advance(Duration::from_secs(21));
    assert_eq!((scene.deliver("strict-reply", 1).status, scene.sent()), (200, 2), "the site knows the key");
}

#[test]
fn what_an_origin_without_keys_left_open_is_never_repeated_by_itself() {
    for hook in ["strict-rest", "kv-rest"] {
        let scene = Scene::new();
        scene.world.origin.then(SILENCE);
        assert_eq!(scene.deliver(hook, 1).status, 202, "{hook}");
        assert_eq!((scene.ending(), scene.states(hook)), (ending("held", "origin-timeout"), vec!["uncertain".into()]));
        scene.drain(hook);
        scene.world.advance(Duration::from_hours(1));
        assert_eq!((scene.deliver(hook, 1).status, scene.deliver_elsewhere(hook, 1).status), (202, 202));
        assert_eq!(scene.sent(), 1, "{hook}");

        let reference = scene.world.audit()[0]["reference"].as_str().unwrap().to_owned();
        scene.objects.ask(&scene.world, hook, Call::Release { reference: &reference, entry: None });
        scene.drain(hook);
        assert_eq!((scene.sent(), scene.ending()), (2, ending("delivered", "released")), "an operator's word");
        assert_eq!((scene.deliver_elsewhere(hook, 1).status, scene.ending()), (200, ending("duplicate", "")));
    }
}

#[test]
fn a_failure_without_doubt_at_an_origin_without_keys_is_the_senders_to_retry() {
    for hook in ["strict-rest", "kv-rest"] {
        let scene = Scene::new();
        scene.world.origin.answers(503, "");
        assert_eq!((scene.deliver(hook, 1).status, scene.states(hook).len()), (503, 0));
        scene.world.origin.answers(201, "{}");
        assert_eq!((scene.deliver(hook, 1).status, scene.sent()), (200, 2));
    }
}

#[test]
fn what_the_origin_fails_is_kept_for_a_sender_that_does_not_try_again() {
    for (hook, reads) in [("strict-keep", 0), ("kv-keep", 3)] {
        for (result, reason) in [
            (SILENCE, "origin-timeout"),
            (Ok(answer(500, "")), "origin-error"),
            (Ok(answer(404, "")), "origin-refused"),
            (Ok(answer(200, "a parked domain")), "origin-unrecognized"),
            (Ok(answer(409, r#"{"code":"hookgate_in_progress"}"#)), "in-progress"),
        ] {
            let scene = Scene::new();
            scene.world.origin.then(result);
            let reply = scene.deliver(hook, 1);
            assert_eq!((reply.status, scene.ending()), (202, ending("held", reason)), "{hook}");
            assert!(reply.body.starts_with(r#"{"code":"ok","message":"Held","data":{"status":202,"reference":""#));
            assert_eq!((scene.deliver_elsewhere(hook, 1).status, scene.sent()), (202, 1), "it is known as held");
            scene.drain(hook);
            assert_eq!(
                (scene.orders(), scene.ending()),
                (vec!["1".into(), "1".into()], ending("delivered", "released"))
            );
            let [first, second] = [0, 1].map(|index| scene.world.origin.sent()[index].clone());
            assert_eq!((first.body(), &first.headers()[3]), (second.body(), &second.headers()[3]));
            assert_eq!((scene.deliver_elsewhere(hook, 1).status, scene.ending()), (200, ending("duplicate", "")));
            assert_eq!((scene.sent(), scene.world.replay.reads()), (2, reads), "{hook}");
        }
    }
}

#[test]
fn what_the_site_knows_no_object_for_is_not_kept() {
    for hook in ["strict-keep", "kv-keep"] {
        let scene = Scene::new();
        scene.world.origin.answers(400, r#"{"code":"hookgate_objects_not_found"}"#);
        assert_eq!((scene.deliver(hook, 1).status, scene.states(hook).len()), (400, 0));
    }
}

#[test]
fn what_cannot_be_kept_is_the_senders_to_keep() {
    let scene = Scene::new();
    scene.objects.silence("kv-keep", true);
    scene.world.origin.answers(500, "");
    assert_eq!((scene.deliver("kv-keep", 1).status, scene.ending()), (502, ending("failed", "origin-error")));
    assert_eq!((scene.deliver("kv-keep", 1).status, scene.sent()), (200, 2));
}

#[test]
fn a_delivery_is_kept_no_longer_than_its_hook_says_and_then_waits_for_an_operator() {
    let scene = Scene::new();
    scene.objects.with(&scene.world, "kv-keep", |object| object.random.set(3_599_999));
    for _ in 0..50 {
        scene.world.origin.answers(500, "");
    }
    scene.deliver("kv-keep", 1);
    scene.drain("kv-keep");
    assert_eq!((scene.states("kv-keep"), scene.world.now() - START), (vec!["given-up".into()], 7_200_000));
    let sent = scene.sent();
    scene.world.advance(Duration::from_hours(24));
    assert_eq!((scene.release("kv-keep"), scene.sent()), (None, sent));
}

#[test]
fn only_a_thin_payload_is_kept() {
    let scene = Scene::new();
    scene.world.origin.then(SILENCE);
    scene.deliver("kv-keep", 1);
    scene.deliver("strict-keep", 1);
    let asked = scene.objects.asked().iter().map(|(_, call)| call.to_string()).collect::<String>();
    assert!(asked.contains("kept") && !asked.contains("canary"), "{asked}");
}

#[test]
fn a_stop_that_holds_loses_nothing_and_keeps_the_order() {
    for hook in ["strict-keep", "kv-keep"] {
        let scene = Scene::new();
        scene.world.switches.put(&format!("stop:{hook}"), "doubled orders");
        for order in [3, 1, 2, 1] {
            assert_eq!(scene.deliver(hook, order).status, 202);
            scene.world.advance(Duration::from_secs(1));
        }
        assert_eq!((scene.ending().0, scene.states(hook).len()), ("held".to_owned(), 3), "the last is a repeat");
        let later = scene.release(hook);
        assert_eq!((later, scene.sent()), (Some(scene.world.now() + 60_000), 0), "still stopped");

        scene.world.switches.delete(&format!("stop:{hook}"));
        scene.world.advance(Duration::from_secs(60));
        scene.drain(hook);
        assert_eq!(scene.orders(), ["3", "1", "2"]);
        assert_eq!((scene.deliver_elsewhere(hook, 1).status, scene.ending().0), (200, "duplicate".to_owned()));
    }
}

#[test]
fn a_stop_with_a_mode_of_its_own_holds_what_a_sender_would_retry() {
    let scene = Scene::new();
    scene.world.switches.put("stop", r#"{"mode":"hold","reason":"upgrade"}"#);
    assert_eq!((scene.deliver("kv-reply", 1).status, scene.ending()), (202, ending("held", "stopped")));
    scene.objects.silence("kv-reply", true);
    assert_eq!((scene.deliver("kv-reply", 2).status, scene.sent()), (503, 0), "what cannot be held is not accepted");
}

#[test]
fn a_stop_in_the_ledger_reaches_a_strict_hook_at_once() {
    for (mode, status) in [(StopMode::Hold, 202), (StopMode::Reject, 503), (StopMode::Drop, 200), (StopMode::Gone, 410)]
    {
        let scene = Scene::new();
        assert_eq!(scene.deliver("strict-reply", 1).status, 200);
        let stop = Stop { mode, reason: None, by: None, until: Some(START + 30_000) };
        scene.objects.ask(&scene.world, "strict-reply", Call::Stop(stop));
        let reply = scene.deliver("strict-reply", 2);
        assert_eq!((reply.status, scene.sent()), (status, 1), "{mode:?}");
        if mode == StopMode::Reject {
            assert!(reply.headers.contains(&("retry-after", "30".into())));
        }
        scene.world.advance(Duration::from_secs(30));
        scene.drain("strict-reply");
        assert_eq!(scene.deliver("strict-reply", 3).status, 200);
        assert_eq!(scene.orders().len(), if mode == StopMode::Hold { 3 } else { 2 });
    }
}

#[test]
fn an_operator_can_release_one_delivery_of_a_stopped_hook() {
    let scene = Scene::new();
    scene.world.switches.put("stop", "");
    scene.deliver("strict-keep", 1);
    scene.deliver("strict-keep", 2);
    let reference = scene.world.audit()[1]["reference"].as_str().unwrap().to_owned();
    scene.objects.ask(&scene.world, "strict-keep", Call::Release { reference: &reference, entry: None });
    scene.release("strict-keep");
    assert_eq!((scene.orders(), scene.states("strict-keep").len()), (vec!["2".to_owned()], 1));
}

#[test]
fn a_resting_origin_is_asked_by_one_delivery_at_a_time() {
    let scene = Scene::new();
    for order in 0..5 {
        scene.world.origin.answers(500, "");
        assert_eq!(scene.deliver("strict-reply", order).status, 502);
    }
    scene.objects.with(&scene.world, "strict-reply", |object| object.random.set(7_000));
    scene.world.origin.answers(500, "");
    assert_eq!(scene.deliver("strict-reply", 5).status, 502, "the first wait is over at once");
    let reply = scene.deliver("strict-reply", 6);
    assert_eq!((reply.status, scene.ending(), scene.sent()), (503, ending("failed", "origin-resting"), 6));
    assert!(reply.headers.contains(&("retry-after", "7".into())), "{:?}", reply.headers);
    scene.world.advance(Duration::from_secs(7));
    assert_eq!((scene.deliver("strict-reply", 6).status, scene.deliver("strict-reply", 5).status), (200, 200));
}

#[test]
fn the_parts_of_a_sharded_hook_share_nothing() {
    let scene = Scene::new();
    for order in 0..20 {
        assert_eq!(scene.deliver("parts", order).status, 200);
        assert_eq!(scene.deliver("parts", order).status, 200);
    }
    let mut names: Vec<String> = scene.objects.asked().into_iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names, scene.sent()), (["parts/0", "parts/1", "parts/2", "parts/3"].map(Into::into).to_vec(), 20));
}

#[test]
fn what_is_held_of_a_hook_that_is_gone_waits_for_it() {
    let scene = Scene::new();
    scene.world.origin.then(SILENCE);
    scene.deliver("kv-keep", 1);
    let other = Gateway::new(&Environment::of("ORIGIN = \"https://www.example.com\""), &scene.world);
    scene.world.advance(Duration::from_hours(1));
    let next = block_on(other.release("kv-keep", &scene.world));
    assert_eq!((next, scene.sent()), (Some(scene.world.now() + 3_600_000), 1));
    scene.drain("kv-keep");
    assert_eq!(scene.sent(), 2);
}

#[test]
fn what_is_held_and_cannot_be_read_any_more_is_given_up_and_kept() {
    let scene = Scene::new();
    scene.world.origin.then(SILENCE);
    scene.deliver("kv-keep", 1);
    let more = "\n[[HOOKS]]\nid = \"kv-keep\"\nenabled = true\nowner = \"Shop <shop@example.com>\"\nauth = \"none\"\n\
                reason = \"a test\"\non_failure = \"keep\"\nobjects = { post = { at = \"/id\", required = true } }";
    let changed = Environment::of(&format!("ORIGIN = \"https://www.example.com\"{more}"))
        .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5");
    scene.world.advance(Duration::from_hours(1));
    let changed = Gateway::new(&changed, &scene.world);
    assert_eq!(scene.world.mistakes(), [""; 0]);
    block_on(changed.release("kv-keep", &scene.world));
    assert_eq!((scene.states("kv-keep"), scene.ending()), (vec!["given-up".into()], ending("held", "misconfigured")));
    assert_eq!(scene.sent(), 1);
}

#[test]
fn the_ledger_hears_of_failures_always_and_of_the_rest_now_and_then() {
    let scene = Scene::new();
    for order in 0..3 {
        scene.deliver("kv-reply", order);
        scene.deliver("kv-reply", order);
        scene.world.origin.answers(500, "");
        scene.deliver("kv-reply", 100 + order);
        scene.world.deliver(&scene.gateway, &delivery("kv-reply", order).header("X-Signature", "wrong"));
    }
    assert_eq!(scene.calls(), ["note"; 4], "one success of three, and three failures");
    scene.world.advance(Duration::from_secs(60));
    scene.deliver("kv-reply", 7);
    let status = scene.objects.report(&scene.world, "kv-reply", Call::Status);
    let last = &status["last"];
    assert_eq!(
        (last["delivered"].as_u64(), last["failed"].as_u64(), &last["duplicate"]),
        (Some(2), Some(3), &0.into())
    );
    assert_eq!(last["entry"], scene.world.audit().pop().unwrap());
}

#[test]
fn what_a_stop_holds_is_noted_once_however_often_it_comes() {
    let scene = Scene::new();
    scene.deliver("strict-keep", 1);
    scene.world.switches.put("stop", "");
    scene.world.advance(Duration::from_secs(10));
    for _ in 0..5 {
        scene.deliver("strict-keep", 1);
        scene.deliver("strict-keep", 2);
    }
    let endings = scene.objects.report(&scene.world, "strict-keep", Call::Deliveries);
    let outcomes: Vec<_> = endings.as_array().unwrap().iter().map(|row| row["entry"]["outcome"].clone()).collect();
    assert_eq!(outcomes, ["held", "delivered"]);
}

#[test]
fn a_failure_that_finds_no_room_is_noted_as_what_its_sender_is_told() {
    let scene = Scene::new();
    scene.objects.with(&scene.world, "kv-keep", |object| {
        for number in 0..MAX_HELD {
            object.keep(&crate::ledger::key(number), crate::ledger::KEEP, Cause::Stop);
        }
    });
    scene.world.origin.answers(500, "");
    assert_eq!((scene.deliver("kv-keep", 1).status, scene.ending()), (502, ending("failed", "origin-error")));
    let endings = scene.objects.report(&scene.world, "kv-keep", Call::Deliveries);
    assert_eq!(endings.as_array().unwrap().len(), 1);
    assert_eq!(endings[0]["entry"]["outcome"], "failed");
}

#[test]
fn what_another_isolate_has_delivered_is_not_released_to_an_origin_without_keys() {
    let scene = Scene::new();
    scene.world.origin.answers(503, "");
    // KV takes no second write to a key within a second, and tells other places after up to a minute.
    scene.world.replay.fail_writes(true);
    assert_eq!((scene.deliver("kv-once", 1).status, scene.ending()), (202, ending("held", "origin-busy")));
    scene.world.replay.fail_writes(false);
    assert_eq!((scene.deliver_elsewhere("kv-once", 1).status, scene.ending()), (200, ending("delivered", "")));
    scene.drain("kv-once");
    assert_eq!(
        (scene.sent(), scene.ending()),
        (2, ending("duplicate", "")),
        "the one that failed, and the one that did not"
    );
    assert_eq!(scene.states("kv-once").len(), 0);
}

#[test]
fn an_origin_without_keys_that_points_elsewhere_after_the_act_is_not_asked_again() {
    let scene = Scene::new();
    scene.world.origin.answers(303, "");
    assert_eq!((scene.deliver("kv-once", 1).status, scene.ending()), (202, ending("held", "origin-redirect")));
    scene.drain("kv-once");
    assert_eq!((scene.sent(), scene.states("kv-once")), (1, vec!["uncertain".into()]));
}

#[test]
fn what_is_held_is_known_as_held_for_longer_than_a_short_window() {
    let scene = Scene::new();
    scene.world.origin.then(SILENCE);
    assert_eq!(scene.deliver("kv-short", 1).status, 202);
    scene.world.advance(Duration::from_hours(48));
    assert_eq!((scene.deliver_elsewhere("kv-short", 1).status, scene.sent()), (202, 1));
}
