//! What a provider author writes: objects with verbs. And what the framework does for every one of them.
//!
//! | trait | what it is |
//! |---|---|
//! | [`Provider`] | the provider block, the session it leads to, the catalog |
//! | [`Resource`] | created, read, updated, deleted |
//! | [`DataSource`] | looked at |
//! | [`Ephemeral`] | opened and closed, never stored |
//! | [`Function`] | computed, without a session |
//! | [`ListResource`] | found |
//! | [`Action`] | done |
//!
//! The verbs hold what is particular to an object; the rules that core enforces on all of them stand here once.

mod action;
mod catalog;
pub(crate) mod cx;
mod data_source;
mod describe;
mod diagnostic;
mod ephemeral;
pub(crate) mod erased;
mod function;
pub(crate) mod import;
pub(crate) mod list;
mod mailbox;
mod merge;
mod moved;
pub(crate) mod private;
mod provider;
mod resource;
pub(crate) mod rules;

pub use action::{Action, Progress};
pub use catalog::Catalog;
pub use cx::{Cx, Deferral, Interrupted};
pub use data_source::DataSource;
pub use describe::describe;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use ephemeral::{Ephemeral, Opened};
pub use function::{Function, FunctionError};
pub use list::{Items, ListResource};
pub use mailbox::Mailbox;
pub use moved::MoveSource;
pub use provider::Provider;
pub use resource::{Change, Failure, JsonObject, Plan, Resource};

/// The examples of the README are compiled as they stand.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
