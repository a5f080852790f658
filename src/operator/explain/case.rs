//! What an explanation draws on: the chosen hook, and all that is known beside it.

use super::trial::Trial;
use crate::operator::chosen::Chosen;

/// What does not change from one trial to the next.
pub(super) struct Case<'c> {
    pub(super) chosen: &'c Chosen,
    /// The request as it was captured, under the configuration as it is.
    pub(super) first: &'c Trial,
}

impl Case<'_> {
    /// Secrets by name that are not those of a mechanism.
    pub(super) fn other_secrets(&self, own: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let all = self.chosen.secrets.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(move |(name, _)| !own.contains(name))
    }
}
