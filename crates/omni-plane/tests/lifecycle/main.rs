//! A cluster's whole life on emulated infrastructure, at the pace that people see.
//!
//! One cluster from two kinds of infrastructure: control planes made on request, workers chosen from bare metal by label, one more
//! pinned by hand. On a clock that jumps, so that minutes pass in milliseconds.

mod annotations;
mod bench;
mod chaos;
mod disturb;
mod farewells;
mod faults;
mod life;
mod watchdog;
