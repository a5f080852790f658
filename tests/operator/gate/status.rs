//! `status`: every hook, what is wrong first.

use serde_json::{Value, json};

use super::stub::Stub;
use super::{NOW, Operator, ask};

/// A hook to which nothing has happened.
fn hook(id: &str) -> Value {
    json!({
        "id": id, "owner": "Shop <ops@shop.dev>", "purpose": "Mark an order paid", "state": "open",
        "guarantee": "kv", "on_failure": "reply", "on_stop": "reject", "origin": "connector",
        "switch": null, "switch_age": null, "ledger": [report()],
    })
}

fn report() -> Value {
    json!({ "stop": null, "failures": null, "held": [], "last": null })
}

/// A report whose latest ending is this.
fn after(at: u64, entry: &Value) -> Value {
    let mut report = report();
    report["last"] = json!({ "at": at, "entry": entry, "delivered": 1203, "duplicate": 4, "held": 0, "uncertain": 0,
        "rejected": 0, "failed": 2, "other": 0 });
    report
}

fn delivered() -> Value {
    json!({ "hook": "a", "owner": "Shop <ops@shop.dev>", "outcome": "delivered", "reason": null, "auth": ["stripe[0]"],
        "bytes_in": 400, "bytes_out": 90, "origin_status": 200, "ms": 35, "ray": null, "reference": "9f86d081884c7d65" })
}

fn answer(switch: &Value, hooks: &[Value]) -> String {
    json!({ "now": NOW, "switch": switch, "hooks": hooks }).to_string()
}

/// What is shown of hooks.
fn shown(switch: &Value, hooks: &[Value]) -> String {
    shown_with(switch, hooks, &[])
}

fn shown_with(switch: &Value, hooks: &[Value], more: &[(&str, u16, &str)]) -> String {
    let answer = answer(switch, hooks);
    let gate = Stub::answering(&[&[("GET /_hookgate/status", 200, answer.as_str())], more].concat());
    let ended = ask(&gate, &["status"]);
    assert_eq!((ended.status, ended.errors.as_str()), (0, ""));
    ended.output.replace(gate.url(), "GATE")
}

/// The same with one member otherwise.
fn with(mut hook: Value, member: &str, value: Value) -> Value {
    hook[member] = value;
    hook
}

#[test]
fn a_hook_that_is_well_says_when_it_ran_and_by_which_secret() {
    let one = with(hook("r8wq4n1zt6ye"), "ledger", json!([after(NOW - 125_000, &delivered())]));
    let one = with(one, "switch_age", 8_000.into());
    let card = "r8wq4n1zt6ye  Mark an order paid
  owner     Shop <ops@shop.dev>
  state     open; kv; on failure reply; on stop reject; connector
  last run  2026-11-22T08:57:55Z, 2 min 5 s ago: delivered, origin 200, 35 ms, 9f86d081884c7d65
  secret    stripe[0], 2 min 5 s ago
  counted   1203 delivered, 4 duplicate, 2 failed
  held      nothing
  switches  read 8 s ago by the isolate that answered
";
    let heading = "GATE at 2026-11-22T09:00:00Z: 1 hook, nothing is wrong\n";
    assert_eq!(shown(&Value::Null, &[one]), format!("{heading}\n{card}"));
}

#[test]
fn what_is_wrong_comes_first_and_the_hook_it_is_wrong_with() {
    let well = with(hook("well"), "ledger", json!([after(NOW, &delivered())]));
    let closed = json!({ "id": "closed", "state": "disabled", "switch": null, "switch_age": null, "ledger": [] });
    let failing = json!({ "stop": null, "failures": 3, "held": [], "last": null });
    let failing = with(hook("failing"), "ledger", json!([failing]));
    let held = json!([
        { "state": "waiting", "count": 3, "oldest": NOW - 60_000 },
        { "state": "uncertain", "count": 1, "oldest": NOW - 11_520_000 },
        { "state": "given-up", "count": 2, "oldest": NOW - 90_000_000 },
    ]);
    let stuck = json!({ "stop": null, "failures": null, "held": held, "last": null });
    let stuck = with(hook("stuck"), "ledger", json!([stuck]));
    let text = shown(&Value::Null, &[well, closed, failing, stuck]);
    let expected = "GATE at 2026-11-22T09:00:00Z: 4 hooks, 2 to look at

stuck  Mark an order paid
  error     1 delivery may have run or not, the oldest for 3 h 12 min: `hookgate held stuck`
  error     2 deliveries given up, the oldest for 1 d 1 h: `hookgate held stuck`
  owner     Shop <ops@shop.dev>
  state     open; kv; on failure reply; on stop reject; connector
  last run  none is known
  secret    no match is known
  counted   nothing yet
  held      3 waiting, 1 uncertain, 2 given-up; the oldest for 1 d 1 h
  switches  to be read at the next delivery

failing  Mark an order paid
  warning   its origin failed 3 times in a row
  owner     Shop <ops@shop.dev>
  state     open; kv; on failure reply; on stop reject; connector
  last run  none is known
  secret    no match is known
  counted   nothing yet
  held      nothing
  switches  to be read at the next delivery

closed
  note      it is disabled: its senders get 404
  state     disabled

well  Mark an order paid
  owner     Shop <ops@shop.dev>
  state     open; kv; on failure reply; on stop reject; connector
  last run  2026-11-22T09:00:00Z, 0 s ago: delivered, origin 200, 35 ms, 9f86d081884c7d65
  secret    stripe[0], 0 s ago
  counted   1203 delivered, 4 duplicate, 2 failed
  held      nothing
  switches  to be read at the next delivery
";
    assert_eq!(text, expected);
}

/// The lines about what is wrong with a hook, each after its word.
fn problems(switch: &Value, hook: Value) -> Vec<String> {
    let text = shown(switch, &[hook]);
    let words = ["  error     ", "  warning   ", "  note      "];
    let is_problem = |line: &&str| words.iter().any(|word| line.starts_with(word));
    text.lines().filter(is_problem).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_stop_is_told_with_its_mode_reason_author_and_end() {
    let at = |text: &str, members: Value| {
        let mut switch = members;
        switch["text"] = text.into();
        with(hook("a"), "switch", switch)
    };
    let stopped = |hook: Value| problems(&Value::Null, hook);
    let table = json!({ "mode": "hold", "reason": "orders doubled", "by": "ada", "until": "2026-11-22T11:00:00Z" });
    assert_eq!(
        stopped(at(&table.to_string(), table.clone())),
        ["warning stopped (hold) by ada, until 2026-11-22T11:00:00Z (in 2 h 0 min): orders doubled"]
    );
    assert_eq!(stopped(at("orders doubled", json!({}))), ["warning stopped (reject): orders doubled"]);
    assert_eq!(stopped(at("orders", json!({ "reason": "orders" }))), ["warning stopped (reject): orders"]);
    assert_eq!(stopped(at("", json!({}))), ["warning stopped (reject)"]);
    assert_eq!(stopped(at("{}", json!({}))), ["warning stopped (reject)"]);
    assert_eq!(
        stopped(at("{\"until\":…", json!({ "until": "2026-11-22T08:59:00Z" }))),
        ["error stopped (reject) by a switch that is not understood: {\"until\":…"]
    );
    for text in [r#"{"mode":"hodl"}"#, r#"{"until":"tomorrow"}"#] {
        let members = serde_json::from_str(text).unwrap();
        let told = format!("error stopped (reject) by a switch that is not understood: {text}");
        assert_eq!(stopped(at(text, members)), [told]);
    }
    let over = json!({ "until": "2026-11-22T08:59:00Z" });
    assert_eq!(stopped(at(&over.to_string(), over)), ["note a stop ended 1 min 0 s ago"]);
    assert_eq!(
        stopped(with(hook("a"), "switch", json!({ "unreadable": true }))),
        ["error the switch cannot be read: senders get 503 until KV answers"]
    );
}

#[test]
fn kv_and_every_part_of_the_ledger_are_compared() {
    let stop = json!({ "mode": "hold", "reason": "why", "by": "ada", "until": null, "at": NOW - 720_000 });
    let part = with(report(), "stop", stop);
    let everywhere = with(hook("a"), "ledger", json!([part, part]));
    let switch = json!({ "text": "{\"mode\":\"hold\"}", "mode": "hold" });
    let stopped = |hook: Value| problems(&Value::Null, hook);
    assert_eq!(
        stopped(everywhere.clone()),
        [
            "warning its ledger is stopped (hold) by ada for 12 min 0 s: why; but KV has no such stop: `hookgate resume a` ends it"
        ]
    );
    assert_eq!(stopped(with(everywhere.clone(), "switch", switch.clone())), ["warning stopped (hold) for 12 min 0 s"]);
    assert_eq!(problems(&switch, everywhere), Vec::<String>::new());
    let here_and_there = with(hook("a"), "ledger", json!([report(), part, null]));
    assert_eq!(
        stopped(with(here_and_there, "switch", switch)),
        [
            "error 1 of 3 parts of its ledger do not answer: what stands below is incomplete, and a strict hook answers 503",
            "warning stopped (hold) for 12 min 0 s",
            "warning only 1 of 2 parts of its ledger know of the stop: set it again",
        ]
    );
}

#[test]
fn a_stop_of_everything_is_told_once() {
    let switch = json!({ "text": "why", "reason": "a secret leaked" });
    let text = shown(&switch, &[hook("a")]);
    let expected = "GATE at 2026-11-22T09:00:00Z: 1 hook, nothing is wrong
everything: stopped (each as its on_stop says): a secret leaked

a  Mark an order paid
  owner     Shop <ops@shop.dev>
  state     open, but everything is stopped; kv; on failure reply; on stop reject; connector
";
    assert_eq!(text.split("  last run").next(), Some(expected));
}

#[test]
fn a_hook_that_runs_nothing_says_why() {
    let state = |name: &str| problems(&Value::Null, with(hook("a"), "state", name.into()));
    assert_eq!(
        state("misconfigured"),
        ["error it is misconfigured, and its senders get 503: `hookgate check` and the Worker's log say why"]
    );
    assert_eq!(state("observe"), ["note it observes: deliveries are verified, and none is forwarded"]);
    let failed = json!({ "outcome": "failed", "reason": "origin-timeout", "auth": ["stripe[0]"] });
    let failed = with(hook("a"), "ledger", json!([after(NOW - 5_000, &failed)]));
    assert_eq!(problems(&Value::Null, failed), ["warning its last run failed (origin-timeout), 5 s ago"]);
    let silent = with(hook("a"), "ledger", json!([null]));
    assert_eq!(
        problems(&Value::Null, silent),
        ["error its ledger does not answer: what stands below is incomplete, and a strict hook answers 503"]
    );
}

#[test]
fn parts_are_summed_and_the_latest_run_counts() {
    let mut first = after(NOW - 9_000, &json!({ "outcome": "held", "reason": "stopped", "auth": ["stripe[1]"] }));
    first["held"] = json!([{ "state": "waiting", "count": 1, "oldest": NOW - 9_000 }]);
    let mut second = after(NOW - 60_000, &delivered());
    second["held"] = json!([{ "state": "waiting", "count": 4, "oldest": NOW - 61_000 }]);
    let text = shown(&Value::Null, &[with(hook("a"), "ledger", json!([first, second]))]);
    let rows = "  state     open; kv; on failure reply; on stop reject; connector; 2 parts
  last run  2026-11-22T08:59:51Z, 9 s ago: held (stopped)
  secret    stripe[1], 9 s ago
  counted   2406 delivered, 8 duplicate, 4 failed
  held      5 waiting; the oldest for 1 min 1 s
";
    assert!(text.contains(rows), "{text}");
}

#[test]
fn where_an_operator_acted_last_the_deliveries_tell_of_the_last_run() {
    let resolved = json!({ "outcome": "resolved", "by": "ada", "because": "paid", "reference": "9f86d081884c7d65" });
    let released = json!({ "outcome": "delivered", "reason": "released", "auth": [], "origin_status": 200 });
    let one = with(hook("a b"), "ledger", json!([after(NOW - 1_000, &resolved)]));
    let ring = json!([
        { "at": NOW - 1_000, "entry": resolved },
        { "at": NOW - 2_000, "entry": released },
        { "at": NOW - 3_000, "entry": delivered() },
    ]);
    let ring = ring.to_string();
    let path = "GET /_hookgate/deliveries?hook=a%20b&part=0";
    let text = shown_with(&Value::Null, &[one.clone()], &[(path, 200, &ring)]);
    let rows =
        "  last run  2026-11-22T08:59:58Z, 2 s ago: delivered (released), origin 200\n  secret    stripe[0], 3 s ago\n";
    assert!(text.contains(rows), "{text}");
    let text = shown(&Value::Null, &[one]);
    assert!(text.contains("  last run  none is known\n  secret    no match is known\n"), "{text}");
}

#[test]
fn colours_and_control_characters_change_no_word() {
    let switch = json!({ "text": "x", "reason": "\u{1b}[2J\u{9b}31m\u{202e}fdp.exe\ttwo\r\nthree" });
    let one = with(with(hook("a"), "switch", switch), "purpose", "Orders \u{7} größer 注文 🛒".into());
    let plain = shown(&Value::Null, std::slice::from_ref(&one));
    assert!(plain.contains("a  Orders \u{fffd} größer 注文 🛒\n"), "{plain}");
    let told = "  warning   stopped (reject): \u{fffd}[2J\u{fffd}31m\u{fffd}fdp.exe two\u{fffd}\u{fffd}three\n";
    assert!(plain.contains(told), "{plain}");
    let answer = answer(&Value::Null, &[one]);
    let gate = Stub::answering(&[("GET /_hookgate/status", 200, &answer)]);
    let ended = Operator { coloured: true, ..Operator::known() }.types(&["status", "--gate", gate.url()]);
    assert!(ended.output.contains("\x1b[1;33mwarning \x1b[0m"), "{}", ended.output);
    let bare = ["0", "1", "2", "1;31", "1;33", "1;36"]
        .iter()
        .fold(ended.output.replace(gate.url(), "GATE"), |text, code| text.replace(&format!("\x1b[{code}m"), ""));
    assert_eq!(bare, plain);
}

#[test]
fn machines_get_the_answer_as_it_is() {
    let answer = "{\"now\":1,\"hooks\":[],\"new\":1.50,\"text\":\"\u{9b}\u{202e}ä🛒\"}";
    let gate = Stub::answering(&[("GET /_hookgate/status", 200, answer)]);
    let ended = ask(&gate, &["status", "--json"]);
    let harmless = "{\"now\":1,\"hooks\":[],\"new\":1.50,\"text\":\"\\u009b\\u202eä🛒\"}\n";
    assert_eq!(ended.triple(), (0, harmless, ""));
}

#[test]
fn an_answer_of_another_version_is_read_as_far_as_it_is_known() {
    assert_eq!(shown(&Value::Null, &[]), "GATE at 2026-11-22T09:00:00Z: 0 hooks, nothing is wrong\n");
    let gate = Stub::answering(&[("GET /_hookgate/status", 200, "{}")]);
    assert_eq!(
        ask(&gate, &["status"]).output,
        format!("{} at 1970-01-01T00:00:00Z: 0 hooks, nothing is wrong\n", gate.url())
    );
    let gate = Stub::answering(&[("GET /_hookgate/status", 200, "{\"hooks\":{}}")]);
    let ended = ask(&gate, &["status"]);
    assert_eq!((ended.status, ended.output.as_str()), (2, ""));
    assert!(ended.errors.contains("of another version than this command line"), "{}", ended.errors);
}
