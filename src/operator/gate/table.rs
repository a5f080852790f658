//! A table as wide as what stands in it; columns in which nothing stands are left out.

use crate::operator::finding::{Severity, printable};
use crate::operator::paint::Paint;

/// One cell, harmless on a terminal.
pub(super) struct Cell {
    text: String,
    severity: Option<Severity>,
}

impl Cell {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self { text: printable(text.as_ref()), severity: None }
    }

    pub(super) fn number(number: Option<u64>) -> Self {
        Self::new(number.map(|number| number.to_string()).unwrap_or_default())
    }

    /// The same in the colour of what is wrong.
    pub(super) fn painted(self, severity: Option<Severity>) -> Self {
        Self { severity, ..self }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// The rows under their headings, columns two spaces apart.
pub(super) fn render<const N: usize>(headings: [&str; N], rows: Vec<[Cell; N]>, paint: Paint) -> String {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0);
    let shown: Vec<(usize, usize)> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| (column, width(column), heading.chars().count()))
        .filter(|(_, width, _)| *width > 0)
        .map(|(column, width, heading)| (column, width.max(heading)))
        .collect();
    let line = |cells: &[Cell], of: &dyn Fn(&Cell) -> String| {
        let mut text = String::new();
        let mut gap = 0_usize;
        for (column, width) in &shown {
            let Some(cell) = cells.get(*column) else { continue };
            // Spaces wait for the next cell, so that no line ends in them.
            if !cell.text.is_empty() {
                text.push_str(&" ".repeat(gap));
                text.push_str(&of(cell));
                gap = 0;
            }
            gap = gap.saturating_add(width.saturating_sub(cell.width())).saturating_add(2);
        }
        text + "\n"
    };
    let heading = line(&headings.map(Cell::new), &|cell| paint.dim(&cell.text));
    let rows = rows.iter().map(|row| {
        line(row, &|cell| cell.severity.map_or_else(|| cell.text.clone(), |severity| paint.of(severity, &cell.text)))
    });
    heading + &rows.collect::<String>()
}
