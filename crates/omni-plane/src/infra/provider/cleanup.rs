//! The end of a provider.
//!
//! Keeps true: of a provider that is gone nothing is left, and no request waits for it.

use omni_api::resource::Map;
use omni_api::{kind, labels};

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::dynamic;
use crate::store::Query;

use super::health;
use super::play::Play;

/// Takes away what a provider leaves behind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cleanup;

impl Controller for Cleanup {
    fn name(&self) -> &'static str {
        "InfraProviderCleanupController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::InfraProvider>(),
            Input::by_label::<kind::MachineRequest>(labels::INFRA_PROVIDER_ID),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<Play>(),
            Output::shared::<kind::InfraProviderStatus>(),
            Output::shared::<kind::InfraProviderHealthStatus>(),
            Output::shared::<kind::MachineRequest>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let provider = cx.get::<kind::InfraProvider>(id)?;
        if provider.is_some_and(|provider| !provider.metadata.tearing_down()) {
            cx.hold::<kind::InfraProvider>(id)?;
            return Ok(Next::Done);
        }
        cx.remove_for::<kind::InfraProviderStatus>("", id)?;
        let owner = cx.get::<kind::InfraProviderHealthStatus>(id)?;
        let owner = owner.map_or_else(|| health::owner(id), |health| health.metadata.owner.clone());
        cx.remove_for::<kind::InfraProviderHealthStatus>(&owner, id)?;
        cx.remove_for::<Play>("", id)?;
        let finalizer = dynamic::owner(id);
        for request in
            cx.list::<kind::MachineRequest>(&Query::label(labels::INFRA_PROVIDER_ID, id))?
        {
            if request.metadata.finalizers.contains(&finalizer) {
                cx.put_for_user::<kind::MachineRequest>(request.id(), |request| {
                    request
                        .metadata
                        .finalizers
                        .retain(|name| *name != finalizer);
                })?;
            }
        }
        cx.release::<kind::InfraProvider>(id)?;
        Ok(Next::Done)
    }
}

/// The label that ties a resource to its provider.
pub(crate) fn mark(marks: &mut Map, provider: &str) {
    marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), provider.to_owned());
}
