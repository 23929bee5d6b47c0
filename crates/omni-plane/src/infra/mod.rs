//! Emulated infrastructure.

pub(crate) mod address;
