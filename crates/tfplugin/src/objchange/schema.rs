//! A schema as core sees it: only what its rules look at.
//!
//! It is made from the constants of this crate or from the schema that came over the wire, and tests make it up.

use std::collections::BTreeMap;

use crate::schema::{AttrKind, Attribute, Mode, Nesting, ObjectSchema};
use crate::values::{Type, Value};

/// The attributes of an object by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoreSchema {
    /// Attribute by name.
    pub attributes: BTreeMap<String, CoreAttribute>,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct CoreAttribute {
    /// Plain type or nested object.
    pub kind: CoreKind,
    /// Who sets it.
    pub mode: Mode,
    /// Never shown.
    pub sensitive: bool,
    /// Read from the configuration, null in plan and state.
    pub write_only: bool,
}

/// The two sorts of attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum CoreKind {
    /// A type without attributes of its own.
    Plain(Type),
    /// Objects whose attributes have modes of their own.
    Nested(Nesting, CoreSchema),
}

impl CoreSchema {
    /// The type of the object's values.
    pub fn implied_type(&self) -> Type {
        Type::object(
            self.attributes
                .iter()
                .map(|(name, attribute)| (name, attribute.kind.implied_type())),
        )
    }

    /// The object with every attribute null.
    pub fn null_object(&self) -> Value {
        Value::object(self.attributes.keys().map(|name| (name, Value::Null)))
    }
}

impl CoreAttribute {
    /// Whether the provider may set it.
    pub const fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }

    /// Whether the user may leave it out.
    pub const fn is_optional(&self) -> bool {
        matches!(self.mode, Mode::Optional | Mode::OptionalComputed)
    }
}

impl CoreKind {
    /// The type of the values.
    pub fn implied_type(&self) -> Type {
        match self {
            Self::Plain(ty) => ty.clone(),
            Self::Nested(nesting, object) => nesting.of(object.implied_type()),
        }
    }
}

impl From<&ObjectSchema> for CoreSchema {
    fn from(schema: &ObjectSchema) -> Self {
        let attributes = schema
            .attributes
            .iter()
            .map(|a| (a.name.to_owned(), a.into()))
            .collect();
        Self { attributes }
    }
}

impl From<&Attribute> for CoreAttribute {
    fn from(attribute: &Attribute) -> Self {
        let kind = match attribute.kind() {
            AttrKind::Plain(ty) => CoreKind::Plain(ty),
            AttrKind::Nested(nesting, object) => CoreKind::Nested(nesting, object.into()),
        };
        Self {
            kind,
            mode: attribute.mode,
            sensitive: attribute.sensitive,
            write_only: attribute.write_only,
        }
    }
}
