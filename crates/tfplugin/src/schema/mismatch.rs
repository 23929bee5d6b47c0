//! Why a value does not fit a type, and where.

use std::fmt;

use super::Invalid;
use crate::objects::Diagnostic;
use crate::values::{Path, Step, Type, Value};

/// A value that cannot be read as its type.
///
/// The path grows from the inside outwards while the error travels, so the happy path never builds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Innermost step first.
    steps: Vec<Step>,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    /// Another type stands there.
    Type { wanted: String, found: &'static str },
    /// A part is not known yet.
    Unknown,
    /// The type is right and the value is not.
    Invalid(Invalid),
}

impl Mismatch {
    /// Another type than `wanted` was found.
    pub fn wrong(wanted: &Type, found: &Value) -> Self {
        match found {
            Value::Unknown => Self::unknown(),
            found => Self::of(Problem::Type {
                wanted: wanted.to_string(),
                found: found.kind(),
            }),
        }
    }

    /// A part is not known yet, and the type has no place for that.
    pub fn unknown() -> Self {
        Self::of(Problem::Unknown)
    }

    /// The type is right and the value is not.
    pub fn invalid(invalid: Invalid) -> Self {
        Self::of(Problem::Invalid(invalid))
    }

    /// The same mismatch, seen from one level further out.
    #[must_use]
    pub fn inside(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Whether the only problem is that a part is not known yet.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.problem, Problem::Unknown)
    }

    /// Where the value stands, from the value that was being read.
    pub fn path(&self) -> Path {
        Path::from(self.steps.iter().rev().cloned().collect::<Vec<_>>())
    }

    /// The mismatch for the user, the value having been read at `at`.
    pub fn diagnostic(self, at: &Path) -> Diagnostic {
        let path = at.clone().join(&self.path());
        let what = if path.is_root() {
            "The value".to_owned()
        } else {
            path.to_string()
        };
        match self.problem {
            Problem::Type { wanted, found } => Diagnostic::error("Wrong type")
                .detail(format!(
                    "{what} needs a {wanted}, but a {found} stands there."
                ))
                .at(path),
            Problem::Unknown => Diagnostic::error("Value not known")
                .detail(format!(
                    "{what} must be known here, but is decided only during apply."
                ))
                .at(path),
            Problem::Invalid(invalid) => invalid.diagnostic(&path),
        }
    }

    const fn of(problem: Problem) -> Self {
        Self {
            steps: Vec::new(),
            problem,
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if !path.is_root() {
            write!(f, "{path}: ")?;
        }
        match &self.problem {
            Problem::Type { wanted, found } => {
                write!(f, "a {wanted} is needed, but a {found} stands there")
            }
            Problem::Unknown => f.write_str("the value is not known yet"),
            Problem::Invalid(invalid) => invalid.fmt(f),
        }
    }
}

impl std::error::Error for Mismatch {}
