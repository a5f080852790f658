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

/// The recorded hooks one by one, each below the recorded origins, and whole files of the README's kind.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let blocks: Vec<&str> = recordings::WRANGLER.split("\n\n").filter(|block| !block.trim().is_empty()).collect();
    let origins: Vec<&str> = blocks.iter().filter(|block| block.contains("[vars.ORIGINS")).copied().collect();
    let hooks = blocks.iter().filter(|block| block.contains("[[vars."));
    let top = "[vars]\nORIGIN = \"https://www.example.com\"";
    let mut seeds: Vec<Vec<u8>> =
        hooks.map(|hook| format!("{top}\n\n{}\n\n{hook}\n", origins.join("\n\n")).into_bytes()).collect();
    seeds.push(
        format!(
            "{top}\n\n{}",
            blocks.iter().filter(|block| block.contains("[[vars.")).take(2).copied().collect::<Vec<_>>().join("\n\n")
        )
        .into_bytes(),
    );
    seeds.push(b"[vars]\nORIGIN = \"https://www.example.com\"\n[[vars.HOOKS]]\nid = \"a\"\nenabled = true\nowner = \"o\"\nauth = [{ scheme = \"api-key\", header = \"X-Key\", secrets = [\"OWN\"] }]\n---\nOWN=\"long enough for a key\"\n".to_vec());
    seeds
}

/// Reads one configuration.
pub fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (config, dev_vars) = text.split_once("---\n").unwrap_or((text, ""));
    // Only what is asked for: `check` would have something to say of every other one.
    let recorded = recordings::SECRETS.iter().filter(|(name, _)| config.contains(name.as_str()));
    let recorded = recorded.map(|(name, value)| format!("{name}=\"{value}\"\n"));
    let all_vars = format!("{}{dev_vars}", recorded.collect::<String>());
    let (errors, printed) = fuzz::checked(config, &all_vars);
    assert!(!printed.is_empty(), "a check says something");
    let Ok(mut wrangler) = toml::from_str::<BTreeMap<String, Value>>(config) else {
        assert!(errors > 0, "check takes what is not TOML");
        return;
    };
    let Some(Value::Object(vars)) = wrangler.remove("vars") else { return };
    let secrets: Vec<(String, String)> =
        all_vars.lines().filter_map(recordings::secret).map(|(name, value)| (name.into(), value.into())).collect();
    let mut environment = Environment::default();
    for (name, value) in &vars {
        environment = environment.var(name, value.clone());
    }
    for (name, value) in &secrets {
        environment = environment.secret(name, value);
    }
    let (open, mistakes) = fuzz::configured(&environment);
    let entries = entries(&vars);
    for id in &open {
        check_open(id, &entries, &mistakes, &vars, &secrets);
    }
    let gate_wide = mistakes.iter().any(|mistake| mistake.starts_with("SLUG") || mistake.starts_with("MIN_TLS"));
    if mistakes.is_empty() {
        let enabled = entries.iter().filter(|entry| entry.hook["enabled"] == true);
        for entry in enabled {
            assert!(open.iter().any(|id| entry.hook["id"] == **id), "{} is closed without a mistake", entry.label);
        }
    } else if !gate_wide && dev_vars.is_empty() && mistakes.iter().all(|mistake| !mistake.contains("is not set")) {
        assert!(errors > 0, "check says nothing of {mistakes:?}");
    }
}

/// A hook as it is written.
struct Entry<'v> {
    /// As mistakes name it.
    label: String,
    hook: &'v Value,
}

fn entries(vars: &serde_json::Map<String, Value>) -> Vec<Entry<'_>> {
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

/// What must be true of a hook that is open, whoever reads it.
fn check_open(
    id: &str,
    entries: &[Entry<'_>],
    mistakes: &[String],
    vars: &serde_json::Map<String, Value>,
    secrets: &[(String, String)],
) {
    let own: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.hook["id"] == id).collect();
    let [Entry { label, hook }] = own[..] else { panic!("{} hooks have the id {id:?}", own.len()) };
    let mistake = mistakes.iter().find(|mistake| mistake.starts_with(&format!("{label}:")));
    assert_eq!(mistake, None, "{label} is open");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    assert!(!id.is_empty() && id.len() <= 64 && id.chars().all(plain), "{id:?} is open");
    assert_eq!(hook["enabled"], true, "{label} is open");
    assert!(hook["owner"].as_str().is_some_and(|owner| !owner.trim().is_empty()), "{label} has no owner");
    let said = |key: &str| hook[key].as_str().is_some_and(|text| !text.trim().is_empty());
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
