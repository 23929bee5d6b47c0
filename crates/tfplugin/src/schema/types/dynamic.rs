//! A value of any type.

use crate::schema::{AttrKind, AttrType, Mismatch};
use crate::values::{Type, Value};

/// A value whose type the user chooses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dynamic {
    /// The type that the value has.
    pub ty: Type,
    /// The value; parts of it may be unknown.
    pub value: Value,
}

impl AttrType for Dynamic {
    fn kind() -> AttrKind {
        AttrKind::Plain(Type::Dynamic)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Dynamic(inner) => Ok(Self {
                ty: inner.0.clone(),
                value: inner.1.clone(),
            }),
            other => Err(Mismatch::wrong(&Type::Dynamic, other)),
        }
    }

    fn encode(&self) -> Value {
        Value::dynamic(self.ty.clone(), self.value.clone())
    }
}
