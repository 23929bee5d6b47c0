//! How a machine goes on: its stages.
//!
//! [`advance`] brings a machine from where it was to where it is at a moment, given what it is told, and answers when
//! something happens next. It is a pure function of its arguments: the same machine, told the same, goes the same way, in one
//! call or in a hundred. Spans that the timings do not show pass without a report.

use crate::Moment;
use crate::infra::faults::MachineFaultsSpec;
use crate::machines::desired::DesiredSpec;

use super::diary::Diary;
use super::member;
use super::state::{Image, MachineStateSpec, MemberState, Stage, keep, kept, reached};
use super::timings::{Span, Timings};

/// What Omni says of an installer that ended with an error and gave no reason.
const INSTALL_FAILED: &str = "rpc error: code = Internal desc = maintenance install failed: installation failed: the installer \
                              reported no specific reason, check the machine logs (installer exit code 1)";

/// What a machine finds around it.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// What it is told, if anything.
    pub(crate) desired: Option<DesiredSpec>,
    /// What the image factory has of the schematic that it is told to run.
    pub(crate) wanted_image: Option<Image>,
    /// Whether its cluster has an etcd to join.
    pub(crate) etcd_exists: bool,
    /// Whether its cluster's API answers.
    pub(crate) api_answers: bool,
    /// What goes wrong with it.
    pub(crate) faults: MachineFaultsSpec,
}

/// The moment, and how long things take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace<'a> {
    pub(crate) now: Moment,
    pub(crate) timings: &'a Timings,
}

/// Brings the machine up to the moment, telling its diary; answers when something happens next, if anything does by itself.
pub(crate) fn advance(
    machine: &mut MachineStateSpec,
    world: &World,
    pace: Pace<'_>,
    diary: &mut Diary,
) -> Option<Moment> {
    if machine.silent_since != 0 {
        let noticed = kept(machine.silent_since) + pace.timings.unnoticed;
        return (noticed > pace.now).then_some(noticed);
    }
    if machine.deaf {
        return None;
    }
    while step(machine, world, pace) {
        diary.see(machine);
    }
    let stage = (machine.until != 0).then(|| kept(machine.until));
    let member = machine.member.as_ref();
    let member = member.and_then(|member| member::next(member, pace.now));
    match (stage, member) {
        (Some(stage), Some(member)) => Some(stage.min(member)),
        (stage, member) => stage.or(member),
    }
}

/// Does one thing that is due; false when nothing is.
fn step(machine: &mut MachineStateSpec, world: &World, pace: Pace<'_>) -> bool {
    if machine.until != 0 {
        let due = reached(machine.until, pace.now);
        if due {
            machine.until = 0;
            finish(machine, world, pace);
        }
        return due;
    }
    match machine.stage() {
        Stage::Maintenance if machine.switched_off || machine.shut_down => {
            enter(machine, Stage::Off, pace);
            true
        }
        Stage::Running if machine.shut_down => {
            enter(machine, Stage::Off, pace);
            true
        }
        Stage::Off if !machine.switched_off && !machine.shut_down => {
            enter(machine, Stage::Rebooting, pace);
            true
        }
        Stage::Maintenance => in_maintenance(machine, world, pace),
        // It hung, and whatever held it is gone.
        Stage::Upgrading if world.faults.upgrade_hangs.is_none() => {
            enter(machine, Stage::Upgrading, pace);
            true
        }
        Stage::Running => running(machine, world, pace),
        _ => false,
    }
}

/// A stage with an end has ended.
fn finish(machine: &mut MachineStateSpec, world: &World, pace: Pace<'_>) {
    match machine.stage() {
        Stage::Installing => installed(machine, world, pace),
        Stage::Upgrading => enter(machine, Stage::Rebooting, pace),
        Stage::Resetting => {
            machine.member = None;
            enter(machine, Stage::Rebooting, pace);
        }
        Stage::Rebooting => {
            machine.boots += 1;
            machine.disk_boots += u32::from(machine.installed);
            if let Some(image) = machine.next_image.take() {
                machine.image = Some(image);
            }
            enter(machine, Stage::Booting, pace);
        }
        Stage::Booting => booted(machine, world, pace),
        Stage::Maintenance | Stage::Running | Stage::Off => {}
    }
}

/// Talos has been written to the disk, or could not be.
fn installed(machine: &mut MachineStateSpec, world: &World, pace: Pace<'_>) {
    if machine.failed_installs < world.faults.failing_installs {
        machine.failed_installs += 1;
        INSTALL_FAILED.clone_into(&mut machine.install_error);
        machine.next_image = None;
        enter(machine, Stage::Maintenance, pace);
        machine.until = keep(pace.now + pace.timings.install_retry);
        return;
    }
    machine.installed = true;
    let told = world.desired.as_ref();
    let disk = told.map(|desired| desired.install_disk.clone());
    machine.system_disk = disk.unwrap_or_default();
    machine.install_error.clear();
    enter(machine, Stage::Rebooting, pace);
}

/// Talos has started and knows what it is to be.
fn booted(machine: &mut MachineStateSpec, world: &World, pace: Pace<'_>) {
    match told_to_run(world) {
        Some(desired) => {
            if machine.member.is_none() {
                machine.memberships += 1;
                machine.member = Some(member::joined(desired, pace));
            } else if let Some(member) = &mut machine.member {
                member::returned(member, desired, pace);
            }
            enter(machine, Stage::Running, pace);
        }
        None if machine.member.is_some() => enter(machine, Stage::Running, pace),
        None => enter(machine, Stage::Maintenance, pace),
    }
}

fn in_maintenance(machine: &mut MachineStateSpec, world: &World, pace: Pace<'_>) -> bool {
    let Some(desired) = told_to_run(world) else {
        machine.install_error.clear();
        return by_hand(machine, pace) || upgraded_alone(machine, world, pace);
    };
    machine.by_hand.clear();
    let image = wanted(machine, world, desired);
    let stage = if !machine.installed {
        Stage::Installing
    } else if image.is_some() {
        Stage::Upgrading
    } else {
        Stage::Booting
    };
    machine.next_image = image;
    enter(machine, stage, pace);
    hang(machine, world);
    true
}

/// Lets an upgrade that has just begun take longer, or for ever, where it is to hang.
fn hang(machine: &mut MachineStateSpec, world: &World) {
    let hangs = world.faults.upgrade_hangs.as_ref();
    if let Some(hang) = hangs.filter(|_| machine.stage() == Stage::Upgrading) {
        let until = |lasts| machine.until.saturating_add(lasts);
        machine.until = hang.lasts.map_or(0, until);
    }
}

/// Installs or upgrades to the version that somebody has asked for, outside of any cluster.
fn by_hand(machine: &mut MachineStateSpec, pace: Pace<'_>) -> bool {
    if machine.by_hand.is_empty() {
        return false;
    }
    machine.next_image = Some(Image {
        version: std::mem::take(&mut machine.by_hand),
        ..machine.image.clone().unwrap_or_default()
    });
    let stage = if machine.installed {
        Stage::Upgrading
    } else {
        Stage::Installing
    };
    enter(machine, stage, pace);
    true
}

/// A machine that belongs to nobody, and has Talos on its disk, gets another image.
fn upgraded_alone(machine: &mut MachineStateSpec, world: &World, pace: Pace<'_>) -> bool {
    let told = world.desired.as_ref();
    let Some(desired) = told.filter(|told| told.cluster.is_empty() && machine.installed) else {
        return false;
    };
    let Some(image) = wanted(machine, world, desired) else {
        return false;
    };
    machine.next_image = Some(image);
    enter(machine, Stage::Upgrading, pace);
    hang(machine, world);
    true
}

fn running(machine: &mut MachineStateSpec, world: &World, pace: Pace<'_>) -> bool {
    let Some(member) = &mut machine.member else {
        enter(machine, Stage::Maintenance, pace);
        return true;
    };
    if member::advance(member, world, pace) {
        return true;
    }
    let Some(desired) = &world.desired else {
        return false;
    };
    if desired.reset || desired.cluster != member.cluster {
        let leaves_etcd = member.control_plane && desired.graceful;
        enter(machine, Stage::Resetting, pace);
        if leaves_etcd {
            machine.until = keep(kept(machine.until) + pace.timings.leave_etcd);
        }
        return true;
    }
    if let Some(image) = wanted(machine, world, desired) {
        machine.next_image = Some(image);
        enter(machine, Stage::Upgrading, pace);
        hang(machine, world);
        return true;
    }
    let member = machine.member.as_mut();
    member.is_some_and(|member| member::apply(member, desired, pace))
}

/// What it is told to run, unless it is told to run nothing.
fn told_to_run(world: &World) -> Option<&DesiredSpec> {
    let desired = world.desired.as_ref()?;
    (!desired.reset && !desired.config_sha256.is_empty()).then_some(desired)
}

/// The image that it is told to run, unless it runs it already.
fn wanted(machine: &MachineStateSpec, world: &World, desired: &DesiredSpec) -> Option<Image> {
    let running = machine.image.clone().unwrap_or_default();
    let or_same = |wanted: &str, same: &str| {
        let text = if wanted.is_empty() { same } else { wanted };
        text.to_owned()
    };
    let schematic = or_same(&desired.schematic, &running.schematic);
    let told = world
        .wanted_image
        .as_ref()
        .filter(|image| image.schematic == schematic);
    let mut image = told.cloned().unwrap_or_else(|| Image {
        schematic,
        ..running.clone()
    });
    image.version = or_same(&desired.talos_version, &running.version);
    let differs = image.version != running.version || image.schematic != running.schematic;
    (differs || !machine.installed).then_some(image)
}

/// Begins a stage.
pub(crate) fn enter(machine: &mut MachineStateSpec, stage: Stage, pace: Pace<'_>) {
    machine.set_stage(stage);
    if stage == Stage::Running && machine.running_since == 0 {
        machine.running_since = keep(pace.now);
    }
    let Some(span) = span(pace.timings, stage, machine.member.as_ref()) else {
        machine.set_shown(stage);
        return;
    };
    machine.until = keep(pace.now + span.lasts);
    if span.shown {
        machine.set_shown(stage);
    }
}

/// How long a stage lasts; a stage without an end has none.
fn span(timings: &Timings, stage: Stage, member: Option<&MemberState>) -> Option<Span> {
    let control_plane = member.is_some_and(|member| member.control_plane);
    match stage {
        Stage::Installing => Some(timings.install),
        Stage::Upgrading => Some(timings.upgrade),
        Stage::Rebooting if member.is_some() => Some(timings.reboot_member),
        Stage::Rebooting => Some(timings.reboot),
        Stage::Booting => Some(timings.boot),
        Stage::Resetting if control_plane => Some(timings.reset_control_plane),
        Stage::Resetting => Some(timings.reset_worker),
        Stage::Maintenance | Stage::Running | Stage::Off => None,
    }
}
