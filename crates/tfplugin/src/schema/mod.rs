//! Schemas: what an object is, as Terraform, the documentation and the rules of planning see it.
//!
//! A schema is a constant that `#[derive(Object)]` writes from a struct. The module also holds the types that
//! may stand in an attribute, and the two renderings of a schema: for the wire and as JSON.

mod attr;
mod attr_type;
mod attribute;
mod json;
mod kind;
mod mismatch;
mod object;
mod problems;
mod proto;
pub mod types;
pub(crate) mod walk;

pub use attr::Attr;
pub use attr_type::{AttrType, Invalid, Text};
pub use attribute::{Attribute, Mode};
pub use kind::{AttrKind, Nesting};
pub use mismatch::Mismatch;
pub use object::{
    Constant, Fields, FieldsMut, Object, ObjectSchema, canonical_object, constant, decode_object,
    encode_object, validate_object,
};
pub use problems::{Role, SchemaProblem};
