//! What is kept true about the secrets of clusters: drawn or imported once, and rotated when somebody asks for it.

mod bundle;
mod candidates;
mod cluster_secrets;
mod import;
mod imported;
mod machine_secrets;
mod roster;
mod rotation;
mod rotation_status;
#[cfg(test)]
mod tests;
mod validate;

pub(crate) use bundle::Bundle;
pub(crate) use machine_secrets::Accepted;

use crate::engine::{Controller, Transformed};

/// The controllers of this module. A rotation is written down in the cluster's secrets before it goes on.
pub(super) fn all() -> Vec<Box<dyn Controller>> {
    vec![
        Transformed::boxed(cluster_secrets::ClusterSecrets),
        Transformed::boxed(rotation_status::ClusterSecretsRotationStatus),
        Box::new(imported::ImportedClusterSecrets),
    ]
}
