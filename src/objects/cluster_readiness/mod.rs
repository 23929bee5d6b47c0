//! `omni_cluster_readiness`: waits until a cluster is ready.

mod resource;

use std::collections::BTreeMap;

use tfplugin::types::{Duration, Timeouts};
use tfplugin::{Attr, Object};

pub use resource::ClusterReadinessResource;

use crate::values::Version;

/// Waits until a cluster runs the wanted versions and every machine of it is ready.
///
/// Objects of a cluster do not wait for it: a worker that waited for a control plane which Terraform has not started yet would hang.
/// This resource waits. Make it depend on the machine sets (and nodes, and patches), and let whatever needs the cluster depend on it. A
/// change of a version or of `triggers` waits again. Destroying it does nothing.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "cluster_readiness", version = 1, identity(cluster))]
pub struct ClusterReadiness {
    /// Name of the cluster. Changing it waits for the other one.
    #[attr(required, replace)]
    pub cluster: Attr<String>,
    /// Kubernetes version to wait for; where it is not set, the one that the cluster is to run.
    #[attr(optional)]
    pub kubernetes_version: Attr<Version>,
    /// Talos version to wait for; where it is not set, the one that the cluster is to run.
    #[attr(optional)]
    pub talos_version: Attr<Version>,
    /// Any values; a change waits again. Put here what changes the cluster without changing a version: sizes, hashes of patches.
    #[attr(optional)]
    pub triggers: Attr<BTreeMap<String, Attr<String>>>,
    /// How long the cluster must be ready without a break, in wall-clock time. It covers the moment in which a server still shows the
    /// state before a change.
    #[attr(default = "2s")]
    pub settle: Attr<Duration>,
    /// How long each operation may take.
    #[attr(timeouts(create = "30m", read = "2m", update = "60m"))]
    pub timeouts: Attr<Timeouts>,
    /// Name of the cluster, known as soon as it is ready: reference it to wait for the cluster.
    #[attr(computed)]
    pub id: Attr<String>,
    /// Whether the cluster was ready when it was last looked at. Where it is false, the next apply waits.
    #[attr(computed)]
    pub ready: Attr<bool>,
}
