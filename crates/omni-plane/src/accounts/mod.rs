//! What people see of accounts: their roles, keys and last activity.
//!
//! Identities, users and keys are written by the management calls and the seed; the statuses follow from them here.

mod identity;
mod service_account;
#[cfg(test)]
mod tests;

pub use identity::IdentityStatuses;
pub use service_account::ServiceAccountStatuses;

use std::sync::Arc;

use omni_api::{Metadata, kind, labels};

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

fn of_user(store: &Store, user: &Metadata) -> Vec<Arc<str>> {
    identities_of(store, &user.id)
}

fn of_key(store: &Store, key: &Metadata) -> Vec<Arc<str>> {
    let user = key.label(labels::PUBLIC_KEY_USER_ID);
    user.map_or_else(Vec::new, |user| identities_of(store, user))
}
