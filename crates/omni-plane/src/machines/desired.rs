//! What a machine is told: the configuration and the versions to run, to bootstrap, to reset.
//!
//! Id: the machine's UUID. Written by the controllers only. A machine that has no such resource is free: it stays in
//! maintenance mode, or whatever it was doing before.
//!
//! # Flow on the machine's side
//! 1. `reset` is set: leave etcd and wipe, return to maintenance, clear the [`Observed`](super::Observed) configuration.
//! 2. Talos is not installed, or its version or schematic differ: install or upgrade, reboot.
//! 3. The configuration's hash differs from the one observed: apply it; the machine that was in maintenance becomes a member.
//! 4. `bootstrap` is set on a control plane whose etcd does not run: bootstrap etcd.
//! 5. Kubernetes components follow the versions of `kubernetes` once the configuration that names them is applied.

use omni_api::Kind;
use omni_api::kind::Facts;

use crate::internal;

/// The kind of [`DesiredSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desired {}

/// What a machine is told.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a machine is told"
)]
#[derive(Clone, PartialEq, prost::Message)]
pub struct DesiredSpec {
    /// The cluster it belongs to; empty for a machine in maintenance mode that only gets another image.
    #[prost(string, tag = "1")]
    pub cluster: String,
    /// Whether it is a control plane.
    #[prost(bool, tag = "2")]
    pub control_plane: bool,
    /// SHA-256 (hex) of the configuration to run; empty as long as none may be applied.
    #[prost(string, tag = "3")]
    pub config_sha256: String,
    /// Talos version to run, without a leading `v`.
    #[prost(string, tag = "4")]
    pub talos_version: String,
    /// Schematic to run: the id of an image with its extensions.
    #[prost(string, tag = "5")]
    pub schematic: String,
    /// Versions of the Kubernetes components that the configuration names.
    #[prost(message, optional, tag = "6")]
    pub kubernetes: Option<Components>,
    /// Whether this machine is to bootstrap the cluster's etcd.
    #[prost(bool, tag = "7")]
    pub bootstrap: bool,
    /// Whether it is to be wiped and to return to maintenance.
    #[prost(bool, tag = "8")]
    pub reset: bool,
    /// Whether the reset leaves etcd and Kubernetes in good order first; a forced one does not.
    #[prost(bool, tag = "9")]
    pub graceful: bool,
    /// Path of the disk that Talos is put on, where it is not installed yet.
    #[prost(string, tag = "11")]
    pub install_disk: String,
}

/// Versions of Kubernetes components, without a leading `v`; empty where the machine runs none.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Components {
    /// The kubelet.
    #[prost(string, tag = "1")]
    pub kubelet: String,
    /// kube-apiserver; control planes only.
    #[prost(string, tag = "2")]
    pub apiserver: String,
    /// kube-controller-manager; control planes only.
    #[prost(string, tag = "3")]
    pub controller_manager: String,
    /// kube-scheduler; control planes only.
    #[prost(string, tag = "4")]
    pub scheduler: String,
}

impl Kind for Desired {
    type Spec = DesiredSpec;
    const FACTS: &'static Facts =
        &internal::kind("MachineDesires.plane.internal", "plane.MachineDesired");
}
