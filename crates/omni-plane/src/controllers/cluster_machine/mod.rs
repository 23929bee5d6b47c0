//! What is kept true about machines as members of clusters: their patches, configuration, identity and state.

mod apply;
mod config;
mod config_patches;
mod config_status;
mod identity;
mod line;
mod locks;
mod pending;
mod redacted_config;
mod reset;
mod situation;
mod status;
mod teardown;
#[cfg(test)]
mod tests;

use crate::engine::{Cleaned, Controller, Transformed};

pub(crate) use config::{CLUSTER_MACHINE_CONFIG, factory};
pub(crate) use locks::{CONFIG_LOCK, UPGRADE_LOCK};

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Transformed::boxed(status::ClusterMachineStatus),
        Transformed::boxed(config_patches::ClusterMachineConfigPatches),
        Transformed::boxed(config::ClusterMachineConfig),
        Transformed::boxed(config_status::ClusterMachineConfigStatus),
        Transformed::boxed(redacted_config::RedactedClusterMachineConfig),
        Box::new(identity::ClusterMachineIdentity),
        Cleaned::boxed(teardown::ClusterMachineTeardown),
    ]
}
