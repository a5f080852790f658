//! What holds after any sequence of events.

use std::collections::{BTreeMap, BTreeSet};

use hookgate::ledger::{Answer, Call, Fact, Stop, StopMode, Terms};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::{HOUR, KEEP, LEASE, ONCE, Object, REPLY, key};

#[derive(Clone, Copy, Debug)]
enum Event {
    /// A sender sends a delivery, for the first time or again.
    Sent(u64),
    /// One of the forwards under way ends.
    Ended(usize, End),
    /// The alarm asks for what is due.
    Alarm,
    /// The object sweeps.
    Sweep,
    /// Time passes.
    Passed(u64),
    Stopped(StopMode),
    Resumed,
}

/// How a forward ends, and whether the origin has acted.
#[derive(Clone, Copy, Debug)]
enum End {
    Delivered,
    Refused,
    Failed(u64),
    Unknown {
        acted: bool,
    },
    /// Whoever forwards it is killed.
    Killed {
        acted: bool,
    },
}

/// One forward under way.
#[derive(Debug)]
struct Forward {
    key: String,
    token: String,
    lease_over: u64,
}

/// The world around the ledger, which knows what really happens.
struct World {
    object: Object,
    terms: Terms,
    forwards: Vec<Forward>,
    tokens: u64,
    /// How often the origin acted.
    acted: BTreeMap<String, u64>,
    /// What a sender was told is in good hands.
    accepted: BTreeSet<String>,
    /// What the ledger was told is delivered.
    told: BTreeSet<String>,
}

impl World {
    fn new(terms: Terms) -> Self {
        Self {
            object: Object::new(),
            terms,
            forwards: Vec::new(),
            tokens: 0,
            acted: BTreeMap::new(),
            accepted: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    fn token(&mut self) -> String {
        self.tokens += 1;
        self.object.random.set(self.tokens.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        format!("t{}", self.tokens)
    }

    fn begin(&mut self, key: String, token: String) {
        let now = self.object.now;
        let others: Vec<_> = self.forwards.iter().filter(|other| other.key == key && now < other.lease_over).collect();
        assert!(others.is_empty(), "two have the right to forward {key}: {others:?}");
        assert!(!self.told.contains(&key), "{key} was delivered");
        self.forwards.push(Forward { key, token, lease_over: now + LEASE });
    }

    fn act(&mut self, key: &str) {
        let times = self.acted.entry(key.to_owned()).or_default();
        // An origin with keys acts once, however often it is asked.
        *times = if self.terms.repeatable { 1 } else { *times + 1 };
    }

    fn sent(&mut self, number: u64) {
        let (key, token) = (key(number), self.token());
        match self.object.claim(&key, &token, self.terms) {
            Answer::Claimed => self.begin(key, token),
            Answer::Held { .. } => _ = self.accepted.insert(key),
            Answer::Duplicate { .. } => assert!(self.told.contains(&key)),
            Answer::InFlight { .. } => {
                let now = self.object.now;
                assert!(now < self.object.number("SELECT max(until) FROM deliveries WHERE state = 'in-flight'"));
            }
            Answer::Stopped { .. } | Answer::Busy { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    fn ended(&mut self, index: usize, end: End) {
        if self.forwards.is_empty() {
            return;
        }
        let Forward { key, token, .. } = self.forwards.remove(index % self.forwards.len());
        let fact = match end {
            End::Killed { acted } => {
                if acted {
                    self.act(&key);
                }
                return;
            }
            End::Delivered => Fact::Delivered,
            End::Refused => Fact::Refused,
            End::Failed(retry_after) => Fact::Failed { retry_after },
            End::Unknown { .. } => Fact::Unknown,
        };
        if matches!(end, End::Delivered | End::Unknown { acted: true }) {
            self.act(&key);
        }
        if fact == Fact::Delivered {
            self.told.insert(key.clone());
        }
        match self.object.end(&key, &token, fact) {
            Answer::Settled => assert_eq!(fact, Fact::Delivered),
            Answer::Held { .. } => _ = self.accepted.insert(key),
            Answer::Forgotten | Answer::Lost => assert_ne!(fact, Fact::Delivered),
            other => panic!("{other:?}"),
        }
    }

    fn alarm(&mut self) -> Option<u64> {
        let token = self.token();
        match self.object.due(&token) {
            Answer::Due { key, .. } => {
                assert!(self.accepted.contains(&key) || self.terms.keep.is_some(), "{key}");
                let earlier = format!(
                    "SELECT count(*) FROM deliveries WHERE why = 'stop' AND state = 'waiting' AND seq < \
                     (SELECT seq FROM deliveries WHERE key = '{key}' AND why = 'stop')"
                );
                assert_eq!(self.object.number(&earlier), 0, "{key} overtook another");
                self.begin(key, token);
                Some(self.object.now)
            }
            Answer::Idle { next } => {
                assert!(next.is_none_or(|next| next > self.object.now));
                next
            }
            other => panic!("{other:?}"),
        }
    }

    fn sweep(&mut self) {
        let mut after = None;
        while let Answer::Swept { after: Some(next), .. } = self.object.ask(Call::Sweep { after: after.as_deref() }) {
            after = Some(next);
        }
    }

    fn pass(&mut self, event: Event) {
        match event {
            Event::Sent(number) => self.sent(number),
            Event::Ended(index, end) => self.ended(index, end),
            Event::Alarm => _ = self.alarm(),
            Event::Sweep => self.sweep(),
            Event::Passed(ms) => self.object.now += ms,
            Event::Stopped(mode) => {
                _ = self.object.ask(Call::Stop(Stop { mode, reason: None, by: None, until: None }));
            }
            Event::Resumed => _ = self.object.ask(Call::Resume),
        }
        if !self.terms.repeatable {
            assert!(self.acted.values().all(|times| *times <= 1), "{:?}", self.acted);
        }
    }

    /// All is well from now on: what waits is delivered, and what remains is in the list.
    fn settle(&mut self) {
        self.pass(Event::Resumed);
        while !self.forwards.is_empty() {
            self.ended(0, End::Delivered);
        }
        self.object.now += LEASE;
        self.sweep();
        while let Some(next) = self.alarm() {
            self.object.now = self.object.now.max(next);
            if let Some(forward) = self.forwards.pop() {
                self.act(&forward.key);
                self.told.insert(forward.key.clone());
                assert_eq!(self.object.end(&forward.key, &forward.token, Fact::Delivered), Answer::Settled);
            }
        }
        for key in &self.accepted {
            let state = self.object.state(key);
            match state.as_deref() {
                Some("delivered") => assert_eq!(self.acted.get(key), Some(&1), "{key}"),
                Some("uncertain") => assert!(!self.terms.repeatable),
                Some("given-up") => {}
                other => panic!("{key} was accepted and is {other:?}"),
            }
        }
        let listed = self.object.report(Call::Held { after: 0 });
        assert!(listed.as_array().unwrap().iter().all(|row| row["state"] != "waiting" && row["state"] != "in-flight"));
    }
}

fn ends() -> impl Strategy<Value = End> {
    prop_oneof![
        3 => Just(End::Delivered),
        1 => Just(End::Refused),
        2 => select(vec![0, 5_000, HOUR]).prop_map(End::Failed),
        2 => any::<bool>().prop_map(|acted| End::Unknown { acted }),
        2 => any::<bool>().prop_map(|acted| End::Killed { acted }),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..8_u64).prop_map(Event::Sent),
        6 => (0..4_usize, ends()).prop_map(|(index, end)| Event::Ended(index, end)),
        4 => Just(Event::Alarm),
        1 => Just(Event::Sweep),
        4 => select(vec![1, 1_000, LEASE - 1, LEASE, 2 * LEASE, HOUR]).prop_map(Event::Passed),
        1 => select(vec![StopMode::Hold, StopMode::Hold, StopMode::Reject, StopMode::Drop]).prop_map(Event::Stopped),
        2 => Just(Event::Resumed),
    ]
}

fn run(terms: Terms) {
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    runner
        .run(&vec(events(), 1..120), |events| {
            let mut world = World::new(terms);
            for event in events {
                world.pass(event);
            }
            world.settle();
            Ok(())
        })
        .unwrap();
}

#[test]
fn with_an_origin_that_keeps_keys_nothing_accepted_is_lost_and_nothing_doubled() {
    run(KEEP);
}

#[test]
fn where_the_sender_tries_again_nothing_accepted_is_lost_and_nothing_doubled() {
    run(REPLY);
}

#[test]
fn an_origin_without_keys_sees_nothing_twice() {
    run(ONCE);
    run(Terms { repeatable: false, ..KEEP });
}
