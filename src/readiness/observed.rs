//! What a cluster shows of itself: the resources that readiness is judged by.
//!
//! One value per cluster, filled from watches (or from a list for the tree). It holds resources as the server sent them and
//! judges nothing.

use std::collections::BTreeMap;

use omni_api::{Resource, kind};

/// Resources of one kind, by id.
pub type ById<K> = BTreeMap<String, Resource<K>>;

/// Everything that says how a cluster is.
#[derive(Default)]
pub struct Observed {
    /// The cluster as it is wanted.
    pub cluster: Option<Resource<kind::Cluster>>,
    /// The server's summary.
    pub cluster_status: Option<Resource<kind::ClusterStatus>>,
    /// Machine sets as they are wanted.
    pub machine_sets: ById<kind::MachineSet>,
    /// Machine sets as they are.
    pub machine_set_statuses: ById<kind::MachineSetStatus>,
    /// Machines that belong to a set.
    pub machine_set_nodes: ById<kind::MachineSetNode>,
    /// Machines of the cluster as they are.
    pub machines: ById<kind::ClusterMachineStatus>,
    /// Extensions of the machines, installed and on their way.
    pub extensions: ById<kind::MachineExtensionsStatus>,
    /// Kernel arguments of the machines, wanted and running.
    pub kernel_args: ById<kind::KernelArgsStatus>,
    /// Requests to infrastructure providers that have not ended in a machine.
    pub machine_requests: ById<kind::ClusterMachineRequestStatus>,
    /// Conditions of the control plane.
    pub control_planes: ById<kind::ControlPlaneStatus>,
    /// The Kubernetes API's load balancer.
    pub load_balancer: Option<Resource<kind::LoadBalancerStatus>>,
    /// How far the Talos upgrade is.
    pub talos_upgrade: Option<Resource<kind::TalosUpgradeStatus>>,
    /// How far the Kubernetes upgrade is.
    pub kubernetes_upgrade: Option<Resource<kind::KubernetesUpgradeStatus>>,
}

// === impl Observed ===

impl Observed {
    /// Statuses of the machines of one set, by machine id.
    pub fn machines_of<'a>(
        &'a self,
        set: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Resource<kind::ClusterMachineStatus>)> {
        let of_set = move |resource: &Resource<kind::ClusterMachineStatus>| {
            resource.metadata.label(omni_api::labels::MACHINE_SET) == Some(set)
        };
        self.machines
            .iter()
            .filter(move |(_, machine)| of_set(machine))
            .map(|(id, machine)| (id.as_str(), machine))
    }
}
