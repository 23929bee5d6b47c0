//! Errors of the store as gRPC statuses.
//!
//! Code and text are COSI's. The code of a conflict depends on the verb: creating what exists is not the same as writing over a newer version.

use omni_api::resource::WireError;
use tonic::{Code, Status};

use crate::store::{StoreError, WatchError};

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Change,
}

/// The status of a write that the store refused.
pub(crate) fn of_store(verb: Verb, error: &StoreError) -> Status {
    let code = match error {
        StoreError::NotFound(_) => Code::NotFound,
        StoreError::Owner { .. } => Code::PermissionDenied,
        StoreError::Phase { .. } => Code::InvalidArgument,
        StoreError::AlreadyExists(_) if verb == Verb::Create => Code::AlreadyExists,
        StoreError::AlreadyExists(_)
        | StoreError::Version { .. }
        | StoreError::Finalizers { .. }
        | StoreError::Refused(_) => Code::FailedPrecondition,
        StoreError::OwnerSet(_) => Code::Unknown,
        StoreError::Damaged(..) | StoreError::NotDurable(_) => Code::Internal,
    };
    Status::new(code, error.to_string())
}

/// The status of a message that does not keep COSI's form.
pub(crate) fn of_wire(error: &WireError) -> Status {
    Status::unknown(error.to_string())
}

/// The status of a watch that cannot begin.
pub(crate) fn of_watch(error: WatchError) -> Status {
    let code = match error {
        WatchError::InvalidBookmark => Code::FailedPrecondition,
        WatchError::TailAndBookmark | WatchError::BootstrapAndPast => Code::Unknown,
    };
    Status::new(code, error.to_string())
}
