//! Why a value cannot be read, written or used as a type.
//!
//! A [`CodecError`] says where and what: the attribute path and, for a mismatch, both types. It never
//! contains the value, which may be a secret. The path grows from the inside outwards while the error
//! travels, so reading a correct value never builds one.

use std::fmt;

use super::{NumberError, Path, Step, Type, Value};

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

/// Checks that a value fits a type: every part of the right kind, every attribute there.
///
/// # Errors
/// The first part that does not fit.
pub fn conform(value: &Value, ty: &Type) -> Result<(), CodecError> {
    match (value, ty) {
        (Value::Null | Value::Unknown, _)
        | (Value::Bool(_), Type::Bool)
        | (Value::String(_), Type::String)
        | (Value::Number(_), Type::Number) => Ok(()),
        (Value::Dynamic(inner), Type::Dynamic) => conform(&inner.1, &inner.0),
        (Value::List(elements), Type::List(element)) => in_order(elements, |_| element),
        (Value::Set(elements), Type::Set(element)) => in_order(elements.iter(), |_| element),
        (Value::Tuple(elements), Type::Tuple(types)) => {
            tuple_length(types, elements.len())?;
            in_order(elements, |index| &types[index])
        }
        (Value::Map(elements), Type::Map(element)) => {
            elements.iter().try_for_each(|(key, value)| {
                conform(value, element).map_err(|e| e.inside(Step::Key(key.clone())))
            })
        }
        (Value::Object(fields), Type::Object(object)) => {
            if let Some(extra) = fields
                .keys()
                .find(|name| !object.attributes.contains_key(*name))
            {
                return Err(Reason::UnexpectedAttribute(extra.clone()).into());
            }
            object.attributes.iter().try_for_each(|(name, ty)| {
                let value = fields
                    .get(name)
                    .ok_or_else(|| Reason::MissingAttribute(name.clone()))?;
                conform(value, ty).map_err(|e| e.inside(Step::Attribute(name.clone())))
            })
        }
        (value, ty) => Err(CodecError::mismatch(ty, value.kind())),
    }
}

fn in_order<'a>(
    elements: impl IntoIterator<Item = &'a Value>,
    ty: impl Fn(usize) -> &'a Type,
) -> Result<(), CodecError> {
    let mut elements = elements.into_iter().enumerate();
    elements.try_for_each(|(index, value)| {
        conform(value, ty(index)).map_err(|e| e.inside(Step::Index(index)))
    })
}

/// Checks the length of a tuple against its type.
pub(super) fn tuple_length(types: &[Type], found: usize) -> Result<(), CodecError> {
    if types.len() == found {
        return Ok(());
    }
    Err(Reason::TupleLength {
        wanted: types.len(),
        found,
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_names_the_path_and_both_types() {
        let ty = Type::object([("labels", Type::map(Type::list(Type::Number)))]);
        let value = Value::object([(
            "labels",
            Value::map([("a", Value::list([Value::from("hunter2")]))]),
        )]);
        let error = conform(&value, &ty).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"labels["a"][0]: number is required, but string was given"#
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn an_object_needs_exactly_the_attributes_of_its_type() {
        let ty = Type::object([("a", Type::Bool)]);
        let missing = conform(&Value::object::<String>([]), &ty).unwrap_err();
        assert!(matches!(missing.reason(), Reason::MissingAttribute(name) if name == "a"));
        let extra = Value::object([("a", Value::Null), ("b", Value::Null)]);
        let extra = conform(&extra, &ty).unwrap_err();
        assert!(matches!(extra.reason(), Reason::UnexpectedAttribute(name) if name == "b"));
    }

    #[test]
    fn null_and_unknown_fit_every_type() {
        for ty in [
            Type::Dynamic,
            Type::set(Type::Bool),
            Type::Tuple(vec![Type::String]),
        ] {
            conform(&Value::Null, &ty).unwrap();
            conform(&Value::Unknown, &ty).unwrap();
        }
    }
}
