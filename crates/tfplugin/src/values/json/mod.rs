//! Values as JSON, the encoding of state files.
//!
//! The [`Type`](super::Type) directs both ways, numbers stay exact, and an unknown cannot be written. As in
//! Terraform, a number or bool is read where text is wanted and the other way round, since old states hold them so.

mod decode;
mod encode;
mod primitive;
mod seed;

pub use decode::{Adapted, adapt, decode};
pub use encode::encode;
