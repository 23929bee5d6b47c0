//! How many clusters have which of the features.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use omni_api::kind;
use omni_api::specs::cluster_spec::Features;

use super::{REST, always};
use crate::engine::{Context, Controller, Error, Input, Ledger, Next, Output};
use crate::store::Query;

/// Counts features.
#[derive(Debug)]
pub(super) struct ClusterMetrics;

/// How many of all clusters have each of the features.
#[derive(Debug, Default, PartialEq)]
struct Counted([u32; FEATURES.len()]);

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
            Input::mapped::<kind::Cluster>(always).of_member(),
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
        let counted = cx.ledger::<Counted>(id, &())?;
        let names = FEATURES.iter().map(|(name, _)| (*name).to_owned());
        let counted: BTreeMap<_, _> = names.zip(counted.0).collect();
        cx.put::<kind::ClusterMetrics>(id, |metrics| {
            metrics.spec.features.clone_from(&counted);
        })?;
        Ok(Next::Done)
    }
}

impl Ledger for Counted {
    type Basis = ();
    type Entry = Features;

    fn everybody(cx: &Context<'_>, _: &str) -> Result<Vec<Arc<str>>, Error> {
        cx.ids::<kind::Cluster>(&Query::all())
    }

    fn look(cx: &Context<'_>, _: &str, (): &(), cluster: &str) -> Result<Option<Features>, Error> {
        let cluster = cx.get::<kind::Cluster>(cluster)?;
        Ok(cluster.map(|cluster| cluster.spec.features.unwrap_or_default()))
    }

    fn enter(&mut self, _: &Arc<str>, features: &Features) {
        for (count, (_, has)) in self.0.iter_mut().zip(FEATURES) {
            *count += u32::from(has(features));
        }
    }

    fn strike(&mut self, _: &Arc<str>, features: &Features) {
        for (count, (_, has)) in self.0.iter_mut().zip(FEATURES) {
            *count -= u32::from(has(features));
        }
    }
}
