//! Rules that no compiler knows.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own == ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no .{ending}");
    found
}

#[test]
fn no_source_file_is_longer_than_300_lines() {
    for (path, text) in [files("src", "rs"), files("src", "js")].concat() {
        assert!(text.lines().count() <= 300, "{} has {} lines", path.display(), text.lines().count());
    }
}

#[test]
fn only_the_shell_knows_workers() {
    for (path, text) in files("src", "rs") {
        if !path.components().any(|part| part.as_os_str() == "cloudflare") {
            for word in ["worker::", "web_sys", "js_sys", "wasm_bindgen"] {
                assert!(!text.contains(word), "{} says {word}", path.display());
            }
        }
    }
}

#[test]
fn names_say_what_a_thing_is() {
    for (path, text) in [files("src", "rs"), files("tests", "rs")].concat() {
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for word in ["manager", "processor", "handler", "helper", "utils", "sanitiz"] {
            let own = path.file_name().is_some_and(|name| name == "tidy.rs");
            assert!(own || !code.to_lowercase().contains(word), "{} says {word}", path.display());
        }
        for mark in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!"), concat!("unimplemented", "!")] {
            assert!(!text.contains(mark), "{} has a {mark}", path.display());
        }
    }
}

#[test]
fn the_map_names_every_module() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let (story, modules) = map.split_at(map.find("pub mod").unwrap());
    for line in modules.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")) {
        let module = line.trim_end_matches(';');
        assert!(story.contains(&format!("`{module}`")), "lib.rs does not tell of {module}");
    }
}

/// The keys that the configuration reads, from the calls that read them.
fn keys() -> Vec<String> {
    let single = |file: &str| (PathBuf::new(), fs::read_to_string(root().join(file)).unwrap());
    let sources =
        [files("src/hook", "rs"), files("src/origin", "rs"), vec![single("src/hook.rs"), single("src/config.rs")]];
    let sources = sources.concat();
    let getters = ["text(", "flag(", "list(", "texts(", "table(", "parsed(", "parsed_or(", "get(", "has("];
    let secrets = ["secret(table, ", "secret(&mut table, "];
    let getters = getters.iter().chain(&secrets);
    let mut keys: Vec<String> = Vec::new();
    for (_, text) in sources {
        for getter in getters.clone() {
            for (at, _) in text.match_indices(&format!("{getter}\"")) {
                let rest = &text[at + getter.len() + 1..];
                keys.push(rest[..rest.find('"').unwrap()].to_owned());
            }
        }
    }
    keys.sort();
    keys.dedup();
    assert!(keys.len() >= 43, "{keys:?}");
    keys
}

#[test]
fn every_key_of_the_configuration_is_documented_and_tried() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let shipped = fs::read_to_string(root().join("wrangler.toml")).unwrap();
    let tried = [files("fixtures", "toml"), files("tests/it", "rs"), files("tests/edge", "mjs")].concat();
    for key in keys() {
        let told = readme
            .split('`')
            .skip(1)
            .step_by(2)
            .any(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == key));
        assert!(told, "README does not tell of {key}");
        assert!(shipped.contains(&key), "wrangler.toml does not show {key}");
        assert!(tried.iter().any(|(_, text)| text.contains(&key)), "no test uses {key}");
    }
}

#[test]
fn the_platform_keeps_no_log_of_what_senders_send() {
    let shipped: toml::Table = fs::read_to_string(root().join("wrangler.toml")).unwrap().parse().unwrap();
    let observability = &shipped["observability"];
    assert_eq!(observability["redact_query_string"].as_bool(), Some(true));
    assert_eq!(observability["logs"]["invocation_logs"].as_bool(), Some(false));
}

/// `HOOKGATE_WRITE_README=1 cargo test readme` writes the tables.
#[test]
fn readme_lists_every_provider() {
    let path = root().join("README.md");
    let mut readme = fs::read_to_string(&path).unwrap();
    let tables = [("providers", hookgate::catalogue::markdown()), ("retries", hookgate::retries::markdown())];
    for (name, table) in tables {
        let marks = [format!("<!-- {name} -->\n"), format!("<!-- /{name} -->")];
        let (before, rest) = readme.split_once(&marks[0]).unwrap();
        let (shown, after) = rest.split_once(&marks[1]).unwrap();
        let writes = std::env::var_os("HOOKGATE_WRITE_README").is_some();
        assert!(writes || shown == table, "HOOKGATE_WRITE_README=1 cargo test readme");
        readme = [before, &marks[0], &table, &marks[1], after].concat();
    }
    if std::env::var_os("HOOKGATE_WRITE_README").is_some() {
        fs::write(&path, readme).unwrap();
    }
    assert!(hookgate::catalogue::providers().len() >= 80);
}

#[test]
fn readme_lists_every_reply() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let parts = ["src/outcome.rs", "src/outcome/rejection.rs", "src/outcome/failure.rs"];
    let outcomes = parts.map(|file| fs::read_to_string(root().join(file)).unwrap()).concat();
    let between_quotes = |line: &str| line.split('"').nth(1).map(String::from);
    let endings = outcomes
        .lines()
        .filter(|line| ["=> ok(", "=> fail(", "=> later(", "later(502"].iter().any(|call| line.contains(call)));
    let messages: Vec<String> = endings.filter_map(between_quotes).collect();
    assert!(messages.len() >= 15, "{messages:?}");
    for message in messages {
        assert!(readme.contains(&message), "README does not tell of the reply {message:?}");
    }
    let (_, reasons) = outcomes.split_once("impl Held {").unwrap();
    let reasons = reasons.lines().filter(|line| line.contains("=> \"")).filter_map(between_quotes);
    for reason in reasons {
        assert!(readme.contains(&format!("`{reason}`")), "README does not tell of the reason {reason:?}");
    }
}
