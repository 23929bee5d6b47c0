//! Omni's controllers: one a file, named after what it keeps true.
//!
//! The names of the controllers are Omni's, because clients see them as owners and finalizers. Where a module holds several
//! files, they keep one thing true together. What a controller is for stands in its file's first line; what it guarantees
//! beyond that, after it. Facts are those of Omni after v1.10 (August 2026).
//!
//! The order of [`all`] is the order in which controllers hear of one event, and with it part of what watchers see: the state
//! of a machine is brought up to date before that of its set, and the set's before its cluster's.

pub mod common;
pub mod reports;

mod backup;
mod cluster;
mod cluster_machine;
mod destroyer;
mod kubernetes;
mod machine;
mod machine_config;
mod machine_set;
mod metrics;
mod ongoing_tasks;
mod request;
mod secrets;
mod talos;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub(crate) use backup::{MISMATCH, read as read_backup};
pub(crate) use cluster::CLUSTER_STATUS;
pub(crate) use cluster_machine::{CLUSTER_MACHINE_CONFIG, CONFIG_LOCK, UPGRADE_LOCK};
pub(crate) use common::LINE;
pub(crate) use kubernetes::manifests::documents;
pub(crate) use machine_set::allocation_of;
pub use machine_set::{Incompatible, joins};

use crate::backups::Depot;
use crate::engine::Controller;
use kubernetes::UPGRADES as KUBERNETES_UPGRADES;
use machine_set::parallelism;
pub(crate) use secrets::Bundle;

/// Every controller of the plane that is not a machine or a provider, over the places that backups are kept in.
pub fn all(depot: &Depot) -> Vec<Box<dyn Controller>> {
    let groups = [
        machine::all(),
        cluster_machine::all(),
        machine_set::all(),
        request::all(),
        cluster::all(),
        secrets::all(),
        talos::all(),
        kubernetes::all(),
        backup::all(depot),
        vec![Box::new(ongoing_tasks::OngoingTasks) as Box<dyn Controller>],
        destroyer::all(),
        metrics::all(),
    ];
    groups.into_iter().flatten().collect()
}
