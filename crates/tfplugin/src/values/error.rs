//! Why a value cannot be read, written or used as a type.
//!
//! A [`CodecError`] says where and what: the attribute path and, for a mismatch, both types. It never
//! contains the value, which may be a secret. The path grows from the inside outwards while the error
//! travels, so reading a correct value never builds one.

use std::fmt;

use super::{NumberError, Path, Step, Type};

/// A value does not fit its type or its encoding.
#[derive(Debug)]
pub struct CodecError {
    /// Innermost step first.
    steps: Vec<Step>,
    reason: Box<Reason>,
}

/// What is wrong, at the path of a [`CodecError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// A value of another type stands there.
    #[error("{wanted} is required, but {found} was given")]
    Mismatch {
        /// The type that is required.
        wanted: Type,
        /// The kind of value that stands there.
        found: &'static str,
    },
    /// The object lacks an attribute of its type.
    #[error("the attribute {0:?} is missing")]
    MissingAttribute(String),
    /// The object has an attribute that its type lacks.
    #[error("an attribute named {0:?} is not expected here")]
    UnexpectedAttribute(String),
    /// A key or attribute name occurs twice.
    #[error("the key {0:?} occurs twice")]
    DuplicateKey(String),
    /// The tuple has another length than its type.
    #[error("a tuple of {wanted} elements is required, but {found} elements were given")]
    TupleLength {
        /// Elements of the type.
        wanted: usize,
        /// Elements of the value.
        found: usize,
    },
    /// JSON cannot carry an unknown value.
    #[error("the value must be known here")]
    Unknown,
    /// Text that is not UTF-8.
    #[error("the text is not valid UTF-8")]
    NotUtf8,
    /// A number that cannot be held.
    #[error("the number cannot be read")]
    Number(#[source] NumberError),
    /// The type inside a dynamic value.
    #[error("the type of a dynamic value cannot be read")]
    Notation(#[source] serde_json::Error),
    /// A dynamic value that is not a pair of type and value.
    #[error("a dynamic value must be a type and a value")]
    DynamicPair,
    /// More nesting than any schema has.
    #[error("the value is nested more than {} levels deep", super::MAX_DEPTH)]
    TooDeep,
    /// More elements or bytes than the encoding can count.
    #[error("the value is too large to be encoded")]
    TooLarge,
    /// The encoding ends in the middle of the value.
    #[error("the encoded value ends too early")]
    Truncated,
    /// Bytes are left over after the value.
    #[error("bytes are left over after the encoded value")]
    Trailing,
    /// The text is not JSON.
    #[error("the text is not valid JSON")]
    Json(#[source] serde_json::Error),
}

impl CodecError {
    /// The error in words, for a value of another type.
    pub(crate) fn mismatch(wanted: &Type, found: &'static str) -> Self {
        Reason::Mismatch {
            wanted: wanted.clone(),
            found,
        }
        .into()
    }

    /// The same error, seen from one level further out.
    #[must_use]
    pub(crate) fn inside(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Where the value stands, from the value that was being read or written.
    pub fn path(&self) -> Path {
        self.steps.iter().rev().cloned().collect::<Vec<_>>().into()
    }

    /// What is wrong there.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl From<Reason> for CodecError {
    fn from(reason: Reason) -> Self {
        Self {
            steps: Vec::new(),
            reason: Box::new(reason),
        }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if !path.is_root() {
            write!(f, "{path}: ")?;
        }
        self.reason.fmt(f)
    }
}

impl std::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.reason.source()
    }
}
