//! The controllers together, with the emulated machines: lives of clusters as stories.

mod changes;
mod farewells;
mod images;
mod ledgers;
mod lives;
mod locks;
mod upgrades;
mod wiring;
