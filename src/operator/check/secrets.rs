//! Secrets: what is known of them here, and whether they stand where everybody can read them.

use crate::admin::SECRET as ADMIN_TOKEN;
use crate::config::Gate;
use crate::operator::deployment::Deployment;
use crate::operator::dev_vars::{DevVar, DevVars};
use crate::operator::document::{Entry, Node};
use crate::operator::environment::Environment;
use crate::operator::finding::Finding;
use crate::operator::nearest::nearest;

/// Keys whose texts are names of secrets.
const NAMING: [&str; 5] = ["secrets", "secret", "password", "name", "verify_token"];
/// The variables that the gate reads, besides those of hooks.
pub(super) const GATE_VARIABLES: [&str; 5] = ["ORIGIN", "ORIGINS", "ORIGIN_USER", "SLUG", "MIN_TLS"];
/// The secrets that no table names.
pub(super) const GATE_SECRETS: [&str; 3] = ["ORIGIN_SECRET", "ORIGIN_PASSWORD", ADMIN_TOKEN];
/// Fewest different characters of a secret that nobody guesses.
const VARIETY: usize = 8;
/// Bytes from which on a secret may well have a word in it.
const LONG: usize = 24;

/// Everything there is to say of secrets. `deployed` are the names of those on Cloudflare, where they are known.
pub(super) fn findings(
    deployment: &Deployment<'_>,
    environment: &Environment<'_>,
    dev_file: &str,
    deployed: Option<&[String]>,
) -> Vec<Finding> {
    let named = named_anywhere(deployment);
    let mut findings = in_variables(deployment, &named);
    findings.extend(absent(deployment, environment, dev_file, deployed));
    findings.extend(admin(deployment, environment.dev_vars, dev_file, deployed));
    findings.extend(in_dev_vars(deployment, environment, &named));
    findings
}

/// The names of secrets in all hooks and sites, disabled ones too.
fn named_anywhere<'d>(deployment: &Deployment<'d>) -> Vec<&'d str> {
    let mut names: Vec<&str> = GATE_SECRETS.to_vec();
    if let Some(vars) = deployment.vars() {
        vars.each_text("", &mut |key, _, text| {
            if NAMING.contains(&key) {
                names.push(text);
            }
        });
    }
    names
}

/// Secrets in `[vars]`, in plain text.
fn in_variables(deployment: &Deployment<'_>, named: &[&str]) -> Vec<Finding> {
    let entries = deployment.vars().map_or(&[][..], Node::entries);
    let secrets = entries.iter().filter(|entry| named.contains(&entry.key.as_str()) && !is_gate_variable(&entry.key));
    let finding = |entry: &Entry| {
        let flag = deployment.flag();
        let message =
            "a secret stands in [vars] in plain text, where everybody reads it who reads this file or the dashboard";
        Finding::error("secret-in-vars", &entry.key_span, &entry.key, message).help(format!(
            "remove it here, make a new one, and set that with `npx wrangler secret put {}{flag}`",
            entry.key
        ))
    };
    secrets.map(finding).collect()
}

/// Secrets that are on Cloudflare, if they are anywhere.
fn absent(
    deployment: &Deployment<'_>,
    environment: &Environment<'_>,
    dev_file: &str,
    deployed: Option<&[String]>,
) -> Vec<Finding> {
    let is_variable = |name: &str| deployment.var(name).is_some();
    let is_deployed = |name: &String| deployed.is_some_and(|names| names.contains(name));
    let needed = |name: &String| match name.as_str() {
        "ORIGIN_SECRET" => is_needed(environment, name),
        ADMIN_TOKEN => false,
        _ => true,
    };
    let absent =
        environment.absent().into_iter().filter(|name| !is_variable(name) && !is_deployed(name) && needed(name));
    let finding = |name: String| {
        // A name without `_` may be a key in capitals: it is not repeated.
        let shown = if name.contains('_') { name.as_str() } else { "NAME" };
        let put = format!("set with `npx wrangler secret put {shown}{}`", deployment.flag());
        let place = naming_place(deployment, &name);
        match deployed {
            Some(names) => {
                let message = format!("is none of the Worker's secrets, nor in {dev_file}; {put}");
                let finding = Finding::error("secret-not-set", &place, shown, message);
                with_near(finding, "the Worker", &name, names.iter().map(String::as_str))
            }
            None => {
                let message = format!("not in {dev_file}: cannot be checked here; {put}");
                let finding = Finding::warning("secret-not-here", &place, shown, message);
                with_near(finding, dev_file, &name, environment.dev_vars.all.iter().map(|var| var.name.as_str()))
            }
        }
    };
    absent.map(finding).collect()
}

/// Whether operators can ask the gate anything.
fn admin(
    deployment: &Deployment<'_>,
    dev_vars: &DevVars,
    dev_file: &str,
    deployed: Option<&[String]>,
) -> Option<Finding> {
    let is_deployed = deployed.is_some_and(|names| names.iter().any(|name| name == ADMIN_TOKEN));
    if is_deployed || dev_vars.find(ADMIN_TOKEN).is_some() || deployment.var(ADMIN_TOKEN).is_some() {
        return None;
    }
    let message = match deployed {
        Some(_) => {
            "is not set: the admin API is off, and `hookgate status`, `held`, `release`… have nobody to ask".into()
        }
        None => format!(
            "is not in {dev_file}: unless it is set on Cloudflare, the admin API is off, and `hookgate status`, `held`, `release`… have nobody to ask"
        ),
    };
    let finding = Finding::info("no-admin-token", &deployment.beginning(), ADMIN_TOKEN, message);
    let flag = deployment.flag();
    Some(
        finding
            .help(format!("`openssl rand -hex 32` makes one, `npx wrangler secret put {ADMIN_TOKEN}{flag}` sets it")),
    )
}

/// The finding with the secret that may be meant.
fn with_near<'k>(finding: Finding, holder: &str, name: &str, known: impl Iterator<Item = &'k str>) -> Finding {
    match nearest(name, known) {
        Some(near) => finding.help(format!("{holder} has {near}: is that the one?")),
        None => finding,
    }
}

/// Whether a hook is closed without it.
fn is_needed(environment: &Environment<'_>, name: &str) -> bool {
    let (_, with) = Gate::read(environment);
    let (_, without) = Gate::read(&environment.with(name, None));
    without.len() > with.len()
}

/// Where a secret is named: best in a hook or site that is in use.
fn naming_place(deployment: &Deployment<'_>, name: &str) -> core::ops::Range<usize> {
    let hooks = deployment.hooks().into_iter().filter(|hook| hook.enabled).map(|hook| hook.table);
    let mut found = None;
    for table in hooks.chain(deployment.sites().into_iter().map(|(_, site)| site)) {
        table.each_text("", &mut |key, node, text| {
            if found.is_none() && text == name && NAMING.contains(&key) {
                found = Some(node.span.clone());
            }
        });
    }
    let variable = if name == "ORIGIN_PASSWORD" { "ORIGIN_USER" } else { "ORIGIN" };
    let variable = || deployment.var(variable).map(|entry| entry.node.span.clone());
    found.or_else(variable).unwrap_or_else(|| deployment.beginning())
}

/// What is odd in `.dev.vars`.
fn in_dev_vars(deployment: &Deployment<'_>, environment: &Environment<'_>, named: &[&str]) -> Vec<Finding> {
    let dev_vars = environment.dev_vars;
    let mut findings: Vec<Finding> = dev_vars
        .unread
        .iter()
        .map(|span| {
            let message = "neither NAME=value nor a comment: wrangler skips this line without a word";
            Finding::warning("unread-line", span, "", message).in_dev_vars(span)
        })
        .collect();
    for (index, var) in dev_vars.all.iter().enumerate() {
        let mut add = |code, message: &str| {
            findings.push(Finding::warning(code, &var.name_span, &var.name, message).in_dev_vars(&var.name_span));
        };
        if dev_vars.all.iter().skip(index.saturating_add(1)).any(|later| later.name == var.name) {
            add("duplicate-secret", "is set again further down, and that one counts");
            continue;
        }
        if var.cut {
            add("cut-secret", "has a `#`, at which an unquoted value ends: put it in quotes");
        }
        let name = var.name.as_str();
        if is_gate_variable(name) {
            add(
                "overridden-variable",
                "is a variable of the gate: on this machine it takes the place of the one in [vars]",
            );
        } else if !named.contains(&name) {
            add("unused-secret", "nothing in the configuration names it");
        } else if is_weak(&var.value) {
            add("weak-secret", "looks like something that can be guessed: make one with `openssl rand -hex 32`");
        }
    }
    findings.extend(shared(deployment, dev_vars));
    findings
}

/// One text under two names: who knows one hook's secret knows the other's.
fn shared<'d>(deployment: &Deployment<'_>, dev_vars: &'d DevVars) -> Vec<Finding> {
    let vars = || dev_vars.all.iter().filter(|var| deployment.var(&var.name).is_none() && !var.value.is_empty());
    let twin = |var: &&'d DevVar| {
        vars()
            .find(|first| first.value == var.value && first.name != var.name)
            .filter(|first| first.name_span.start < var.name_span.start)
    };
    let finding = |var| {
        let first = twin(&var)?;
        let message = format!("is the same secret as {}: who knows one knows the other", first.name);
        Some(Finding::warning("shared-secret", &var.name_span, &var.name, message).in_dev_vars(&var.name_span))
    };
    vars().filter_map(finding).collect()
}

/// Whether a name is that of a variable of the gate.
pub(super) fn is_gate_variable(name: &str) -> bool {
    GATE_VARIABLES.contains(&name) || name == "HOOKS" || name.starts_with("HOOKS_")
}

/// Whether a secret is a word rather than a number nobody knows.
fn is_weak(secret: &str) -> bool {
    let mut different: Vec<char> = secret.chars().collect();
    different.sort_unstable();
    different.dedup();
    let lower = secret.to_lowercase();
    let guessable = ["password", "passwort", "changeme", "change-me", "example", "123456", "qwerty"];
    secret.len() >= crate::secret::MIN_BYTES
        && (different.len() < VARIETY || secret.len() < LONG && guessable.iter().any(|word| lower.contains(word)))
}
