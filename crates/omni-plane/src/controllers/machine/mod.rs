//! What is kept true about machines, whether they belong to a cluster or not.

mod extension_names;
mod extensions;
pub(crate) mod install_disk;
mod inventory;
mod kernel_args;
mod leftovers;
mod schematic;
mod status;
mod status_labels;
#[cfg(test)]
mod tests;
mod upgrade_status;

use crate::engine::{Cleaned, Controller, Transformed};

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Transformed::boxed(status::MachineStatus),
        Transformed::boxed(status_labels::MachineStatusLabels),
        Box::new(extensions::MachineExtensions),
        Transformed::boxed(upgrade_status::MachineUpgradeStatus),
        Transformed::boxed(schematic::SchematicConfiguration),
        Transformed::boxed(kernel_args::KernelArgsStatus),
        Transformed::boxed(install_disk::MachineInstallDiskStatus),
        Cleaned::boxed(leftovers::MachineLeftovers),
    ]
}
