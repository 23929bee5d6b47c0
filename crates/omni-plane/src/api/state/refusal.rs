//! Why an operation was not done, before a service puts it into its own words.

use tonic::Status;

use crate::api::status::{self, Verb};
use crate::store::StoreError;

/// A refusal. The services give the store's errors different codes.
#[derive(Debug)]
pub(in crate::api) enum Refusal {
    /// By the gate, or by what cannot be done at all.
    Denied(Status),
    /// By the store.
    Store(StoreError),
}

// === impl Refusal ===

impl Refusal {
    /// The status in COSI's words.
    pub(super) fn of(self, verb: Verb) -> Status {
        match self {
            Self::Denied(status) => status,
            Self::Store(error) => status::of_store(verb, &error),
        }
    }
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Denied(status)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
