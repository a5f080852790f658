//! The hooks that there are, open or not.

use super::{Entry, Gate};
use crate::hook::Hook;
use crate::ledger;

/// A hook of which at least the id is known.
#[derive(Clone, Copy)]
pub(crate) struct Known<'g> {
    pub(crate) id: &'g str,
    /// `open`, `observe`, `disabled` or `misconfigured`.
    pub(crate) state: &'static str,
    /// What is configured, unless it has a mistake or is disabled.
    pub(crate) hook: Option<&'g Hook>,
    /// How many objects its ledger has, as far as is known.
    pub(crate) parts: u8,
}

impl Gate {
    /// The hook of this id, if it is open for deliveries.
    pub(crate) fn hook(&self, id: &str) -> Option<&Hook> {
        match self.entry(id) {
            Some((_, Entry::Open(hook))) if !self.closed => Some(hook),
            _ => None,
        }
    }

    /// The hooks that are open for deliveries.
    pub(crate) fn open_hooks(&self) -> impl Iterator<Item = &Hook> {
        self.hooks.iter().filter_map(|(_, entry)| match entry {
            Entry::Open(hook) => Some(&**hook),
            Entry::Closed | Entry::Disabled(_) => None,
        })
    }

    /// All hooks, in the order of the configuration.
    pub(crate) fn known(&self) -> impl Iterator<Item = Known<'_>> {
        self.hooks.iter().map(|(id, entry)| {
            let (state, hook, parts) = match entry {
                Entry::Open(hook) if hook.observes => ("observe", Some(&**hook), hook.shards),
                Entry::Open(hook) => ("open", Some(&**hook), hook.shards),
                Entry::Disabled(parts) => ("disabled", None, *parts),
                Entry::Closed => ("misconfigured", None, 1),
            };
            Known { id, state: if self.closed { "misconfigured" } else { state }, hook, parts }
        })
    }
}

impl Known<'_> {
    /// The names of the objects of its ledger.
    pub(crate) fn objects(&self) -> impl Iterator<Item = String> {
        (0..self.parts).map(|part| ledger::part(self.id, part, self.parts))
    }

    /// Whether KV remembers its deliveries; so it may be of a hook of which nothing is known.
    pub(crate) fn has_records(&self) -> bool {
        self.hook.is_none_or(|hook| !hook.replay.strict)
    }
}
