//! Who writes, and who writes it down.

use std::fmt;
use std::sync::Arc;

use omni_api::Role;

use super::{Event, Transaction};

/// The account behind a write. A write without one is the plane's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Id of the user resource.
    pub user_id: String,
    /// The full identity, an e-mail address in form.
    pub identity: String,
    /// What it may do.
    pub role: Role,
    /// What its client calls itself.
    pub user_agent: String,
}

/// A change within a commit.
#[derive(Debug, Clone)]
pub struct Written {
    /// What changed.
    pub event: Event,
    /// Whether it was merged with what others wrote, rather than based on one version.
    pub merged: bool,
}

/// Sees every commit before it is one, and may add rows about it.
pub trait Witness: fmt::Debug + Send + Sync {
    /// Called with the changes of a commit in their order. Must be short: the store's lock is held.
    fn saw(&self, tx: &mut Transaction<'_>, author: Option<&Author>, changes: &[Written]);
}

pub(super) type Witnessed = Option<Arc<dyn Witness>>;
