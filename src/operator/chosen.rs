//! The hook that a delivery is for: one of the configuration, or one made up for a scheme; and its secrets, which are
//! never taken from the command line.

use core::ops::Range;
use std::path::Path;

use super::arguments::SenderArguments;
use super::check;
use super::deployment::Deployment;
use super::dev_vars::DevVars;
use super::document::{self, Node};
use super::finding::Files;
use super::nearest::nearest;
use super::prompt::{hidden, without_line_end};
use super::source::Source;
use super::{Fault, Surroundings};
use crate::catalogue;
use crate::var::Var;

/// The name of the secret of a made-up hook.
pub(crate) const GIVEN: &str = "GIVEN_SECRET";
/// The id of a made-up hook.
const MADE_UP: &str = "made-up";

/// A hook and what its sender knows. It has no `Debug`: nothing prints a secret.
pub(crate) struct Chosen {
    /// As the Worker gets it.
    pub(crate) hook: Var,
    pub(crate) slug: String,
    /// Every secret that is known here, by name.
    pub(crate) secrets: Vec<(String, String)>,
    /// The secret that was given instead of the configured one.
    pub(crate) given: Option<String>,
    /// Where the hook is written, if it is.
    pub(crate) written: Option<Written>,
}

/// A hook of the configuration.
pub(crate) struct Written {
    pub(crate) files: Files,
    /// What mistakes call it.
    pub(crate) label: String,
    table: Node,
    dev_vars: DevVars,
}

impl Chosen {
    /// `typed` says that standard input is free to take the secret from.
    ///
    /// # Errors
    /// What is missing or cannot be read.
    pub(crate) fn of(
        arguments: &SenderArguments,
        typed: bool,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Self, Fault> {
        let given = given(arguments, surroundings)?;
        match (&arguments.hook, &arguments.scheme) {
            (Some(id), _) => Ok(Self::written(arguments, id, given)?),
            (None, Some(scheme)) => {
                let secret = match given {
                    Some(secret) => secret,
                    None if typed => hidden(&format!("The secret of {scheme}"), surroundings)?.ok_or_else(unnamed)?,
                    None => {
                        return Err("standard input is taken: name the secret with --secret-env or --secret-file"
                            .to_owned()
                            .into());
                    }
                };
                Ok(Self::made_up(arguments, scheme, secret))
            }
            (None, None) => {
                Err("say which hook it is for, --hook ID, or how it is signed, --scheme NAME".to_owned().into())
            }
        }
    }

    fn made_up(arguments: &SenderArguments, scheme: &str, secret: String) -> Self {
        let mut mechanism = vec![("scheme".to_owned(), scheme.into())];
        for (key, value) in [("user", &arguments.user), ("header", &arguments.header)] {
            mechanism.extend(value.as_ref().map(|value| (key.to_owned(), value.as_str().into())));
        }
        mechanism.push(("secrets".into(), Var::List(vec![GIVEN.into()])));
        let hook = Var::Table(vec![
            ("id".into(), MADE_UP.into()),
            ("enabled".into(), Var::Flag(true)),
            ("owner".into(), "who asks".into()),
            ("on_failure".into(), "reply".into()),
            ("auth".into(), Var::List(vec![Var::Table(mechanism)])),
        ]);
        let secrets = vec![(GIVEN.to_owned(), secret.clone())];
        let chosen = Self { hook, slug: "wa-hook".into(), secrets, given: Some(secret), written: None };
        arguments.url.as_deref().into_iter().fold(chosen, Self::at)
    }

    fn written(arguments: &SenderArguments, id: &str, given: Option<String>) -> Result<Self, String> {
        let SenderArguments { config, dev_vars, env, url, .. } = arguments;
        let mut files = Files {
            config: super::read(config)?,
            dev_vars: super::read_dev_vars(config, dev_vars.as_deref(), env.as_deref())?,
        };
        let name = files.config.name.clone();
        let root = document::parse(&files.config.text)
            .map_err(|_| format!("{name} is not TOML: `npm run hookgate -- check` says where"))?;
        let read = DevVars::parse(&files.dev_vars.text);
        check::hide(&mut files, &root, &read);
        let deployment = match env {
            None => Deployment::new(&root),
            Some(name) => {
                Deployment::of_environment(&root, name).ok_or_else(|| check::no_environment(&files, &root, name))?
            }
        };
        let hooks = deployment.hooks();
        let ids = || hooks.iter().filter_map(|hook| hook.table.text("id"));
        let Some(hook) = hooks.iter().find(|hook| hook.table.text("id") == Some(id)) else {
            let near = nearest(id, ids()).map(|near| format!(": did you mean {near}?"));
            let all = || format!("; it has {}", ids().collect::<Vec<_>>().join(", "));
            return Err(format!("{name} has no hook {id:?}{}", near.unwrap_or_else(all)));
        };
        let slug = deployment.var("SLUG").and_then(|entry| entry.node.as_text()).unwrap_or("wa-hook").into();
        let secrets = read.all.iter().map(|var| (var.name.clone(), read.find(&var.name).unwrap_or(var).value.clone()));
        let written = Written { label: hook.label.clone(), table: hook.table.clone(), dev_vars: read.clone(), files };
        let hook = hook.table.to_var();
        let chosen = Self { hook, slug, secrets: secrets.collect(), given, written: Some(written) };
        Ok(url.as_deref().into_iter().fold(chosen, Self::at))
    }

    /// The same for a sender that has another URL, where its scheme signs that.
    fn at(mut self, url: &str) -> Self {
        if let Var::Table(entries) = &mut self.hook
            && let Some((_, Var::List(all))) = entries.iter_mut().find(|(key, _)| key == "auth")
        {
            for mechanism in all.iter_mut().filter(|mechanism| signs_url(mechanism)) {
                if let Var::Table(entries) = mechanism {
                    entries.retain(|(key, _)| key != "url");
                    entries.push(("url".into(), url.into()));
                }
            }
        }
        self
    }

    pub(crate) fn id(&self) -> &str {
        self.hook.get("id").and_then(Var::as_text).unwrap_or("")
    }

    /// The path of the hook's URL.
    pub(crate) fn path(&self) -> String {
        format!("/{}/{}", self.slug, self.id())
    }

    /// What a sender must pass; none where the hook lets anybody in.
    pub(crate) fn mechanisms(&self) -> &[Var] {
        self.hook.get("auth").and_then(Var::as_list).unwrap_or(&[])
    }

    pub(crate) fn secret(&self, name: &str) -> Option<&str> {
        self.secrets.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a sender signs its URL.
pub(crate) fn signs_url(mechanism: &Var) -> bool {
    let text = |key: &str| mechanism.get(key).and_then(Var::as_text).unwrap_or("");
    match catalogue::provider(text("scheme")) {
        Some(provider) => provider.signs_url,
        None => text("content").contains("{url}") || text("content").contains("{path}"),
    }
}

/// The name of an entry of `secrets`, and its last day.
pub(crate) fn listed(entry: &Var) -> (&str, Option<&str>) {
    let text = |key: &str| entry.get(key).and_then(Var::as_text);
    (entry.as_text().or_else(|| text("name")).unwrap_or(""), text("not_after"))
}

impl Written {
    /// Where a key of the hook stands, or the last thing on the way to it that is there: `wrangler.toml` and its bytes.
    pub(crate) fn key(&self, path: &str) -> (&Source, Range<usize>) {
        let located = self.table.locate(path);
        (&self.files.config, located.key_span.unwrap_or_else(|| located.node.span.clone()))
    }

    /// Where a secret stands in `.dev.vars`.
    pub(crate) fn secret(&self, name: &str) -> Option<(&Source, Range<usize>)> {
        self.dev_vars.find(name).map(|var| (&self.files.dev_vars, var.name_span.clone()))
    }

    /// Whether an unquoted `#` ended a secret.
    pub(crate) fn is_cut(&self, name: &str) -> bool {
        self.dev_vars.find(name).is_some_and(|var| var.cut)
    }
}

/// The secret that the arguments name.
fn given(arguments: &SenderArguments, surroundings: &Surroundings<'_>) -> Result<Option<String>, String> {
    if arguments.secret.is_some() {
        return Err("a secret on the command line is read by everybody on this machine (`ps`) and kept in the shell's history: name the variable or the file that holds it, --secret-env VAR or --secret-file FILE; and make a new one".into());
    }
    if let Some(name) = &arguments.secret_env {
        let value = (surroundings.variable)(name).filter(|value| !value.is_empty());
        // What is no name may be the secret itself.
        let right = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && name.len() <= 40;
        let shown = if right { name } else { "of --secret-env" };
        return value.map(Some).ok_or_else(|| format!("the environment variable {shown} is not set"));
    }
    arguments.secret_file.as_deref().map(read_secret).transpose()
}

fn read_secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(without_line_end(&text).into())
}

fn unnamed() -> String {
    "there is no secret: name it with --secret-env or --secret-file, or give it on standard input".into()
}
