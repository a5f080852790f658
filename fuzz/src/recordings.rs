//! The recorded deliveries in `fixtures/`, and the configuration that they were recorded with.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

/// `fixtures/wrangler.toml` and `fixtures/.dev.vars`.
pub(crate) static WRANGLER: LazyLock<String> = LazyLock::new(|| text("wrangler.toml"));
pub(crate) static SECRETS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let secrets = text(".dev.vars");
    secrets.lines().filter_map(secret).map(|(name, value)| (name.into(), value.into())).collect()
});

/// The variables of the recordings.
pub(crate) static VARS: LazyLock<Value> = LazyLock::new(|| {
    let mut wrangler: Value = toml::from_str(&WRANGLER).unwrap();
    wrangler["vars"].take()
});

/// All hooks of the recordings.
pub(crate) static HOOKS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let lists = VARS.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("HOOKS"));
    lists.flat_map(|(_, list)| list.as_array().unwrap().clone()).collect()
});

/// `NAME="value"` of `.dev.vars`.
pub(crate) fn secret(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    Some((name, value.strip_prefix('"')?.strip_suffix('"')?))
}

/// The requests as they were recorded.
pub(crate) fn requests() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        folders.extend(entries.iter().filter(|path| path.is_dir()).cloned());
        found.extend(entries.iter().filter(|path| path.ends_with("request.http")).map(|path| fs::read(path).unwrap()));
    }
    assert!(found.len() >= 200, "{} recordings", found.len());
    found
}

/// The last part of the path that a recorded request asks for, its query, and its body.
pub(crate) fn parts(request: &[u8]) -> (&str, &str, &[u8]) {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = str::from_utf8(&request[..end]).unwrap();
    let target = head.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (path.rsplit('/').next().unwrap(), query, &request[end + 4..])
}

/// The places of a hook's fields and objects.
pub(crate) fn places(hook: &str) -> Vec<String> {
    let Some(hook) = HOOKS.iter().find(|own| own["id"] == *hook) else { return Vec::new() };
    let fields = hook["fields"].as_array().into_iter().flatten();
    let objects = hook["objects"].as_object().into_iter().flat_map(|objects| objects.values());
    let at = |place: &Value| place.as_str().or_else(|| place["at"].as_str()).map(Into::into);
    let mut places: Vec<String> = fields.chain(objects).filter_map(at).collect();
    places.sort();
    places.dedup();
    places
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}
