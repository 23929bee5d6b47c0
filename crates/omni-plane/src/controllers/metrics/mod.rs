//! What Omni counts: one resource each, for its pages and for Prometheus. The plane has the resources alone.
//!
//! Each controller counts everything anew, and then rests: whoever reads figures does not read them more often.

mod cluster_features;
mod cluster_phases;
mod machines;
mod notices;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use omni_api::Metadata;

use crate::Store;
use crate::engine::Controller;

/// Id of each of the resources; there is one of a kind.
const ID: &str = "metrics";

/// How long each controller rests.
const REST: Duration = Duration::from_secs(10);

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(machines::MachineStatusMetrics),
        Box::new(cluster_phases::ClusterStatusMetrics),
        Box::new(cluster_features::ClusterMetrics),
    ]
}

/// Whatever has happened, it concerns the one resource.
fn always(_: &Store, _: &Metadata) -> Vec<Arc<str>> {
    vec![Arc::from(ID)]
}
