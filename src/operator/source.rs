//! A file as an operator wrote it: lines, columns, and excerpts in which nothing secret stands.

use core::ops::Range;

/// A file's name and text.
#[derive(Debug)]
pub(crate) struct Source {
    /// As the operator names it.
    pub(crate) name: String,
    pub(crate) text: String,
    /// What no excerpt shows, in bytes.
    pub(crate) hidden: Vec<Range<usize>>,
}

/// A place in a file, counted from 1; columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A line, and which of its characters are meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) line: String,
    /// Characters before the carets.
    pub(crate) before: usize,
    pub(crate) carets: usize,
}

impl Source {
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), hidden: Vec::new() }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let before = self.before(offset);
        let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let column = before.get(start..).unwrap_or("").chars().count();
        Position { line: before.matches('\n').count().saturating_add(1), column: column.saturating_add(1) }
    }

    /// The line on which a span begins, with what is hidden as asterisks.
    pub(crate) fn excerpt(&self, span: &Range<usize>) -> Excerpt {
        let start = self.before(span.start).rfind('\n').map_or(0, |at| at.saturating_add(1));
        let rest = self.text.get(start..).unwrap_or("");
        let line = rest.lines().next().unwrap_or("");
        let (mut shown, mut before, mut carets) = (String::new(), 0_usize, 0_usize);
        for (index, character) in line.char_indices() {
            let at = start.saturating_add(index);
            let hidden = self.hidden.iter().any(|range| range.contains(&at));
            shown.push(if hidden { '*' } else { visible(character) });
            if at < span.start {
                before = before.saturating_add(1);
            } else if at < span.end {
                carets = carets.saturating_add(1);
            }
        }
        Excerpt { line: shown.trim_end().into(), before, carets: carets.max(1) }
    }

    /// Hides all but known keys and headers: of a file that cannot be read nobody knows which text is a secret.
    pub(crate) fn hide_unknown(&mut self, is_known: impl Fn(&str) -> bool) {
        let mut start = 0_usize;
        for line in self.text.split_inclusive('\n') {
            let lead = line.len().saturating_sub(line.trim_start_matches([' ', '\t', '[']).len());
            let rest = line.get(lead..).unwrap_or("");
            let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c))).unwrap_or(rest.len());
            let word = rest.get(..length).unwrap_or("");
            let shown = if is_known(word) { lead.saturating_add(length) } else { 0 };
            for (index, character) in line.char_indices().filter(|(index, _)| *index >= shown) {
                if !character.is_whitespace() && !"[]{}\"'=,#".contains(character) {
                    let at = start.saturating_add(index);
                    self.hidden.push(at..at.saturating_add(character.len_utf8()));
                }
            }
            start = start.saturating_add(line.len());
        }
    }

    fn before(&self, offset: usize) -> &str {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        self.text.get(..end).unwrap_or("")
    }
}

/// A character that moves no cursor and hides nothing on a terminal.
pub(crate) fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        // Marks that turn the direction of writing make a line look like another one.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
        control if control.is_control() => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_one_and_in_characters() {
        let source = Source::new("f", "ä = 1\r\nöü = 2\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(source.text.find('2').unwrap()), Position { line: 2, column: 6 });
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
    }

    #[test]
    fn an_excerpt_has_the_first_line_of_its_span_and_nothing_hidden() {
        let mut source = Source::new("f", "a = 1\n\tb = [\"hunter2\",\n2]\n");
        let at = source.text.find("hunter2").unwrap();
        source.hidden.push(at..at + 7);
        let start = source.text.find('[').unwrap();
        let excerpt = source.excerpt(&(start..source.text.len()));
        assert_eq!(excerpt, Excerpt { line: " b = [\"*******\",".into(), before: 5, carets: 11 });
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_printed() {
        let source = Source::new("f", "a = '\u{1b}[31m\u{202e}'");
        assert_eq!(source.excerpt(&(0..1)).line, "a = '\u{fffd}[31m\u{fffd}'");
    }

    #[test]
    fn of_a_file_that_cannot_be_read_only_known_words_show() {
        let text = "[vars]\nKEY = \"hunter2\nOTHER = 7\n  hunter3=\n[\"hunter4\"]\n[hunter5]\n[[vars]]\n";
        let mut source = Source::new("f", text);
        source.hide_unknown(|word| ["vars", "KEY"].contains(&word));
        let line = |number: usize| {
            let start: usize = text.split_inclusive('\n').take(number - 1).map(str::len).sum();
            source.excerpt(&(start..start + 1)).line
        };
        let lines = [1, 2, 3, 4, 5, 6, 7].map(line);
        assert_eq!(
            lines,
            ["[vars]", "KEY = \"*******", "***** = *", "  *******=", "[\"*******\"]", "[*******]", "[[vars]]"]
        );
    }
}
