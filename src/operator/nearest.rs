//! The word an operator probably meant.

/// The one of `known` that is nearest to `word`, if it is near enough to be meant.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = word.to_lowercase();
    // A third of the letters may be wrong; of a short word one.
    let most = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, drop, replace, or swap with their neighbour (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut previous = None;
    for (row, letter) in one.chars().enumerate() {
        let mut line = vec![row.saturating_add(1)];
        for (column, wanted) in other.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX);
            let next = column.saturating_add(1);
            let replaced = at(&last, column).saturating_add(usize::from(letter != *wanted));
            let moved = at(&last, next).min(at(&line, column)).saturating_add(1);
            let swaps =
                column.checked_sub(1).filter(|before| previous == Some(*wanted) && other.get(*before) == Some(&letter));
            let swapped = swaps.map_or(usize::MAX, |before| at(&before_last, before).saturating_add(1));
            line.push(replaced.min(moved).min(swapped));
        }
        before_last = core::mem::replace(&mut last, line);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_if_it_is_near() {
        let known = ["owner", "origin", "objects", "on_stop", "at", "max"];
        for (word, meant) in [
            ("ower", Some("owner")),
            ("onwer", Some("owner")),
            ("Owner", Some("owner")),
            ("orgin", Some("origin")),
            ("object", Some("objects")),
            ("onstop", Some("on_stop")),
            ("mx", Some("max")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }

    #[test]
    fn a_swap_of_neighbours_is_one_mistake() {
        assert_eq!(
            [distance("onwer", "owner"), distance("", "abc"), distance("abc", ""), distance("kitten", "sitting")],
            [1, 3, 3, 3]
        );
    }
}
