//! A small core: the life of objects, call by call, with core's own rules checked after each call.
//!
//! [`Core`] knows the schemas of a provider. [`Resource`] takes one object through plan, apply,
//! refresh, import and destroy; [`Resource::lifecycle`] is the whole of it in one call. Data
//! sources, ephemeral resources, functions, lists and actions are methods of [`Core`]. An answer
//! that Terraform would reject is a [`CoreError::Broken`] that names the rule, so that a test which
//! uses this module needs no assertions about the protocol. It serves where the installed
//! `terraform` is too old for a call, or too slow for thousands of cases.

mod action;
mod apply;
mod call;
mod data;
mod ephemeral;
mod error;
mod function;
mod host;
mod import;
mod lifecycle;
mod list;
mod plan;
mod resource;
mod schemas;
mod state;

pub use action::Invoked;
pub use ephemeral::Opened;
pub use error::{CoreError, Rule};
pub use host::Core;
pub use list::Listed;
pub use plan::{Action, Plan};
pub use resource::Resource;
pub use schemas::Kind;
pub use state::State;
