//! What a rule expects, and how it says that it was broken.

use std::fmt::Debug;

use crate::subject::Refusal;

/// A rule that was broken: what was expected and what was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(String);

/// The outcome of a rule.
pub(crate) type Outcome = Result<(), Broken>;

// === impl Broken ===

impl Broken {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A refusal where none was expected.
impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self(format!("refused: {refusal}"))
    }
}

/// Expects equality.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, seen: &T, expected: &T) -> Outcome {
    if seen == expected {
        return Ok(());
    }
    Err(Broken(format!(
        "{what}: expected {expected:?}, got {seen:?}"
    )))
}

/// Expects a refusal.
pub(crate) fn refused<T: Debug>(
    what: &str,
    seen: Result<T, Refusal>,
    expected: &Refusal,
) -> Outcome {
    match seen {
        Err(refusal) if refusal == *expected => Ok(()),
        other => Err(Broken(format!(
            "{what}: expected {expected:?}, got {other:?}"
        ))),
    }
}
