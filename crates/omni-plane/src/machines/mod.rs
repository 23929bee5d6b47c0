//! The boundary between the controllers and the machines.
//!
//! Omni speaks to its machines through the Talos API: it applies configurations, upgrades, resets, and reads what runs. Here
//! all of it is resources of internal kinds, which no door of the plane lets anybody touch:
//!
//! * [`desired`]: what a machine is told. Controllers write it, the machine reads it.
//! * [`observed`]: what a machine reports. The machine writes it, controllers read it.
//! * [`workload`]: what a cluster's Kubernetes holds. Controllers write it, as they would through its API.
//!
//! What Omni itself keeps about a machine is not repeated in them: its stage and readiness are in its
//! `MachineStatusSnapshot`, its existence in `Link` and `Machine`; those three are written by the machine's side. Everything
//! else about machines (`MachineStatus`, its labels, `ClusterMachine…`) is written by the controllers, from these facts.
//!
//! Being resources, both survive a restart, and a machine is a controller like any other: its inputs are its own [`Desired`]
//! and its timers.

pub mod desired;
pub mod observed;
pub mod workload;

pub use desired::Desired;
pub use observed::Observed;
pub use workload::Workload;
