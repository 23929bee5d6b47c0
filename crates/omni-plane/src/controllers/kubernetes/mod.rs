//! What is kept true about the Kubernetes of clusters.

mod component;
pub(crate) mod exposed;
mod image_pull_status;
mod machines;
pub(crate) mod manifests;
mod nodes;
mod prepull;
mod report;
mod status;
mod steps;
#[cfg(test)]
mod tests;
mod upgrade_manifest_status;
mod upgrade_path;
mod upgrade_status;
mod versions;

use crate::engine::{Controller, Transformed};

/// Who owns the system patches of upgrades.
pub(crate) use upgrade_status::NAME as UPGRADES;

/// The controllers of this module.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Transformed::boxed(nodes::ClusterKubernetesNodes),
        Box::new(status::KubernetesStatus),
        Transformed::boxed(upgrade_status::KubernetesUpgradeStatus),
        Transformed::boxed(image_pull_status::ImagePullStatus),
        Transformed::boxed(upgrade_manifest_status::KubernetesUpgradeManifestStatus),
        Transformed::boxed(manifests::ClusterKubernetesManifestsStatus),
    ]
}
