//! The state of a machine set, as a function of its members.

use omni_api::Resource;
use omni_api::kind::MachineSet;
use omni_api::specs::machine_set_spec::machine_allocation::Type;
use omni_api::specs::{
    MachineSetConfigStatusSpec, MachineSetPhase, MachineSetStatusSpec, Machines,
};

use super::candidates::allocation_of;
use super::members::Members;
use crate::controllers::common::is_control_plane;

const NO_CONTROL_PLANE: &str = "control plane machine set must have at least one node";

/// Fills a running set's status.
pub(super) fn describe(
    set: &Resource<MachineSet>,
    members: &Members,
    status: &mut MachineSetStatusSpec,
) {
    let machines = count(set, members);
    let phase = phase(set, members, &machines);
    status.error = match phase {
        MachineSetPhase::Failed => NO_CONTROL_PLANE.to_owned(),
        _ => String::new(),
    };
    status.locked_updates = figure(members.locked);
    status.machine_allocation = allocation_of(&set.spec).cloned();
    status.ready = is_ready(members, phase);
    status.set_phase(phase);
    status.machines = Some(machines);
}

/// What the set allows its machines' configurations to do.
pub(super) fn permit(
    set: &Resource<MachineSet>,
    members: &Members,
    permission: &mut MachineSetConfigStatusSpec,
) {
    let spec = &set.spec;
    let busy = !(members.to_create.is_empty()
        && members.to_teardown.is_empty()
        && members.to_destroy.is_empty());
    permission.config_updates_allowed = !(is_control_plane(&set.metadata) && busy);
    permission.should_reset_graceful = true;
    permission.update_strategy = spec.update_strategy;
    permission.update_strategy_config = spec.update_strategy_config;
}

fn count(set: &Resource<MachineSet>, members: &Members) -> Machines {
    Machines {
        requested: requested(set, members.nodes),
        total: figure(members.present),
        healthy: figure(members.healthy),
        connected: figure(members.connected),
    }
}

fn figure(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The wished number where it is fixed, the number of nodes otherwise.
fn requested(set: &Resource<MachineSet>, nodes: usize) -> u32 {
    match allocation_of(&set.spec) {
        Some(allocation) if allocation.allocation_type() == Type::Static => {
            allocation.machine_count
        }
        _ => figure(nodes),
    }
}

fn phase(set: &Resource<MachineSet>, members: &Members, machines: &Machines) -> MachineSetPhase {
    let nodes = members.nodes;
    let requested = usize::try_from(machines.requested).unwrap_or(usize::MAX);
    if is_control_plane(&set.metadata) && nodes == 0 && requested == 0 {
        MachineSetPhase::Failed
    } else if nodes < requested {
        MachineSetPhase::ScalingUp
    } else if nodes > requested {
        MachineSetPhase::ScalingDown
    } else if members.statuses < nodes {
        MachineSetPhase::ScalingUp
    } else if members.present > nodes {
        MachineSetPhase::ScalingDown
    } else if members.upgrading > 0 {
        MachineSetPhase::Upgrading
    } else if members.configuring > 0 {
        MachineSetPhase::Reconfiguring
    } else if members.bare_nodes > 0 {
        MachineSetPhase::ScalingUp
    } else {
        MachineSetPhase::Running
    }
}

fn is_ready(members: &Members, phase: MachineSetPhase) -> bool {
    phase == MachineSetPhase::Running
        && members.healthy_nodes == members.nodes
        && members.connected == members.present
}
