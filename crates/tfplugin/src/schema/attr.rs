//! An attribute's value: null, unknown or known.
//!
//! Nothing here turns "unknown" or "null" into a value by itself; whoever wants one says what it is.

use super::{AttrKind, AttrType, Mismatch};
use crate::objects::Diagnostics;
use crate::values::{Path, Value};

/// What stands in one attribute.
///
/// *Null* is "not set". *Unknown* is "decided during apply": it appears in configurations and plans, never in
/// a state. The three cannot be confused, because there is no way to the value that does not name the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attr<T> {
    /// Not set.
    #[default]
    Null,
    /// Not known before the apply.
    Unknown,
    /// This value.
    Known(T),
}

impl<T> Attr<T> {
    /// Whether nothing is set.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value is decided during apply.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether there is a value.
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// The value, `None` where it is null or unknown.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value by reference, `None` where it is null or unknown.
    pub const fn as_known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value by mutable reference, `None` where it is null or unknown.
    pub const fn as_known_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The same attribute, borrowed.
    pub const fn as_ref(&self) -> Attr<&T> {
        match self {
            Self::Known(value) => Attr::Known(value),
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
        }
    }

    /// The known value turned into another; null and unknown stay what they are.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Self::Known(value) => Attr::Known(f(value)),
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
        }
    }

    /// The known value turned into another attribute; null and unknown stay what they are.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Attr<U>) -> Attr<U> {
        match self {
            Self::Known(value) => f(value),
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
        }
    }

    /// The attribute with *unknown* turned into null: for a state, where nothing is unknown.
    #[must_use]
    pub fn or_null(self) -> Self {
        match self {
            Self::Unknown => Self::Null,
            other => other,
        }
    }

    /// The attribute with *null* turned into `value`; unknown stays unknown.
    #[must_use]
    pub fn or_known(self, value: T) -> Self {
        match self {
            Self::Null => Self::Known(value),
            other => other,
        }
    }

    /// The value where one is set and known, else `value`. Says nothing about which of the two it was.
    pub fn known_or(self, value: T) -> T {
        self.known().unwrap_or(value)
    }
}

impl<T: Clone> Attr<&T> {
    /// The borrowed attribute as one of its own.
    #[must_use]
    pub fn cloned(self) -> Attr<T> {
        self.map(Clone::clone)
    }
}

impl Attr<String> {
    /// The text where it is known.
    pub fn as_str(&self) -> Option<&str> {
        self.as_known().map(String::as_str)
    }
}

impl<T> From<T> for Attr<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

/// `None` is null, never unknown.
impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl From<&str> for Attr<String> {
    fn from(value: &str) -> Self {
        Self::Known(value.to_owned())
    }
}

impl<T: AttrType> AttrType for Attr<T> {
    const SECRET: bool = T::SECRET;

    fn kind() -> AttrKind {
        T::kind()
    }

    /// A value whose type cannot hold the unknown parts that it has is unknown as a whole.
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        if value.is_null() {
            return Ok(Self::Null);
        }
        if value.is_unknown() {
            return Ok(Self::Unknown);
        }
        match T::decode(value) {
            Ok(known) => Ok(Self::Known(known)),
            Err(mismatch) if mismatch.is_unknown() => Ok(Self::Unknown),
            Err(mismatch) => Err(mismatch),
        }
    }

    fn encode(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Known(value) => value.encode(),
        }
    }

    fn canonical(&self) -> Value {
        match self {
            Self::Known(value) => value.canonical(),
            other => other.encode(),
        }
    }

    fn validate(&self, at: &Path, diagnostics: &mut Diagnostics) {
        if let Self::Known(value) = self {
            value.validate(at, diagnostics);
        }
    }

    fn check(value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
        if !value.is_null() && !value.is_unknown() {
            T::check(value, at, diagnostics);
        }
    }
}
