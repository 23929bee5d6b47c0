//! Whether a machine runs the image that it is to run.
//!
//! A machine of a cluster is upgraded with its cluster. One that belongs to none, and has Talos on its disk, is told here.

use omni_api::kind::{MachineStatus, SchematicConfiguration};
use omni_api::specs::machine_upgrade_status_spec::Phase;
use omni_api::specs::{MachineStatusSpec, MachineUpgradeStatusSpec};
use omni_api::{Resource, kind, labels};

use super::schematic::is_ready;
use crate::controllers::common::copy_labels;
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::machines::Desired;

/// Reports on images, and upgrades machines in maintenance mode.
#[derive(Debug)]
pub(super) struct MachineUpgradeStatus;

// === impl MachineUpgradeStatus ===

impl Transform for MachineUpgradeStatus {
    type In = MachineStatus;
    type Out = kind::MachineUpgradeStatus;
    const NAME: &'static str = "MachineUpgradeStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_id::<SchematicConfiguration>()]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<Desired>()]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        const KEYS: [&str; 2] = [labels::CLUSTER, labels::MACHINE_SET];
        for key in KEYS {
            output.metadata.labels.remove(key);
        }
        copy_labels(&machine.metadata, &mut output.metadata, &KEYS);
        let wanted = cx.running::<SchematicConfiguration>(machine.id())?;
        let wanted = wanted.map(|wanted| wanted.spec.schematic_id.clone());
        let waits = describe(&machine.spec, wanted.as_deref(), &mut output.spec);
        if waits {
            order(cx, machine, &output.spec)?;
        }
        Ok(Verdict::DONE)
    }
}

/// Says how far the machine is; whether it has to be told to upgrade.
fn describe(
    machine: &MachineStatusSpec,
    wanted: Option<&str>,
    status: &mut MachineUpgradeStatusSpec,
) -> bool {
    let (phase, text) = judge(machine, wanted);
    status.set_phase(phase);
    text.clone_into(&mut status.status);
    status.error.clear();
    status.is_maintenance = machine.maintenance;
    if phase != Phase::Unknown {
        let running = machine.schematic.clone().unwrap_or_default();
        status.current_schematic_id = running.full_id;
        wanted
            .unwrap_or_default()
            .clone_into(&mut status.schematic_id);
        let version = &machine.talos_version;
        status.talos_version.clone_from(version);
        status.current_talos_version.clone_from(version);
    }
    phase == Phase::Upgrading
}

fn judge(machine: &MachineStatusSpec, wanted: Option<&str>) -> (Phase, &'static str) {
    let running = machine.schematic.as_ref().filter(|one| is_ready(one));
    let (running, wanted) = match (running, wanted) {
        (None, _) => return (Phase::Unknown, "schematic info is not available"),
        (_, None) => return (Phase::Unknown, "schematic configuration is not available"),
        (Some(running), Some(wanted)) => (running, wanted),
    };
    let hardware = machine.hardware.as_ref();
    let installed =
        hardware.is_some_and(|hardware| hardware.blockdevices.iter().any(|disk| disk.system_disk));
    if running.full_id == wanted {
        (Phase::UpToDate, "machine is up to date")
    } else if !machine.maintenance {
        (Phase::Pending, "not in maintenance mode")
    } else if !installed {
        (Phase::Pending, "no system disk, Talos is not installed")
    } else {
        (Phase::Upgrading, "Talos upgrade initiated")
    }
}

/// Tells a machine that belongs to nobody which image to run.
fn order(
    cx: &Context<'_>,
    machine: &Resource<MachineStatus>,
    status: &MachineUpgradeStatusSpec,
) -> Result<(), Error> {
    let told = cx.get::<Desired>(machine.id())?;
    let taken = told.is_some_and(|told| !told.spec.cluster.is_empty());
    if taken || !machine.spec.cluster.is_empty() {
        return Ok(());
    }
    cx.put_for_user::<Desired>(machine.id(), |desired| {
        // It keeps its version, whatever that is by then.
        desired.spec.talos_version.clear();
        desired.spec.schematic.clone_from(&status.schematic_id);
    })?;
    Ok(())
}
