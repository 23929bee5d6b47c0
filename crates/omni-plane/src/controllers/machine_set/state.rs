//! The state of a machine set, as a function of its members.

use omni_api::kind::MachineSet;
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::machine_set_spec::machine_allocation::Type;
use omni_api::specs::{
    ClusterMachineStatusSpec, MachineSetConfigStatusSpec, MachineSetPhase, MachineSetStatusSpec,
    Machines,
};
use omni_api::{Resource, labels};

use super::candidates::allocation_of;
use super::members::Members;
use crate::controllers::common::is_control_plane;

const NO_CONTROL_PLANE: &str = "control plane machine set must have at least one node";

/// Fills a running set's status.
pub(super) fn describe(members: &Members, status: &mut MachineSetStatusSpec) {
    let machines = count(members);
    let phase = phase(members, &machines);
    status.error = match phase {
        MachineSetPhase::Failed => NO_CONTROL_PLANE.to_owned(),
        _ => String::new(),
    };
    let locked = members.present().filter(|machine| {
        let status = members.statuses.get(&machine.metadata.id);
        status.is_some_and(|status| status.metadata.label(labels::UPDATE_LOCKED).is_some())
    });
    status.locked_updates = u32::try_from(locked.count()).unwrap_or(u32::MAX);
    status.machine_allocation = allocation_of(&members.set.spec).cloned();
    status.ready = is_ready(members, phase, &machines);
    status.set_phase(phase);
    status.machines = Some(machines);
}

/// What the set allows its machines' configurations to do.
pub(super) fn permit(members: &Members, permission: &mut MachineSetConfigStatusSpec) {
    let spec = &members.set.spec;
    let busy = !(members.to_create().is_empty()
        && members.to_teardown().is_empty()
        && members.to_destroy().is_empty());
    permission.config_updates_allowed = !(is_control_plane(&members.set.metadata) && busy);
    permission.should_reset_graceful = true;
    permission.update_strategy = spec.update_strategy;
    permission.update_strategy_config = spec.update_strategy_config;
}

fn count(members: &Members) -> Machines {
    let statuses = members
        .present()
        .filter_map(|machine| members.statuses.get(&machine.metadata.id));
    let mut machines = Machines {
        requested: requested(&members.set, members.running_nodes().count()),
        total: u32::try_from(members.present().count()).unwrap_or(u32::MAX),
        ..Machines::default()
    };
    for status in statuses {
        machines.healthy += u32::from(is_healthy(&status.spec));
        machines.connected += u32::from(status.metadata.label(labels::MACHINE_CONNECTED).is_some());
    }
    machines
}

/// The wished number where it is fixed, the number of nodes otherwise.
fn requested(set: &Resource<MachineSet>, nodes: usize) -> u32 {
    match allocation_of(&set.spec) {
        Some(allocation) if allocation.allocation_type() == Type::Static => {
            allocation.machine_count
        }
        _ => u32::try_from(nodes).unwrap_or(u32::MAX),
    }
}

fn phase(members: &Members, machines: &Machines) -> MachineSetPhase {
    let nodes = members.running_nodes().count();
    let requested = usize::try_from(machines.requested).unwrap_or(usize::MAX);
    if is_control_plane(&members.set.metadata) && nodes == 0 && requested == 0 {
        MachineSetPhase::Failed
    } else if nodes < requested {
        MachineSetPhase::ScalingUp
    } else if nodes > requested {
        MachineSetPhase::ScalingDown
    } else if members.statuses.len() < nodes {
        MachineSetPhase::ScalingUp
    } else if members.present().count() > nodes {
        MachineSetPhase::ScalingDown
    } else if !members.upgrading.is_empty() {
        MachineSetPhase::Upgrading
    } else if !members.configuring.is_empty() {
        MachineSetPhase::Reconfiguring
    } else if members
        .running_nodes()
        .any(|id| !members.machines.contains_key(id))
    {
        MachineSetPhase::ScalingUp
    } else {
        MachineSetPhase::Running
    }
}

fn is_ready(members: &Members, phase: MachineSetPhase, machines: &Machines) -> bool {
    let healthy = |id| {
        members
            .statuses
            .get(id)
            .is_some_and(|status| is_healthy(&status.spec))
    };
    phase == MachineSetPhase::Running
        && members.running_nodes().all(healthy)
        && machines.connected == machines.total
}

fn is_healthy(status: &ClusterMachineStatusSpec) -> bool {
    status.stage() == Stage::Running && status.ready
}
