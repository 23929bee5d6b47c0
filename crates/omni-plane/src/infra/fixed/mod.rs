//! A provider with a fixed set of bare-metal machines: accepted by a user, switched on and off, wiped when they are given back.

mod accept;
mod metal;
mod place;
mod rack;
#[cfg(test)]
mod tests;

pub use accept::InfraMachines;
pub use metal::BareMetal;
pub use rack::{Racks, fixed_id};
