//! The database of a Durable Object. `guard.js` has the object itself: it keeps what a call wrote whole, or not at all.

use js_sys::Array;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::ledger::{Cell, Ledger, Param, Reply, Sql, SqlFault, create};

#[wasm_bindgen]
extern "C" {
    /// `ctx.storage.sql`.
    pub(super) type Database;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Database, statement: &str, params: &Array) -> Result<Cursor, JsValue>;

    type Cursor;

    /// The rows as lists, without the names of the columns.
    #[wasm_bindgen(method, catch)]
    fn raw(this: &Cursor) -> Result<Rows, JsValue>;

    type Rows;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &Rows) -> Result<Array, JsValue>;

    /// From 0 to 1.
    #[wasm_bindgen(js_namespace = Math)]
    fn random() -> f64;
}

/// The largest integer up to which JavaScript's numbers are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Sql for Database {
    fn cells(&self, statement: &str, params: &[Param<'_>]) -> Result<Vec<Cell>, SqlFault> {
        let values = Array::new();
        for param in params {
            values.push(&match param {
                Param::Null => JsValue::NULL,
                #[expect(clippy::cast_precision_loss, reason = "the ledger's numbers are exact in JavaScript")]
                Param::Integer(number) => JsValue::from_f64(*number as f64),
                Param::Text(text) => JsValue::from_str(text),
            });
        }
        let rows = self.exec(statement, &values).and_then(|cursor| cursor.raw()).and_then(|rows| rows.to_array());
        let mut cells = Vec::new();
        for row in rows.map_err(|_| SqlFault)?.iter() {
            for value in Array::from(&row).iter() {
                cells.push(cell(&value)?);
            }
        }
        Ok(cells)
    }
}

fn cell(value: &JsValue) -> Result<Cell, SqlFault> {
    if value.is_null() {
        Ok(Cell::Null)
    } else if let Some(number) = value.as_f64().filter(|number| (0.0..=EXACT).contains(number)) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        Ok(Cell::Integer(number as u64))
    } else {
        value.as_string().map(Cell::Text).ok_or(SqlFault)
    }
}

/// Makes the tables of an object, unless they are there. Returns whether anything in them waits.
#[wasm_bindgen(js_name = createLedger)]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn create_ledger(database: &Database) -> Result<bool, JsValue> {
    create(database).map_err(|SqlFault| JsValue::NULL)
}

/// One call: its answer, and when the object wants to be woken (milliseconds since 1970), if it does.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn ledger(database: &Database, call: &str) -> Result<Array, JsValue> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both fit")]
    let (now, random) = (js_sys::Date::now() as u64, (random() * EXACT) as u64);
    let Reply { answer, wake } = Ledger::new(database, now, random).call(call).map_err(|_| JsValue::NULL)?;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact")]
    let wake = wake.map_or(JsValue::UNDEFINED, |wake| JsValue::from_f64(wake as f64));
    Ok(Array::of2(&answer.to_text().into(), &wake))
}
