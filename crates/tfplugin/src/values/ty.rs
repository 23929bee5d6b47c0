//! Terraform's types.
//!
//! A [`Type`] describes which values an attribute may hold. Its JSON notation is the one of the plugin
//! protocol: `"string"`, `["list","string"]`, `["object",{"a":"bool"},["a"]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The type of an attribute or of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// Unicode text.
    String,
    /// An exact decimal number.
    Number,
    /// Any type; the value says which.
    Dynamic,
    /// Ordered elements of one type.
    List(Box<Type>),
    /// Distinct elements of one type, without an order.
    Set(Box<Type>),
    /// Elements of one type by string key.
    Map(Box<Type>),
    /// A fixed number of elements, each of its own type.
    Tuple(Vec<Type>),
    /// Named attributes, each of its own type.
    Object(ObjectType),
}

/// The attributes of an object type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ObjectType {
    /// Type of each attribute by name.
    pub attributes: BTreeMap<String, Type>,
    /// Names that a type conversion may leave out; empty for the type of a resource.
    pub optional: BTreeSet<String>,
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map from strings to `element`.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes, none of them optional.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Object(attributes.into_iter().collect())
    }

    /// Whether the type is dynamic or contains a dynamic part.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::String | Self::Number => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object(object) => object.attributes.values().any(Self::has_dynamic),
        }
    }
}

impl<N: Into<String>> FromIterator<(N, Type)> for ObjectType {
    fn from_iter<I: IntoIterator<Item = (N, Type)>>(attributes: I) -> Self {
        Self {
            attributes: attributes
                .into_iter()
                .map(|(name, ty)| (name.into(), ty))
                .collect(),
            optional: BTreeSet::new(),
        }
    }
}

/// Terraform's name of the type in messages: `list of string`, `object`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Dynamic => f.write_str("dynamic"),
            Self::List(element) => write!(f, "list of {element}"),
            Self::Set(element) => write!(f, "set of {element}"),
            Self::Map(element) => write!(f, "map of {element}"),
            Self::Tuple(_) => f.write_str("tuple"),
            Self::Object(_) => f.write_str("object"),
        }
    }
}
