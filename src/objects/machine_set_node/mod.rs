//! `omni_machine_set_node`: one machine, taken into a machine set.

mod convert;
mod resource;
mod review;

use std::collections::BTreeMap;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use resource::MachineSetNodeResource;

use crate::values::MachineId;

/// A machine that belongs to a machine set.
///
/// It is for machines that are chosen one by one; a machine set with a `machine_class` takes its machines by itself. Destroying
/// it takes the machine out of the cluster, wipes it, and waits until it has left. The last machine of a control plane only
/// leaves together with its machine set, so its destroy does not wait.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "machine_set_node", version = 1, identity(machine_id))]
pub struct MachineSetNode {
    /// UUID of the machine. Changing it replaces the node: the old machine leaves, another one joins.
    #[attr(required, replace)]
    pub machine_id: Attr<MachineId>,
    /// Id of the machine set (`omni_machine_set.….id`). Changing it replaces the node.
    #[attr(required, replace)]
    pub machine_set: Attr<String>,
    /// Name of the cluster. Changing it replaces the node.
    #[attr(required, replace)]
    pub cluster: Attr<String>,
    /// Whether the machine is locked: it then gets no updates and cannot be removed. Workers only. Where it is not set, the lock
    /// is left alone.
    #[attr(optional, computed)]
    pub locked: Attr<bool>,
    /// Labels of the node. Labels that are not listed belong to others and are left alone.
    #[attr(optional, computed)]
    pub labels: Attr<BTreeMap<String, Attr<String>>>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "30m"))]
    pub timeouts: Attr<Timeouts>,
    /// What the machine is doing in the cluster: `CONFIGURING`, `INSTALLING`, `RUNNING`, `REBOOTING`, … As last read.
    #[attr(computed)]
    pub stage: Attr<String>,
    /// Whether the machine runs and its services are healthy. As last read.
    #[attr(computed)]
    pub ready: Attr<bool>,
    /// Why the machine's configuration could not be applied last time; empty when it was. As last read.
    #[attr(computed)]
    pub last_config_error: Attr<String>,
}
