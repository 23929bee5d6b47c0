//! What is kept true about a cluster as a whole.

mod balancer_port;
mod bootstrap_status;
mod config_version;
mod destroy_status;
mod discovery_patch;
mod endpoint;
mod load_balancer_config;
mod load_balancer_status;
mod status;
mod teardown;
#[cfg(test)]
mod tests;
mod uuid;
mod workload_proxy;
mod workload_proxy_status;

use crate::engine::{Cleaned, Controller, Transformed};
pub(crate) use status::CLUSTER_STATUS;

/// Omni's own address in the network of machine links.
const OMNI_ADDRESS: &str = "fdae:41e4:649b:9303::1";

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Transformed::boxed(destroy_status::ClusterDestroyStatus),
        Transformed::boxed(status::ClusterStatus),
        Transformed::boxed(uuid::ClusterUuid),
        Transformed::boxed(endpoint::ClusterEndpoint),
        Transformed::boxed(config_version::ClusterConfigVersion),
        Transformed::boxed(workload_proxy::ClusterWorkloadProxy),
        Transformed::boxed(workload_proxy_status::ClusterWorkloadProxyStatus),
        Cleaned::boxed(teardown::ClusterTeardown),
        Transformed::boxed(bootstrap_status::ClusterBootstrapStatus),
        Transformed::boxed(discovery_patch::DiscoveryPatch),
        Box::new(load_balancer_config::LoadBalancerConfig),
        Box::new(load_balancer_status::LoadBalancerStatus),
    ]
}
