//! What is kept true about machines that infrastructure providers make on request.

mod cluster_machine_request_status;
mod provision;
mod request_set;
#[cfg(test)]
mod tests;

use crate::engine::{Controller, Transformed};

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Transformed::boxed(provision::MachineProvision),
        Transformed::boxed(request_set::MachineRequestSetStatus),
        Transformed::boxed(cluster_machine_request_status::ClusterMachineRequestStatus),
    ]
}
