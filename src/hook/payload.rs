//! The keys `objects` and `fields` of a hook: what may pass.

use crate::allowlist::{Allowlist, Bounds, DEFAULT_MAX, Kind, Use};
use crate::object::{IdentifierKind, ObjectKind, ObjectRule};
use crate::table::Table;
use crate::var::Var;

/// Longest bound of one field, in characters.
const LONGEST_FIELD: usize = 16_384;

/// Reads `objects`, and adds their places to `allowlist`.
pub(super) fn read_objects(table: &mut Table<'_>, allowlist: &mut Allowlist) -> Vec<ObjectRule> {
    let Some(mut objects) = table.table("objects") else { return Vec::new() };
    let mut rules = Vec::new();
    for kind in ObjectKind::ALL {
        let Some(mut object) = objects.table(kind.name()) else { continue };
        if let Some(at) = object.required_text("at", "where the identifier is, such as /order_id") {
            let added = if at.split('/').any(|step| step == "*") {
                Err("may not have `*`: a delivery names one object of a kind")
            } else {
                allowlist.add(at, Use::Object(kind))
            };
            if let Err(why) = added {
                object.mistake("at", why);
            }
        }
        let required = object.flag("required");
        let by = if object.has("by") { read_by(&mut object, kind) } else { kind.identifiers().to_vec() };
        object.finish();
        rules.push(ObjectRule { kind, by, required, forgiven: false });
    }
    objects.finish();
    rules
}

/// The identifiers a hook narrows an object to, in the order of the kind.
fn read_by(object: &mut Table<'_>, kind: ObjectKind) -> Vec<IdentifierKind> {
    let names = object.texts("by").unwrap_or_default();
    let known = kind.identifiers();
    if names.is_empty() || names.iter().any(|name| known.iter().all(|identifier| identifier.name() != *name)) {
        let known: Vec<&str> = known.iter().map(|identifier| identifier.name()).collect();
        object.mistake("by", &format!("must list some of {}", known.join(", ")));
    }
    known.iter().copied().filter(|identifier| names.contains(&identifier.name())).collect()
}

/// Reads `fields` into `allowlist`.
pub(super) fn read_fields(table: &mut Table<'_>, allowlist: &mut Allowlist) {
    for (index, value) in table.list("fields").unwrap_or_default().iter().enumerate() {
        let key = format!("fields[{index}]");
        let (at, bounds) = match value {
            Var::Text(at) => (Some(at.as_str()), Bounds::default()),
            _ => match table.below(&key, value) {
                Some(field) => read_field(field),
                None => continue,
            },
        };
        if let Some(Err(why)) = at.map(|at| allowlist.add(at, Use::Field(bounds))) {
            table.mistake(&key, why);
        }
    }
}

fn read_field<'v>(mut field: Table<'v>) -> (Option<&'v str>, Bounds) {
    let at = field.required_text("at", "where the field is, such as /data/amount");
    let kind = field.parsed("type", "\"string\", \"number\", \"integer\" or \"boolean\"", |text| match text {
        "string" => Some(Kind::String),
        "number" => Some(Kind::Number),
        "integer" => Some(Kind::Integer),
        "boolean" => Some(Kind::Boolean),
        _ => None,
    });
    let max = field.get("max").map(|max| match max {
        Var::Integer(max) => usize::try_from(*max).ok().filter(|max| (1..=LONGEST_FIELD).contains(max)),
        _ => None,
    });
    if max == Some(None) {
        field.mistake("max", "must be a number of characters from 1 to 16384");
    }
    let values = field.texts("enum");
    if values.as_ref().is_some_and(Vec::is_empty) {
        field.mistake("enum", "must list at least one value");
    }
    field.finish();
    let max = max.flatten().unwrap_or(DEFAULT_MAX);
    (at, Bounds { kind, max, values: values.map(|values| values.into_iter().map(Into::into).collect()) })
}
