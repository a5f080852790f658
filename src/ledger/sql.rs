//! The database of one object, as the core sees it: statements in, rows out, at once. Between two statements of one
//! operation nothing else can run, and that is what makes a claim exclusive.

use super::Ledger;

/// A database. What one call writes is kept whole, or not at all if the call fails: that is for whoever implements this.
pub trait Sql {
    /// Runs one statement; `?1` is the first of `params`. Returns the cells of all rows, row after row.
    ///
    /// # Errors
    /// The database refused it.
    fn cells(&self, statement: &str, params: &[Param<'_>]) -> Result<Vec<Cell>, SqlFault>;
}

/// A value for a statement. Numbers are milliseconds or counts: below 2^53, and never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param<'p> {
    /// `NULL`
    Null,
    /// `INTEGER`
    Integer(u64),
    /// `TEXT`
    Text(&'p str),
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// `NULL`
    Null,
    /// `INTEGER`
    Integer(u64),
    /// `TEXT`
    Text(String),
}

/// The database refused a statement, or holds what no ledger wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlFault;

impl<'p> From<Option<&'p str>> for Param<'p> {
    fn from(text: Option<&'p str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<u64>> for Param<'_> {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::Null, Self::Integer)
    }
}

/// The cells of one row, taken from left to right.
pub(super) struct Row(std::vec::IntoIter<Cell>);

impl Ledger<'_> {
    /// The cells of all rows.
    #[inline(never)]
    pub(super) fn row(&self, statement: &str, params: &[Param<'_>]) -> Result<Row, SqlFault> {
        self.sql.cells(statement, params).map(|cells| Row(cells.into_iter()))
    }

    /// Runs a statement that answers nothing.
    #[inline(never)]
    pub(super) fn run(&self, statement: &str, params: &[Param<'_>]) -> Result<(), SqlFault> {
        self.sql.cells(statement, params).map(drop)
    }

    /// The number at the start of the first row.
    #[inline(never)]
    pub(super) fn number(&self, statement: &str, params: &[Param<'_>]) -> Result<Option<u64>, SqlFault> {
        let mut row = self.row(statement, params)?;
        if row.is_empty() { Ok(None) } else { row.integer() }
    }

    /// The text at the start of the first row.
    #[inline(never)]
    pub(super) fn text(&self, statement: &str, params: &[Param<'_>]) -> Result<Option<String>, SqlFault> {
        let mut row = self.row(statement, params)?;
        if row.is_empty() { Ok(None) } else { row.text() }
    }
}

impl Row {
    pub(super) fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    /// `None` for `NULL`.
    #[inline(never)]
    pub(super) fn text(&mut self) -> Result<Option<String>, SqlFault> {
        match self.0.next() {
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Null) => Ok(None),
            _ => Err(SqlFault),
        }
    }

    /// `None` for `NULL`.
    #[inline(never)]
    pub(super) fn integer(&mut self) -> Result<Option<u64>, SqlFault> {
        match self.0.next() {
            Some(Cell::Integer(number)) => Ok(Some(number)),
            Some(Cell::Null) => Ok(None),
            _ => Err(SqlFault),
        }
    }
}

/// The tables. A key is 64 hex digits, times are milliseconds since 1970.
///
/// `deliveries` has no row id, so that a claim writes one row; a held delivery is also in `line`, the order of arrival,
/// and costs a second. The rest are bounded: a ring of endings, and one row each of `stop` and `circuit`.
pub(super) const SCHEMA: [&str; 5] = [
    "CREATE TABLE IF NOT EXISTS deliveries (key TEXT PRIMARY KEY, state TEXT NOT NULL, token TEXT, until INTEGER, \
     at INTEGER NOT NULL, repeatable INTEGER NOT NULL, keep INTEGER, payload TEXT, seq INTEGER, why TEXT, \
     attempts INTEGER, arrived INTEGER, since INTEGER, \
     CHECK (seq IS NULL OR payload IS NOT NULL AND why IS NOT NULL AND attempts IS NOT NULL AND arrived IS NOT NULL), \
     CHECK ((token IS NOT NULL) = (state = 'in-flight')), \
     CHECK ((until IS NULL) = (state IN ('uncertain', 'given-up'))), \
     CHECK (CASE state WHEN 'in-flight' THEN 1 WHEN 'delivered' THEN seq IS NULL WHEN 'abandoned' THEN seq IS NULL \
     ELSE seq IS NOT NULL END)) WITHOUT ROWID",
    "CREATE UNIQUE INDEX IF NOT EXISTS line ON deliveries (seq) WHERE seq IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS endings (slot INTEGER PRIMARY KEY, serial INTEGER NOT NULL, at INTEGER NOT NULL, \
     entry TEXT NOT NULL, delivered INTEGER NOT NULL, duplicate INTEGER NOT NULL, held INTEGER NOT NULL, \
     uncertain INTEGER NOT NULL, rejected INTEGER NOT NULL, failed INTEGER NOT NULL, other INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS stop (id INTEGER PRIMARY KEY CHECK (id = 1), mode TEXT NOT NULL, reason TEXT, \
     author TEXT, until INTEGER, at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS circuit (id INTEGER PRIMARY KEY CHECK (id = 1), failures INTEGER NOT NULL, \
     ready INTEGER NOT NULL, probe INTEGER NOT NULL, closed INTEGER NOT NULL)",
];
