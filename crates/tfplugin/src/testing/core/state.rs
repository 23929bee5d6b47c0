//! What core keeps of an object between two runs.

use prost::bytes::Bytes;

use crate::values::Value;

/// The saved state of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The object.
    pub value: Value,
    /// What the provider keeps beside it, which nobody reads.
    pub private: Bytes,
    /// The identity, where the resource has one.
    pub identity: Option<Value>,
}
