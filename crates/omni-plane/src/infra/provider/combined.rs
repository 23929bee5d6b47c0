//! The status of a provider as people see it.
//!
//! Keeps true: [`kind::InfraProviderCombinedStatus`] shows what the provider says of itself and whether it is alive.

use std::time::Duration;

use omni_api::kind;
use omni_api::specs::infra_provider_combined_status_spec::Health;

use crate::Moment;
use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// A heartbeat that is older means that the provider is not connected.
const ALIVE: Duration = Duration::from_secs(31);

/// The combined status.
#[derive(Debug, Clone, Copy, Default)]
pub struct CombinedStatus;

impl Controller for CombinedStatus {
    fn name(&self) -> &'static str {
        "InfraProviderStatusController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::InfraProvider>(),
            Input::by_id::<kind::InfraProviderStatus>(),
            Input::by_id::<kind::InfraProviderHealthStatus>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::InfraProviderCombinedStatus>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let provider = cx.get::<kind::InfraProvider>(id)?;
        let Some(provider) = provider.filter(|provider| !provider.metadata.tearing_down()) else {
            if cx.remove::<kind::InfraProviderCombinedStatus>(id)? {
                cx.release::<kind::InfraProvider>(id)?;
            }
            return Ok(Next::Done);
        };
        cx.hold::<kind::InfraProvider>(provider.id())?;
        let status = cx.get::<kind::InfraProviderStatus>(id)?;
        let health = cx.get::<kind::InfraProviderHealthStatus>(id)?;
        let beat = health
            .as_ref()
            .and_then(|health| health.spec.last_heartbeat_timestamp);
        let left = beat.map(|beat| (Moment::from(beat) + ALIVE).since(cx.now()));
        let left = left.filter(|left| !left.is_zero());
        cx.put::<kind::InfraProviderCombinedStatus>(id, |combined| {
            let said = status
                .as_ref()
                .map(|status| status.spec.clone())
                .unwrap_or_default();
            combined.spec.name = said.name;
            combined.spec.description = said.description;
            combined.spec.icon = said.icon;
            combined.spec.version = said.version;
            combined.spec.health = Some(Health {
                connected: left.is_some(),
                error: health
                    .as_ref()
                    .map(|health| health.spec.error.clone())
                    .unwrap_or_default(),
                initialized: status.is_some(),
            });
        })?;
        Ok(left.map_or(Next::Done, Next::Idle))
    }
}
