//! How many clusters are in which phase, and how many are not ready.

use std::time::Duration;

use omni_api::kind;
use omni_api::specs::ClusterStatusMetricsSpec;

use super::{REST, always};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;

/// Counts phases.
#[derive(Debug)]
pub(super) struct ClusterStatusMetrics;

impl Controller for ClusterStatusMetrics {
    fn name(&self) -> &'static str {
        "ClusterStatusMetricsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<kind::ClusterStatus>(always),
            // Of a fresh account, so that there are figures before there is a cluster.
            Input::mapped::<kind::FeaturesConfig>(always),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::ClusterStatusMetrics>()]
    }

    fn rest(&self) -> Duration {
        REST
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let mut counted = ClusterStatusMetricsSpec::default();
        for cluster in cx.list::<kind::ClusterStatus>(&Query::all())? {
            *counted.phases.entry(cluster.spec.phase).or_default() += 1;
            counted.not_ready_count += u32::from(!cluster.spec.ready);
        }
        cx.put::<kind::ClusterStatusMetrics>(id, |metrics| metrics.spec.clone_from(&counted))?;
        Ok(Next::Done)
    }
}
