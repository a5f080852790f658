//! Attempts: one thing about a request or its hook is put otherwise, and the gate is asked again.

use super::case::Case;
use super::trial::Trial;
use super::{address, body, credential, format, moment, presentation, secret};

/// What an attempt changes. Two attempts go together if they change different things, the first one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// How the mechanism is described.
    Description,
    Secret,
    /// Which header, and what stands before the signature.
    Place,
    /// How the signature or credential is written.
    Writing,
    Body,
    /// URL and method.
    Address,
    Time,
}

impl Part {
    /// What is put otherwise, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Description => "another hash, key format, content or provider's scheme",
            Self::Secret => "the secret without quotes, white space, prefix or escapes, or one of the others here",
            Self::Place => "other headers, prefixes, labels and separators",
            Self::Writing => "the signature or credential in other encodings",
            Self::Body => "the body with other line ends, charset, JSON, numbers or form",
            Self::Address => "another URL, method or id",
            Self::Time => "another time",
        }
    }
}

/// A request put otherwise.
pub(super) struct Attempt {
    /// The cause, if the gate then accepts it.
    pub(super) code: &'static str,
    pub(super) part: Part,
    /// What exactly was changed, as the cause's sentence has it.
    pub(super) detail: String,
    pub(super) trial: Trial,
    /// Whether it is one of so many that it is not combined with others.
    pub(super) alone: bool,
}

impl Attempt {
    pub(super) fn new(code: &'static str, part: Part, detail: impl Into<String>, trial: Trial) -> Self {
        Self { code, part, detail: detail.into(), trial, alone: false }
    }

    pub(super) fn alone(self) -> Self {
        Self { alone: true, ..self }
    }
}

/// Everything there is to try with a request, what explains most first.
pub(super) fn all(trial: &Trial, case: &Case<'_>) -> Vec<Attempt> {
    let kinds: [fn(&Trial, &Case<'_>) -> Vec<Attempt>; 7] = [
        secret::attempts,
        presentation::attempts,
        credential::attempts,
        body::attempts,
        address::attempts,
        moment::attempts,
        format::attempts,
    ];
    kinds.into_iter().flat_map(|kind| kind(trial, case)).collect()
}
