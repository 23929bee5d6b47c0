//! Who may change now: at most so many machines at a time.
//!
//! A machine that may change holds a lock: a finalizer on its cluster machine, which everybody can see and which survives a restart.
//! A machine that is configured for the first time needs none.

use omni_api::Resource;
use omni_api::kind::{ClusterMachine, MachineSetConfigStatus, UpgradeRollout};

use crate::controllers::common::{cluster_of, is_held, machine_set_of};
use crate::controllers::parallelism;
use crate::engine::{Context, Error};
use crate::store::Query;

/// Finalizer of a machine whose Talos is being changed.
pub(crate) const UPGRADE_LOCK: &str = "UpgradePendingFinalizer";

/// Finalizer of a machine whose configuration is being changed.
pub(crate) const CONFIG_LOCK: &str = "ConfigUpdatePendingFinalizer";

/// What a machine may need before it may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// The right to upgrade.
    Upgrade,
    /// The right to change the configuration.
    Config,
}

/// Takes the right to upgrade; whether the machine has it now.
///
/// # Errors
/// Those of the context.
pub(super) fn take_upgrade(
    cx: &Context<'_>,
    machine: &Resource<ClusterMachine>,
) -> Result<bool, Error> {
    if is_held(&machine.metadata, UPGRADE_LOCK) {
        return Ok(true);
    }
    let cluster = cluster_of(&machine.metadata)?;
    let set = machine_set_of(&machine.metadata)?;
    let rollout = cx.get::<UpgradeRollout>(cluster)?;
    let quotas = rollout
        .map(|rollout| rollout.spec.machine_sets_upgrade_quota.clone())
        .unwrap_or_default();
    let quota = quotas
        .get(set)
        .copied()
        .and_then(|quota| usize::try_from(quota).ok())
        .unwrap_or_default();
    let upgrading = cx.list::<ClusterMachine>(&Query::cluster(cluster).held_by(UPGRADE_LOCK))?;
    take(cx, machine, UPGRADE_LOCK, upgrading.len() < quota)
}

/// Takes the right to change the configuration; whether the machine has it now.
///
/// # Errors
/// Those of the context.
pub(super) fn take_config(
    cx: &Context<'_>,
    machine: &Resource<ClusterMachine>,
) -> Result<bool, Error> {
    if is_held(&machine.metadata, CONFIG_LOCK) {
        return Ok(true);
    }
    let set = machine_set_of(&machine.metadata)?;
    let Some(permission) = cx.get::<MachineSetConfigStatus>(set)? else {
        return Ok(false);
    };
    let spec = &permission.spec;
    let most =
        parallelism(spec.update_strategy(), spec.update_strategy_config.as_ref()).unwrap_or(1);
    let changing = cx.list::<ClusterMachine>(&Query::machine_set(set).held_by(CONFIG_LOCK))?;
    take(
        cx,
        machine,
        CONFIG_LOCK,
        spec.config_updates_allowed && changing.len() < most,
    )
}

/// Gives the right to upgrade back.
///
/// # Errors
/// Those of the context.
pub(super) fn give_upgrade(cx: &Context<'_>, machine: &str) -> Result<(), Error> {
    cx.release_as::<ClusterMachine>(machine, UPGRADE_LOCK)?;
    Ok(())
}

/// Gives the right to change the configuration back.
///
/// # Errors
/// Those of the context.
pub(super) fn give_config(cx: &Context<'_>, machine: &str) -> Result<(), Error> {
    cx.release_as::<ClusterMachine>(machine, CONFIG_LOCK)?;
    Ok(())
}

fn take(
    cx: &Context<'_>,
    machine: &Resource<ClusterMachine>,
    lock: &str,
    free: bool,
) -> Result<bool, Error> {
    let may = free && !machine.metadata.tearing_down();
    if may {
        cx.hold_as::<ClusterMachine>(machine.id(), lock)?;
    }
    Ok(may)
}
