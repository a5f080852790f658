//! A variable of the Worker, as plain data.

/// What a variable holds: what TOML can say and the gate can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Var {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Flag(bool),
    /// A list.
    List(Vec<Var>),
    /// A table, in the order of its keys.
    Table(Vec<(String, Var)>),
    /// Anything else, which is always wrong.
    Other,
}

impl Var {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The value of a key, if this is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Table(entries) => entries.iter().find(|(own, _)| own == key).map(|(_, value)| value),
            _ => None,
        }
    }
}

impl From<&str> for Var {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}
