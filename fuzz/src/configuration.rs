//! Configuration: whatever an operator writes, reading it ends, and a hook with a mistake is never open.
//!
//! An input is `wrangler.toml`; after a line `---` comes `.dev.vars`, which adds to the recorded one.

use std::collections::BTreeMap;

use hookgate::fuzz;
use serde_json::Value;

use crate::recordings;
use crate::world::Environment;

/// Words of the configuration.
pub const WORDS: &[&str] = &[
    "[vars]\n",
    "[[vars.HOOKS]]\n",
    "[vars.ORIGINS.shop]\n",
    "ORIGIN = \"https://www.example.com\"\n",
    "SLUG = \"\"\n",
    "MIN_TLS = \"1.3\"\n",
    "id = \"a\"\n",
    "enabled = true\n",
    "enabled = false\n",
    "owner = \"o\"\n",
    "on_failure = \"reply\"\n",
    "on_failure = \"keep\"\n",
    "keep_for = \"72h\"\n",
    "replay = \"strict\"\n",
    "on_stop = \"hold\"\n",
    "shards = 4\n",
    "auth = \"none\"\n",
    "reason = \"r\"\n",
    "auth = [{ scheme = \"github\", secrets = [\"HMAC_SECRET\"] }]\n",
    "scheme = \"basic\"",
    "scheme = \"api-key\"",
    "scheme = \"hmac\"",
    "scheme = \"stripe\"",
    "header = \"X-S\"",
    "prefix = \"v1=\"",
    "user = \"u\"",
    "content = \"{body}\"",
    "encoding = \"base64\"",
    "hash = \"sha1\"",
    "secrets = [\"API_KEY\"]",
    "secrets = [\"SHORT\"]",
    "secrets = []",
    "fields = [\"/a\"]\n",
    "objects = { order = { at = \"/id\", required = true } }\n",
    "methods = [\"GET\"]\n",
    "mode = \"observe\"\n",
    "media = \"form\"\n",
    "max_body = \"1KiB\"\n",
    "timeout = \"5s\"\n",
    "tolerance = \"60s\"",
    "replay = { key = [\"/id\"], window = \"60s\" }\n",
    "on_stop = \"gone\"\n",
    "unsigned_query = true\n",
    "events = [\"a\"]\n",
    "origin = { kind = \"rest\", route = \"/x/{order}\" }\n",
    "origin = { kind = \"wunderautomation\", code = \"a\" }\n",
    "site = \"shop\"",
    "url = \"https://shop.example.com\"\n",
    "not_after = \"2026-11-20\"",
    "review_by = \"2027-01-31\"\n",
    "---\n",
    "SHORT=\"short\"\n",
    "BLANK=\" \"\n",
    "=",
    "\"",
    "[",
    "]",
    "{ ",
    " }",
    ", ",
];

/// The recorded hooks one by one and two by two, each below the recorded origins that they name.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let blocks: Vec<&str> = recordings::WRANGLER.split("\n\n").collect();
    let of = |sign: &str| -> Vec<&str> { blocks.iter().filter(|block| block.contains(sign)).copied().collect() };
    let (origins, hooks) = (of("[vars.ORIGINS."), of("[[vars.HOOKS"));
    let written = |hooks: &[&str]| {
        let hooks = hooks.join("\n\n");
        let name = |origin: &str| Some(origin.split_once("[vars.ORIGINS.")?.1.split_once(']')?.0.to_owned());
        let named = |origin: &&&str| name(origin).is_some_and(|name| hooks.contains(&format!("\"{name}\"")));
        let origins: Vec<&str> = origins.iter().filter(named).copied().collect();
        format!("[vars]\nORIGIN = \"https://www.example.com\"\n{}\n{hooks}\n", origins.join("\n\n")).into_bytes()
    };
    let mut seeds: Vec<Vec<u8>> = hooks.iter().map(|hook| written(&[hook])).collect();
    seeds.extend(hooks.windows(2).map(written));
    let own =
        b"[vars]\nORIGIN = \"https://www.example.com\"\n[[vars.HOOKS]]\nid = \"a\"\nenabled = true\nowner = \"o\"\non_failure = \"keep\"\n";
    let auth = b"auth = [{ scheme = \"api-key\", header = \"X-Key\", secrets = [\"OWN\"] }]\n---\nOWN=\"long enough for a key\"\n";
    seeds.push([&own[..], auth].concat());
    seeds
}

/// Reads one configuration.
pub fn run(input: &[u8]) {
    let Some(written) = Written::read(input) else { return };
    let Some(vars) = written.vars() else { return };
    let secrets = written.secrets();
    let (open, mistakes) = fuzz::configured(&environment(&vars, &secrets));
    let entries = entries(&vars);
    for id in &open {
        check_open(id, &entries, &mistakes, &vars, &secrets);
    }
    if mistakes.is_empty() {
        for entry in entries.iter().filter(|entry| entry.hook["enabled"] == true) {
            assert!(open.iter().any(|id| entry.hook["id"] == **id), "{} is closed without a mistake", entry.label);
        }
    }
}

/// The two files of an input.
pub(crate) struct Written<'i> {
    pub(crate) config: &'i str,
    pub(crate) dev_vars: String,
}

impl<'i> Written<'i> {
    pub(crate) fn read(input: &'i [u8]) -> Option<Self> {
        let text = str::from_utf8(input).ok()?;
        let (config, own) = text.split_once("---\n").unwrap_or((text, ""));
        // Only what is asked for: `check` would have something to say of every other one.
        let recorded = recordings::SECRETS.iter().filter(|(name, _)| config.contains(name.as_str()));
        let recorded: String = recorded.map(|(name, value)| format!("{name}=\"{value}\"\n")).collect();
        Some(Self { config, dev_vars: recorded + own })
    }

    /// `None` if this is no TOML, or has no variables.
    pub(crate) fn vars(&self) -> Option<Vars> {
        match toml::from_str::<BTreeMap<String, Value>>(self.config).ok()?.remove("vars") {
            Some(Value::Object(vars)) => Some(vars),
            _ => None,
        }
    }

    pub(crate) fn secrets(&self) -> Secrets {
        let all = self.dev_vars.lines().filter_map(recordings::secret);
        all.map(|(name, value)| (name.into(), value.into())).collect()
    }
}

type Vars = serde_json::Map<String, Value>;
type Secrets = Vec<(String, String)>;

pub(crate) fn environment(vars: &Vars, secrets: &Secrets) -> Environment {
    let all = vars.iter().fold(Environment::default(), |all, (name, value)| all.var(name, value.clone()));
    secrets.iter().fold(all, |all, (name, value)| all.secret(name, value))
}

/// A hook as it is written.
struct Entry<'v> {
    /// As mistakes name it.
    label: String,
    hook: &'v Value,
}

fn entries(vars: &Vars) -> Vec<Entry<'_>> {
    let lists = vars.iter().filter(|(name, _)| *name == "HOOKS" || name.starts_with("HOOKS_"));
    lists
        .flat_map(|(name, list)| {
            list.as_array().into_iter().flatten().enumerate().map(move |(index, hook)| {
                let id = hook["id"].as_str().map(|id| format!(" (id \"{id}\")")).unwrap_or_default();
                Entry { label: format!("{name}[{index}]{id}"), hook }
            })
        })
        .collect()
}

/// The schemes that are no preset.
const OWN_SCHEMES: [&str; 5] = ["basic", "api-key", "hmac", "ed25519", "ecdsa-p256"];

/// What must be true of a hook that is open, whoever reads it.
fn check_open(id: &str, entries: &[Entry<'_>], mistakes: &[String], vars: &Vars, secrets: &Secrets) {
    let own: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.hook["id"] == id).collect();
    let [Entry { label, hook }] = own[..] else { panic!("{} hooks have the id {id:?}", own.len()) };
    let mistake = mistakes.iter().find(|mistake| mistake.starts_with(&format!("{label}:")));
    assert_eq!(mistake, None, "{label} is open");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    assert!(!id.is_empty() && id.len() <= 64 && id.chars().all(plain), "{id:?} is open");
    assert_eq!(hook["enabled"], true, "{label} is open");
    assert!(hook["owner"].as_str().is_some_and(|owner| !owner.trim().is_empty()), "{label} has no owner");
    let said = |key: &str| hook[key].as_str().is_some_and(|text| !text.trim().is_empty());
    let scheme = |mechanism: &Value| mechanism["scheme"].as_str().is_some_and(|name| !OWN_SCHEMES.contains(&name));
    let preset = hook["auth"].as_array().is_some_and(|all| all.iter().any(scheme));
    assert!(preset || said("on_failure"), "{label} does not say what becomes of failures");
    assert!(hook["on_failure"] != "reply" || hook["keep_for"].is_null(), "{label} keeps nothing, and says how long");
    let Some(mechanisms) = hook["auth"].as_array() else {
        assert!(hook["auth"] == "none" && said("reason"), "{label} lets anybody in");
        return;
    };
    assert!((1..=3).contains(&mechanisms.len()), "{label} has {} mechanisms", mechanisms.len());
    for mechanism in mechanisms {
        let named = mechanism["secrets"].as_array().map_or(&[][..], Vec::as_slice);
        assert!(!named.is_empty(), "{label} asks for no secret");
        for named in named {
            let name = named.as_str().or_else(|| named["name"].as_str()).unwrap_or("");
            let secret = secrets.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
            let secret = secret.or_else(|| vars.get(name)?.as_str()).unwrap_or("");
            assert!(secret.trim().len() >= 12, "{label} takes {name:?}");
        }
    }
    let origin = hook["origin"].as_str().or_else(|| hook["origin"]["site"].as_str());
    let origin = origin.map_or_else(|| "ORIGIN:".to_owned(), |site| format!("ORIGINS.{site}:"));
    assert!(!mistakes.iter().any(|mistake| mistake.starts_with(&origin)), "{label} has a closed origin");
}
