//! Everything that decides what to do about a machine's configuration now.

use std::sync::Arc;

use omni_api::kind::{
    Cluster, ClusterMachine, ClusterMachineTalosVersion, InfraMachineStatus, MachineSetNode,
    MachineStatus,
};
use omni_api::{Resource, kind, labels};
use sha2::{Digest as _, Sha256};

use crate::controllers::common::cluster_of;
use crate::engine::{Context, Error};
use crate::machines::Observed;
use crate::machines::observed::ObservedSpec;

/// A machine, its wishes and its facts.
#[derive(Debug)]
pub(super) struct Situation {
    /// The machine as a member.
    pub(super) machine: Arc<Resource<ClusterMachine>>,
    /// What it reports.
    pub(super) observed: ObservedSpec,
    /// The image that it is to run.
    pub(super) wanted: Image,
    /// SHA-256 (hex) of the configuration that it is to run.
    pub(super) config_sha256: String,
    /// Whether it, or its cluster, is locked.
    pub(super) locked: bool,
}

/// A Talos image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    /// Talos version, without a leading `v`.
    pub(super) version: String,
    /// The schematic.
    pub(super) schematic: String,
}

// === impl Situation ===

impl Situation {
    /// The situation of a machine; none while it cannot be reached or something is not known yet.
    ///
    /// # Errors
    /// Those of the context.
    pub(super) fn of(
        cx: &Context<'_>,
        config: &Resource<kind::ClusterMachineConfig>,
        configured: bool,
    ) -> Result<Option<Self>, Error> {
        let id = config.id();
        let node = cx.get::<MachineSetNode>(id)?;
        let machine = cx.running::<ClusterMachine>(id)?;
        let wanted = cx.running::<ClusterMachineTalosVersion>(id)?;
        let observed = cx.get::<Observed>(id)?;
        let (Some(node), Some(machine), Some(wanted), Some(observed)) =
            (node, machine, wanted, observed)
        else {
            return Ok(None);
        };
        if !is_usable(cx, id)? {
            return Ok(None);
        }
        let cluster = cx.get::<Cluster>(cluster_of(&config.metadata)?)?;
        let cluster_locked = cluster.is_some_and(|cluster| {
            cluster
                .metadata
                .annotation(labels::CLUSTER_LOCKED)
                .is_some()
                && !cluster.metadata.tearing_down()
        });
        let node_locked = configured && node.metadata.annotation(labels::MACHINE_LOCKED).is_some();
        Ok(Some(Self {
            machine,
            observed: observed.spec.clone(),
            wanted: Image {
                version: wanted.spec.talos_version.clone(),
                schematic: wanted.spec.schematic_id.clone(),
            },
            config_sha256: hex::encode(Sha256::digest(&config.spec.data)),
            locked: cluster_locked || node_locked,
        }))
    }

    /// Whether Talos has to be installed or changed first.
    pub(super) fn needs_image(&self) -> bool {
        !self.observed.installed
            || self.observed.talos_version != self.wanted.version
            || self.observed.schematic != self.wanted.schematic
    }
}

/// Whether the machine is connected, and its static provider, if it has one, has it ready.
fn is_usable(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let status = cx.get::<MachineStatus>(id)?;
    let Some(status) = status.filter(|status| status.spec.connected) else {
        return Ok(false);
    };
    if status
        .metadata
        .label(labels::IS_MANAGED_BY_STATIC_INFRA_PROVIDER)
        .is_none()
    {
        return Ok(true);
    }
    let provided = cx.get::<InfraMachineStatus>(id)?;
    Ok(provided.is_some_and(|provided| provided.spec.ready_to_use))
}
