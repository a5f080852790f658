//! The mistakes that the core finds, at their places in the files.

use crate::catalogue;
use crate::operator::deployment::Deployment;
use crate::operator::dev_vars::DevVars;
use crate::operator::document::{Located, Node};
use crate::operator::finding::Finding;
use crate::operator::nearest::nearest;
use crate::table::Mistake;

/// A mistake as a finding; none for what is said of a secret that only stands in for one.
pub(super) fn finding(mistake: &Mistake, deployment: &Deployment<'_>, dev_vars: &DevVars) -> Option<Finding> {
    let Some((place, keys)) = place(&mistake.path, deployment) else {
        let span = deployment.beginning();
        return Some(Finding::error(code(&mistake.text), &span, &mistake.path, &mistake.text));
    };
    // Of a doubled id the whole hook is told, and the id is meant.
    let keys = if mistake.text.starts_with("id: ") { "id" } else { keys };
    let located = place.locate(keys);
    let code = code(&mistake.text);
    let span = match &located.key_span {
        Some(key) if code == "unknown-key" => key,
        _ => &located.node.span,
    };
    let finding = Finding::error(code, span, &mistake.path, &mistake.text);
    if let Some(secret) = meant_secret(mistake, &located) {
        let var = dev_vars.find(&secret)?;
        return Some(Finding { code: "wrong-secret", ..finding }.in_dev_vars(&var.name_span));
    }
    let help = if mistake.text.starts_with("is not signed") {
        signed(place)
    } else {
        help(mistake, code, keys, &located, deployment)
    };
    Some(match help {
        Some(help) => finding.help(help),
        None => finding,
    })
}

/// The table that the first part of a path names, and the keys below it.
fn place<'d, 'p>(path: &'p str, deployment: &Deployment<'d>) -> Option<(&'d Node, &'p str)> {
    let below = |label: &str| {
        let rest = path.strip_prefix(label)?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix(": ") }
    };
    let hooks = deployment.hooks().into_iter().map(|hook| (hook.label, hook.table));
    let tables = hooks.chain(deployment.sites());
    if let Some(found) = tables.into_iter().find_map(|(label, table)| Some((table, below(&label)?))) {
        return Some(found);
    }
    // ORIGIN is made of several variables.
    let variable = match path {
        "ORIGIN: user" | "ORIGIN: password" => "ORIGIN_USER",
        _ if below("ORIGIN").is_some() => "ORIGIN",
        _ => path,
    };
    deployment.var(variable).map(|entry| (&entry.node, "")).or_else(|| deployment.vars().map(|vars| (vars, "")))
}

/// The secret of which a mistake tells, where it tells of what the secret holds.
fn meant_secret(mistake: &Mistake, located: &Located<'_>) -> Option<String> {
    let of_name = ["unknown key", "must be the name", "may not be", "is not set", "must be a "];
    if of_name.iter().any(|beginning| mistake.text.starts_with(beginning)) {
        return None;
    }
    match mistake.path.as_str() {
        "ORIGIN: secret" => Some("ORIGIN_SECRET".into()),
        "ORIGIN: password" => Some("ORIGIN_PASSWORD".into()),
        "ADMIN_TOKEN" => Some("ADMIN_TOKEN".into()),
        path => {
            let (_, last) = path.rsplit_once(['.', ' ']).unwrap_or(("", path));
            let key = last.split('[').next().unwrap_or(last);
            let names = matches!(key, "secret" | "secrets" | "password" | "name" | "verify_token");
            located.node.as_text().or_else(|| located.node.text("name")).filter(|_| names).map(Into::into)
        }
    }
}

/// What the sender of a hook does sign.
fn signed(hook: &Node) -> Option<String> {
    let schemes = hook.get("auth").map_or(&[][..], Node::items).iter().filter_map(|own| own.text("scheme"));
    let places = schemes.filter_map(catalogue::provider).map(|provider| provider.places).find(|own| !own.is_empty())?;
    Some(format!("signed are `{}`", places.join("`, `")))
}

/// A stable word for what a mistake says.
fn code(text: &str) -> &'static str {
    if text.starts_with("unknown key") {
        "unknown-key"
    } else if text.starts_with("is missing") {
        "missing-key"
    } else if text.contains("another hook has it") {
        "duplicate-id"
    } else if text.starts_with("there is no origin") {
        "unknown-origin"
    } else if text.contains("never the secret itself") {
        "secret-in-config"
    } else {
        "wrong-value"
    }
}

fn help(
    mistake: &Mistake,
    code: &str,
    keys: &str,
    located: &Located<'_>,
    deployment: &Deployment<'_>,
) -> Option<String> {
    let meant = |word: &str, known: &mut dyn Iterator<Item = &str>| {
        nearest(word, known).map(|meant| format!("did you mean `{meant}`?"))
    };
    match code {
        "unknown-key" => {
            let (_, known) = mistake.text.split_once("known here: ")?;
            let (_, word) = keys.rsplit_once('.').unwrap_or(("", keys));
            meant(word, &mut known.split(", "))
        }
        "unknown-origin" => {
            if deployment.var("ORIGIN").is_none() {
                return Some("set ORIGIN in [vars] to the address of the WordPress site".into());
            }
            let sites = deployment.sites();
            meant(located.node.as_text()?, &mut sites.iter().filter_map(|(label, _)| label.strip_prefix("ORIGINS.")))
        }
        "duplicate-id" => Some("make a new one with `openssl rand -hex 6`, or remove one of the two".into()),
        "secret-in-config" => Some(
            "if a secret stood here, it is known to whoever reads this file: make a new one, and set it with `npx wrangler secret put NAME`"
                .into(),
        ),
        "wrong-value" => meant(located.node.as_text()?, &mut mistake.text.split('"').skip(1).step_by(2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::document;

    #[test]
    fn what_is_said_of_a_stand_in_is_not_told_and_of_a_secret_at_its_own_place() {
        let text = "[[vars.HOOKS]]\nid = \"a\"\nauth = [{ secrets = [\"A_SECRET\", { name = \"B_SECRET\" }] }]\n";
        let root = document::parse(text).unwrap();
        let told = |dev_vars: &str, index: usize, text: &str| {
            let path = format!("HOOKS[0] (id \"a\"): auth[0].secrets[{index}]");
            let mistake = Mistake { path, text: text.into() };
            finding(&mistake, &Deployment::new(&root), &DevVars::parse(dev_vars)).map(|finding| finding.code)
        };
        for (index, name) in [(0, "A_SECRET"), (1, "B_SECRET")] {
            let wrong = format!("the secret {name} is no hex");
            assert_eq!(told("", index, &wrong), None);
            assert_eq!(told(&format!("{name}=x"), index, &wrong), Some("wrong-secret"));
            assert_eq!(told("", index, "must be the name of a Worker secret"), Some("wrong-value"));
        }
    }
}
