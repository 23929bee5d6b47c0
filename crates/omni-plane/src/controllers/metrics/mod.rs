//! What Omni keeps for people to look at, and nobody else reads.
//!
//! What it counts is one resource each, for its pages and for Prometheus; the plane has the resources alone. Such a controller counts everything
//! anew, and then rests: whoever reads figures does not read them more often. What its pages show of machines follows at once.

mod census;
mod cluster_features;
mod cluster_phases;
mod gen_options;
mod machines;
mod notices;
mod status_link;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use omni_api::Metadata;

use crate::Store;
use crate::engine::Controller;

/// Id of each resource of figures; there is one of a kind.
const ID: &str = "metrics";

/// How long a controller that counts rests.
const REST: Duration = Duration::from_secs(10);

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(machines::MachineStatusMetrics),
        Box::new(cluster_phases::ClusterStatusMetrics),
        Box::new(cluster_features::ClusterMetrics),
        Box::new(status_link::MachineStatusLinks),
        Box::new(gen_options::MachineConfigOptions),
    ]
}

/// Whatever has happened, it concerns the one resource.
fn always(_: &Store, _: &Metadata) -> Vec<Arc<str>> {
    vec![Arc::from(ID)]
}
