//! Values.
//!
//! A [`Value`] is null, unknown or known, and so is each of its parts. Equality is structural: null equals
//! null and unknown equals unknown, sets compare without order. `Debug` shows the shape, never the text of
//! a string, since only the schema knows which strings are secret; tests print with [`Value::reveal`].

use std::collections::BTreeMap;
use std::fmt;

use super::{Number, Set, Type};

/// A value of Terraform's language.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// A value that is decided during apply.
    Unknown,
    /// `true` or `false`.
    Bool(bool),
    /// Unicode text.
    String(String),
    /// An exact number.
    Number(Number),
    /// The elements of a list, in order.
    List(Vec<Value>),
    /// The elements of a set.
    Set(Set),
    /// The elements of a map by key.
    Map(BTreeMap<String, Value>),
    /// The attributes of an object by name, null ones included.
    Object(BTreeMap<String, Value>),
    /// The elements of a tuple, in order.
    Tuple(Vec<Value>),
    /// A value where the schema says *dynamic*: its own type and the value. The value may be null or
    /// unknown of that type; a null or unknown without a type is plain [`Value::Null`] or [`Value::Unknown`].
    Dynamic(Box<(Type, Value)>),
}

/// Shows a value with everything in it. For tests and for values that the schema knows not to be secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reveal<'a>(&'a Value);

impl Value {
    /// A list of these elements.
    pub fn list(elements: impl IntoIterator<Item = Value>) -> Self {
        Self::List(elements.into_iter().collect())
    }

    /// A set of these elements.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        Self::Set(elements.into_iter().collect())
    }

    /// A map of these elements.
    pub fn map<K: Into<String>>(elements: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Map(
            elements
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }

    /// An object with these attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Value)>) -> Self {
        Self::Object(
            attributes
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }

    /// A value where the schema says *dynamic*.
    pub fn dynamic(ty: Type, value: Value) -> Self {
        Self::Dynamic(Box::new((ty, value)))
    }

    /// Whether the value is null, a typed null in a dynamic place included.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Dynamic(inner) => inner.1.is_null(),
            _ => false,
        }
    }

    /// Whether the value itself is unknown. Its parts may be unknown even when it is not.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Dynamic(inner) => inner.1.is_unknown(),
            _ => false,
        }
    }

    /// Whether neither the value nor any part of it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Null | Self::Bool(_) | Self::String(_) | Self::Number(_) => true,
            Self::List(elements) | Self::Tuple(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Set(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) | Self::Object(elements) => {
                elements.values().all(Self::is_wholly_known)
            }
            Self::Dynamic(inner) => inner.1.is_wholly_known(),
        }
    }

    /// The attribute of an object or element of a map by name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Map(elements) | Self::Object(elements) => elements.get(name),
            Self::Dynamic(inner) => inner.1.get(name),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of a bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The number.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The elements of a map or the attributes of an object.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Map(elements) | Self::Object(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements of a list or tuple.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(elements) | Self::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements of a set.
    pub fn as_set(&self) -> Option<&Set> {
        match self {
            Self::Set(elements) => Some(elements),
            _ => None,
        }
    }

    /// The value for printing, with the text of its strings. Not for values that may be secret.
    pub fn reveal(&self) -> Reveal<'_> {
        Reveal(self)
    }

    /// What kind of value this is, in Terraform's words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown => "unknown",
            Self::Bool(_) => "bool",
            Self::String(_) => "string",
            Self::Number(_) => "number",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Map(_) => "map",
            Self::Object(_) => "object",
            Self::Tuple(_) => "tuple",
            Self::Dynamic(_) => "dynamic",
        }
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, secrets: bool) -> fmt::Result {
        let shown = |value| Shown { value, secrets };
        match self {
            Self::Null => f.write_str("null"),
            Self::Unknown => f.write_str("unknown"),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::String(text) if secrets => write!(f, "{text:?}"),
            Self::String(text) => write!(f, "string({} bytes)", text.len()),
            Self::Number(number) => write!(f, "{number}"),
            Self::List(elements) | Self::Tuple(elements) => {
                f.debug_list().entries(elements.iter().map(shown)).finish()
            }
            Self::Set(elements) => f.debug_set().entries(elements.iter().map(shown)).finish(),
            Self::Map(elements) | Self::Object(elements) => f
                .debug_map()
                .entries(elements.iter().map(|(name, value)| (name, shown(value))))
                .finish(),
            Self::Dynamic(inner) => f
                .debug_tuple("dynamic")
                .field(&inner.0)
                .field(&shown(&inner.1))
                .finish(),
        }
    }
}

struct Shown<'a> {
    value: &'a Value,
    secrets: bool,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.show(f, self.secrets)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f, false)
    }
}

impl fmt::Debug for Reveal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f, true)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Number(int.into())
    }
}

impl From<u64> for Value {
    fn from(int: u64) -> Self {
        Self::Number(int.into())
    }
}

/// `None` is null.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
