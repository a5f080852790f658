//! The search for what makes the gate accept: one change, then two.

use super::attempt::{Attempt, Part, all};
use super::case::Case;
use super::trial::Trial;

/// What was found out about one mechanism.
pub(super) struct Search {
    /// The changes that together make the gate accept; none if nothing does.
    pub(super) causes: Vec<Attempt>,
    pub(super) tried: usize,
}

/// Bytes that may be hashed for pairs of changes: some seconds.
const BUDGET: usize = 24 << 20;
/// What a trial costs besides its body, in bytes hashed.
const OVERHEAD: usize = 2_048;

/// Looks for the fewest changes, and among those for the likeliest.
pub(super) fn search(trial: &Trial, case: &Case<'_>) -> Search {
    let mut tried = 0_usize;
    let mut proves = |attempt: &Attempt| {
        tried = tried.saturating_add(1);
        attempt.trial.verdict().proves()
    };
    let mut singles = all(trial, case);
    if let Some(found) = singles.iter().position(&mut proves) {
        let also = same_scheme(&singles, found, &mut proves);
        let mut found = singles.swap_remove(found);
        found.detail.push_str(&also);
        return Search { causes: vec![found], tried };
    }
    // A clock that differs goes with anything: it is tried first.
    singles.sort_by_key(|attempt| attempt.part != Part::Time);
    let mut left = BUDGET;
    for first in singles.into_iter().filter(|attempt| !attempt.alone) {
        let after = if first.part == Part::Time { None } else { Some(first.part) };
        let fits = |second: &Attempt| match after {
            // What was looked at with the time of now is looked at again with the time of signing.
            None => second.part != Part::Time && (!second.alone || second.code == "another-provider"),
            Some(part) => second.part > part && second.part != Part::Time && !second.alone,
        };
        for second in all(&first.trial, case).into_iter().filter(fits) {
            let cost = second.trial.capture.body.len().saturating_add(OVERHEAD);
            let Some(rest) = left.checked_sub(cost) else { return Search { causes: Vec::new(), tried } };
            left = rest;
            if proves(&second) {
                return Search { causes: in_order(first, second), tried };
            }
        }
    }
    Search { causes: Vec::new(), tried }
}

/// Other providers whose scheme fits as well as the one that was found.
fn same_scheme(singles: &[Attempt], found: usize, proves: &mut impl FnMut(&Attempt) -> bool) -> String {
    if singles.get(found).is_none_or(|attempt| attempt.code != "another-provider") {
        return String::new();
    }
    let others = singles.iter().skip(found.saturating_add(1)).filter(|attempt| attempt.code == "another-provider");
    others.filter(|attempt| proves(attempt)).map(|attempt| format!(", {}", attempt.detail)).collect()
}

/// The clock is told last.
fn in_order(first: Attempt, second: Attempt) -> Vec<Attempt> {
    if first.part == Part::Time {
        let trial = second.trial.clone();
        vec![second, Attempt { trial, ..first }]
    } else {
        vec![first, second]
    }
}
