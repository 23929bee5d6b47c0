//! Whether a caller may do what it asks for, and whether the outcome would be valid.
//!
//! Everything that is wrong is collected and answered at once, before the store is asked: who may not read learns nothing of what exists. The
//! order is Omni's: rights, then validation; for resources of infrastructure providers validation, then rights.

mod kinds;
mod policy;
mod provider;
mod violations;

use omni_api::{AnyResource, Version};
use tonic::Status;

use super::caller::Caller;
use super::validation;
use crate::Store;
use crate::release::Release;
use crate::store::{Key, Query, StoreError};

use kinds::Verb;

pub(crate) use policy::role_on;
pub(crate) use violations::{Violations, list as list_errors};

/// The rules that a state service keeps.
#[derive(Debug, Clone)]
pub(crate) enum Gate {
    /// COSI's own: none.
    Open,
    /// Omni's, over the resources of a store.
    Omni(Store),
}

impl Gate {
    /// The release whose words it has; COSI's own service knows everything.
    pub(crate) fn release(&self) -> Release {
        match self {
            Self::Open => Release::Next,
            Self::Omni(store) => Release::of(store),
        }
    }

    /// Reading or watching one resource; `existing` is its present state.
    pub(crate) fn read(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        existing: Option<&AnyResource>,
    ) -> Result<(), Status> {
        let Self::Omni(store) = self else {
            return Ok(());
        };
        if provider::governs(&key.namespace, &key.type_name) {
            let confined = provider::access(store, caller, &key.namespace, &key.type_name, false)?;
            let foreign =
                existing.is_some_and(|existing| !provider::belongs(&confined, &existing.metadata));
            return if foreign {
                Err(Status::not_found("not found"))
            } else {
                Ok(())
            };
        }
        let mut found = Violations::default();
        found.access(rights(store, caller, Verb::Read, key, existing));
        found.finish()
    }

    /// Listing or watching a kind.
    pub(crate) fn read_kind(
        &self,
        caller: Option<&Caller>,
        namespace: &str,
        type_name: &str,
        query: &Query,
    ) -> Result<(), Status> {
        let Self::Omni(store) = self else {
            return Ok(());
        };
        if provider::governs(namespace, type_name) {
            return provider::access(store, caller, namespace, type_name, false).map(|_| ());
        }
        let mut found = Violations::default();
        let alternatives = policy::alternatives(query);
        // As in Omni, the first alternative that may not be read is the only one to be told.
        found.access(alternatives.iter().try_for_each(|query| {
            let caller = policy::on_query(store, caller, type_name, query)?;
            kinds::allowed(Release::of(store), caller.as_deref(), Verb::Read, type_name)
        }));
        found.finish()
    }

    /// Whether the caller, who may read the kind, sees this resource of it.
    pub(crate) fn shows(&self, caller: Option<&Caller>, resource: &AnyResource) -> bool {
        let Self::Omni(store) = self else { return true };
        let metadata = &resource.metadata;
        if !provider::governs(&metadata.namespace, &metadata.type_name) {
            return true;
        }
        provider::access(
            store,
            caller,
            &metadata.namespace,
            &metadata.type_name,
            false,
        )
        .is_ok_and(|confined| provider::belongs(&confined, metadata))
    }

    /// Creating a resource, which the gate may complete.
    pub(crate) fn create(
        &self,
        caller: Option<&Caller>,
        new: &mut AnyResource,
    ) -> Result<(), Status> {
        let Self::Omni(store) = self else {
            return Ok(());
        };
        let key = Key::from(&*new);
        let governed = provider::governs(&key.namespace, &key.type_name);
        let mut found = Violations::default();
        if !governed {
            found.access(rights(store, caller, Verb::Create, &key, Some(new)));
        }
        found.rules(validation::create(store, new));
        found.finish()?;
        if governed {
            let confined = provider::access(store, caller, &key.namespace, &key.type_name, true)?;
            provider::create(&confined, new)?;
        }
        Ok(())
    }

    /// Replacing a resource, which the gate may complete.
    pub(crate) fn update(
        &self,
        caller: Option<&Caller>,
        existing: Option<&AnyResource>,
        new: &mut AnyResource,
    ) -> Result<(), Status> {
        let Self::Omni(store) = self else {
            return Ok(());
        };
        let key = Key::from(&*new);
        let governed = provider::governs(&key.namespace, &key.type_name);
        let mut found = Violations::default();
        if governed {
            provider::access(store, caller, &key.namespace, &key.type_name, false)?;
        } else {
            // Both where it is and where it goes: nobody moves a resource out of a cluster that is not theirs.
            let mut states = existing.into_iter().chain([&*new]);
            found.access(
                states.try_for_each(|state| rights(store, caller, Verb::Update, &key, Some(state))),
            );
        }
        found.rules(validation::update(store, existing, new));
        if new.metadata.tearing_down() {
            found.rules(validation::destroy(store, existing));
        }
        found.finish()?;
        if governed {
            let confined = provider::access(store, caller, &key.namespace, &key.type_name, true)?;
            let old = existing.ok_or_else(|| missing(&key))?;
            provider::update(&confined, old, new)?;
        }
        Ok(())
    }

    /// Tearing a resource down or destroying it.
    pub(crate) fn destroy(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        existing: Option<&AnyResource>,
    ) -> Result<(), Status> {
        let Self::Omni(store) = self else {
            return Ok(());
        };
        let governed = provider::governs(&key.namespace, &key.type_name);
        let mut found = Violations::default();
        if governed {
            provider::access(store, caller, &key.namespace, &key.type_name, false)?;
        } else {
            found.access(rights(store, caller, Verb::Destroy, key, existing));
        }
        found.rules(validation::destroy(store, existing));
        found.finish()?;
        if governed {
            let confined = provider::access(store, caller, &key.namespace, &key.type_name, true)?;
            let old = existing.ok_or_else(|| missing(key))?;
            provider::destroy(&confined, key, old)?;
        }
        Ok(())
    }
}

/// Whether the caller has the role for this, by its own or by the access policy on the resource's cluster.
fn rights(
    store: &Store,
    caller: Option<&Caller>,
    verb: Verb,
    key: &Key,
    resource: Option<&AnyResource>,
) -> Result<(), Status> {
    let caller = policy::on_resource(store, caller, key, resource)?;
    kinds::allowed(Release::of(store), caller.as_deref(), verb, &key.type_name)
}

fn missing(key: &Key) -> Status {
    let error = StoreError::NotFound(key.at(Version::UNDEFINED));
    Status::not_found(error.to_string())
}
