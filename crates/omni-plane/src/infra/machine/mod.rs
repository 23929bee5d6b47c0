//! Emulated Talos machines.
//!
//! A machine is a state machine on injected time ([`step`], [`member`]) with a memory in the store ([`state`]); a controller
//! brings each to the present and reports what it would report ([`report`]). Everything a machine does takes as long as
//! [`Timings`] says. What it is told comes from the controllers of the plane through [`crate::machines`], and nothing else.

mod admission;
mod controller;
mod create;
pub(crate) mod diary;
mod hardware;
mod join;
mod member;
mod outage;
mod report;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod timings;
mod tunnel;

pub use controller::{Machines, deafen, silence};
pub use create::{NewMachine, add, boot, plain_id};
pub use timings::{Span, Timings};

pub(crate) use state::{Build, MachineState, MachineStateSpec, Stage, keep, kept, reached};
