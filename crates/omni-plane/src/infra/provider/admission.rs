//! What is written in the very transaction that creates an infrastructure provider.
//!
//! A machine class that follows at once must find the provider's schema: so there is no moment at which the provider is there
//! and its status is not.

use std::collections::BTreeMap;

use omni_api::specs::{InfraProviderHealthStatusSpec, InfraProviderStatusSpec};
use omni_api::{AnyResource, Resource, kind, labels};

use crate::Moment;
use crate::infra::dynamic::SCHEMA;
use crate::infra::machine::keep;
use crate::store::{Store, StoreError, Transaction};

use super::health;
use super::play::{Play, PlaySpec};

/// How many machines a fixed provider has that does not say.
const MACHINES: u32 = 3;

/// Makes the plane play every provider that is created from now on.
///
/// A provider is dynamic unless it is told to be fixed: named here with so many machines, or created with Omni's label
/// `is-static-infra-provider`, whose value says how many machines it has (3 where it is empty).
pub fn play_new_providers(store: &Store, fixed: BTreeMap<String, u32>) {
    store.on_create::<kind::InfraProvider>(move |tx, provider| {
        let named = fixed.get(&*provider.metadata.id).copied();
        admit(tx, provider, named.or_else(|| labelled(provider)))
    });
}

fn labelled(provider: &AnyResource) -> Option<u32> {
    let value = provider.metadata.label(labels::IS_STATIC_INFRA_PROVIDER)?;
    Some(value.parse().unwrap_or(MACHINES))
}

fn admit(
    tx: &mut Transaction<'_>,
    provider: &AnyResource,
    machines: Option<u32>,
) -> Result<(), StoreError> {
    let id = &*provider.metadata.id;
    let now = keep(Moment::from(tx.now()));
    let play = PlaySpec {
        fixed: machines.is_some(),
        machines: machines.unwrap_or_default(),
        last: now,
        previous: now,
        aside: false,
    };
    tx.put::<Play>("", id, |resource| resource.spec = play)?;
    if tx.read::<kind::InfraProviderStatus>(id).is_none() {
        tx.create(status(id, machines.is_some()).to_any(), "")?;
    }
    let beat = tx.now();
    tx.put::<kind::InfraProviderHealthStatus>(&health::owner(id), id, |health| {
        mark(&mut health.metadata.labels, id);
        health.spec = InfraProviderHealthStatusSpec {
            last_heartbeat_timestamp: Some(beat),
            ..InfraProviderHealthStatusSpec::default()
        };
    })?;
    Ok(())
}

fn status(id: &str, fixed: bool) -> Resource<kind::InfraProviderStatus> {
    let mut status = Resource::<kind::InfraProviderStatus>::new(
        id,
        InfraProviderStatusSpec {
            name: format!("Emulated {id}"),
            description: if fixed {
                "Emulated bare-metal machines of the embedded plane".to_owned()
            } else {
                "Emulated virtual machines of the embedded plane".to_owned()
            },
            schema: if fixed {
                String::new()
            } else {
                SCHEMA.to_owned()
            },
            version: concat!("v", env!("CARGO_PKG_VERSION")).to_owned(),
            ..InfraProviderStatusSpec::default()
        },
    );
    mark(&mut status.metadata.labels, id);
    if fixed {
        let key = labels::IS_STATIC_INFRA_PROVIDER.to_owned();
        status.metadata.labels.insert(key, String::new());
    }
    status
}

fn mark(marks: &mut omni_api::resource::Map, id: &str) {
    marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), id.to_owned());
}
