//! The ledger's binding and its class.

use crate::operator::deployment::Deployment;
use crate::operator::document::{Entry, Node};
use crate::operator::finding::Finding;

/// The binding, and the class in `src/guard.js`.
const BINDING: &str = "LEDGER";
const CLASS: &str = "Ledger";

/// What is missing so that the gate reaches its ledger.
pub(super) fn findings(deployment: &Deployment<'_>) -> Vec<Finding> {
    binding(deployment).into_iter().chain(migration(deployment)).collect()
}

fn binding(deployment: &Deployment<'_>) -> Option<Finding> {
    let bindings = deployment.own("durable_objects").and_then(|entry| entry.node.get("bindings"));
    let bindings = bindings.map_or(&[][..], Node::items);
    let code = "missing-binding";
    let finding = match bindings.iter().find(|binding| binding.text("name") == Some(BINDING)) {
        None => {
            let message = "is missing: without the ledger nothing that fails is kept, and a hook with replay = \"strict\" answers 503 to every delivery";
            Finding::error(code, &deployment.beginning(), BINDING, message)
        }
        Some(binding) if binding.text("class_name") != Some(CLASS) => {
            let place = binding.get("class_name").unwrap_or(binding);
            Finding::error(code, &place.span, BINDING, "is of another class than the gate's own")
        }
        Some(_) => return None,
    };
    Some(
        finding
            .help(format!("add [[durable_objects.bindings]] with name = \"{BINDING}\" and class_name = \"{CLASS}\"")),
    )
}

fn migration(deployment: &Deployment<'_>) -> Option<Finding> {
    let entry = deployment.inherited("migrations");
    let migrations = entry.map_or(&[][..], |Entry { node, .. }| node.items());
    let makes = |key: &'static str| {
        let listed = migrations.iter().filter_map(move |migration| migration.get(key)).flat_map(Node::items);
        listed.into_iter().find(|class| class.as_text() == Some(CLASS))
    };
    if makes("new_sqlite_classes").is_some() {
        return None;
    }
    let (span, message) = match makes("new_classes") {
        Some(class) => (class.span.clone(), "makes the class without SQLite, in which the ledger keeps everything"),
        None => (deployment.beginning(), "make no class Ledger: Cloudflare refuses the binding"),
    };
    let finding = Finding::error("missing-binding", &span, "migrations", message);
    Some(finding.help(format!("add [[migrations]] with tag = \"v1\" and new_sqlite_classes = [\"{CLASS}\"]")))
}
