//! The schema that a provider announced over the wire, as core reads it.

use super::schema::{CoreAttribute, CoreKind, CoreSchema};
use crate::proto;
use crate::schema::{Mode, Nesting};
use crate::values::Type;

/// Why core would refuse an announced schema.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The schema has no block.
    #[error("the schema is empty")]
    Empty,
    /// Nested blocks are not covered here.
    #[error("the schema has the nested block {0:?}")]
    Block(String),
    /// Neither or several of required, optional and computed.
    #[error(
        "the attribute {0:?} must be required, optional or computed, and not both required and another"
    )]
    Mode(String),
    /// The nesting is not one of the four.
    #[error("the attribute {0:?} has no valid nesting")]
    Nesting(String),
    /// The type of an attribute cannot be read.
    #[error("the type of the attribute {name:?} cannot be read")]
    Type {
        /// The attribute.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
}

impl TryFrom<&proto::Schema> for CoreSchema {
    type Error = SchemaError;

    fn try_from(schema: &proto::Schema) -> Result<Self, SchemaError> {
        let block = schema.block.as_ref().ok_or(SchemaError::Empty)?;
        match block.block_types.first() {
            Some(nested) => Err(SchemaError::Block(nested.type_name.clone())),
            None => attributes(&block.attributes),
        }
    }
}

fn attributes(attributes: &[proto::schema::Attribute]) -> Result<CoreSchema, SchemaError> {
    let attribute = |a: &proto::schema::Attribute| Ok((a.name.clone(), a.try_into()?));
    let attributes = attributes
        .iter()
        .map(attribute)
        .collect::<Result<_, SchemaError>>()?;
    Ok(CoreSchema { attributes })
}

impl TryFrom<&proto::schema::Attribute> for CoreAttribute {
    type Error = SchemaError;

    fn try_from(attribute: &proto::schema::Attribute) -> Result<Self, SchemaError> {
        let mode = match (attribute.required, attribute.optional, attribute.computed) {
            (true, false, false) => Mode::Required,
            (false, true, false) => Mode::Optional,
            (false, true, true) => Mode::OptionalComputed,
            (false, false, true) => Mode::Computed,
            _ => return Err(SchemaError::Mode(attribute.name.clone())),
        };
        let (sensitive, write_only) = (attribute.sensitive, attribute.write_only);
        Ok(Self {
            kind: kind(attribute)?,
            mode,
            sensitive,
            write_only,
        })
    }
}

fn kind(attribute: &proto::schema::Attribute) -> Result<CoreKind, SchemaError> {
    use proto::schema::object::NestingMode;

    let name = || attribute.name.clone();
    let Some(nested) = &attribute.nested_type else {
        let ty = Type::from_json(&attribute.r#type);
        return ty.map(CoreKind::Plain).map_err(|source| SchemaError::Type {
            name: name(),
            source,
        });
    };
    let nesting = match nested.nesting() {
        NestingMode::Single => Nesting::Single,
        NestingMode::List => Nesting::List,
        NestingMode::Set => Nesting::Set,
        NestingMode::Map => Nesting::Map,
        NestingMode::Invalid => return Err(SchemaError::Nesting(name())),
    };
    Ok(CoreKind::Nested(nesting, attributes(&nested.attributes)?))
}
