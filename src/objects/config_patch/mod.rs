//! `omni_config_patch`: a patch of the Talos machine configuration.

mod convert;
mod forbidden;
mod resource;
mod review;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use resource::ConfigPatchResource;

use crate::values::{MachineId, Yaml};

/// A patch of the Talos machine configuration of a cluster, of one of its machine sets, or of a machine.
///
/// Patches of a cluster are applied first, then those of the machine set, of the cluster machine and of the machine; among those of one
/// level the lower weight first. Fields that Omni owns cannot be patched. A patch may come before the machine set or machine that
/// it names.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "config_patch", version = 1, identity(id))]
pub struct ConfigPatch {
    /// Name of the patch. Changing it replaces the patch.
    #[attr(required, replace)]
    pub name: Attr<String>,
    /// Order among patches of the same level, from 0 to 999; the lower one is applied first. Changing it replaces the patch.
    #[attr(default = 400_u32, replace)]
    pub weight: Attr<u32>,
    /// Cluster whose machines are patched, unless `selector` narrows it. Either this or `selector.machine` is set. Changing it
    /// replaces the patch.
    #[attr(optional, replace)]
    pub cluster: Attr<String>,
    /// Narrows what is patched.
    #[attr(optional)]
    pub selector: Attr<Target>,
    /// The patch: YAML documents, as `talosctl` takes them. Compared by meaning: formatting makes no difference.
    #[attr(required)]
    pub data: Attr<Yaml>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// Id of the patch: `<weight, 3 digits>-<narrowest target>-<name>`.
    #[attr(computed)]
    pub id: Attr<String>,
}

/// What is patched, narrower than a cluster. At most one attribute is set.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Target {
    /// Id of a machine set of `cluster`.
    #[attr(optional, replace)]
    pub machine_set: Attr<String>,
    /// UUID of a machine, patched while it belongs to `cluster`.
    #[attr(optional, replace)]
    pub cluster_machine: Attr<MachineId>,
    /// UUID of a machine, patched whatever cluster it belongs to. Without `cluster`.
    #[attr(optional, replace)]
    pub machine: Attr<MachineId>,
}
