//! What is kept true about the Talos versions of clusters.

mod health_checks;
mod progress;
mod rollout;
#[cfg(test)]
mod tests;
mod upgrade_status;
mod versions;

use crate::engine::{Controller, Transformed};

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![Transformed::boxed(upgrade_status::TalosUpgradeStatus)]
}
