//! What is kept true about machines, whether they belong to a cluster or not.

mod inventory;
mod leftovers;
mod schematic;
mod status;
mod status_labels;
#[cfg(test)]
mod tests;

use crate::engine::{Cleaned, Controller, Transformed};

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Transformed::boxed(status::MachineStatus),
        Transformed::boxed(status_labels::MachineStatusLabels),
        Transformed::boxed(schematic::SchematicConfiguration),
        Cleaned::boxed(leftovers::MachineLeftovers),
    ]
}
