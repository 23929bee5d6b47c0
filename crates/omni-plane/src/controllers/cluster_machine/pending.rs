//! What is going to change on a machine: the difference of configurations, and the upgrade.

use omni_api::Resource;
use omni_api::kind::{ClusterMachineConfig, MachinePendingUpdates};
use omni_api::specs::ClusterMachineConfigStatusSpec;
use omni_api::specs::machine_pending_updates_spec::Upgrade;

use super::apply::redact;
use super::situation::Situation;
use crate::controllers::common::copy_all_labels;
use crate::controllers::machine_config::unified;
use crate::engine::{Context, Error};

/// Where the hash of the configuration that a difference leads to is kept, so that it is computed once.
const LEADS_TO: &str = "inputResourceVersion";

/// Writes down what is pending, or that nothing is.
///
/// # Errors
/// Those of the context.
pub(super) fn note(
    cx: &Context<'_>,
    config: &Resource<ClusterMachineConfig>,
    status: &ClusterMachineConfigStatusSpec,
    situation: &Situation,
) -> Result<(), Error> {
    let upgrade = upgrade(status, situation);
    let diff = difference(cx, config, status, situation)?;
    if upgrade.is_none() && diff.is_empty() {
        return clear(cx, config.id());
    }
    cx.put::<MachinePendingUpdates>(config.id(), |pending| {
        copy_all_labels(&config.metadata, &mut pending.metadata);
        let leads_to = situation.config_sha256.clone();
        pending
            .metadata
            .annotations
            .insert(LEADS_TO.to_owned(), leads_to);
        pending.spec.upgrade.clone_from(&upgrade);
        pending.spec.config_diff.clone_from(&diff);
    })?;
    Ok(())
}

/// Says that nothing is pending.
///
/// # Errors
/// Those of the context.
pub(super) fn clear(cx: &Context<'_>, machine: &str) -> Result<(), Error> {
    if cx.get::<MachinePendingUpdates>(machine)?.is_some() {
        cx.remove::<MachinePendingUpdates>(machine)?;
    }
    Ok(())
}

/// What the wanted configuration changes in the one that runs.
fn difference(
    cx: &Context<'_>,
    config: &Resource<ClusterMachineConfig>,
    status: &ClusterMachineConfigStatusSpec,
    situation: &Situation,
) -> Result<String, Error> {
    if status.cluster_machine_config_sha256 == situation.config_sha256 {
        return Ok(String::new());
    }
    let pending = cx.get::<MachinePendingUpdates>(config.id())?;
    match pending {
        Some(pending)
            if pending.metadata.annotation(LEADS_TO) == Some(&situation.config_sha256) =>
        {
            Ok(pending.spec.config_diff.clone())
        }
        _ => Ok(unified(
            &status.redacted_current_machine_config,
            &redact(config)?,
        )),
    }
}

/// The upgrade of a machine that has run another image before; the first installation is none.
fn upgrade(status: &ClusterMachineConfigStatusSpec, situation: &Situation) -> Option<Upgrade> {
    let wanted = &situation.wanted;
    let known = !status.talos_version.is_empty() && !status.schematic_id.is_empty();
    let differs = status.talos_version != wanted.version || status.schematic_id != wanted.schematic;
    (known && differs && situation.needs_image()).then(|| Upgrade {
        from_schematic: status.schematic_id.clone(),
        to_schematic: wanted.schematic.clone(),
        from_version: status.talos_version.clone(),
        to_version: wanted.version.clone(),
    })
}
