//! Values as MessagePack, the encoding of the plugin protocol.
//!
//! The [`Type`](super::Type) directs both ways. An unknown value is extension 0; every other extension, refined
//! unknowns (12) among them, is read as a plain unknown. A dynamic value is an array of its type and itself.
//! Reading never panics and never allocates more than the input justifies, whatever lengths it claims.

mod decode;
mod encode;
mod input;

pub use decode::decode;
pub use encode::encode;
