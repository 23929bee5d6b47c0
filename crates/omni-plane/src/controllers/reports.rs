//! How what a machine reports finds those whom it concerns.

use std::sync::Arc;

use omni_api::kind::ClusterMachine;
use omni_api::{Kind as _, Metadata, labels};

use super::common::is_control_plane;
use crate::Store;
use crate::machines::observed::ObservedSpec;

/// A report of a control plane concerns its cluster.
pub fn cluster_of_reporting_control_plane(store: &Store, report: &Metadata) -> Vec<Arc<str>> {
    label_of_member(store, report, labels::CLUSTER, true)
}

/// A report of a control plane concerns its machine set.
pub fn set_of_reporting_control_plane(store: &Store, report: &Metadata) -> Vec<Arc<str>> {
    label_of_member(store, report, labels::MACHINE_SET, true)
}

/// A report of any member concerns its cluster.
pub fn cluster_of_reporting_machine(store: &Store, report: &Metadata) -> Vec<Arc<str>> {
    label_of_member(store, report, labels::CLUSTER, false)
}

fn label_of_member(
    store: &Store,
    report: &Metadata,
    label: &str,
    control_planes: bool,
) -> Vec<Arc<str>> {
    let member = store.get(ClusterMachine::NAMESPACE, ClusterMachine::TYPE, &report.id);
    let member = member.filter(|member| !control_planes || is_control_plane(&member.metadata));
    let value = member.and_then(|member| member.metadata.label(label).map(Arc::from));
    value.into_iter().collect()
}

// === impl ObservedSpec ===

impl ObservedSpec {
    /// Whether its Kubernetes API can be reached.
    pub fn api_answers(&self) -> bool {
        self.connected && self.member.as_ref().is_some_and(|member| member.api_ready)
    }
}
