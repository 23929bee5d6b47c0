//! `omni_machine_set`: machines of a cluster that share a role.

mod convert;
mod resource;
mod review;

use std::collections::BTreeMap;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use resource::MachineSetResource;

use crate::objects::cluster::Machines;

/// A set of machines with one role in a cluster: its control plane, or one of its groups of workers.
///
/// Its machines come either from a machine class (`machine_class`), which selects free machines by label or lets an
/// infrastructure provider make new ones, or one by one from `omni_machine_set_node`.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "machine_set", version = 1, identity(id))]
pub struct MachineSet {
    /// Name of the cluster. Changing it replaces the machine set.
    #[attr(required, replace)]
    pub cluster: Attr<String>,
    /// Role of the machines: `controlplane` or `workers`. Changing it replaces the machine set.
    #[attr(required, replace)]
    pub role: Attr<String>,
    /// Name of a group of workers, unique in the cluster. The default group is `workers`, the control plane is `control-planes`;
    /// neither needs it. Changing it replaces the machine set.
    #[attr(optional, computed, replace)]
    pub name: Attr<String>,
    /// Takes the machines from a machine class. Without it they are added one by one with `omni_machine_set_node`.
    #[attr(optional)]
    pub machine_class: Attr<Allocation>,
    /// How configuration changes reach the machines. Where it is not set, a new machine set gets `Rolling`, and an existing one
    /// keeps what it has.
    #[attr(optional, computed)]
    pub update_strategy: Attr<Strategy>,
    /// How machines leave a set of workers. Where it is not set, it stays as it is.
    #[attr(optional, computed)]
    pub delete_strategy: Attr<Strategy>,
    /// How Talos upgrades reach the machines. Where it is not set, it stays as it is.
    #[attr(optional, computed)]
    pub upgrade_strategy: Attr<Strategy>,
    /// Restores the control plane from an etcd backup. It cannot be changed later, only removed once the cluster has started.
    #[attr(optional)]
    pub bootstrap_spec: Attr<BootstrapSpec>,
    /// Labels of the machine set. Labels that are not listed belong to others and are left alone.
    #[attr(optional, computed)]
    pub labels: Attr<BTreeMap<String, Attr<String>>>,
    /// Annotations of the machine set. Annotations that are not listed belong to others and are left alone.
    #[attr(optional, computed)]
    pub annotations: Attr<BTreeMap<String, Attr<String>>>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "30m"))]
    pub timeouts: Attr<Timeouts>,
    /// Id of the machine set: `<cluster>-control-planes`, `<cluster>-workers` or `<cluster>-<name>`.
    #[attr(computed)]
    pub id: Attr<String>,
    /// What the machine set is doing: `Running`, `ScalingUp`, `ScalingDown`, `Reconfiguring`, `Upgrading`, `Destroying`, `Failed` or
    /// `Unknown`. As last read.
    #[attr(computed)]
    pub phase: Attr<String>,
    /// Whether all its machines are there and ready. As last read.
    #[attr(computed)]
    pub ready: Attr<bool>,
    /// How many machines it has. As last read.
    #[attr(computed)]
    pub machines: Attr<Machines>,
    /// Hash over the configurations of its machines. As last read.
    #[attr(computed)]
    pub config_hash: Attr<String>,
}

/// Machines from a machine class.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Allocation {
    /// Name of the machine class. Machines that are in the set already stay when it changes.
    #[attr(required)]
    pub name: Attr<String>,
    /// `Static` takes `size` machines, `Unlimited` takes every machine that the class selects.
    #[attr(default = "Static")]
    pub allocation_type: Attr<String>,
    /// How many machines to take. Only with `Static`.
    #[attr(optional)]
    pub size: Attr<u32>,
}

/// How changes reach the machines of a set.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Strategy {
    /// `Rolling` limits how many machines change at a time; `Unset` leaves it to Omni's default.
    #[attr(required)]
    pub r#type: Attr<String>,
    /// How many machines may change at a time, at least 1. Only with `Rolling`.
    #[attr(optional)]
    pub max_parallelism: Attr<u32>,
}

/// An etcd backup to start from.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct BootstrapSpec {
    /// UUID of the cluster that was backed up.
    #[attr(required, replace)]
    pub cluster_uuid: Attr<String>,
    /// Name of the snapshot.
    #[attr(required, replace)]
    pub snapshot: Attr<String>,
}
