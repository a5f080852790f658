//! The configuration: Worker variables and secrets, read once per isolate, strictly, and closed where they are wrong.

use crate::admin::{self, Token};
use crate::hook::{Door, Hook};
use crate::origin::Site;
use crate::receive::TlsVersion;
use crate::secret::Secret;
use crate::table::{Mistake, Mistakes, Table};
use crate::var::Var;

mod known;
pub(crate) use known::Known;

/// Where variables and secrets come from.
pub trait Vars {
    /// The names of all variables.
    fn names(&self) -> Vec<String>;
    /// A variable.
    fn var(&self, name: &str) -> Option<Var>;
    /// A secret.
    fn secret(&self, name: &str) -> Option<String>;
}

/// All hooks, and what they have in common.
#[derive(Debug)]
pub(crate) struct Gate {
    slug: String,
    pub(crate) min_tls: TlsVersion,
    pub(crate) decoy: Door,
    /// By id; the few that a variable can hold are found as fast in a list.
    hooks: Vec<(String, Entry)>,
    /// A mistake concerns every hook.
    closed: bool,
    /// A variable of hooks could not be read: what is not found may well be in it.
    incomplete: bool,
    /// The names of the secrets of open hooks, and whether X is whose they are.
    secrets: Vec<(String, bool)>,
    /// What operators show; without it they can ask nothing.
    pub(crate) admin: Option<Token>,
}

/// What an id leads to.
#[derive(Debug)]
enum Entry {
    Open(Box<Hook>),
    /// Of so many parts: what they hold stays in them.
    Disabled(u8),
    /// Enabled, but with a mistake.
    Closed,
}

/// What a path leads to.
pub(crate) enum Found<'g> {
    Hook(&'g Hook),
    /// A hook that is misconfigured; without an id one that may be, for a variable could not be read.
    Closed(Option<&'g str>),
    /// No hook, or a disabled one.
    Nothing,
}

/// What reading a hook draws on.
pub(crate) struct Context<'c> {
    vars: &'c dyn Vars,
    sites: &'c Sites,
    /// Of a disabled hook no secret need be set yet.
    pub(crate) enabled: bool,
}

/// Sites by name; none after a mistake.
type Sites = Vec<(String, Option<Site>)>;

/// The name of the site in `ORIGIN`.
pub(crate) const DEFAULT_SITE: &str = "default";

impl Gate {
    /// Reads the configuration. What is wrong is returned as mistakes, and closed in the gate.
    pub(crate) fn read(vars: &dyn Vars) -> (Self, Vec<Mistake>) {
        let mistakes = Mistakes::default();
        let mut gate = Self {
            slug: "wa-hook".into(),
            min_tls: TlsVersion::V1_2,
            decoy: Door::decoy(),
            hooks: Vec::new(),
            closed: false,
            incomplete: false,
            secrets: Vec::new(),
            admin: Token::read(vars, &mistakes),
        };
        gate.read_slug(vars, &mistakes);
        gate.read_min_tls(vars, &mistakes);
        let sites = read_sites(vars, &mistakes);
        for name in vars.names() {
            if name == "HOOKS" || name.starts_with("HOOKS_") {
                gate.read_hooks(&name, vars, &sites, &mistakes);
            }
        }
        (gate, mistakes.into_vec())
    }

    /// Finds what `/{slug}/{id}` leads to.
    pub(crate) fn find(&self, path: &str) -> Found<'_> {
        let id = path
            .strip_prefix('/')
            .and_then(|path| path.strip_prefix(self.slug.as_str()))
            .and_then(|path| path.strip_prefix('/'));
        match id.and_then(|id| self.entry(id)) {
            Some((id, _)) if self.closed => Found::Closed(Some(id)),
            None if self.closed || self.incomplete => Found::Closed(None),
            Some((_, Entry::Open(hook))) => Found::Hook(hook),
            Some((id, Entry::Closed)) => Found::Closed(Some(id)),
            Some((_, Entry::Disabled(_))) | None => Found::Nothing,
        }
    }

    fn entry(&self, id: &str) -> Option<&(String, Entry)> {
        self.hooks.iter().find(|(own, _)| own == id)
    }

    fn read_slug(&mut self, vars: &dyn Vars, mistakes: &Mistakes) {
        let Some(slug) = vars.var("SLUG") else { return };
        match slug.as_text().filter(|slug| is_id(slug)) {
            Some(admin::SLUG) => {
                mistakes.add("SLUG".into(), "may not be \"_hookgate\": there operators ask");
                self.closed = true;
            }
            Some(slug) => self.slug = slug.into(),
            None => {
                mistakes.add("SLUG".into(), &format!("must be {ID}"));
                self.closed = true;
            }
        }
    }

    fn read_min_tls(&mut self, vars: &dyn Vars, mistakes: &Mistakes) {
        match vars.var("MIN_TLS").as_ref().map(Var::as_text) {
            None | Some(Some("1.2")) => {}
            Some(Some("1.3")) => self.min_tls = TlsVersion::V1_3,
            Some(_) => {
                mistakes.add("MIN_TLS".into(), "must be \"1.2\" or \"1.3\"");
                self.closed = true;
            }
        }
    }

    fn read_hooks(&mut self, name: &str, vars: &dyn Vars, sites: &Sites, mistakes: &Mistakes) {
        let value = vars.var(name);
        let Some(hooks) = value.as_ref().and_then(Var::as_list) else {
            mistakes.add(name.into(), "must be a list of tables, [[vars.HOOKS]]: names that begin so are hooks");
            self.incomplete = true;
            return;
        };
        for (index, value) in hooks.iter().enumerate() {
            let id = value.get("id").and_then(Var::as_text);
            let label = hook_label(name, index, id);
            let before = mistakes.count();
            let Some(mut table) = Table::new(&label, "", value, mistakes) else {
                self.incomplete = true;
                continue;
            };
            let id = table.required_text("id", "it is the last part of the hook's URL");
            let id = id.and_then(|_| table.parsed("id", ID, |id| is_id(id).then(|| id.to_owned())));
            let enabled = table.flag("enabled");
            let hook = Hook::read(&mut table, id.as_deref().unwrap_or(""), &Context { vars, sites, enabled });
            if let Some(at) = hook.as_ref().filter(|_| enabled).and_then(|hook| hook.lends(&mut self.secrets)) {
                table
                    .mistake(&at, "may not be those of another scheme, too: with X's the gate signs what anybody asks");
            }
            table.finish();
            let may_be_open = value.get("enabled").is_some_and(|enabled| *enabled != Var::Flag(false));
            let Some(id) = id else {
                // Whoever asks for it must not be told that it does not exist.
                self.incomplete |= may_be_open;
                continue;
            };
            let entry = match hook {
                Some(hook) if enabled && mistakes.count() == before => Entry::Open(hook.into()),
                _ if may_be_open => Entry::Closed,
                hook => Entry::Disabled(hook.map_or(1, |hook| hook.shards)),
            };
            match self.hooks.iter_mut().find(|(own, _)| *own == id) {
                None => self.hooks.push((id, entry)),
                Some((_, first)) => {
                    mistakes.add(label, "id: another hook has it, too: both are closed");
                    *first = Entry::Closed;
                }
            }
        }
    }
}

impl<'c> Context<'c> {
    /// A secret by its name.
    ///
    /// # Errors
    /// What is wrong with the name or the secret, and what to do.
    pub(crate) fn secret(&self, name: &str) -> Result<Secret, String> {
        if !self.enabled {
            return named(name).and_then(|_| Secret::new("not read: the hook is disabled".into()).map_err(Into::into));
        }
        secret(self.vars, name)
    }

    /// The site that `key` of a hook names. `None` after a mistake, there or in the site itself.
    pub(crate) fn site(&self, table: &Table<'_>, key: &str, name: &str) -> Option<&'c Site> {
        match self.sites.iter().find(|(own, _)| own == name) {
            Some((_, site)) => site.as_ref(),
            None => {
                table.mistake(key, &format!("there is no origin {name:?} in ORIGIN or ORIGINS"));
                None
            }
        }
    }
}

/// What mistakes call a hook: its variable, its place there, and its id if it has one.
pub(crate) fn hook_label(variable: &str, index: usize, id: Option<&str>) -> String {
    format!("{variable}[{index}]{}", id.map(|id| format!(" (id \"{id}\")")).unwrap_or_default())
}

fn read_sites(vars: &dyn Vars, mistakes: &Mistakes) -> Sites {
    let mut sites = Sites::new();
    let read = |label: &str, table: &Var| {
        let mut table = Table::new(label, "", table, mistakes)?;
        let before = mistakes.count();
        let site = Site::read(label, &mut table, &|name| secret(vars, name));
        table.finish();
        site.filter(|_| mistakes.count() == before)
    };
    if let Some(url) = vars.var("ORIGIN") {
        let mut entries = vec![("url".into(), url)];
        if vars.secret("ORIGIN_SECRET").is_some() {
            entries.push(("secret".into(), "ORIGIN_SECRET".into()));
        }
        if let Some(user) = vars.var("ORIGIN_USER") {
            entries.extend([("user".into(), user), ("password".into(), "ORIGIN_PASSWORD".into())]);
        }
        sites.push((DEFAULT_SITE.into(), read("ORIGIN", &Var::Table(entries))));
    }
    match vars.var("ORIGINS") {
        None => {}
        Some(Var::Table(tables)) => {
            for (name, table) in tables {
                let label = format!("ORIGINS.{name}");
                let site = read(&label, &table);
                match sites.iter_mut().find(|(own, _)| *own == name) {
                    None => sites.push((name, site)),
                    Some((_, first)) => {
                        mistakes.add(label, "ORIGIN is this origin already: both are closed");
                        *first = None;
                    }
                }
            }
        }
        Some(_) => mistakes.add("ORIGINS".into(), "must be a table of tables: [vars.ORIGINS.shop]"),
    }
    sites
}

fn secret(vars: &dyn Vars, name: &str) -> Result<Secret, String> {
    let name = named(name)?;
    let Some(text) = vars.secret(name) else {
        // A name without `_` may be a key in capitals: it is not repeated.
        let name = if name.contains('_') { name } else { "NAME" };
        return Err(format!("is not set: npx wrangler secret put {name}"));
    };
    Secret::new(text).map_err(|why| format!("the secret {name} {why}"))
}

/// A text that is no name may be a secret pasted into the wrong place: it is not repeated.
fn named(name: &str) -> Result<&str, String> {
    let right = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if !right {
        return Err("must be the name of a Worker secret (A-Z, 0-9, `_`), never the secret itself".into());
    }
    // A variable is no secret: it stands in wrangler.toml, and Workers cannot tell the two apart. The operators' token is
    // one, but nobody else's.
    if ["ORIGIN", "ORIGINS", "ORIGIN_USER", "SLUG", "MIN_TLS", "HOOKS", "ADMIN_TOKEN"].contains(&name)
        || name.starts_with("HOOKS_")
    {
        return Err(format!("may not be {name}: that is a variable of the gate"));
    }
    Ok(name)
}

/// What [`is_id`] takes.
pub(crate) const ID: &str = "1 to 64 of a-z, 0-9, `-`, `_`";

/// Whether a text may be the id of a hook, a slug, or a code of WunderAutomation.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}
