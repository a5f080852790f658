//! What `wrangler.toml` deploys: the file itself, or one of its environments.

use core::ops::Range;

use super::document::{Entry, Node};

/// One deployment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deployment<'d> {
    root: &'d Node,
    /// `[env.NAME]`, with its name.
    environment: Option<(&'d str, &'d Node)>,
}

/// A hook as it is written.
#[derive(Clone, Debug)]
pub(crate) struct WrittenHook<'d> {
    /// As mistakes name it: `HOOKS[0] (id "k3v9x0q2m7ta")`.
    pub(crate) label: String,
    pub(crate) table: &'d Node,
    pub(crate) enabled: bool,
}

impl<'d> Deployment<'d> {
    pub(crate) fn new(root: &'d Node) -> Self {
        Self { root, environment: None }
    }

    /// An environment of the file, if it has it.
    pub(crate) fn of_environment(root: &'d Node, name: &str) -> Option<Self> {
        let entry = root.get("env")?.entry(name)?;
        Some(Self { root, environment: Some((&entry.key, &entry.node)) })
    }

    /// What the commands of wrangler need to mean this deployment, with a blank before it.
    pub(crate) fn flag(&self) -> String {
        self.environment.map(|(name, _)| format!(" --env {name}")).unwrap_or_default()
    }

    /// The environments that the file has.
    pub(crate) fn environments(root: &Node) -> Vec<&str> {
        root.get("env").map_or(&[][..], Node::entries).iter().map(|entry| entry.key.as_str()).collect()
    }

    /// A key that an environment inherits: `routes`, `observability`, `compatibility_date`…
    pub(crate) fn inherited(&self, key: &str) -> Option<&'d Entry> {
        self.environment.and_then(|(_, own)| own.entry(key)).or_else(|| self.root.entry(key))
    }

    /// A key that it does not inherit: `vars`, `kv_namespaces`.
    pub(crate) fn own(&self, key: &str) -> Option<&'d Entry> {
        self.environment.map_or(self.root, |(_, own)| own).entry(key)
    }

    pub(crate) fn vars(&self) -> Option<&'d Node> {
        self.own("vars").map(|entry| &entry.node)
    }

    pub(crate) fn var(&self, name: &str) -> Option<&'d Entry> {
        self.vars()?.entry(name)
    }

    /// Where to point for something that is not there: the beginning of the file, or of its environment.
    pub(crate) fn beginning(&self) -> Range<usize> {
        self.environment.map_or(0..0, |(_, own)| own.span.clone())
    }

    /// The keys of the file itself and of its environment.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'d Entry> {
        self.root.entries().iter().chain(self.environment.map_or(&[][..], |(_, own)| own.entries()))
    }

    /// The variables of hooks.
    pub(crate) fn hook_variables(&self) -> impl Iterator<Item = &'d Entry> {
        let entries = self.vars().map_or(&[][..], Node::entries);
        entries.iter().filter(|entry| entry.key == "HOOKS" || entry.key.starts_with("HOOKS_"))
    }

    /// The hooks, in the order of the file.
    pub(crate) fn hooks(&self) -> Vec<WrittenHook<'d>> {
        let hook = |variable: &'d Entry, (index, table): (usize, &'d Node)| WrittenHook {
            label: crate::config::hook_label(&variable.key, index, table.text("id")),
            table,
            enabled: table.flag("enabled") == Some(true),
        };
        self.hook_variables()
            .flat_map(|variable| variable.node.items().iter().enumerate().map(move |item| hook(variable, item)))
            .collect()
    }

    /// The sites of `ORIGINS`, named as mistakes name them.
    pub(crate) fn sites(&self) -> Vec<(String, &'d Node)> {
        let entries = self.var("ORIGINS").map_or(&[][..], |entry| entry.node.entries());
        entries.iter().map(|entry| (format!("ORIGINS.{}", entry.key), &entry.node)).collect()
    }

    /// What precedes the id in the hooks' URLs.
    pub(crate) fn slug(&self) -> &'d str {
        self.var("SLUG").and_then(|entry| entry.node.as_text()).unwrap_or("wa-hook")
    }

    /// Whether a delivery can reach a site at all.
    pub(crate) fn is_live(&self) -> bool {
        self.hooks().iter().any(|hook| hook.enabled)
    }
}
