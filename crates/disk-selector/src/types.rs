//! The types of expressions.

use std::fmt;

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// Yes or no.
    Bool,
    /// A number with a sign.
    Int,
    /// A number without a sign.
    Uint,
    /// A number with a fraction.
    Double,
    /// A text.
    String,
    /// Bytes.
    Bytes,
    /// Nothing.
    Null,
    /// A disk.
    Disk,
    /// A list.
    List(Box<Self>),
    /// A map.
    Map(Box<Self>, Box<Self>),
    /// A type, as a value.
    Meta(Box<Self>),
    /// Only known when it is evaluated.
    Dyn,
    /// Of no type: something is wrong with it, which has been said.
    Wrong,
}

// === impl Type ===

impl Type {
    /// A list of these.
    pub(crate) fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    /// A map of these.
    pub(crate) fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }

    /// Whether one can stand where the other is expected; what is not known can stand everywhere.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => a.fits(b),
            (Self::Map(a, b), Self::Map(c, d)) => a.fits(c) && b.fits(d),
            (Self::Dyn | Self::Wrong, _)
            | (_, Self::Dyn | Self::Wrong)
            | (Self::Meta(_), Self::Meta(_))
            | (Self::Null, Self::Disk)
            | (Self::Disk, Self::Null) => true,
            (a, b) => a == b,
        }
    }

    /// The type of all of them; not known where they differ.
    pub(crate) fn common(types: impl IntoIterator<Item = Self>) -> Self {
        types
            .into_iter()
            .reduce(|one, other| if one == other { one } else { Self::Dyn })
            .unwrap_or(Self::Dyn)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Null => f.write_str("null"),
            Self::Disk => f.write_str("talos.resource.definitions.block.DiskSpec"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Meta(of) => write!(f, "type({of})"),
            Self::Dyn => f.write_str("dyn"),
            Self::Wrong => f.write_str("!error!"),
        }
    }
}
