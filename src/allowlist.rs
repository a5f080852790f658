//! What may pass: the paths of a hook, compiled into a tree that the projection walks beside the payload.

use crate::json::quoted;
use crate::object::ObjectKind;

/// Most paths of one hook; a bit set of 64 remembers which members an object has shown.
pub(crate) const MAX_PATHS: usize = 64;
/// Most steps of a path.
const MAX_DEPTH: usize = 16;
/// Default bound of a field, in characters.
pub(crate) const DEFAULT_MAX: usize = 1_024;

/// The paths of a hook. All that is not named here is dropped.
#[derive(Debug, Default)]
pub struct Allowlist {
    pub(crate) root: Node,
    paths: usize,
    /// The only paths that may be added, if only some are signed.
    among: Option<Vec<String>>,
}

/// A place on the way to an allowlisted value.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) members: Vec<Member>,
    /// What `*` leads to.
    pub(crate) elements: Option<Box<Node>>,
    /// Set where a path ends; nothing lies below.
    pub(crate) leaf: Option<Leaf>,
    /// Whether a field lies here or below, so that the thin payload has this place, too.
    pub(crate) emits: bool,
}

/// A named way down.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The name as it is written into the thin payload: `"name":`.
    pub(crate) json: String,
    pub(crate) node: Node,
}

/// What a value at the end of a path is for.
#[derive(Debug, Default)]
pub(crate) struct Leaf {
    pub(crate) field: Option<Bounds>,
    pub(crate) objects: Vec<ObjectKind>,
    /// Its place in the idempotency key.
    pub(crate) key: Option<usize>,
}

/// What a field may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) kind: Option<Kind>,
    /// Most characters of a text, most digits of a number.
    pub(crate) max: usize,
    pub(crate) values: Option<Vec<String>>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { kind: None, max: DEFAULT_MAX, values: None }
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Number,
    Integer,
    Boolean,
}

/// One use of a path.
pub(crate) enum Use {
    Field(Bounds),
    Object(ObjectKind),
    Key(usize),
}

impl Allowlist {
    /// An allowlist of fields with the default bounds.
    ///
    /// # Errors
    /// Says what is wrong with the first path that cannot be added.
    pub fn of_fields(pointers: &[&str]) -> Result<Self, &'static str> {
        let mut allowlist = Self::default();
        for pointer in pointers {
            allowlist.add(pointer, Use::Field(Bounds::default()))?;
        }
        Ok(allowlist)
    }

    /// An allowlist of these paths and no others, where there are such.
    pub(crate) fn among(paths: Option<Vec<String>>) -> Self {
        Self { among: paths, ..Self::default() }
    }

    /// Whether a path leads into a list, or into a table below the first.
    pub(crate) fn is_nested(&self) -> bool {
        self.root.elements.is_some() || self.root.members.iter().any(|member| member.node.leaf.is_none())
    }

    /// Whether the fields are a list: the paths begin with `/*`.
    pub(crate) fn is_list(&self) -> bool {
        self.root.elements.is_some()
    }

    /// Whether the fields have a member of this name at their root.
    pub(crate) fn has_field(&self, name: &str) -> bool {
        self.root.members.iter().any(|member| member.node.emits && member.name == name)
    }

    /// Adds a JSON pointer without `*`.
    ///
    /// # Errors
    /// As [`Self::add`].
    #[inline(never)]
    pub(crate) fn add_one(&mut self, pointer: &str, purpose: Use) -> Result<(), &'static str> {
        if pointer.split('/').any(|step| step == "*") {
            return Err("may not have `*`");
        }
        self.add(pointer, purpose)
    }

    /// Adds a JSON pointer (RFC 6901) whose token `*` stands for every element of an array.
    ///
    /// # Errors
    /// Says what is wrong with the path.
    pub(crate) fn add(&mut self, pointer: &str, purpose: Use) -> Result<(), &'static str> {
        let path = pointer.strip_prefix('/').ok_or("must be a JSON pointer such as /data/id")?;
        if self.among.as_ref().is_some_and(|among| among.iter().all(|own| own != pointer)) {
            return Err("is not signed by this sender: `unsigned_fields = true` allows it all the same");
        }
        if path.split('/').count() > MAX_DEPTH {
            return Err("has more than 16 steps");
        }
        self.paths = self.paths.saturating_add(1);
        if self.paths > MAX_PATHS {
            return Err("is one path too many: a hook may have 64");
        }
        let emits = matches!(purpose, Use::Field(_));
        let mut node = &mut self.root;
        for step in path.split('/') {
            if node.leaf.is_some() {
                return Err("lies below another path of this hook");
            }
            node.emits |= emits;
            node = node.step(step)?;
        }
        if !node.members.is_empty() || node.elements.is_some() {
            return Err("lies above another path of this hook");
        }
        node.emits |= emits;
        let leaf = node.leaf.get_or_insert_default();
        match purpose {
            Use::Field(_) if leaf.field.is_some() => return Err("is listed twice"),
            Use::Field(bounds) => leaf.field = Some(bounds),
            Use::Object(kind) => leaf.objects.push(kind),
            Use::Key(_) if leaf.key.is_some() => return Err("is listed twice"),
            Use::Key(place) => leaf.key = Some(place),
        }
        if self.root.elements.is_some() && !self.root.members.is_empty() {
            return Err("does not go with the others: either all begin with /* or none");
        }
        Ok(())
    }
}

impl Node {
    fn step(&mut self, token: &str) -> Result<&mut Self, &'static str> {
        let either = "does not go with the others: a list has either all elements, `*`, or the first one, `0`";
        if token == "*" {
            let first = self.position("0").is_some();
            return if first { Err(either) } else { Ok(self.elements.get_or_insert_default()) };
        }
        let name = unescape(token)?;
        if name == "0" && self.elements.is_some() {
            return Err(either);
        }
        if let Some(index) = self.position(&name) {
            return self.members.get_mut(index).map(|member| &mut member.node).ok_or("");
        }
        let json = format!("{}:", quoted(&name));
        Ok(&mut self.members.push_mut(Member { name, json, node: Self::default() }).node)
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|member| member.name == name)
    }
}

/// RFC 6901 §4: `~1` is a slash, `~0` a tilde.
fn unescape(token: &str) -> Result<String, &'static str> {
    if token.is_empty() {
        return Err("has an empty step: the whole payload is never allowed");
    }
    let mut name = String::new();
    let mut characters = token.chars();
    while let Some(character) = characters.next() {
        name.push(match (character, characters.clone().next()) {
            ('~', Some('0')) => '~',
            ('~', Some('1')) => '/',
            ('~', _) => return Err("has a `~` that is neither ~0 nor ~1"),
            _ => character,
        });
        if character == '~' {
            characters.next();
        }
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field() -> Use {
        Use::Field(Bounds::default())
    }

    #[test]
    fn a_path_that_would_let_too_much_pass_is_refused() {
        for wrong in ["", "/", "data", "//", "/a//b", "/a/", "/a~", "/a~2b", "/*/"] {
            assert!(Allowlist::default().add(wrong, field()).is_err(), "{wrong:?}");
        }
        assert!(Allowlist::default().add(&"/a".repeat(17), field()).is_err());
        let mut many = Allowlist::default();
        assert!((0..MAX_PATHS).all(|i| many.add(&format!("/f{i}"), field()).is_ok()));
        assert!(many.add("/one-more", field()).is_err());
    }

    #[test]
    fn paths_may_not_overlap() {
        for (first, second) in [("/a", "/a/b"), ("/a/b", "/a"), ("/a", "/a"), ("/a/*", "/a"), ("/a", "/*/b")] {
            let mut allowlist = Allowlist::default();
            allowlist.add(first, field()).unwrap();
            assert!(allowlist.add(second, field()).is_err(), "{first} {second}");
        }
    }

    #[test]
    fn one_place_may_be_a_field_and_name_an_object() {
        let mut allowlist = Allowlist::default();
        allowlist.add("/a~1b", field()).unwrap();
        allowlist.add("/a~1b", Use::Object(ObjectKind::Order)).unwrap();
        let member = allowlist.root.members.first().unwrap();
        assert_eq!((member.name.as_str(), member.json.as_str()), ("a/b", "\"a/b\":"));
    }
}
