//! What a hook's signatures leave to anybody who has captured a delivery: fields that none of them covers, and where
//! the names and values of a form end.

use crate::hook::{EventAt, Hook};
use crate::operator::deployment::WrittenHook;
use crate::operator::document::Node;
use crate::operator::finding::Finding;
use crate::scheme::Mechanism;
use crate::scheme::description::Coverage;

/// Everything there is to say of what is not signed of a hook's payload.
pub(super) fn findings(hook: &WrittenHook<'_>, read: &Hook) -> Vec<Finding> {
    let mut findings: Vec<Finding> = unsigned_fields(hook, read).into_iter().collect();
    findings.extend(unsigned_event(hook, read));
    let forms = |(_, own): &(usize, &Mechanism)| own.covers() == Some(Coverage::Form);
    for (index, mechanism) in read.door.mechanisms.iter().enumerate().filter(forms) {
        let key = format!("auth[{index}]");
        let message = format!(
            "{} signs a form's names and values with nothing between them: who has captured a delivery can have one end elsewhere before it arrives",
            mechanism.name
        );
        let (span, path) = (&hook.table.locate(&key).node.span, format!("{}: {key}", hook.label));
        let help = "bound each field with `type`, `enum` or `max`, so that a longer or shorter value does not pass";
        findings.push(Finding::info("unsigned-boundary", span, path, message).help(help));
    }
    findings
}

/// What is signed of the payload, for a card.
pub(super) fn words(hook: &Hook) -> String {
    let all: Vec<Option<Coverage>> = hook.door.mechanisms.iter().map(Mechanism::covers).collect();
    if all.contains(&None) && !hook.door.signs() {
        return "the body is not signed: whoever sees a request can make others".into();
    }
    let places = all.iter().find_map(|covers| match covers {
        Some(Coverage::Places(places)) => Some(places.join(", ")),
        Some(Coverage::Body | Coverage::Form) | None => None,
    });
    match places {
        Some(places) => format!("signed are {places}: whoever has captured a request can change all else on its way"),
        None if all.contains(&Some(Coverage::Form)) => {
            "names and values are signed, but not where one ends and the next begins".into()
        }
        None => "the body is signed: nobody can change it on its way".into(),
    }
}

/// Fields that pass although nothing signs them, since the operator says so.
fn unsigned_fields(hook: &WrittenHook<'_>, read: &Hook) -> Option<Finding> {
    let node = hook.table.get("unsigned_fields").filter(|_| hook.table.flag("unsigned_fields") == Some(true))?;
    let (name, signed) = parts(read)?;
    let open: Vec<String> =
        used(hook.table).filter(|place| !is_among(&signed, place)).map(|at| format!("`{at}`")).collect();
    let path = format!("{}: unsigned_fields", hook.label);
    if open.is_empty() && unsigned_event(hook, read).is_some() {
        return None;
    }
    if open.is_empty() {
        let message = format!("allows nothing: {name} signs every field of this hook");
        return Some(Finding::info("unsigned-field", &node.span, path, message).help("take it out"));
    }
    let message = format!(
        "{name} does not sign {}: who has captured a delivery can change that before it arrives",
        open.join(", ")
    );
    let help = "bound each with `type` and `enum`, and let the workflow ask the sender what is true";
    Some(Finding::warning("unsigned-field", &node.span, path, message).help(help))
}

/// The name of an event where no signature covers it.
fn unsigned_event(hook: &WrittenHook<'_>, read: &Hook) -> Option<Finding> {
    let at = match &read.events.as_ref()?.at {
        EventAt::Header(name) if read.door.signs() => name.as_str(),
        EventAt::Body(place) if parts(read).is_some_and(|(_, signed)| !is_among(&signed, place)) => place,
        EventAt::Header(_) | EventAt::Body(_) => return None,
    };
    let message =
        format!("the event is in `{at}`, which nothing signs: who has captured a delivery can name it otherwise");
    let (span, path) = (&hook.table.locate("events").node.span, format!("{}: events", hook.label));
    let help = "let the workflow look at what the body says, too, and bound that with `enum`";
    Some(Finding::warning("unsigned-event", span, path, message).help(help))
}

/// The sender that signs no more than some places, and these.
fn parts(read: &Hook) -> Option<(&str, Vec<String>)> {
    read.door.mechanisms.iter().find_map(|mechanism| Some((mechanism.name.as_str(), mechanism.places()?)))
}

/// The places that a hook's objects and fields are read from.
fn used(table: &Node) -> impl Iterator<Item = &str> {
    let objects = table.get("objects").map_or(&[][..], Node::entries).iter();
    let fields = table.get("fields").map_or(&[][..], Node::items).iter();
    let objects = objects.filter_map(|entry| entry.node.text("at"));
    objects.chain(fields.filter_map(|field| field.as_text().or_else(|| field.text("at"))))
}

fn is_among(signed: &[String], place: &str) -> bool {
    signed.iter().any(|own| own == place)
}
