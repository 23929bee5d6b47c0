//! Emulated infrastructure: Talos machines and the providers that make them.
//!
//! Nothing here decides anything about clusters: machines do what they are told through [`crate::machines`], providers what
//! requests ask for. What a real machine or a real provider would write is written here, and nothing else.

pub(crate) mod address;
pub mod connection;
pub mod dynamic;
pub mod faults;
pub mod fixed;
pub mod join_token;
pub mod machine;
pub mod machine_join;
pub mod provider;
