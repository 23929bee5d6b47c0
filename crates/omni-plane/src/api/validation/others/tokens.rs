//! Rules of join tokens.

use omni_api::{Resource, kind};

use super::super::{Outcome, refuse};
use crate::Store;

/// The one default's id.
const DEFAULT: &str = "default";
const NAME_BYTES: usize = 16;

pub(super) fn join_token(
    old: Option<&Resource<kind::JoinToken>>,
    new: &Resource<kind::JoinToken>,
) -> Outcome {
    let name = &new.spec.name;
    if old.is_some_and(|old| old.spec.name == *name) {
        return Ok(());
    }
    if name.is_empty() {
        return refuse("the join token name cannot be empty");
    }
    if name.len() > NAME_BYTES {
        return refuse(format!(
            "join token name cannot be longer than {NAME_BYTES} symbols"
        ));
    }
    if name.contains(char::is_control) {
        return refuse("the join token name must not contain control characters");
    }
    Ok(())
}

pub(super) fn not_default(store: &Store, id: &str) -> Outcome {
    let default = store.peek::<kind::DefaultJoinToken>(DEFAULT);
    if default.is_some_and(|default| default.spec.token_id == id) {
        return refuse("deleting default join token is not possible");
    }
    Ok(())
}

pub(super) fn default_exists(store: &Store, new: &Resource<kind::DefaultJoinToken>) -> Outcome {
    let id = &new.spec.token_id;
    if store.peek::<kind::JoinToken>(id).is_none() {
        return refuse(format!("no token with id {id:?} exists"));
    }
    Ok(())
}

pub(super) fn default_stays(store: &Store, default: &Resource<kind::DefaultJoinToken>) -> Outcome {
    default_exists(store, default)?;
    if default.id() == DEFAULT {
        return refuse("destroying the default join token resource is not allowed");
    }
    Ok(())
}
