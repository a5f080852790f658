//! The key `replay` of a hook: how long a delivery is remembered, and what tells it from the next.

use super::Door;
use super::auth::Identity;
use crate::allowlist::{Allowlist, Use};
use crate::key::KeySource;
use crate::receive::Media;
use crate::table::Table;
use crate::units;
use crate::var::Var;

/// What `replay` and `replay.mode` may be.
const MODES: &str = "\"kv\" or \"strict\"";
/// Most objects of one hook's ledger.
const MOST_SHARDS: u8 = 64;

/// How deliveries of a hook are remembered.
#[derive(Debug)]
pub(crate) struct Replay {
    /// Claims are the ledger's: nobody on earth delivers what somebody else delivers. Else KV remembers what was delivered.
    pub(crate) strict: bool,
    /// Seconds; at least the 60 of KV.
    pub(crate) window: u32,
    pub(crate) key: KeySource,
    /// Where [`KeySource::Places`] are.
    pub(crate) places: Allowlist,
}

/// Reads `replay`. `None` after a mistake.
pub(super) fn read(
    table: &mut Table<'_>,
    door: Option<&Door>,
    identity: Identity,
    unsigned_query: bool,
) -> Option<Replay> {
    let signs = door.is_some_and(Door::signs);
    let mut places = Allowlist::default();
    let (mut window, mut key, mut strict) = (Some(259_200), None, Some(false));
    match table.get("replay") {
        None => {}
        Some(Var::Text(_)) => strict = table.parsed("replay", MODES, is_strict),
        Some(value) => {
            let mut replay = table.below("replay", value)?;
            strict = replay.parsed_or("mode", "kv", MODES, is_strict);
            window = replay.parsed_or("window", "72h", "a duration from 60s to 365d", seconds);
            key = read_key(&mut replay, signs, &mut places);
            replay.finish();
        }
    }
    if signs && unsigned_query && key.is_none() {
        table.mistake(
            "unsigned_query",
            "needs replay.key: say which signed bytes tell one delivery from the next, for the query must not",
        );
    }
    if key.is_some() && !door.is_none_or(Door::has_body) {
        table.mistake(
            "replay.key",
            "is the scheme's to say: this one signs no body as it was sent, and who has captured a delivery could give it another key",
        );
    }
    let key = match (key, identity) {
        (Some(key), _) => key,
        (None, Identity::Proof) => KeySource::Id,
        // A form has no places below its names; there the body tells.
        (None, Identity::Place(place)) if signs && door.is_none_or(|door| door.media != Some(Media::Form)) => {
            places.add(&place, Use::Key(0)).ok()?;
            KeySource::IdPlace
        }
        _ if signs => KeySource::Body,
        _ => KeySource::Request,
    };
    Some(Replay { strict: strict?, window: window?, key, places })
}

fn read_key(replay: &mut Table<'_>, signs: bool, places: &mut Allowlist) -> Option<KeySource> {
    match replay.get("key")? {
        Var::Text(source) if source == "body" => Some(KeySource::Body),
        Var::Text(source) if source == "request" && !signs => Some(KeySource::Request),
        Var::Text(source) if source == "request" => {
            replay.mistake("key", "may not be \"request\": the signature of this hook does not cover the query");
            None
        }
        Var::List(paths) if !paths.is_empty() => {
            for (index, path) in paths.iter().enumerate() {
                let path = path.as_text().unwrap_or("");
                if let Err(why) = places.add_one(path, Use::Key(index)) {
                    replay.mistake(&format!("key[{index}]"), why);
                }
            }
            Some(KeySource::Places(paths.len()))
        }
        _ => {
            replay.mistake("key", "must be \"body\", \"request\" or a list of JSON pointers");
            None
        }
    }
}

/// Reads `shards`. `None` after a mistake.
pub(super) fn read_shards(table: &mut Table<'_>) -> Option<u8> {
    let shards = match table.get("shards") {
        None => Some(1),
        Some(Var::Integer(shards)) => u8::try_from(*shards).ok().filter(|shards| (1..=MOST_SHARDS).contains(shards)),
        Some(_) => None,
    };
    if shards.is_none() {
        table.must_be("shards", "a number from 1 to 64");
    }
    shards
}

fn is_strict(mode: &str) -> Option<bool> {
    match mode {
        "kv" => Some(false),
        "strict" => Some(true),
        _ => None,
    }
}

fn seconds(text: &str) -> Option<u32> {
    let seconds = units::duration(text)? / 1_000;
    u32::try_from(seconds).ok().filter(|seconds| (60..=31_536_000).contains(seconds))
}
