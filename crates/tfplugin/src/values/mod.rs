//! Terraform's value system: types, values, exact numbers, paths and their two wire formats.
//!
//! A [`Value`] is null, unknown or known at every depth. It carries no type of its own (except where
//! the schema says *dynamic*): the [`Type`] beside it comes from the schema, and [`conform`] says whether
//! the two fit. Comparing, hashing and every set operation cost time linear in the size of the values.
//! `Debug` never shows the text of a string, because it may be a secret.

mod conform;
mod error;
pub mod json;
pub mod msgpack;
mod notation;
mod number;
mod path;
mod path_proto;
mod set;
mod ty;
mod value;
mod walk;

pub use conform::conform;
pub use error::{CodecError, Reason};
pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use set::Set;
pub use ty::{ObjectType, Type};
pub use value::{Reveal, Value};
pub use walk::Descend;

/// Deepest nesting that is read or written. No schema comes near it; hostile input does.
pub const MAX_DEPTH: usize = 128;
