//! The key `events` of a hook: what has to have happened for a delivery to be forwarded.

use super::description;
use crate::host::{Body, Request};
use crate::project;
use crate::scheme::{HeaderName, Mechanism, presets};
use crate::table::Table;

/// The events that a hook is for; others are acknowledged.
#[derive(Debug)]
pub(crate) struct Events {
    pub(crate) at: EventAt,
    among: Vec<String>,
    /// Equal bodies with different events are different deliveries.
    pub(crate) distinguishes: bool,
}

/// Where the name of an event is.
#[derive(Debug)]
pub(crate) enum EventAt {
    /// A place in the body.
    Body(String),
    /// A header, which nothing signs.
    Header(HeaderName),
}

/// Reads `events` of a hook, whose payloads may be forms. The outer `None` is a mistake.
pub(super) fn read(table: &mut Table<'_>, mechanisms: &[Mechanism], form: bool) -> Option<Option<Events>> {
    if !table.has("events") {
        return Some(None);
    }
    let among: Vec<String> = table.texts("events")?.into_iter().map(Into::into).collect();
    let at = mechanisms.iter().find_map(|mechanism| mechanism.event.as_deref());
    let mistake = match at {
        _ if among.is_empty() || among.iter().any(String::is_empty) => {
            "must list at least one event as the sender names it"
        }
        None => "needs `event` in auth, or a scheme of which the gate knows where the event is: README lists them",
        Some(place) if !place.starts_with('/') => {
            let (at, distinguishes) = (EventAt::Header(HeaderName::new(place)?), place == presets::TOPIC);
            return Some(Some(Events { at, among, distinguishes }));
        }
        Some(_) if form => "cannot be read from a form",
        Some(place) => return Some(Some(Events { at: EventAt::Body(place.into()), among, distinguishes: false })),
    };
    table.mistake("events", mistake);
    None
}

/// Where the sender of this scheme names the event: a place in the body, or a header. A preset has it, or its
/// mechanism's `event` says it.
pub(super) fn place_of<'v>(table: &mut Table<'v>, scheme: &str) -> Option<&'v str> {
    presets::event(scheme).or_else(|| {
        let at = table.text("event")?;
        if at.starts_with('/') {
            description::check_place(table, "event", at)
        } else {
            description::check_header(table, "event", at)
        }
    })
}

impl Events {
    /// Whether they are named at one of these places, or in a header, which nobody takes for signed.
    pub(super) fn are_among(&self, places: &[String]) -> bool {
        match &self.at {
            EventAt::Body(place) => places.contains(place),
            EventAt::Header(_) => true,
        }
    }

    /// The event of a request whose sender is proven, if it is one of these.
    pub(crate) fn find(&self, request: &impl Request, body: &Body) -> Option<&str> {
        let event = match &self.at {
            EventAt::Body(place) => project::pick(body, [place.as_str()]).ok().and_then(|[event]| event),
            EventAt::Header(name) => name.value(request),
        }?;
        self.among.iter().find(|own| **own == event).map(String::as_str)
    }
}
