//! A machine that leaves its cluster is wiped, and only then forgotten.
//!
//! It must be connected for that: one that is not is waited for. A machine that Omni does not know any more, or whose node is
//! destroyed by force, is forgotten without.

use omni_api::Resource;
use omni_api::kind::{
    ClusterMachineConfig, MachineSetConfigStatus, MachineStatus, MachineStatusSnapshot,
    NodeForceDestroyRequest,
};
use omni_api::machine::machine_status_event::MachineStage;

use crate::controllers::common::machine_set_of;
use crate::engine::{Context, Error};
use crate::machines::{Desired, Observed};

/// Wipes the machine; whether it is free now.
///
/// # Errors
/// Those of the context.
pub(super) fn reset(
    cx: &Context<'_>,
    config: &Resource<ClusterMachineConfig>,
) -> Result<bool, Error> {
    let id = config.id();
    if cx.get::<Desired>(id)?.is_none() {
        // It was never told anything, or it is forgotten already.
        return cx.remove_for::<NodeForceDestroyRequest>("", id);
    }
    let status = cx.running::<MachineStatus>(id)?;
    let forced = cx.get::<NodeForceDestroyRequest>(id)?.is_some();
    let Some(status) = status.filter(|_| !forced) else {
        cx.remove_for::<NodeForceDestroyRequest>("", id)?;
        return cx.remove_for::<Desired>("", id);
    };
    if !status.spec.connected {
        return Ok(false);
    }
    if is_clean(cx, id)? {
        return cx.remove_for::<Desired>("", id);
    }
    let permission = cx.get::<MachineSetConfigStatus>(machine_set_of(&config.metadata)?)?;
    let graceful = permission.is_some_and(|permission| permission.spec.should_reset_graceful);
    cx.put_for_user::<Desired>(id, |desired| {
        desired.spec.reset = true;
        desired.spec.graceful = graceful;
    })?;
    Ok(false)
}

/// Whether the machine is in maintenance mode and runs no configuration.
fn is_clean(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let snapshot = cx.get::<MachineStatusSnapshot>(id)?;
    let event = snapshot.and_then(|snapshot| snapshot.spec.machine_status.clone());
    let waits = event.is_some_and(|event| event.stage() == MachineStage::Maintenance);
    let observed = cx.get::<Observed>(id)?;
    let empty = observed.is_none_or(|observed| observed.spec.member.is_none());
    Ok(waits && empty)
}
