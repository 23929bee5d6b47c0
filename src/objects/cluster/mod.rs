//! `omni_cluster`: a Kubernetes cluster.
//!
//! The model is the schema. A cluster is complete as soon as it is written: what it consists of are machine sets, and what
//! waits for it is `omni_cluster_readiness`. Only an update of a version waits here, because the nodes exist then.

mod convert;
mod data_source;
mod resource;
mod review;

use std::collections::BTreeMap;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use convert::counts;
pub use data_source::ClusterDataSource;
pub use resource::ClusterResource;

use crate::values::{BackupInterval, Version};

/// A Kubernetes cluster that Omni manages.
///
/// The cluster itself names versions and features; its machines come from `omni_machine_set`. Creating it does not wait for
/// machines: let `omni_cluster_readiness` wait where something needs the cluster to run. Changing a version upgrades the cluster in
/// place, and the apply waits until the upgrade is done.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "cluster", version = 1, identity(name))]
pub struct Cluster {
    /// Name of the cluster, unique in the account: letters, digits, dashes and underscores. Changing it replaces the cluster.
    #[attr(required, replace)]
    pub name: Attr<String>,
    /// Kubernetes version, `1.34.2` or `v1.34.2`. It may go up by one minor version at a time; the
    /// `omni_kubernetes_versions` data source lists what exists.
    #[attr(required)]
    pub kubernetes_version: Attr<Version>,
    /// Talos version, `1.13.7` or `v1.13.7`. It may not go below the minor version that the cluster was created with.
    #[attr(required)]
    pub talos_version: Attr<Version>,
    /// How often etcd is backed up, between `1h` and `24h`; `0s` or an empty text switches backups off. Where it is not set, backups stay as they
    /// are.
    #[attr(optional, computed)]
    pub backup_interval: Attr<BackupInterval>,
    /// Features of the cluster. What is not set stays as it is.
    #[attr(optional, computed)]
    pub features: Attr<Features>,
    /// Labels of the cluster. Labels that are not listed belong to others and are left alone.
    #[attr(optional, computed)]
    pub labels: Attr<BTreeMap<String, Attr<String>>>,
    /// Annotations of the cluster. Annotations that are not listed belong to others and are left alone.
    #[attr(optional, computed)]
    pub annotations: Attr<BTreeMap<String, Attr<String>>>,
    /// Whether the cluster is locked: Omni then refuses every change to it, its machine sets and its machines, and its deletion.
    /// Where it is not set, the lock is left alone.
    #[attr(optional, computed)]
    pub locked: Attr<bool>,
    /// How version changes are carried out.
    #[attr(optional)]
    pub upgrade: Attr<Upgrade>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "60m", delete = "30m"))]
    pub timeouts: Attr<Timeouts>,
    /// What the cluster is doing: `SCALING_UP`, `SCALING_DOWN`, `RUNNING`, `DESTROYING` or `UNKNOWN`. As last read; use the data
    /// source of the same name to depend on it.
    #[attr(computed)]
    pub phase: Attr<String>,
    /// Whether everything in the cluster is ready. As last read.
    #[attr(computed)]
    pub ready: Attr<bool>,
    /// How many machines the cluster has. As last read.
    #[attr(computed)]
    pub machines: Attr<Machines>,
    /// UUID of the cluster, made by Omni; backups are found by it.
    #[attr(computed)]
    pub uuid: Attr<String>,
}

/// Features of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Features {
    /// Encrypts the disks of the machines with keys that Omni keeps. Changing it replaces the cluster.
    #[attr(optional, computed)]
    pub disk_encryption: Attr<bool>,
    /// Lets Omni expose HTTP services of the cluster.
    #[attr(optional, computed)]
    pub enable_workload_proxy: Attr<bool>,
    /// Uses the discovery service inside Omni instead of the public one.
    #[attr(optional, computed)]
    pub use_embedded_discovery_service: Attr<bool>,
    /// Switches the public discovery service off. Needs a cluster created with Talos 1.14 or newer, and
    /// `use_embedded_discovery_service`.
    #[attr(optional, computed)]
    pub disable_public_discovery_service: Attr<bool>,
}

/// How version changes are carried out.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Upgrade {
    /// Whether the apply waits until the upgrade is done.
    #[attr(default = true)]
    pub wait: Attr<bool>,
}

/// Counts of machines.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Machines {
    /// Machines that were asked for.
    #[attr(computed)]
    pub requested: Attr<i64>,
    /// Machines that belong to it.
    #[attr(computed)]
    pub total: Attr<i64>,
    /// Machines that run and are ready.
    #[attr(computed)]
    pub healthy: Attr<i64>,
    /// Machines that are connected to Omni.
    #[attr(computed)]
    pub connected: Attr<i64>,
}
