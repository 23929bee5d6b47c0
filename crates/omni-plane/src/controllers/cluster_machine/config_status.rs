//! Which configuration and which image a machine runs, and the orders that bring it to the wanted ones.
//!
//! # Flow
//! 1. What is pending is written down, whether it may be done now or not.
//! 2. Nothing happens to a locked machine, or while its configuration cannot be made.
//! 3. The image first: a machine that needs another is told so once it has the right to upgrade, and waited for until it has
//!    booted again.
//! 4. Then the configuration, once the machine has the right to change; what it runs is recorded when it says so.
//! 5. A machine that was refused a right stands in line for it.
//! 6. When the configuration goes, the machine is wiped before it is forgotten.

use omni_api::kind::{
    Cluster, ClusterMachine, ClusterMachineTalosVersion, InfraMachineStatus, MachinePendingUpdates,
    MachineSetConfigStatus, MachineSetNode, MachineStatus, MachineStatusSnapshot,
    NodeForceDestroyRequest, UpgradeRollout,
};
use omni_api::specs::ClusterMachineConfigStatusSpec;
use omni_api::{Metadata, Resource, kind};
use std::sync::Arc;

use super::line::{self, WaitingMachine};
use super::locks::{self, Lock};
use super::situation::Situation;
use super::{apply, pending, reset};
use crate::Store;
use crate::controllers::common::{PLACE, copy_labels, those_of_cluster};
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::machines::{Desired, Observed};

/// Rolls configurations out.
#[derive(Debug)]
pub(super) struct ClusterMachineConfigStatus;

// === impl ClusterMachineConfigStatus ===

impl Transform for ClusterMachineConfigStatus {
    type In = kind::ClusterMachineConfig;
    type Out = kind::ClusterMachineConfigStatus;
    const NAME: &'static str = "ClusterMachineConfigStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<Observed>(),
            Input::by_id::<MachineStatus>(),
            Input::by_id::<MachineStatusSnapshot>(),
            Input::by_id::<InfraMachineStatus>(),
            Input::by_id::<MachineSetNode>(),
            Input::by_id::<ClusterMachineTalosVersion>(),
            Input::by_id::<NodeForceDestroyRequest>(),
            Input::by_id::<MachinePendingUpdates>(),
            Input::mapped::<ClusterMachine>(itself_and_those_in_line),
            Input::mapped::<WaitingMachine>(line::next_in_line),
            Input::mapped::<MachineSetConfigStatus>(line::first_of_set),
            Input::mapped::<UpgradeRollout>(line::first_of_rollout),
            Input::mapped::<Cluster>(those_of_cluster::<kind::ClusterMachineConfig>),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<MachinePendingUpdates>(),
            Output::exclusive::<WaitingMachine>(),
            Output::shared::<Desired>(),
            Output::shared::<NodeForceDestroyRequest>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        config: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let mut refused = None;
        let verdict = roll_out(cx, config, output, &mut refused);
        line::stand(cx, &config.metadata, refused)?;
        verdict
    }

    fn finalize(&self, cx: &Context<'_>, config: &Resource<Self::In>) -> Result<bool, Error> {
        pending::clear(cx, config.id())?;
        line::stand(cx, &config.metadata, None)?;
        locks::give_config(cx, config.id())?;
        locks::give_upgrade(cx, config.id())?;
        reset::reset(cx, config)
    }
}

/// Takes the next step with a machine; `refused` is set to the right that it needs for that and has not got.
fn roll_out(
    cx: &Context<'_>,
    config: &Resource<kind::ClusterMachineConfig>,
    output: &mut Resource<kind::ClusterMachineConfigStatus>,
    refused: &mut Option<Lock>,
) -> Result<Verdict, Error> {
    let configured = !output.spec.cluster_machine_config_sha256.is_empty();
    let Some(situation) = Situation::of(cx, config, configured)? else {
        return Ok(Verdict::SKIP);
    };
    if !config.spec.generation_error.is_empty() {
        output
            .spec
            .last_config_error
            .clone_from(&config.spec.generation_error);
        return Ok(Verdict::DONE);
    }
    if config.spec.data.is_empty() {
        return Ok(Verdict::SKIP);
    }
    pending::note(cx, config, &output.spec, &situation)?;
    if situation.locked {
        return Ok(Verdict::SKIP);
    }
    if situation.needs_image() {
        return begin_upgrade(cx, config, &mut output.spec, &situation, refused);
    }
    if !end_upgrade(cx, &mut output.spec, &situation)? {
        return Ok(Verdict::SKIP);
    }
    let applied = situation.observed.config_sha256 == situation.config_sha256;
    let changes = output.spec.cluster_machine_config_sha256 != situation.config_sha256;
    if changes && configured && !applied && !locks::take_config(cx, &situation.machine)? {
        *refused = Some(Lock::Config);
        return Ok(Verdict::DONE);
    }
    apply::order_config(cx, config, &situation)?;
    output.spec.cluster_machine_config_version = config.metadata.version.to_string();
    let refused = &situation.observed.config_error;
    output.spec.last_config_error.clone_from(refused);
    if applied {
        if changes {
            output.spec.redacted_current_machine_config = apply::redact(config)?;
        }
        output.spec.cluster_machine_config_sha256 = situation.config_sha256;
        copy_labels(&config.metadata, &mut output.metadata, &PLACE);
        pending::clear(cx, config.id())?;
        locks::give_config(cx, config.id())?;
    }
    Ok(Verdict::DONE)
}

/// Tells a machine to change its image, if it may; a first installation may always.
fn begin_upgrade(
    cx: &Context<'_>,
    config: &Resource<kind::ClusterMachineConfig>,
    status: &mut ClusterMachineConfigStatusSpec,
    situation: &Situation,
    refused: &mut Option<Lock>,
) -> Result<Verdict, Error> {
    let configured = !status.cluster_machine_config_sha256.is_empty();
    if configured && !locks::take_upgrade(cx, &situation.machine)? {
        // It will not change its configuration before its image, so that others may.
        locks::give_config(cx, config.id())?;
        *refused = Some(Lock::Upgrade);
        return Ok(Verdict::SKIP);
    }
    apply::order_image(cx, config, situation)?;
    let failed = &situation.observed.config_error;
    status.last_config_error.clone_from(failed);
    if status.pre_reboot_boot_id.is_empty() {
        status
            .pre_reboot_boot_id
            .clone_from(&situation.observed.boot_id);
    }
    Ok(Verdict::DONE)
}

/// Records the image that a machine runs; false while it has not booted since it was told to change.
fn end_upgrade(
    cx: &Context<'_>,
    status: &mut ClusterMachineConfigStatusSpec,
    situation: &Situation,
) -> Result<bool, Error> {
    let booted = status.pre_reboot_boot_id != situation.observed.boot_id;
    if !status.pre_reboot_boot_id.is_empty() && !booted {
        return Ok(false);
    }
    status.pre_reboot_boot_id.clear();
    status.talos_version.clone_from(&situation.wanted.version);
    status.schematic_id.clone_from(&situation.wanted.schematic);
    locks::give_upgrade(cx, situation.machine.id())?;
    Ok(true)
}

/// A cluster machine concerns itself; where it has given a lock back, before that those who waited for it.
fn itself_and_those_in_line(store: &Store, machine: &Metadata) -> Vec<Arc<str>> {
    let mut concerned = line::after_release(store, machine);
    concerned.push(machine.id.clone());
    concerned
}
