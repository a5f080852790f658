//! The key `origin` of a hook: where its deliveries go, and what they become there.

use crate::allowlist::Allowlist;
use crate::config::{Context, DEFAULT_SITE, ID, is_id};
use crate::object::ObjectRule;
use crate::origin::{
    Connector, Origin, Parameters, Place, Proof, Proofs, Rest, Route, Site, WunderAutomation, read_basic, read_secret,
};
use crate::scheme::HeaderName;
use crate::secret::Secret;
use crate::table::Table;
use crate::var::Var;

/// Headers of a request that belong to the gate or to HTTP.
const OWN_HEADERS: [&str; 10] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// Reads `origin`. `None` after a mistake.
pub(super) fn read(
    table: &mut Table<'_>,
    context: &Context<'_>,
    objects: &[ObjectRule],
    allowlist: &Allowlist,
) -> Option<Origin> {
    let name = match table.get("origin") {
        Some(value @ Var::Table(_)) => return read_table(table.below("origin", value)?, context, objects, allowlist),
        Some(_) => table.text("origin")?,
        None => DEFAULT_SITE,
    };
    connector(table, "origin", context.site(table, "origin", name)?, context)
}

fn read_table(
    mut table: Table<'_>,
    context: &Context<'_>,
    objects: &[ObjectRule],
    allowlist: &Allowlist,
) -> Option<Origin> {
    let name = table.text_or("site", DEFAULT_SITE);
    let site = name.and_then(|name| context.site(&table, "site", name));
    let kind = table.text_or("kind", "connector")?;
    let origin = match kind {
        "connector" => site.and_then(|site| connector(&table, "site", site, context)),
        "rest" => read_rest(&mut table, site, objects).map(Origin::Rest),
        "wunderautomation" => {
            let parameters = read_parameters(&mut table, objects, allowlist);
            read_trigger(&mut table, site, context, parameters).map(Origin::WunderAutomation)
        }
        _ => {
            table.mistake("kind", "must be \"connector\", \"rest\" or \"wunderautomation\"");
            return None;
        }
    };
    table.finish();
    origin
}

/// `key` is where the hook names the site.
fn connector(table: &Table<'_>, key: &str, site: &Site, context: &Context<'_>) -> Option<Origin> {
    let Some(signer) = site.signer() else {
        if context.enabled {
            let remedy = site.remedy("npx wrangler secret put ORIGIN_SECRET", "a `secret`");
            table.mistake(key, &format!("the connector takes only what is signed with a secret: {remedy}"));
        }
        return None;
    };
    Some(Origin::Connector(Connector::new(site, signer.clone())))
}

fn read_rest(table: &mut Table<'_>, site: Option<&Site>, objects: &[ObjectRule]) -> Option<Rest> {
    let route = table.required_text("route", "a path below the site, such as /wp-json/wc/v3/orders/{order}");
    let route = route.and_then(|route| Route::parse(route).map_err(|why| table.mistake("route", why)).ok());
    for place in route.iter().flat_map(Route::places) {
        if let Err(why) = check_place(place, objects) {
            table.mistake("route", &why);
        }
    }
    let site = site?;
    let Some(authorization) = site.authorization() else {
        let remedy = site.remedy("set ORIGIN_USER and the secret ORIGIN_PASSWORD", "a `user` and a `password`");
        table.mistake("site", &format!("a REST route wants an application password: {remedy}"));
        return None;
    };
    Some(Rest::new(site, authorization.clone(), route?))
}

/// What has a place in a route must be there, and must not name another route.
fn check_place(place: Place, objects: &[ObjectRule]) -> Result<(), String> {
    let name = place.kind.name();
    match (objects.iter().find(|rule| rule.kind == place.kind && rule.required), place.steers) {
        (None, _) => Err(format!("{{{name}}} needs an object {name} of this hook with required = true")),
        (Some(rule), Some(part)) if !rule.is_by_id() => {
            Err(format!("{{{name}}} in {part} needs by = [\"id\"]: another identifier could name another route"))
        }
        _ => Ok(()),
    }
}

fn read_trigger(
    table: &mut Table<'_>,
    site: Option<&Site>,
    context: &Context<'_>,
    parameters: Parameters,
) -> Option<WunderAutomation> {
    let code = table.required_text("code", "the code of the workflow's webhook trigger");
    let code = code.and_then(|_| table.parsed("code", ID, |code| is_id(code).then(|| code.to_owned())));
    let slug = table.parsed_or("slug", "wa-hook", ID, |slug| is_id(slug).then(|| slug.to_owned()));
    let proofs = read_proofs(table, site, context);
    Some(WunderAutomation::new(site?, &format!("{}/{}", slug?, code?), parameters, proofs))
}

/// The name of each object in the body, which fields must not have, too.
fn read_parameters(table: &mut Table<'_>, objects: &[ObjectRule], allowlist: &Allowlist) -> Parameters {
    if allowlist.is_list() {
        table.mistake("kind", "\"wunderautomation\" takes a table, and the fields of this hook are a list");
    }
    let mut names = table.table("parameters");
    let mut parameters = Parameters::new();
    for kind in objects.iter().map(|rule| rule.kind) {
        let own = names.as_mut().and_then(|names| names.text(kind.name()));
        let name = own.map_or_else(|| format!("{}_id", kind.name()), Into::into);
        if allowlist.has_field(&name) {
            table.mistake("parameters", &format!("{name:?} is the name of a field, too: the body has it once"));
        }
        if parameters.iter().any(|(_, taken)| *taken == name) {
            table.mistake("parameters", &format!("{name:?} is the name of two objects: the body has it once"));
        }
        parameters.push((kind, name));
    }
    names.into_iter().for_each(Table::finish);
    parameters
}

/// What the trigger checks: one mechanism at least.
fn read_proofs(table: &mut Table<'_>, site: Option<&Site>, context: &Context<'_>) -> Proofs {
    let mut proofs = Proofs::new();
    if !["basic", "key", "hmac"].into_iter().any(|mechanism| table.has(mechanism)) {
        table.mistake("", "needs basic, key or hmac: a trigger that checks nothing runs for anybody");
    }
    if let Some(password) = site.and_then(Site::authorization) {
        if table.has("basic") {
            table.mistake("basic", "does not go with the application password of the site: a request has one of them");
        }
        proofs.push(("authorization".into(), Proof::Credentials(password.clone())));
    }
    if let Some(mut basic) = table.table("basic") {
        let credentials = read_basic(&mut basic, &|name| context.secret(name));
        basic.finish();
        proofs.extend(credentials.map(|credentials| ("authorization".into(), Proof::Credentials(credentials))));
    }
    if let Some((header, secret)) = table.table("key").and_then(|key| read_header(key, &proofs, context)) {
        if !secret.expose().bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            table.mistake("key.secret", "must be visible ASCII: it goes into a header as it is");
        }
        proofs.push((header, Proof::Credentials(secret)));
    }
    if let Some((header, secret)) = table.table("hmac").and_then(|hmac| read_header(hmac, &proofs, context)) {
        proofs.push((header, Proof::mac(&secret)));
    }
    proofs
}

/// A header that no proof before it has, and the secret that it shows. `None` after a mistake.
fn read_header(mut table: Table<'_>, proofs: &Proofs, context: &Context<'_>) -> Option<(String, Secret)> {
    let header = table.required_text("header", "the header in which the trigger expects it, such as X-Api-Key");
    let header =
        header.and_then(|_| table.parsed("header", "a header name: letters, digits, `-`, `_`", HeaderName::new));
    let secret = read_secret(&mut table, "secret", &|name| context.secret(name));
    if let Some(header) = &header {
        let taken = |(own, _): &(String, Proof)| own == header.as_str();
        if OWN_HEADERS.contains(&header.as_str()) || proofs.iter().any(taken) {
            table.mistake("header", "is a header that the request has already");
        }
    }
    table.finish();
    Some((header?.as_str().into(), secret?))
}
