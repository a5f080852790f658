//! The ledger over SQLite, as Durable Objects have it.

use core::cell::Cell as Slot;

use hookgate::ledger::{Answer, Call, Cause, Cell, Fact, Fault, Ledger, Param, Reply, Sql, SqlFault, Terms, create};
use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

mod claims;
mod endings;
mod held;
mod model;
mod operators;
mod texts;
mod wakes;

/// A Durable Object's database, with a clock that a test sets.
pub(crate) struct Object {
    pub(crate) connection: Connection,
    pub(crate) now: u64,
    pub(crate) random: Slot<u64>,
    /// After so many statements the database fails.
    pub(crate) statements_left: Slot<Option<u64>>,
    pub(crate) wake: Option<u64>,
}

impl Sql for Object {
    fn cells(&self, statement: &str, params: &[Param<'_>]) -> Result<Vec<Cell>, SqlFault> {
        if let Some(left) = self.statements_left.get() {
            self.statements_left.set(Some(left.checked_sub(1).ok_or(SqlFault)?));
        }
        let mut prepared = self.connection.prepare(statement).expect(statement);
        let width = prepared.column_count();
        let values = params.iter().map(|param| match param {
            Param::Null => Value::Null,
            Param::Integer(number) => Value::Integer(i64::try_from(*number).expect("2^53")),
            Param::Text(text) => Value::Text((*text).into()),
        });
        let rows = prepared.query_map(rusqlite::params_from_iter(values), |row| {
            (0..width)
                .map(|index| {
                    Ok(match row.get_ref(index)? {
                        ValueRef::Null => Cell::Null,
                        ValueRef::Integer(number) => Cell::Integer(number.try_into().expect("not negative")),
                        ValueRef::Text(text) => Cell::Text(String::from_utf8(text.into()).expect("UTF-8")),
                        other => panic!("{other:?}"),
                    })
                })
                .collect()
        });
        let rows: rusqlite::Result<Vec<Vec<Cell>>> = rows.and_then(Iterator::collect);
        rows.map(|rows| rows.concat()).map_err(|_| SqlFault)
    }
}

pub(crate) const MINUTE: u64 = 60_000;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const LEASE: u64 = 20_000;
pub(crate) const WINDOW: u64 = 72 * HOUR;
/// An origin with keys, and a sender that tries again.
pub(crate) const REPLY: Terms = Terms { repeatable: true, keep: None };
/// An origin with keys, and a sender that does not try again.
pub(crate) const KEEP: Terms = Terms { repeatable: true, keep: Some(72 * HOUR) };
/// An origin without keys.
pub(crate) const ONCE: Terms = Terms { repeatable: false, keep: None };

/// One of many keys, in an order that is not theirs.
pub(crate) fn key(number: u64) -> String {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{mixed:016x}{number:048x}")
}

impl Object {
    pub(crate) fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        let object = Self {
            connection,
            now: 1_800_000_000_000,
            random: Slot::new(0),
            statements_left: Slot::new(None),
            wake: None,
        };
        create(&object).unwrap();
        object
    }

    /// As a Durable Object does: what a failed call wrote is taken back.
    pub(crate) fn raw(&mut self, text: &str) -> Result<Reply, Fault> {
        self.connection.execute_batch("SAVEPOINT call").unwrap();
        let result = Ledger::new(self, self.now, self.random.get()).call(text);
        let end = if result.is_ok() { "RELEASE call" } else { "ROLLBACK TO call; RELEASE call" };
        self.connection.execute_batch(end).unwrap();
        if let Ok(Reply { wake: Some(wake), .. }) = result {
            self.wake = Some(self.wake.map_or(wake, |earlier| earlier.min(wake)));
        }
        result
    }

    /// Every call goes through its text, and so does every answer.
    pub(crate) fn ask(&mut self, call: Call<'_>) -> Answer {
        let answer = self.raw(&call.to_text()).expect("an answer").answer;
        if !matches!(answer, Answer::Report(_)) {
            assert_eq!(Answer::read(&answer.to_text()).as_ref(), Ok(&answer));
        }
        answer
    }

    pub(crate) fn claim(&mut self, key: &str, token: &str, terms: Terms) -> Answer {
        self.ask(Call::Claim { key, token, lease: LEASE, payload: "{\"fields\":{}}", terms })
    }

    pub(crate) fn end(&mut self, key: &str, token: &str, fact: Fact) -> Answer {
        self.ask(Call::End { key, token, fact, window: WINDOW, entry: None })
    }

    pub(crate) fn keep(&mut self, key: &str, terms: Terms, cause: Cause) -> Answer {
        self.ask(Call::Keep { key, payload: "{\"fields\":{}}", terms, cause, entry: None })
    }

    pub(crate) fn due(&mut self, token: &str) -> Answer {
        self.ask(Call::Due { token, lease: LEASE, repeatable: true, until: None })
    }

    /// The key of what is due, if anything is.
    pub(crate) fn due_key(&mut self, token: &str) -> Option<String> {
        match self.due(token) {
            Answer::Due { key, .. } => Some(key),
            Answer::Idle { .. } => None,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn report(&mut self, call: Call<'_>) -> serde_json::Value {
        match self.ask(call) {
            Answer::Report(json) => serde_json::from_str(&json).expect(&json),
            other => panic!("{other:?}"),
        }
    }

    /// The state of a delivery in its row.
    pub(crate) fn state(&self, key: &str) -> Option<String> {
        let cells = self.cells("SELECT state FROM deliveries WHERE key = ?1", &[Param::Text(key)]).unwrap();
        cells.into_iter().next().map(|cell| match cell {
            Cell::Text(state) => state,
            other => panic!("{other:?}"),
        })
    }

    pub(crate) fn number(&self, statement: &str) -> u64 {
        match self.cells(statement, &[]).unwrap()[0] {
            Cell::Integer(number) => number,
            ref other => panic!("{other:?}"),
        }
    }

    /// How many rows of tables `act` writes. Durable Objects count those of indexes as well: see the tests in workerd.
    pub(crate) fn written(&mut self, act: impl FnOnce(&mut Self) -> Answer) -> (u64, Answer) {
        let before = self.connection.total_changes();
        let answer = act(self);
        (self.connection.total_changes() - before, answer)
    }
}

pub(crate) fn held(state: &'static str) -> Answer {
    Answer::Held { state }
}
