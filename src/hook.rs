//! A hook: one URL with its rules, read from one table of `HOOKS`.

use core::time::Duration;

use crate::allowlist::Allowlist;
use crate::config::Context;
use crate::handshake::Handshake;
use crate::ledger::StopMode;
use crate::object::ObjectRule;
use crate::origin::Origin;
use crate::receive::Media;
use crate::scheme::{Mechanism, SecretName};
use crate::table::Table;
use crate::units;

mod auth;
mod description;
mod events;
mod failure;
mod jwt;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use {description::describe, failure::keeps, jwt::adjust as adjust_jwt};
mod origin;
mod payload;
mod replay;

use auth::Identity;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use events::EventAt;
pub(crate) use events::Events;
pub(crate) use replay::Replay;

/// Largest `max_body`, in bytes.
const LARGEST_BODY: u64 = 25 << 20;
/// Longest `timeout`, in seconds.
pub(crate) const LONGEST_TIMEOUT: u64 = 25;

/// One URL with its rules. Made from configuration that has no mistake, or not at all.
#[derive(Debug)]
pub struct Hook {
    pub(crate) id: String,
    pub(crate) owner: String,
    /// What it is for.
    pub(crate) purpose: Option<String>,
    /// Why nobody has to prove who they are, if so.
    pub(crate) open_because: Option<String>,
    /// Verifies and audits, but never forwards.
    pub(crate) observes: bool,
    pub(crate) door: Door,
    /// What has to have happened; any event, if none are listed.
    pub(crate) events: Option<Events>,
    /// A query parameter may name an object although the sender does not sign the query.
    pub(crate) unsigned_query: bool,
    pub(crate) allowlist: Allowlist,
    pub(crate) objects: Vec<ObjectRule>,
    pub(crate) replay: Replay,
    pub(crate) on_stop: StopMode,
    /// For so many milliseconds the ledger tries again what the origin failed; `None` where the sender does.
    pub(crate) keep: Option<u64>,
    /// How many objects its ledger has.
    pub(crate) shards: u8,
    pub(crate) origin: Origin,
    /// How long the origin may take over its answer.
    pub(crate) timeout: Duration,
}

/// The part of a hook that an unproven request meets: steps 2 and 3.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) methods: Vec<String>,
    /// The one format of its payloads, if there is only one. What an HMAC signs must not be read in two ways.
    pub(crate) media: Option<Media>,
    /// Most bytes of a body.
    pub(crate) max_body: usize,
    /// How long a sender may take over its body.
    pub(crate) body_timeout: Duration,
    /// What a sender must pass; empty only where the configuration spells out `auth = "none"`.
    pub(crate) mechanisms: Vec<Mechanism>,
}

impl Hook {
    /// Reads a hook. `None` after a mistake, which is then noted in `table`.
    pub(crate) fn read(table: &mut Table<'_>, id: &str, context: &Context<'_>) -> Option<Self> {
        let owner = table.required_text("owner", "say who answers for this hook, and how to reach them");
        let purpose = table.text("purpose").map(Into::into);
        table.parsed("review_by", "a date such as 2027-01-31", units::date);
        let observes = table.parsed_or("mode", "live", "\"live\" or \"observe\"", |text| match text {
            "live" => Some(false),
            "observe" => Some(true),
            _ => None,
        });
        let (door, identity) = Door::read(table, context).unzip();
        let identity = identity.unwrap_or_default();
        let open = door.as_ref().is_some_and(|door| door.mechanisms.is_empty());
        let open_because = if open { table.text("reason").map(Into::into) } else { None };
        let form = door.as_ref().is_some_and(|door| door.media == Some(Media::Form));
        let mechanisms = door.as_ref().map_or(&[][..], |door| &door.mechanisms);
        let events = events::read(table, mechanisms, form);
        let unsigned_query = table.flag("unsigned_query");
        let unsigned_fields = table.flag("unsigned_fields");
        let parts = door.as_ref().and_then(Door::places);
        if unsigned_fields && parts.is_none() && door.is_some() {
            table.mistake("unsigned_fields", "has nothing to allow: no field of this hook is left unsigned");
        }
        if let (Some(parts), Some(Some(events)), false) = (&parts, &events, unsigned_fields)
            && !events.are_among(parts)
        {
            table.mistake(
                "events",
                "are named where this sender does not sign them: `unsigned_fields = true` allows it all the same",
            );
        }
        if unsigned_query && !door.as_ref().is_none_or(Door::has_body) {
            table.mistake("unsigned_query", "does not go with this scheme, whose signature says what may be used");
        }
        let replay = replay::read(table, door.as_ref(), identity, unsigned_query);
        let mut allowlist = Allowlist::among(parts.filter(|_| !unsigned_fields));
        let mut objects = payload::read_objects(table, &mut allowlist);
        payload::read_fields(table, &mut allowlist);
        let nested = allowlist.is_nested() || replay.as_ref().is_some_and(|replay| replay.places.is_nested());
        if form && nested {
            table.mistake(
                "media",
                "may not be \"form\": a form has no lists and tables, and a path here has several steps",
            );
        }
        let on_failure = failure::read(table, door.as_ref().map(|door| &door.mechanisms[..]));
        let shards = replay::read_shards(table);
        let origin = origin::read(table, context, &objects, &allowlist);
        let forgiven = origin.as_ref().is_some_and(Origin::forgives);
        objects.iter_mut().for_each(|rule| rule.forgiven = forgiven);
        let timeout =
            table.parsed_or("timeout", "10s", "a duration from 1s to 25s", |text| seconds(text, LONGEST_TIMEOUT));
        let id = id.into();
        let (owner, replay, on_failure) = (owner?.into(), replay?, on_failure?);
        Some(Self {
            id,
            owner,
            purpose,
            open_because,
            observes: observes?,
            door: door?,
            events: events?,
            unsigned_query,
            allowlist,
            objects,
            replay,
            on_stop: on_failure.on_stop,
            keep: on_failure.keep,
            shards: shards?,
            origin: origin?,
            timeout: timeout?,
        })
    }
}

impl Hook {
    /// What its operator should know of it at `now` (milliseconds) although nothing is wrong.
    pub(crate) fn notices(&self, now: u64) -> Vec<String> {
        let mut notices = Vec::new();
        if let Some(reason) = &self.open_because {
            notices.push(format!("hook {} lets anybody in: {reason}", self.id));
        }
        if let Some(kind) = self.origin.forgetful().filter(|_| !self.observes && !self.replay.strict) {
            notices.push(format!(
                "hook {} goes to a {kind} origin, which keeps no idempotency keys: a delivery that comes twice at once, or again before KV has told everybody of it, may run twice: replay = \"strict\" prevents that",
                self.id
            ));
        }
        for SecretName { name, not_after } in self.door.mechanisms.iter().flat_map(|mechanism| &mechanism.secrets) {
            if let Some((day, end)) = not_after
                && now >= *end
            {
                notices.push(format!(
                    "hook {}: the secret {name} has proven nothing since the end of {day}: take it out",
                    self.id
                ));
            }
        }
        notices
    }
}

impl Hook {
    /// Where it has a secret that is also X's, or the other way round, by what is `known` of the hooks before it: with
    /// X's the gate signs what anybody asks (see [`Handshake::X`]), so it may vouch for nobody else.
    pub(crate) fn lends(&self, known: &mut Vec<(String, bool)>) -> Option<String> {
        let mut lent = None;
        for (index, mechanism) in self.door.mechanisms.iter().enumerate() {
            let is_x = Handshake::of(&mechanism.name) == Some(Handshake::X);
            for SecretName { name, .. } in &mechanism.secrets {
                if known.iter().any(|(own, of_x)| own == name && *of_x != is_x) {
                    lent = Some(format!("auth[{index}].secrets"));
                }
                known.push((name.clone(), is_x));
            }
        }
        lent
    }
}

impl Door {
    /// The door, and what tells one delivery through it from the next.
    fn read(table: &mut Table<'_>, context: &Context<'_>) -> Option<(Self, Identity)> {
        let methods = read_methods(table);
        let max_body = table.parsed_or("max_body", "256KiB", "a size from 1B to 25MiB, such as 256KiB", |text| {
            units::size(text)
                .filter(|size| (1..=LARGEST_BODY).contains(size))
                .and_then(|size| usize::try_from(size).ok())
        });
        let body_timeout =
            table.parsed_or("body_timeout", "10s", "a duration from 1s to 60s", |text| seconds(text, 60));
        let auth = auth::read(table, context);
        let media = table.parsed("media", "\"json\" or \"form\"", |text| match text {
            "json" => Some(Media::Json),
            "form" => Some(Media::Form),
            _ => None,
        });
        let signs = auth.iter().flat_map(|auth| &auth.mechanisms).any(Mechanism::signs);
        let (methods, max_body, body_timeout, auth) = (methods?, max_body?, body_timeout?, auth?);
        let media = media.or_else(|| auth.mechanisms.iter().find_map(Mechanism::media));
        let media = media.or(signs.then_some(Media::Json));
        let form = media == Some(Media::Form);
        if form && auth.mechanisms.iter().any(Mechanism::is_extensible) {
            table.mistake("media", "may not be \"form\": who has captured one form of this scheme can add to it");
        }
        if form && !auth.mechanisms.iter().all(Mechanism::has_clear_id) {
            table.mistake("media", "may not be \"form\": nothing in content shows where {id} ends and the form begins");
        }
        for only in auth.mechanisms.iter().filter_map(Mechanism::media) {
            if media.is_some_and(|media| media != only) {
                let name = if only == Media::Form { "form" } else { "json" };
                table.mistake("media", &format!("must be \"{name}\": the signature is read from such bodies"));
            }
        }
        Some((Self { methods, media, max_body, body_timeout, mechanisms: auth.mechanisms }, auth.identity))
    }

    /// The door with no hook behind it: what a request for an unknown or disabled hook meets, so that looking for
    /// hooks costs what guessing signatures costs.
    pub(crate) fn decoy() -> Self {
        Self {
            methods: vec!["POST".into()],
            media: None,
            max_body: 256 << 10,
            body_timeout: Duration::from_secs(10),
            mechanisms: auth::decoy(),
        }
    }

    /// Whether one of its senders asks in this way.
    #[inline(never)]
    pub(crate) fn asks(&self, handshake: Handshake) -> bool {
        self.mechanisms.iter().any(|mechanism| Handshake::of(&mechanism.name) == Some(handshake))
    }

    /// Whether a signature is among the mechanisms. It never covers the query, but for what [`Mechanism::query`] says.
    pub(crate) fn signs(&self) -> bool {
        self.mechanisms.iter().any(Mechanism::signs)
    }

    /// Whether every mechanism vouches for the body as it was sent.
    pub(crate) fn has_body(&self) -> bool {
        self.mechanisms.iter().all(Mechanism::has_body)
    }

    /// The places that are signed, where a mechanism covers no more.
    fn places(&self) -> Option<Vec<String>> {
        self.mechanisms.iter().find_map(Mechanism::places)
    }
}

fn read_methods(table: &mut Table<'_>) -> Option<Vec<String>> {
    if !table.has("methods") {
        return Some(vec!["POST".into()]);
    }
    let methods = table.texts("methods")?;
    if methods.is_empty() || methods.iter().any(|method| !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(method)) {
        table.mistake("methods", "must list some of GET, POST, PUT, PATCH, DELETE");
        return None;
    }
    Some(methods.into_iter().map(Into::into).collect())
}

/// A duration from 1 s to `most` seconds.
fn seconds(text: &str, most: u64) -> Option<Duration> {
    units::duration(text).filter(|ms| (1_000..=most.saturating_mul(1_000)).contains(ms)).map(Duration::from_millis)
}
