//! What is kept true about machine sets: their nodes, their machines, their state.

mod allocated;
mod allocation;
mod candidates;
mod compatibility;
mod control_plane_status;
mod destroy_status;
mod etcd;
mod free_machine;
mod hunger;
mod member;
mod members;
mod operations;
mod state;
mod status;
mod teardown;
#[cfg(test)]
mod tests;

pub(crate) use candidates::allocation_of;
pub use compatibility::{Incompatible, joins};
pub(crate) use operations::parallelism;

use crate::engine::{Cleaned, Controller, Transformed};

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(free_machine::FreeMachines),
        Box::new(allocation::MachineSetNodes),
        Transformed::boxed(status::MachineSetStatus),
        Cleaned::boxed(teardown::MachineSetTeardown),
        Transformed::boxed(destroy_status::MachineSetDestroyStatus),
        Transformed::boxed(control_plane_status::ControlPlaneStatus),
    ]
}
