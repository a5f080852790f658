//! The key `events` of a hook: what has to have happened for a delivery to be forwarded.

use super::description;
use crate::host::Request;
use crate::project;
use crate::scheme::presets::{self, Event};
use crate::scheme::{EventAt, HeaderName, Mechanism};
use crate::table::Table;

/// The events that a hook is for; others are acknowledged.
#[derive(Debug)]
pub(crate) struct Events {
    at: EventAt,
    among: Vec<String>,
    /// Equal bodies with different events are different deliveries.
    pub(crate) distinguishes: bool,
}

/// Reads `events` of a hook, whose payloads may be forms. The outer `None` is a mistake.
pub(super) fn read(table: &mut Table<'_>, mechanisms: &[Mechanism], form: bool) -> Option<Option<Events>> {
    if !table.has("events") {
        return Some(None);
    }
    let among: Vec<String> = table.texts("events")?.into_iter().map(Into::into).collect();
    if among.is_empty() || among.iter().any(String::is_empty) {
        table.mistake("events", "must list at least one event as the sender names it");
        return None;
    }
    let described = mechanisms.iter().find_map(|mechanism| mechanism.event.clone());
    let known = || mechanisms.iter().find_map(|mechanism| presets::event(&mechanism.name));
    let Some((at, distinguishes)) = described.map(|at| (at, false)).or_else(|| place_of(known()?)) else {
        table.mistake(
            "events",
            "needs a scheme of which the gate knows where the event is (README lists them), or `event` in auth",
        );
        return None;
    };
    if form && matches!(at, EventAt::Body(_)) {
        table.mistake("events", "cannot be read from a form: let `event` in auth name a header");
        return None;
    }
    Some(Some(Events { at, among, distinguishes }))
}

/// Reads `event` of a mechanism that is no preset. The outer `None` is a mistake.
pub(super) fn read_place(table: &mut Table<'_>) -> Option<Option<EventAt>> {
    if !table.has("event") {
        return Some(None);
    }
    let mut of = table.table("event")?;
    let place = of.text("place").map(|place| description::check_place(&of, "place", place));
    let header = of.text("header").map(|name| description::check_header(&of, "header", name));
    of.finish();
    match (place, header) {
        (Some(place), None) => Some(Some(EventAt::Body(place?.into()))),
        (None, Some(name)) => Some(Some(EventAt::Header(HeaderName::new(name?)?))),
        _ => {
            table.mistake("event", "must have a place in the body, or a header, which nobody signs");
            None
        }
    }
}

/// Where a preset's event is, and whether it alone tells deliveries apart.
fn place_of(event: Event) -> Option<(EventAt, bool)> {
    Some(match event {
        Event::Body(place) => (EventAt::Body(place.into()), false),
        Event::Header(name) => (EventAt::Header(HeaderName::new(name)?), false),
        Event::Topic(name) => (EventAt::Header(HeaderName::new(name)?), true),
    })
}

impl Events {
    /// The event of a request whose sender is proven, if it is one of these.
    pub(crate) fn find(&self, request: &impl Request, body: &[u8]) -> Option<&str> {
        let event = match &self.at {
            EventAt::Body(place) => project::pick(body, [place.as_str()]).ok().and_then(|[event]| event),
            EventAt::Header(name) => name.value(request),
        }?;
        self.among.iter().find(|own| **own == event).map(String::as_str)
    }
}
