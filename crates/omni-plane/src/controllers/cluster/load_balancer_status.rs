//! Whether the load balancer of a cluster's Kubernetes API runs, and whether a control plane answers behind it.
//!
//! It runs as long as a control plane is connected, and is healthy only while it has endpoints: a cluster on its way out
//! loses them at once. A balancer that has just started takes its endpoints for healthy until its first check is over, as
//! Omni's does; a client must not believe the first `healthy`.

use std::time::Duration;

use omni_api::kind::{self, ClusterMachine, ClusterStatus, LoadBalancerConfig};
use omni_api::labels;
use omni_api::selector::Term;

use crate::controllers::reports::cluster_of_reporting_control_plane;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::machines::Observed;
use crate::store::Query;

/// How long a balancer's first check takes.
const FIRST_CHECK: Duration = Duration::from_millis(80);

/// Reports on load balancers.
#[derive(Debug)]
pub(super) struct LoadBalancerStatus;

impl Controller for LoadBalancerStatus {
    fn name(&self) -> &'static str {
        "LoadBalancerController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<LoadBalancerConfig>(),
            Input::by_id::<ClusterStatus>(),
            Input::mapped::<Observed>(cluster_of_reporting_control_plane),
            Input::quiet::<ClusterMachine>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::LoadBalancerStatus>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let config = cx.get::<LoadBalancerConfig>(id)?;
        let status = cx.get::<ClusterStatus>(id)?;
        let (Some(config), Some(status)) = (config, status) else {
            cx.destroy::<kind::LoadBalancerStatus>(id)?;
            return Ok(Next::Done);
        };
        let runs = status.spec.has_connected_control_planes;
        let before = cx.get::<kind::LoadBalancerStatus>(id)?;
        let ran = before.is_some_and(|before| !before.spec.stopped);
        let reaches = !config.spec.endpoints.is_empty();
        let starts = runs && !ran && reaches;
        let healthy = runs && reaches && (starts || answers(cx, id)?);
        cx.put::<kind::LoadBalancerStatus>(id, |output| {
            output
                .metadata
                .labels
                .insert(labels::CLUSTER.into(), id.into());
            output.spec.stopped = !(runs && (ran || reaches));
            output.spec.healthy = healthy;
        })?;
        Ok(if starts {
            Next::After(FIRST_CHECK)
        } else {
            Next::Done
        })
    }
}

/// Whether a control plane's Kubernetes API can be reached.
fn answers(cx: &Context<'_>, cluster: &str) -> Result<bool, Error> {
    let control_planes = Query::cluster(cluster).and(Term::exists(labels::CONTROL_PLANE_ROLE));
    for machine in cx.list::<ClusterMachine>(&control_planes)? {
        let observed = cx.get::<Observed>(machine.id())?;
        if observed.is_some_and(|observed| observed.spec.api_answers()) {
            return Ok(true);
        }
    }
    Ok(false)
}
