//! Terraform and OpenTofu provider for Omni.
//!
//! One binary with two doors: a core that starts it gets a plugin ([`plugin`]), a person gets commands. The library is for the binary,
//! the project's own chores and its tests; it is no API for others.

pub mod catalog;
pub mod cli;
pub mod functions;
pub mod objects;
pub mod plugin;
pub mod provider;
pub mod readiness;
pub mod session;
pub mod tree;
pub mod values;
