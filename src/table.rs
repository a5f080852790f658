//! A table of `wrangler.toml` as it reaches the Worker, read strictly: nothing is guessed, every mistake is named by
//! its variable, its hook and its key, and a key that nothing reads is a mistake.

use core::cell::RefCell;
use core::fmt;

use crate::var::Var;

/// One mistake in the configuration. Holds names and rules, never the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Where: `HOOKS[0] (id "k3v9x0q2m7ta"): auth[0].header`.
    pub(crate) path: String,
    /// What is wrong and what would be right.
    pub(crate) text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.text)
    }
}

/// All mistakes found so far: reading goes on after one, so that an operator sees every mistake at once.
#[derive(Default)]
pub(crate) struct Mistakes(RefCell<Vec<Mistake>>);

impl Mistakes {
    pub(crate) fn add(&self, path: String, text: &str) {
        self.0.borrow_mut().push(Mistake { path, text: text.into() });
    }

    pub(crate) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn into_vec(self) -> Vec<Mistake> {
        self.0.into_inner()
    }
}

/// A table being read. A getter returns `None` for an absent key, and for a wrong one after noting the mistake.
pub(crate) struct Table<'v> {
    label: &'v str,
    path: String,
    entries: &'v [(String, Var)],
    read: Vec<&'static str>,
    mistakes: &'v Mistakes,
}

impl<'v> Table<'v> {
    /// `label` names the variable and the hook, `path` the keys below it.
    #[inline(never)]
    pub(crate) fn new(label: &'v str, path: &str, value: &'v Var, mistakes: &'v Mistakes) -> Option<Self> {
        let Var::Table(entries) = value else {
            mistakes.add(place(label, path), "must be a table");
            return None;
        };
        Some(Self { label, path: path.into(), entries, read: Vec::new(), mistakes })
    }

    /// Not inlined, as other methods here: they are called from a hundred places, and nobody waits for them.
    #[inline(never)]
    pub(crate) fn mistake(&self, key: &str, text: &str) {
        self.mistakes.add(place(self.label, &self.join(key)), text);
    }

    #[inline(never)]
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'v Var> {
        if !self.read.contains(&key) {
            self.read.push(key);
        }
        self.entries.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// Whether the key is there, right or wrong.
    pub(crate) fn has(&mut self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    #[inline(never)]
    pub(crate) fn text(&mut self, key: &'static str) -> Option<&'v str> {
        let text = self.get(key)?.as_text().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.mistake(key, "must be a text that is not empty");
        }
        text
    }

    /// The same with a default: `None` only after a mistake.
    #[inline(never)]
    pub(crate) fn text_or<'t>(&mut self, key: &'static str, default: &'t str) -> Option<&'t str>
    where
        'v: 't,
    {
        if self.has(key) { self.text(key) } else { Some(default) }
    }

    /// The same as it is written: white space counts.
    pub(crate) fn verbatim_or<'t>(&mut self, key: &'static str, default: &'t str) -> Option<&'t str>
    where
        'v: 't,
    {
        let text = self.text_or(key, default)?;
        Some(self.get(key).and_then(Var::as_text).unwrap_or(text))
    }

    #[inline(never)]
    pub(crate) fn required_text(&mut self, key: &'static str, why: &str) -> Option<&'v str> {
        if !self.has(key) {
            self.mistake(key, &format!("is missing: {why}"));
            return None;
        }
        self.text(key)
    }

    #[inline(never)]
    pub(crate) fn flag(&mut self, key: &'static str) -> bool {
        match self.get(key) {
            None => false,
            Some(Var::Flag(flag)) => *flag,
            Some(_) => {
                self.mistake(key, "must be true or false");
                false
            }
        }
    }

    #[inline(never)]
    pub(crate) fn list(&mut self, key: &'static str) -> Option<&'v [Var]> {
        let list = self.get(key)?.as_list();
        if list.is_none() {
            self.mistake(key, "must be a list");
        }
        list
    }

    /// A list of texts; `None` if any item is something else.
    #[inline(never)]
    pub(crate) fn texts(&mut self, key: &'static str) -> Option<Vec<&'v str>> {
        let list = self.list(key)?;
        let texts: Option<Vec<&str>> = list.iter().map(Var::as_text).collect();
        if texts.is_none() {
            self.mistake(key, "must be a list of texts");
        }
        texts
    }

    #[inline(never)]
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Table<'v>> {
        let value = self.get(key)?;
        self.below(key, value)
    }

    /// The table `value`, found under `key` (`auth[0]`) of this one.
    #[inline(never)]
    pub(crate) fn below(&self, key: &str, value: &'v Var) -> Option<Table<'v>> {
        Table::new(self.label, &self.join(key), value, self.mistakes)
    }

    /// A text that `parse` turns into a value; `rule` says which texts are right.
    pub(crate) fn parsed<T>(
        &mut self,
        key: &'static str,
        rule: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = parse(self.text(key)?);
        if value.is_none() {
            self.must_be(key, rule);
        }
        value
    }

    #[inline(never)]
    pub(crate) fn must_be(&self, key: &str, rule: &str) {
        self.mistake(key, &format!("must be {rule}"));
    }

    /// The same with a default: `None` only after a mistake.
    pub(crate) fn parsed_or<T>(
        &mut self,
        key: &'static str,
        default: &str,
        rule: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = parse(self.text_or(key, default)?);
        if value.is_none() {
            self.must_be(key, rule);
        }
        value
    }

    /// Notes every key that nothing has read.
    #[inline(never)]
    pub(crate) fn finish(self) {
        for (key, _) in self.entries.iter().filter(|(key, _)| !self.read.contains(&key.as_str())) {
            self.mistake(key, &format!("unknown key; known here: {}", self.read.join(", ")));
        }
    }

    fn join(&self, key: &str) -> String {
        if self.path.is_empty() || key.is_empty() {
            format!("{}{key}", self.path)
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

fn place(label: &str, path: &str) -> String {
    if path.is_empty() { label.into() } else { format!("{label}: {path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: Vec<(&str, Var)>) -> Var {
        Var::Table(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    #[test]
    fn every_mistake_is_named_by_its_path() {
        let value = table(vec![
            ("owner", "".into()),
            ("enabled", "yes".into()),
            ("ower", Var::Integer(1)),
            ("replay", table(vec![("window", Var::Integer(5))])),
        ]);
        let mistakes = Mistakes::default();
        let mut table = Table::new("HOOKS[0]", "", &value, &mistakes).unwrap();
        assert_eq!(table.text("owner"), None);
        assert!(!table.flag("enabled"));
        let mut replay = table.table("replay").unwrap();
        assert_eq!(replay.text("window"), None);
        replay.finish();
        table.finish();
        let found: Vec<String> = mistakes.into_vec().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "HOOKS[0]: owner: must be a text that is not empty",
                "HOOKS[0]: enabled: must be true or false",
                "HOOKS[0]: replay.window: must be a text that is not empty",
                "HOOKS[0]: ower: unknown key; known here: owner, enabled, replay",
            ]
        );
    }
}
