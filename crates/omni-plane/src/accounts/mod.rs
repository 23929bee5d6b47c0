//! What people see of accounts: their roles, keys and last activity.
//!
//! Identities, users and keys are written by the management calls and the seed; the statuses follow from them here, and what has ended is
//! cleared away.

mod cleanup;
mod identity;
mod pruner;
mod service_account;
#[cfg(test)]
mod tests;

pub use cleanup::{IdentityCleanup, PublicKeyCleanup};
pub use identity::IdentityStatuses;
pub use pruner::KeyPruner;
pub use service_account::ServiceAccountStatuses;

use std::sync::Arc;

use omni_api::{Metadata, kind, labels};
use prost_types::Timestamp;

use crate::Store;
use crate::store::Query;

/// The identities of the user that a key or a user belongs to.
fn identities_of(store: &Store, user: &str) -> Vec<Arc<str>> {
    let query = Query::label(labels::PUBLIC_KEY_USER_ID, user);
    let identities = store.peek_all::<kind::Identity>(&query);
    identities
        .iter()
        .map(|identity| identity.metadata.id.clone())
        .collect()
}

/// The identities of a user.
pub(crate) fn of_user(store: &Store, user: &Metadata) -> Vec<Arc<str>> {
    identities_of(store, &user.id)
}

/// The identities that a key lets in.
pub(crate) fn of_key(store: &Store, key: &Metadata) -> Vec<Arc<str>> {
    let user = key.label(labels::PUBLIC_KEY_USER_ID);
    user.map_or_else(Vec::new, |user| identities_of(store, user))
}

/// A time as Omni's statuses say it: RFC 3339, whole seconds.
fn text(stamp: &Timestamp) -> String {
    jiff::Timestamp::from_second(stamp.seconds)
        .map(|stamp| stamp.to_string())
        .unwrap_or_default()
}
