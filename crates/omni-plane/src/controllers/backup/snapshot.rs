//! A snapshot of an emulated etcd: what the cluster's Kubernetes holds, and who its members are.
//!
//! A real snapshot is a database of etcd. The emulated clusters have none, so this is a small document of the plane's own: the same
//! contents make the same bytes.

use omni_api::kind::{Cluster, ClusterEndpoint, ClusterMachine};
use omni_api::labels;
use omni_api::selector::Term;
use prost::Message as _;

use crate::engine::{Context, Error};
use crate::machines::workload::Object;
use crate::machines::{Observed, Workload};
use crate::store::Query;

/// What a snapshot holds.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Snapshot {
    /// The cluster that it was taken of.
    #[prost(string, tag = "1")]
    pub(crate) cluster: String,
    /// The Kubernetes that ran.
    #[prost(string, tag = "2")]
    pub(crate) kubernetes_version: String,
    /// Names of the nodes that were members, sorted.
    #[prost(string, repeated, tag = "3")]
    pub(crate) members: Vec<String>,
    /// The objects.
    #[prost(message, repeated, tag = "4")]
    pub(crate) objects: Vec<Object>,
}

/// Why there is nothing to take a snapshot of, in Omni's words as far as they are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoSnapshot {
    /// No control plane has an address.
    #[error(
        "failed to create talos client for cluster, skipping cluster backup: talos API client is not available: no \
         management addresses on cluster endpoint"
    )]
    NoEndpoint,
    /// No control plane's etcd answers.
    #[error(
        "failed to start etcd snapshot stream for cluster: rpc error: code = Unavailable desc = no etcd of the cluster answers"
    )]
    NoEtcd,
}

/// Takes a snapshot of a cluster's etcd.
///
/// # Errors
/// Those of the context; what keeps the etcd from answering is inside.
pub(super) fn take(cx: &Context<'_>, id: &str) -> Result<Result<Snapshot, NoSnapshot>, Error> {
    let endpoint = cx.get::<ClusterEndpoint>(id)?;
    if endpoint.is_none_or(|endpoint| endpoint.spec.management_addresses.is_empty()) {
        return Ok(Err(NoSnapshot::NoEndpoint));
    }
    let control_planes = Query::cluster(id).and(Term::exists(labels::CONTROL_PLANE_ROLE));
    let mut members = Vec::new();
    for machine in cx.list::<ClusterMachine>(&control_planes)? {
        let Some(report) = cx.get::<Observed>(machine.id())? else {
            continue;
        };
        let member = report.spec.member.as_ref();
        let member = member.filter(|member| member.etcd_healthy && report.spec.connected);
        members.extend(member.map(|member| member.nodename.clone()));
    }
    if members.is_empty() {
        return Ok(Err(NoSnapshot::NoEtcd));
    }
    members.sort();
    let cluster = cx.get::<Cluster>(id)?;
    let there = cx.get::<Workload>(id)?;
    Ok(Ok(Snapshot {
        cluster: id.to_owned(),
        kubernetes_version: cluster.map_or_else(String::new, |cluster| {
            cluster.spec.kubernetes_version.clone()
        }),
        members,
        objects: there
            .map(|there| there.spec.objects.clone())
            .unwrap_or_default(),
    }))
}

// === impl Snapshot ===

impl Snapshot {
    /// Its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// The snapshot of these bytes; `None` where they are none.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        Self::decode(bytes).ok()
    }
}
