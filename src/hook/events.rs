//! The key `events` of a hook: what has to have happened for a delivery to be forwarded.

use crate::host::Request;
use crate::project;
use crate::scheme::presets::{self, Event};
use crate::scheme::{HeaderName, Mechanism};
use crate::table::Table;

/// The events that a hook is for; others are acknowledged.
#[derive(Debug)]
pub(crate) struct Events {
    at: At,
    among: Vec<String>,
    /// Equal bodies with different events are different deliveries.
    pub(crate) distinguishes: bool,
}

#[derive(Debug)]
enum At {
    Body(&'static str),
    Header(HeaderName),
}

/// Reads `events`. The outer `None` is a mistake.
pub(super) fn read(table: &mut Table<'_>, mechanisms: &[Mechanism]) -> Option<Option<Events>> {
    if !table.has("events") {
        return Some(None);
    }
    let among: Vec<String> = table.texts("events")?.into_iter().map(Into::into).collect();
    if among.is_empty() || among.iter().any(String::is_empty) {
        table.mistake("events", "must list at least one event as the sender names it");
        return None;
    }
    let Some(event) = mechanisms.iter().find_map(|mechanism| presets::event(&mechanism.name)) else {
        table.mistake("events", "needs a scheme of which the gate knows where the event is: README lists them");
        return None;
    };
    let at = match event {
        Event::Body(place) => At::Body(place),
        Event::Header(name) | Event::Topic(name) => At::Header(HeaderName::new(name)?),
    };
    Some(Some(Events { at, among, distinguishes: matches!(event, Event::Topic(_)) }))
}

impl Events {
    /// The event of a request whose sender is proven, if it is one of these.
    pub(crate) fn find(&self, request: &impl Request, body: &[u8]) -> Option<&str> {
        let event = match &self.at {
            At::Body(place) => project::pick(body, [*place]).ok().and_then(|[event]| event),
            At::Header(name) => name.value(request),
        }?;
        self.among.iter().find(|own| **own == event).map(String::as_str)
    }
}
