//! Kernel arguments of machines: those that a machine is to have, and what is known about them.

use omni_api::kind::{ClusterMachineConfig, KernelArgs, MachineStatus};
use omni_api::specs::machine_status_spec;
use omni_api::{Resource, kind, labels};
use semver::Version;

use super::schematic::is_ready;
use crate::controllers::common::copy_labels;
use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::schematic::{effective, extras};

/// Reports on kernel arguments.
#[derive(Debug)]
pub(super) struct KernelArgsStatus;

/// The first Talos that takes its kernel arguments from the image under GRUB, too.
const FIRST_WITH_ARGUMENTS_UNDER_GRUB: (u64, u64) = (1, 12);

/// The kernel arguments that a machine is to run with; its own where they cannot be changed.
///
/// # Errors
/// Those of the context, of a controller that reads `KernelArgs` and `ClusterMachineConfig`.
pub(super) fn wanted(
    cx: &Context<'_>,
    machine: &Resource<MachineStatus>,
    running: &machine_status_spec::Schematic,
) -> Result<Vec<String>, Error> {
    if !can_change(cx, machine)? {
        return Ok(running.kernel_args.clone());
    }
    let configured = cx.running::<KernelArgs>(machine.id())?;
    let configured = configured.map(|configured| configured.spec.args.clone());
    Ok(effective(
        &running.kernel_args,
        &configured.unwrap_or_default(),
    ))
}

/// Whether the machine takes its arguments from its image.
fn can_change(cx: &Context<'_>, machine: &Resource<MachineStatus>) -> Result<bool, Error> {
    let security = machine.spec.security_state.as_ref();
    if security.is_some_and(|security| security.booted_with_uki) {
        return Ok(true);
    }
    let version = Version::parse(machine.spec.talos_version.trim_start_matches('v'));
    let is_old = version
        .is_ok_and(|version| (version.major, version.minor) < FIRST_WITH_ARGUMENTS_UNDER_GRUB);
    if is_old {
        return Ok(false);
    }
    let config = cx.get::<ClusterMachineConfig>(machine.id())?;
    Ok(config.is_none_or(|config| config.spec.data.is_empty() || config.spec.grub_use_uki_cmdline))
}

// === impl KernelArgsStatus ===

impl Transform for KernelArgsStatus {
    type In = MachineStatus;
    type Out = kind::KernelArgsStatus;
    const NAME: &'static str = "KernelArgsStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<KernelArgs>(),
            Input::by_id::<ClusterMachineConfig>(),
        ]
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
        let running = machine.spec.schematic.as_ref().filter(|one| is_ready(one));
        output.spec.unmet_conditions = unmet(cx, machine, running.is_some())?;
        output
            .spec
            .current_cmdline
            .clone_from(&machine.spec.kernel_cmdline);
        if let Some(running) = running {
            output.spec.current_args = extras(&running.kernel_args);
            output.spec.args = extras(&wanted(cx, machine, running)?);
        }
        Ok(Verdict::DONE)
    }
}

/// Why arguments that are configured have no effect.
fn unmet(
    cx: &Context<'_>,
    machine: &Resource<MachineStatus>,
    ready: bool,
) -> Result<Vec<String>, Error> {
    let mut unmet = Vec::new();
    if !ready {
        unmet.push("Schematic information is not yet ready");
    }
    let hardware = machine.spec.hardware.as_ref();
    let installed =
        hardware.is_some_and(|hardware| hardware.blockdevices.iter().any(|disk| disk.system_disk));
    if !installed {
        unmet.push("Talos is not installed, kernel args cannot be updated yet");
    }
    if machine.spec.security_state.is_none() && machine.spec.talos_version.is_empty() {
        unmet.push(
            "Cannot determine if kernel args update is supported: SecurityState and TalosVersion are not yet set",
        );
    } else {
        if !can_change(cx, machine)? {
            unmet.push("Unsupported: machine is not booted with UKI and Talos version is < 1.12 or GrubUseUKICmdline is false");
        }
        if !ready {
            unmet.push("Extra kernel args are not yet initialized");
        }
    }
    Ok(unmet.into_iter().map(str::to_owned).collect())
}
