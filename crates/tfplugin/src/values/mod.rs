//! Terraform's value system: types, values, exact numbers, paths and their two wire formats.
//!
//! A [`Value`] is null, unknown or known at every depth. It carries no type of its own (except where
//! the schema says *dynamic*): the [`Type`] beside it comes from the schema, and [`conform`] says whether
//! the two fit. Comparing, hashing and every set operation cost time linear in the size of the values.
//! `Debug` never shows the text of a string, because it may be a secret.

mod number;
mod path;
mod set;
mod ty;
mod value;

pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use set::Set;
pub use ty::{ObjectType, Type};
pub use value::{Reveal, Value};
