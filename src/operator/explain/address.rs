//! URLs and methods that are signed, and are not what the sender signed.

use super::attempt::{Attempt, Part};
use super::case::Case;
use super::described::redescribed;
use super::trial::{Trial, put};
use crate::operator::chosen::signs_url;
use crate::target::Target;
use crate::var::Var;

pub(super) fn attempts(trial: &Trial, case: &Case<'_>) -> Vec<Attempt> {
    let Some(mechanism) = trial.mechanism() else { return Vec::new() };
    let mut found = Vec::new();
    if signs_url(mechanism) {
        let own = mechanism.get("url").and_then(Var::as_text).unwrap_or("");
        for (code, url) in urls(own, case.first) {
            let changed = match url.strip_prefix("http://") {
                None => Some(put(mechanism, "url", Some(url.as_str().into()))),
                // A configuration has no such URL; as literal text it has.
                Some(_) => literal(mechanism, &url),
            };
            let detail = crate::operator::finding::printable(&url);
            found.extend(
                changed.map(|changed| Attempt::new(code, Part::Address, detail, trial.with_mechanism(changed))),
            );
        }
    }
    let signs_method = super::described::described(mechanism, |own, _| own.content.contains("{method}"));
    if signs_method == Some(true) {
        for method in ["POST", "GET", "PUT", "PATCH", "DELETE"].into_iter().filter(|own| *own != trial.capture.method) {
            let open = trial.with_key("methods", Some(Var::List(vec![method.into()])));
            let sent = open.sent(|capture| capture.method = method.into());
            found.push(Attempt::new("method-changed", Part::Address, method, sent));
        }
    }
    found
}

/// What the URL may have been when it was signed: the configured one and the captured one, each put otherwise.
fn urls(own: &str, first: &Trial) -> Vec<(&'static str, String)> {
    let captured = first.capture.url.clone();
    let query = Target::of(&captured).query;
    let bare = |url: &str| url.split(['?', '#']).next().unwrap_or("").to_owned();
    let mut all = Vec::new();
    if !query.is_empty() {
        all.push(("url-query", format!("{}?{query}", bare(own))));
    }
    all.push(("url-query", bare(own)));
    let hosts = ["host", "x-forwarded-host", "x-original-host"].iter().filter_map(|name| first.capture.header(name));
    let own_host = Target::of(own).host;
    let www = own_host.strip_prefix("www.").map_or_else(|| format!("www.{own_host}"), Into::into);
    for host in hosts.chain([Target::of(&captured).host.to_owned(), www]) {
        all.push(("url-host", own.replacen(own_host, &host, 1)));
    }
    all.push(("url-other", captured));
    let mut varied = Vec::new();
    for (code, url) in core::iter::once(("url-other", own.to_owned())).chain(all.clone()) {
        let named = |other: &'static str| if url == own { other } else { code };
        let (path, query) =
            url.split_once('?').map_or((url.as_str(), String::new()), |(path, query)| (path, format!("?{query}")));
        let slashed = path.strip_suffix('/').map_or_else(|| format!("{path}/"), Into::into);
        varied.push((named("url-slash"), format!("{slashed}{query}")));
        let http = url
            .strip_prefix("https://")
            .map_or_else(|| url.replacen("http://", "https://", 1), |rest| format!("http://{rest}"));
        varied.push((named("url-scheme"), http));
    }
    all.extend(varied);
    let mut seen = vec![own.to_owned()];
    all.retain(|(_, url)| {
        let new = !seen.contains(url);
        seen.push(url.clone());
        new
    });
    all
}

/// The mechanism with a URL as literal text in its content.
fn literal(mechanism: &Var, url: &str) -> Option<Var> {
    let described = redescribed(mechanism, |own| Some(own)).filter(|_| !url.contains(['{', '}']))?;
    let content = described.get("content").and_then(Var::as_text)?.replace("{url}", url);
    Some(put(&put(&described, "url", None), "content", Some(content.as_str().into())))
}
