//! One delivery as the ledger has it: a row of `deliveries`, in which an impossible state has no spelling.

use super::Ledger;
use super::sql::{Param, Row, SqlFault};

/// What is known of a key.
#[derive(Debug)]
pub(super) struct Delivery {
    /// Since when it is in this state.
    pub(super) at: u64,
    pub(super) terms: Terms,
    pub(super) state: State,
}

/// What its hook wants for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether the origin keeps idempotency keys: then repeating after silence is safe.
    pub repeatable: bool,
    /// Milliseconds after the first failure for which the ledger tries again; `None` where the sender does.
    pub keep: Option<u64>,
}

#[derive(Debug)]
pub(super) enum State {
    /// Whoever has the token forwards it until the lease is over.
    InFlight { token: String, until: u64, kept: Kept },
    /// Answered for, and not forwarded yet.
    Held(Held, Wait),
    /// At its end; repeats are told so until the window is over.
    Settled { how: Settled, until: u64 },
}

/// What the ledger has of a delivery in flight.
#[derive(Debug)]
pub(super) enum Kept {
    /// Nothing: if its end is never told, the sender's retry takes it over.
    None,
    /// The payload, in case its end is never told. Nobody has been promised anything.
    Spare(String),
    /// The held delivery that it was and will be again unless it arrives.
    Held(Held),
}

/// A delivery whose sender was told that the gate keeps it.
#[derive(Debug)]
pub(super) struct Held {
    /// The thin payload, as the gateway writes it.
    pub(super) payload: String,
    pub(super) place: Place,
}

/// Where a held delivery stands in the line, and what became of it there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The order of arrival.
    pub(super) seq: u64,
    pub(super) why: Why,
    pub(super) attempts: u64,
    pub(super) arrived: u64,
    /// When an attempt first failed.
    pub(super) since: Option<u64>,
}

/// What a held delivery waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Its turn, and this time.
    Until(u64),
    /// An operator: whether the origin acted is unknown, and it keeps no keys.
    Uncertain,
    /// An operator: the origin said no for good, or for too long.
    GivenUp,
}

/// Why a delivery is held, and thereby what it may overtake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The hook was stopped. These leave in order of arrival, and none overtakes another.
    Stop,
    /// The origin failed. These leave when their own wait is over: one that always fails must not keep the others.
    Failure,
    /// An operator released it: neither a stop nor the circuit keeps it.
    Release,
}

/// How a delivery ended for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The origin accepted it, or an operator knows that it did.
    Delivered,
    /// An operator gave it up.
    Abandoned,
}

impl Settled {
    /// The name in the row, in calls and in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Abandoned => "abandoned",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Delivered, Self::Abandoned].into_iter().find(|how| how.name() == text)
    }
}

impl Why {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Failure => "failure",
            Self::Release => "release",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Stop, Self::Failure, Self::Release].into_iter().find(|why| why.name() == text)
    }
}

impl State {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::InFlight { .. } => "in-flight",
            Self::Held(_, Wait::Until(_)) => "waiting",
            Self::Held(_, Wait::Uncertain) => "uncertain",
            Self::Held(_, Wait::GivenUp) => "given-up",
            Self::Settled { how, .. } => how.name(),
        }
    }

    pub(super) fn until(&self) -> Option<u64> {
        match self {
            Self::InFlight { until, .. } | Self::Settled { until, .. } | Self::Held(_, Wait::Until(until)) => {
                Some(*until)
            }
            Self::Held(..) => None,
        }
    }

    pub(super) fn held(&self) -> Option<&Held> {
        match self {
            Self::Held(held, _) | Self::InFlight { kept: Kept::Held(held), .. } => Some(held),
            Self::InFlight { .. } | Self::Settled { .. } => None,
        }
    }

    pub(super) fn payload(&self) -> Option<&str> {
        match self {
            Self::InFlight { kept: Kept::Spare(payload), .. } => Some(payload),
            _ => self.held().map(|held| held.payload.as_str()),
        }
    }
}

/// The columns of a [`Delivery`], in the order in which [`Delivery::parse`] reads them.
const SELECT: &str = "SELECT state, token, until, at, repeatable, keep, payload, seq, why, attempts, arrived, since \
                      FROM deliveries WHERE key = ?1";

/// `seq` only if it changes: the index costs rows of its own.
const WRITE: &str = "INSERT INTO deliveries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
                     ON CONFLICT (key) DO UPDATE SET state = ?2, token = ?3, until = ?4, at = ?5, repeatable = ?6, \
                     keep = ?7, payload = ?8, why = ?10, attempts = ?11, arrived = ?12, since = ?13";

impl Delivery {
    fn parse(mut row: Row) -> Result<Self, SqlFault> {
        let (state, token, until) = (row.text()?, row.text()?, row.integer()?);
        let at = row.integer()?.ok_or(SqlFault)?;
        let terms = Terms { repeatable: row.integer()? == Some(1), keep: row.integer()? };
        let (payload, place) = (row.text()?, Place::parse(row)?);
        let state = match (state.as_deref().ok_or(SqlFault)?, until) {
            ("in-flight", Some(until)) => {
                let kept = match (payload, place) {
                    (None, _) => Kept::None,
                    (Some(payload), None) => Kept::Spare(payload),
                    (Some(payload), Some(place)) => Kept::Held(Held { payload, place }),
                };
                State::InFlight { token: token.ok_or(SqlFault)?, until, kept }
            }
            (name, until) => match (Settled::parse(name), until) {
                (Some(how), Some(until)) => State::Settled { how, until },
                _ => {
                    let held = Held { payload: payload.ok_or(SqlFault)?, place: place.ok_or(SqlFault)? };
                    State::Held(held, Wait::parse(name, until).ok_or(SqlFault)?)
                }
            },
        };
        Ok(Self { at, terms, state })
    }
}

impl Place {
    #[inline(never)]
    fn parse(mut row: Row) -> Result<Option<Self>, SqlFault> {
        let Some(seq) = row.integer()? else { return Ok(None) };
        Ok(Some(Self {
            seq,
            why: row.text()?.as_deref().and_then(Why::parse).ok_or(SqlFault)?,
            attempts: row.integer()?.ok_or(SqlFault)?,
            arrived: row.integer()?.ok_or(SqlFault)?,
            since: row.integer()?,
        }))
    }
}

impl Wait {
    fn parse(name: &str, until: Option<u64>) -> Option<Self> {
        match (name, until) {
            ("waiting", Some(until)) => Some(Self::Until(until)),
            ("uncertain", None) => Some(Self::Uncertain),
            ("given-up", None) => Some(Self::GivenUp),
            _ => None,
        }
    }
}

impl Ledger<'_> {
    pub(super) fn delivery(&self, key: &str) -> Result<Option<Delivery>, SqlFault> {
        let row = self.row(SELECT, &[Param::Text(key)])?;
        if row.is_empty() { Ok(None) } else { Delivery::parse(row).map(Some) }
    }

    /// Writes a delivery that was not held and is, or the other way round: with its place in the line, one row more.
    pub(super) fn place(&self, key: &str, delivery: &Delivery) -> Result<(), SqlFault> {
        self.write_row(key, delivery, &format!("{WRITE}, seq = ?9"))
    }

    /// Writes a delivery whose place in the line, if any, is as it was.
    pub(super) fn write(&self, key: &str, delivery: &Delivery) -> Result<(), SqlFault> {
        self.write_row(key, delivery, WRITE)
    }

    fn write_row(&self, key: &str, Delivery { at, terms, state }: &Delivery, statement: &str) -> Result<(), SqlFault> {
        let token = if let State::InFlight { token, .. } = state { Some(token.as_str()) } else { None };
        let place = state.held().map(|held| held.place);
        let params = [
            Param::Text(key),
            Param::Text(state.name()),
            token.into(),
            state.until().into(),
            Param::Integer(*at),
            Param::Integer(terms.repeatable.into()),
            terms.keep.into(),
            state.payload().into(),
            place.map(|place| place.seq).into(),
            place.map(|place| place.why.name()).into(),
            place.map(|place| place.attempts).into(),
            place.map(|place| place.arrived).into(),
            place.and_then(|place| place.since).into(),
        ];
        self.run(statement, &params)
    }

    pub(super) fn forget_key(&self, key: &str) -> Result<(), SqlFault> {
        self.run("DELETE FROM deliveries WHERE key = ?1", &[Param::Text(key)])
    }
}
