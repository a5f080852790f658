//! The ledger: who may forward a delivery, what became of it, and what is held.
//!
//! One small database for each hook, in one place on earth, in which nothing runs beside a call: that is what KV cannot
//! give. A call is a text, and so is its answer.
//!
//! # The states of a delivery
//! | state | claim | delivered | refused | failed | unknown | lease over |
//! |---|---|---|---|---|---|---|
//! | none, or its window is over | in flight | delivered | – | – | – | – |
//! | in flight, nothing kept | in progress | delivered | none | none | none | as none |
//! | in flight, payload kept | in progress | delivered | none | waiting, or none if the sender tries again | waiting; **uncertain** if the origin keeps no keys | waiting, or as none if a repeat comes first; **uncertain** |
//! | waiting | held | delivered | – | – | – | – |
//! | waiting → in flight (released) | held | delivered | given up | waiting; given up when its time is over | waiting; **uncertain** | waiting; **uncertain** |
//! | uncertain, given up | held | delivered | – | – | – | – |
//! | delivered, abandoned | duplicate | delivered | – | – | – | – |
//!
//! Facts in the columns come with the token of the claim; with any other token only *delivered* counts, for it stays
//! true however late it is told. An operator puts a held delivery to waiting (`release`), to delivered or abandoned
//! (`resolve`), or to none (`forget`). Nobody else moves what is uncertain or given up.
//!
//! # Order
//! What a stop held leaves in order of arrival. What comes when the stop is over does not queue behind it: at a busy hook
//! the line would never end. What the origin failed leaves when its own wait is over, and may be overtaken: one delivery that
//! always fails must not keep all others. For the same reason the first of a line steps aside after a quarter of an hour
//! of failures.
//!
//! # Rows written
//! | operation | rows |
//! |---|---|
//! | claim | 1 |
//! | repeat, in progress, stopped, any question | 0 |
//! | end; with an audit entry | 1; 2 |
//! | hold: the row and its place in the line | 2 |
//! | a held delivery leaves, and is delivered | 1, 1 |
//! | a failure; the first success after failures | 1 more |
//! | stop, resume, release, resolve, forget | 1 |
//! | sweep, for each that is over | 1 (workerd counts none) |
//!
//! A delivery that is claimed, delivered, audited and swept costs 4; a repeat of it costs none.

mod answer;
mod call;
mod circuit;
mod claim;
mod delivery;
mod end;
mod endings;
mod operator;
mod release;
mod sql;
mod stop;
mod sweep;
mod wire;

use core::cell::Cell as Slot;

pub use answer::Answer;
pub use call::{Call, Cause, Fact};
pub use claim::MAX_HELD;
pub use delivery::{Settled, Terms};
pub use sql::{Cell, Param, Sql, SqlFault};
pub use stop::{Stop, StopMode};
pub use wire::{BadCall, MAX_PAYLOAD};

use wire::Fields;

/// The ledger of one hook, for one call.
pub struct Ledger<'s> {
    sql: &'s dyn Sql,
    now: u64,
    random: u64,
    wakes: Slot<Option<u64>>,
}

/// Why a call has no answer. Nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no call.
    BadCall,
    /// The database did not do it.
    Sql,
}

/// What comes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// When the ledger wants to be asked for what is due, in milliseconds since 1970; too early is harmless.
    pub wake: Option<u64>,
}

impl From<BadCall> for Fault {
    fn from(BadCall: BadCall) -> Self {
        Self::BadCall
    }
}

impl From<SqlFault> for Fault {
    fn from(SqlFault: SqlFault) -> Self {
        Self::Sql
    }
}

/// Makes the tables, unless they are there. Returns whether anything in them waits to leave: then there has to be an
/// alarm.
///
/// # Errors
/// The database refused.
pub fn create(sql: &dyn Sql) -> Result<bool, SqlFault> {
    sql::SCHEMA.iter().try_for_each(|statement| sql.cells(statement, &[]).map(drop))?;
    let waits = "SELECT 1 FROM deliveries WHERE seq IS NOT NULL AND state IN ('waiting', 'in-flight') LIMIT 1";
    Ok(!sql.cells(waits, &[])?.is_empty())
}

/// The name of the object that has a delivery: that of the hook, and its part if there are several. `key` is 64 hex
/// digits.
#[must_use]
pub fn object(hook: &str, key: &str, shards: u8) -> String {
    let first = key.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0);
    part(hook, first.checked_rem(shards).unwrap_or(0), shards)
}

/// The name of one of the objects that a hook has.
#[must_use]
pub fn part(hook: &str, part: u8, shards: u8) -> String {
    if shards > 1 { format!("{hook}/{part}") } else { hook.into() }
}

impl<'s> Ledger<'s> {
    /// A ledger over `sql` at `now`, in milliseconds since 1970; `random` is any number, another for each call.
    #[must_use]
    pub fn new(sql: &'s dyn Sql, now: u64, random: u64) -> Self {
        Self { sql, now, random, wakes: Slot::new(None) }
    }

    /// Does what a text asks for.
    ///
    /// # Errors
    /// It is no call, or the database failed: then what was written must be taken back.
    pub fn call(&self, text: &str) -> Result<Reply, Fault> {
        let fields = Fields::read(text)?;
        let answer = self.perform(fields.call()?)?;
        Ok(Reply { answer, wake: self.wakes.get() })
    }

    fn perform(&self, call: Call<'_>) -> Result<Answer, SqlFault> {
        // What an operator was refused did not happen.
        let done = |answer, entry| if answer == Answer::Done { (answer, entry) } else { (answer, None) };
        let (answer, entry) = match call {
            Call::Claim { key, token, lease, payload, terms } => (self.claim(key, token, lease, payload, terms)?, None),
            Call::End { key, token, fact, window, entry } => (self.end(key, token, fact, window)?, entry),
            Call::Keep { key, payload, terms, cause, entry } => {
                // What is known anybody can send again who has captured it.
                let is_known = cause == Cause::Stop && self.delivery(key)?.is_some();
                let answer = self.keep(key, payload, terms, cause)?;
                let entry = entry.filter(|_| !is_known && answer != Answer::Full);
                (answer, entry)
            }
            Call::Note { entry } => (Answer::Done, Some(entry)),
            Call::Due { token, lease, repeatable, until } => (self.due(token, lease, repeatable, until)?, None),
            Call::Sweep { after } => (self.sweep(after.unwrap_or(""))?, None),
            Call::Stop(stop) => (self.stop(&stop)?, None),
            Call::Resume => (self.resume()?, None),
            Call::Status => (self.status()?, None),
            Call::Deliveries => (self.deliveries()?, None),
            Call::Held { after } => (self.held(after)?, None),
            Call::Show { reference } => (self.show(reference)?, None),
            Call::Release { reference, entry } => done(self.release(reference)?, entry),
            Call::ReleaseAll { entry } => done(self.release_all()?, entry),
            Call::Resolve { reference, how, window, entry } => done(self.resolve(reference, how, window)?, entry),
            Call::Forget { reference, entry } => done(self.forget(reference)?, entry),
        };
        self.note(entry)?;
        Ok(answer)
    }

    /// Asks to be woken at a time, or earlier.
    fn wake(&self, at: u64) {
        self.wakes.set(Some(self.wakes.get().map_or(at, |earlier| earlier.min(at))));
    }

    /// From 0 to `most`: full jitter.
    fn jitter(&self, most: u64) -> u64 {
        self.random.checked_rem(most.saturating_add(1)).unwrap_or(0)
    }
}
