//! `omni_machine_install_disk`: the disk of a machine that Talos is put on.

mod convert;
mod disks;
mod resource;
mod review;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use resource::MachineInstallDiskResource;

use crate::values::{DiskSelector, MachineId};

/// The disk of a machine that Talos is put on when the machine joins a cluster.
///
/// Without it Omni takes the smallest disk that is fit for it. Talos is installed once: on a machine that has it, the choice counts when
/// the machine is wiped and installed again. The choice stays with the machine, whatever cluster it belongs to. Exactly one of `disk` and
/// `disk_selector` is set.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "machine_install_disk", version = 1, identity(machine_id))]
pub struct MachineInstallDisk {
    /// UUID of the machine. Changing it replaces the object.
    #[attr(required, replace)]
    pub machine_id: Attr<MachineId>,
    /// Path of the disk, such as `/dev/nvme0n1`.
    #[attr(optional)]
    pub disk: Attr<String>,
    /// CEL expression that says which disk is meant, such as `disk.transport == "nvme" && disk.size > 100u * GB`. The first matching disk by
    /// its path is taken; disks that are built on top of others come last. Sizes are unsigned numbers.
    #[attr(optional)]
    pub disk_selector: Attr<DiskSelector>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// Path of the disk that Talos stands on, or will be put on; empty while Omni finds none. As last read.
    #[attr(computed)]
    pub resolved_disk: Attr<String>,
    /// What Omni says about the choice. As last read.
    #[attr(computed)]
    pub message: Attr<String>,
}
