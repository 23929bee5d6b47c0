//! What a machine reports, beyond its stage.
//!
//! Id: the machine's UUID. Written by the machine only, created when the machine joins and destroyed with it. Facts appear
//! when the machine knows them: a hash of a configuration is that of the one *applied*, a version that of what *runs*.

use omni_api::Kind;
use omni_api::kind::Facts;
use omni_api::specs;

use crate::internal;

/// The kind of [`ObservedSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {}

/// What a machine reports.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ObservedSpec {
    /// Hardware, network, versions, platform and schematic, as `MachineStatus` shows them. `cluster`, `role` and `connected`
    /// stay empty here: the first two are the controllers' knowledge, the third follows from `connected` below.
    #[prost(message, optional, tag = "1")]
    pub report: Option<specs::MachineStatusSpec>,
    /// Whether its tunnel is up.
    #[prost(bool, tag = "2")]
    pub connected: bool,
    /// SHA-256 (hex) of the configuration it runs; empty in maintenance mode.
    #[prost(string, tag = "3")]
    pub config_sha256: String,
    /// Whether Talos is on its disk.
    #[prost(bool, tag = "4")]
    pub installed: bool,
    /// Talos version it runs, without a leading `v`.
    #[prost(string, tag = "5")]
    pub talos_version: String,
    /// Schematic it runs.
    #[prost(string, tag = "6")]
    pub schematic: String,
    /// New with every boot.
    #[prost(string, tag = "7")]
    pub boot_id: String,
    /// Its last error about a configuration or an upgrade; empty when it accepted the last one.
    #[prost(string, tag = "8")]
    pub config_error: String,
    /// What it is as a member of a cluster; absent in maintenance mode.
    #[prost(message, optional, tag = "9")]
    pub member: Option<Member>,
    /// How often it has told that it boots from its disk, since it joined.
    #[prost(uint32, tag = "10")]
    pub disk_boots: u32,
}

/// A machine as a member of a cluster.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Member {
    /// Talos' identity of the node.
    #[prost(string, tag = "1")]
    pub node_identity: String,
    /// Name of its Kubernetes node; empty until the node is registered.
    #[prost(string, tag = "2")]
    pub nodename: String,
    /// Its addresses.
    #[prost(string, repeated, tag = "3")]
    pub node_ips: Vec<String>,
    /// Its id in etcd; 0 when it is not a member.
    #[prost(uint64, tag = "4")]
    pub etcd_member_id: u64,
    /// Whether its etcd serves.
    #[prost(bool, tag = "5")]
    pub etcd_healthy: bool,
    /// Whether its Kubernetes API server answers from outside (through the load balancer).
    #[prost(bool, tag = "6")]
    pub api_ready: bool,
    /// Version of its kubelet, without a leading `v`; empty until Kubernetes knows the node.
    #[prost(string, tag = "7")]
    pub kubelet_version: String,
    /// Whether Kubernetes finds the node ready.
    #[prost(bool, tag = "8")]
    pub node_ready: bool,
    /// Its static pods, by name of the component; control planes only.
    #[prost(message, repeated, tag = "9")]
    pub static_pods: Vec<StaticPod>,
}

/// A Kubernetes component that a control plane runs.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct StaticPod {
    /// `kube-apiserver`, `kube-controller-manager` or `kube-scheduler`.
    #[prost(string, tag = "1")]
    pub app: String,
    /// Its version, without a leading `v`.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Whether it is ready.
    #[prost(bool, tag = "3")]
    pub ready: bool,
}

impl Kind for Observed {
    type Spec = ObservedSpec;
    const FACTS: &'static Facts =
        &internal::kind("MachineFacts.plane.internal", "plane.MachineObserved");
}
