//! `omni_machine_extensions`: the system extensions of Talos on the machines of a cluster.

mod convert;
mod resource;
mod review;

use std::collections::BTreeSet;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use resource::MachineExtensionsResource;

use crate::values::{Extension, MachineId};

/// The system extensions of Talos on the machines of a cluster, of one of its machine sets, or on one of its machines.
///
/// Of several that concern a machine the narrowest one counts, alone: they are not merged. A change makes a new image and reboots
/// the machines into it, one after the other, as an upgrade of Talos does; `omni_cluster_readiness` waits for it. Destroying it
/// brings back the extensions that the machines booted with at first.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "machine_extensions", version = 1, identity(id))]
pub struct MachineExtensions {
    /// Cluster whose machines get the extensions, unless `selector` narrows it. Changing it replaces the object.
    #[attr(required, replace)]
    pub cluster: Attr<String>,
    /// Narrows which machines of the cluster get the extensions.
    #[attr(optional)]
    pub selector: Attr<Target>,
    /// Names of the extensions, such as `siderolabs/iscsi-tools`, or `iscsi-tools` for short. An empty set takes all extensions away, those
    /// that a machine booted with included.
    #[attr(required)]
    pub extensions: Attr<BTreeSet<Attr<Extension>>>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// Id of the object: `schematic-<narrowest target>`.
    #[attr(computed)]
    pub id: Attr<String>,
}

/// Which machines of a cluster are meant. At most one attribute is set.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Target {
    /// Id of a machine set of `cluster` (`omni_machine_set.….id`).
    #[attr(optional, replace)]
    pub machine_set: Attr<String>,
    /// UUID of a machine; it gets the extensions while it belongs to `cluster`.
    #[attr(optional, replace)]
    pub cluster_machine: Attr<MachineId>,
}
