//! What the store refuses. `Display` is COSI's text to the letter; the wire carries it as it is.

use omni_api::resource::WireError;
use omni_api::{Phase, Version};

use super::Reference;

/// Why a read or a write was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such resource.
    #[error("resource {0} doesn't exist")]
    NotFound(Reference),
    /// There is one already.
    #[error("resource {0} already exists")]
    AlreadyExists(Reference),
    /// The write is based on another version than the stored one.
    #[error(
        "resource {reference} update conflict: expected version \"{expected}\", actual version \"{actual}\""
    )]
    Version {
        /// The stored resource.
        reference: Reference,
        /// The version that the write is based on.
        expected: Version,
        /// The stored version.
        actual: Version,
    },
    /// Somebody else owns it.
    #[error("resource {reference} is owned by {owner:?}")]
    Owner {
        /// The stored resource.
        reference: Reference,
        /// Its owner; empty when it is a user's.
        owner: String,
    },
    /// It is in another phase than the writer expects.
    #[error("resource {reference} is not in phase {expected}")]
    Phase {
        /// The stored resource.
        reference: Reference,
        /// The phase that was expected.
        expected: Phase,
    },
    /// Somebody must still act before it may be destroyed.
    #[error("resource {reference} has pending finalizers &[{}]", .finalizers.join(" "))]
    Finalizers {
        /// The stored resource.
        reference: Reference,
        /// Who must act.
        finalizers: Vec<String>,
    },
    /// A new resource names another owner than its writer.
    #[error("owner is already set to {0:?}")]
    OwnerSet(String),
    /// A stored spec cannot be decoded as its kind.
    #[error("resource {0} is damaged")]
    Damaged(Reference, #[source] WireError),
    /// The file of state cannot be written any more; nothing that was acknowledged is lost, nothing more is accepted.
    #[error("the file of state cannot be written: {0}")]
    NotDurable(String),
    /// A hook refused the write.
    #[error("{0}")]
    Refused(String),
}
