//! What a controller is.
//!
//! A controller keeps one thing true. It says which kinds of resources it looks at and which it writes, and for an id it does
//! what is needed to make the thing true *now*, from the resources alone: a reconciliation that runs twice, late, or after a
//! restart ends in the same place. It keeps no state of its own, and it never waits: where time must pass it says how long.

use std::fmt;
use std::time::Duration;

use super::context::Context;
use super::port::{Input, Output};
use crate::store::StoreError;

/// Keeps one thing true.
pub trait Controller: Send + Sync + 'static {
    /// Its name: the owner of what it writes, and the finalizer it sets. Clients see it.
    fn name(&self) -> &'static str;

    /// The kinds it looks at, each with the ids that an event about such a resource concerns.
    fn inputs(&self) -> Vec<Input>;

    /// The kinds it writes.
    fn outputs(&self) -> Vec<Output>;

    /// How long an id waits after each of its turns: what happens meanwhile is answered by the next one.
    fn rest(&self) -> Duration {
        Duration::ZERO
    }

    /// Makes the thing true for one id.
    ///
    /// # Guarantees
    /// Never called twice at the same time for one id. Called again after every event that [`inputs`](Self::inputs) maps to
    /// the id and [the rest](Self::rest), after the time that [`Next`] asks for, and after an error with a growing delay.
    ///
    /// # Errors
    /// Whatever keeps the thing from being true; it is logged and tried again. A panic counts as an error.
    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error>;
}

/// When to look again, if no event comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Not before the next event.
    Done,
    /// After this emulated time: something is on its way, and the plane is not at rest until then.
    After(Duration),
    /// After this emulated time, for a habit such as a heartbeat; nobody waits for it.
    Idle(Duration),
}

/// Why a reconciliation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store refused.
    #[error("the store refused")]
    Store(#[from] StoreError),
    /// The controller touched a kind that it did not declare: a mistake in the controller.
    #[error("{controller} must not {access} {kind}: it did not declare it")]
    Undeclared {
        /// The controller.
        controller: &'static str,
        /// What it tried.
        access: Access,
        /// The type of the resource.
        kind: &'static str,
    },
    /// What a user or a machine wrote cannot be used.
    #[error("{what} cannot be used: {reason}")]
    Unusable {
        /// Which resource, and which part of it.
        what: String,
        /// Why not.
        reason: String,
    },
    /// The reconciliation panicked.
    #[error("panicked: {0}")]
    Panicked(String),
}

/// How a controller touches a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It reads resources, or sets its finalizer on them.
    Read,
    /// It creates, changes or destroys resources.
    Write,
}

// === impl Access ===

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}
