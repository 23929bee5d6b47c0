//! The heartbeat of the providers that the plane plays.
//!
//! Keeps true: a played provider looks alive. A heartbeat that is not ours is that of a real provider: the plane steps aside
//! for good.

use std::time::Duration;

use omni_api::{kind, labels};

use crate::Moment;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::machine::keep;

use super::play::Play;

/// How often a provider says that it lives; Omni's own library does the same.
const INTERVAL: Duration = Duration::from_secs(30);

/// The heartbeat.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heartbeat;

/// Who writes the heartbeat of this provider: the name that Omni's library gives to it.
pub(crate) fn owner(provider: &str) -> String {
    format!("{provider}.ProviderHealthStatusController")
}

impl Controller for Heartbeat {
    fn name(&self) -> &'static str {
        "EmulatedProviderHeartbeatController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<Play>(),
            Input::by_id::<kind::InfraProviderHealthStatus>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<Play>(),
            Output::shared::<kind::InfraProviderHealthStatus>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(play) = cx.running::<Play>(id)?.filter(|play| !play.spec.aside) else {
            return Ok(Next::Done);
        };
        let health = cx.get::<kind::InfraProviderHealthStatus>(id)?;
        let beat = health.and_then(|health| health.spec.last_heartbeat_timestamp);
        if let Some(beat) = beat.map(Moment::from) {
            let kept = keep(beat);
            if kept != play.spec.last && kept != play.spec.previous {
                tracing::info!(provider = id, "a real provider has taken over");
                cx.put_for_user::<Play>(id, |play| play.spec.aside = true)?;
                return Ok(Next::Done);
            }
            let due = beat + INTERVAL;
            if due > cx.now() {
                return Ok(Next::Idle(due.since(cx.now())));
            }
        }
        let now = cx.now();
        cx.put_for_user::<Play>(id, |play| {
            play.spec.previous = play.spec.last;
            play.spec.last = keep(now);
        })?;
        cx.put_for::<kind::InfraProviderHealthStatus>(&owner(id), id, |health| {
            let marks = &mut health.metadata.labels;
            marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), id.to_owned());
            health.spec.last_heartbeat_timestamp = Some(now.into());
        })?;
        Ok(Next::Idle(INTERVAL))
    }
}
