//! The cluster that a fixed provider's machine serves.
//!
//! A member that leaves stays one for its provider until it is reset; then the provider is to wipe it. Until then the member is held.

use std::sync::Arc;

use omni_api::{Resource, kind};
use sha2::{Digest as _, Sha256};

use crate::Moment;
use crate::controllers::CLUSTER_MACHINE_CONFIG;
use crate::controllers::common::{PLACE, cluster_of, copy_labels};
use crate::engine::{Context, Error};
use crate::infra::machine::keep;

type Member = Resource<kind::ClusterMachine>;

/// Where a machine is in the life of a member.
pub(super) enum Place {
    /// It serves no cluster.
    Free,
    /// It serves one, with this Talos and these extensions.
    Member {
        member: Arc<Member>,
        talos: String,
        extensions: Vec<String>,
    },
    /// It is being reset.
    Leaving,
    /// It was reset, and is held as a member still.
    Left,
}

// === impl Place ===

impl Place {
    pub(super) fn of(cx: &Context<'_>, id: &str) -> Result<Self, Error> {
        let Some(member) = cx.get::<kind::ClusterMachine>(id)? else {
            return Ok(Self::Free);
        };
        if member.metadata.tearing_down() {
            return Ok(if is_being_reset(&member) {
                Self::Leaving
            } else {
                Self::Left
            });
        }
        let cluster = cx.get::<kind::Cluster>(cluster_of(&member.metadata)?)?;
        let extensions = cx.get::<kind::MachineExtensions>(id)?;
        Ok(Self::Member {
            talos: cluster.map_or_else(String::new, |cluster| cluster.spec.talos_version.clone()),
            extensions: extensions.map_or_else(Vec::new, |wanted| wanted.spec.extensions.clone()),
            member,
        })
    }

    /// Tells the provider.
    pub(super) fn apply(&self, machine: &mut Resource<kind::InfraMachine>, now: Moment) {
        let fresh = wipe_id(machine.id(), keep(now));
        let spec = &mut machine.spec;
        if !matches!(self, Self::Member { .. }) {
            // A machine that serves no cluster is its provider's to switch on.
            spec.power_off_request_id.clear();
        }
        match self {
            Self::Free | Self::Leaving => {}
            Self::Left => {
                if !spec.cluster_talos_version.is_empty() {
                    spec.wipe_id = fresh;
                }
                spec.cluster_talos_version.clear();
                spec.extensions.clear();
                for key in PLACE {
                    machine.metadata.labels.remove(key);
                }
            }
            Self::Member {
                member,
                talos,
                extensions,
            } => {
                spec.cluster_talos_version.clone_from(talos);
                spec.extensions.clone_from(extensions);
                copy_labels(&member.metadata, &mut machine.metadata, &PLACE);
            }
        }
    }

    /// Holds the member, or lets it go.
    pub(super) fn settle(&self, cx: &Context<'_>, id: &str) -> Result<(), Error> {
        match self {
            Self::Free | Self::Leaving => {}
            Self::Left => drop(cx.release::<kind::ClusterMachine>(id)?),
            Self::Member { .. } => drop(cx.hold::<kind::ClusterMachine>(id)?),
        }
        Ok(())
    }
}

/// Lets go a member whose machine leaves Omni; false as long as it is being reset.
pub(super) fn left(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let member = cx.get::<kind::ClusterMachine>(id)?;
    let Some(member) = member.filter(|member| member.metadata.tearing_down()) else {
        return Ok(true);
    };
    if is_being_reset(&member) {
        return Ok(false);
    }
    cx.release::<kind::ClusterMachine>(id)?;
    Ok(true)
}

fn is_being_reset(member: &Member) -> bool {
    let holders = &member.metadata.finalizers;
    holders
        .iter()
        .any(|holder| holder == CLUSTER_MACHINE_CONFIG)
}

/// New whenever it is asked for at another moment.
fn wipe_id(machine: &str, now: u64) -> String {
    let digest = Sha256::digest(format!("wipe/{machine}/{now}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}
