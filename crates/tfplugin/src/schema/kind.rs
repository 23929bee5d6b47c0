//! The two sorts of attribute: a plain type, or a nested object with attributes of its own.

use super::ObjectSchema;
use super::object::Object;
use crate::values::Type;

/// The type of an attribute as the schema announces it.
#[derive(Clone, Debug, PartialEq)]
pub enum AttrKind {
    /// A type without documentation of its parts.
    Plain(Type),
    /// Objects whose attributes are documented and have flags of their own.
    Nested(Nesting, &'static ObjectSchema),
}

/// How the objects of a nested attribute are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// Objects by key.
    Map,
}

impl AttrKind {
    /// A single nested object.
    pub const fn object<T: Object>() -> Self {
        Self::Nested(Nesting::Single, T::SCHEMA)
    }

    /// The collection of this kind of element.
    ///
    /// Single objects become nested attributes; anything deeper is a plain type, as the protocol has no other way.
    #[must_use]
    pub fn collected(self, nesting: Nesting) -> Self {
        match self {
            Self::Nested(Nesting::Single, object) if nesting != Nesting::Single => {
                Self::Nested(nesting, object)
            }
            other => Self::Plain(nesting.of(other.implied_type())),
        }
    }

    /// The type of the values.
    pub fn implied_type(&self) -> Type {
        match self {
            Self::Plain(ty) => ty.clone(),
            Self::Nested(nesting, object) => nesting.of(object.implied_type()),
        }
    }
}

impl Nesting {
    /// The type of a value that holds `element`s in this way.
    pub fn of(self, element: Type) -> Type {
        match self {
            Self::Single => element,
            Self::List => Type::list(element),
            Self::Set => Type::set(element),
            Self::Map => Type::map(element),
        }
    }
}
