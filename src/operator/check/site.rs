//! Where deliveries go.

use crate::operator::deployment::Deployment;
use crate::operator::document::Node;
use crate::operator::finding::Finding;
use crate::target::Target;

use super::platform::stakes;

/// What is said of the sites.
pub(super) fn findings(deployment: &Deployment<'_>) -> Vec<Finding> {
    let default = deployment.var("ORIGIN").map(|entry| ("ORIGIN".to_owned(), &entry.node));
    let others =
        deployment.sites().into_iter().filter_map(|(label, site)| Some((format!("{label}: url"), site.get("url")?)));
    default.into_iter().chain(others).filter_map(|(path, url)| of_url(deployment, &path, url)).collect()
}

fn of_url(deployment: &Deployment<'_>, path: &str, node: &Node) -> Option<Finding> {
    let target = Target::of(node.as_text()?);
    if target.is_loopback() {
        let message = "is this machine: a deployed gate finds no site there";
        let finding = Finding::error("loopback-origin", &node.span, path, message);
        return Some(finding.help("for `npm run dev` write it into .dev.vars, which takes the place of [vars] there"));
    }
    let example = |name: &str| target.host == name || target.host.ends_with(&format!(".{name}"));
    ["example.com", "example.org", "example.net", "example", "invalid", "test"].into_iter().any(example).then(|| {
        let message = "is the example's address: say where your WordPress site is";
        Finding::new(stakes(deployment), "example-left", &node.span, path, message)
    })
}
