//! How many clusters have which of the features.

use std::collections::BTreeMap;
use std::time::Duration;

use omni_api::kind;
use omni_api::specs::cluster_spec::Features;

use super::{REST, always};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;

/// Counts features.
#[derive(Debug)]
pub(super) struct ClusterMetrics;

/// A feature by the name that it is counted under, and whether a cluster has it.
type Feature = (&'static str, fn(&Features) -> bool);

const FEATURES: [Feature; 5] = [
    ("workload_proxy", |all| all.enable_workload_proxy),
    ("disk_encryption", |all| all.disk_encryption),
    ("embedded_discovery_service", |all| {
        all.use_embedded_discovery_service
    }),
    ("node_audit_skip", |all| all.enable_node_audit_skip),
    ("disable_public_discovery_service", |all| {
        all.disable_public_discovery_service
    }),
];

impl Controller for ClusterMetrics {
    fn name(&self) -> &'static str {
        "ClusterMetricsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<kind::Cluster>(always),
            // Of a fresh account, so that there are figures before there is a cluster.
            Input::mapped::<kind::FeaturesConfig>(always),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::ClusterMetrics>()]
    }

    fn rest(&self) -> Duration {
        REST
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let clusters = cx.list::<kind::Cluster>(&Query::all())?;
        let features: Vec<_> = clusters
            .iter()
            .filter_map(|cluster| cluster.spec.features.as_ref())
            .collect();
        let count = |(name, has): Feature| {
            let having = features.iter().filter(|features| has(features)).count();
            (name.to_owned(), u32::try_from(having).unwrap_or(u32::MAX))
        };
        let counted: BTreeMap<_, _> = FEATURES.map(count).into();
        cx.put::<kind::ClusterMetrics>(id, |metrics| {
            metrics.spec.features.clone_from(&counted);
        })?;
        Ok(Next::Done)
    }
}
