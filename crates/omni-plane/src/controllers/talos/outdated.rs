//! Which machines of a cluster do not run the image that they are to run.

use omni_api::Resource;
use omni_api::kind::{ClusterMachineConfigStatus, SchematicConfiguration};

use crate::controllers::UPGRADE_LOCK;
use crate::controllers::common::is_control_plane;
use crate::engine::{Context, Error};

use super::upgrade_status::Member;

/// Machines with another image than theirs. Those that are being installed for the first time are none.
#[derive(Debug, Default)]
pub(super) struct Outdated {
    /// How many there are.
    pub(super) count: usize,
    /// Those that are changing now, by id.
    pub(super) upgrading: Vec<String>,
    /// Whether a control plane is among them.
    pub(super) control_plane: bool,
}

// === impl Outdated ===

impl Outdated {
    /// The outdated ones among a cluster's machines.
    ///
    /// # Errors
    /// Those of the context.
    pub(super) fn among(
        cx: &Context<'_>,
        members: &[Member],
        version: &str,
    ) -> Result<Self, Error> {
        let mut outdated = Self::default();
        for Member { machine, image } in members {
            let upgrading = machine
                .metadata
                .finalizers
                .iter()
                .any(|holder| holder == UPGRADE_LOCK);
            if upgrading || is_outdated(cx, machine.id(), image.as_deref(), version)? {
                outdated.count += 1;
                outdated.control_plane |= is_control_plane(&machine.metadata);
            }
            if upgrading {
                outdated.upgrading.push(machine.id().to_owned());
            }
        }
        Ok(outdated)
    }
}

fn is_outdated(
    cx: &Context<'_>,
    machine: &str,
    wanted: Option<&Resource<SchematicConfiguration>>,
    version: &str,
) -> Result<bool, Error> {
    let running = cx.get::<ClusterMachineConfigStatus>(machine)?;
    let (Some(wanted), Some(running)) = (wanted, running) else {
        return Ok(false);
    };
    let (wanted, running) = (&wanted.spec, &running.spec);
    if running.talos_version.is_empty() || running.schematic_id.is_empty() {
        return Ok(false);
    }
    Ok(wanted.talos_version != version
        || running.talos_version != wanted.talos_version
        || running.schematic_id != wanted.schematic_id)
}
