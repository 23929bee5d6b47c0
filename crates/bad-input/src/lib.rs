//! Every door that bytes from outside come in by.
//!
//! A door takes any bytes and returns. It panics when something behind it panics, answers what no client could read, or does not answer at
//! all. `fuzz/` hands the doors to cargo-fuzz; the tests of this crate go through them with the [`seeds`] and what [`Damage`] makes of
//! them, the same on every run. Time stands still behind the doors, and each call finds a fresh plane: the same bytes do the same.

mod call;
mod damage;
pub mod doors;
pub mod seeds;
mod world;

pub use damage::Damage;
pub use doors::{DOORS, Door};
