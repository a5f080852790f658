//! Rows as JSON, for operators.

use super::sql::Cell;
use super::wire::Table;

/// The name of a column that is JSON itself.
pub(super) const ENTRY: &str = "entry";

/// One table: the cells under their names, without those that are `NULL`.
pub(super) fn table(names: &[&str], cells: Vec<Cell>) -> String {
    let mut table = Table::default();
    for (name, cell) in names.iter().zip(cells) {
        table = match cell {
            Cell::Null => table,
            Cell::Integer(number) => table.number(name, Some(number)),
            Cell::Text(json) if *name == ENTRY => table.raw(name, &json),
            Cell::Text(text) => table.text(name, Some(&text)),
        };
    }
    table.end()
}

/// A list of such tables.
pub(super) fn list(names: &[&str], rows: Vec<Vec<Cell>>) -> String {
    let tables: Vec<String> = rows.into_iter().map(|cells| table(names, cells)).collect();
    format!("[{}]", tables.join(","))
}
