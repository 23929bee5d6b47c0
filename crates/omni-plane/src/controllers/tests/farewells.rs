//! Machines, sets and clusters leave.

use std::time::Duration;

use omni_api::specs::MachineSetPhase;
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::machine_set_spec::UpdateStrategy;
use omni_api::{kind, labels};

use crate::controllers::testing::{World, at_once, machine};
use crate::infra::machine::silence;
use crate::store::Query;

fn is_free(world: &World, number: usize) -> bool {
    let status = world.read::<kind::MachineStatus>(&machine(number));
    status.metadata.label(labels::MACHINE_AVAILABLE).is_some() && status.spec.cluster.is_empty()
}

#[test]
fn a_cluster_takes_everything_along_and_leaves_its_machines_free() {
    let mut world = World::with_cluster(4, 3);
    world.user::<kind::ConfigPatch>("500-mine", |patch| {
        patch
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
        patch.spec.data = "machine: {}\n".into();
    });
    world.settle();
    world.teardown::<kind::Cluster>("prod");
    world.settle();
    let left = omni_api::kind::ALL.iter().flat_map(|facts| {
        world
            .store
            .list(facts.namespace, facts.type_name, &Query::cluster("prod"))
    });
    let left: Vec<_> = left.map(|resource| resource.metadata.to_string()).collect();
    assert_eq!(left, Vec::<String>::new());
    let named = omni_api::kind::ALL
        .iter()
        .filter_map(|facts| world.store.get(facts.namespace, facts.type_name, "prod"));
    let named: Vec<_> = named
        .map(|resource| resource.metadata.to_string())
        .collect();
    assert_eq!(named, Vec::<String>::new());
    assert!((1..=4).all(|number| is_free(&world, number)));
    assert_eq!(world.all::<crate::machines::Desired>().len(), 0);
}

#[test]
fn a_machine_that_left_can_join_again() {
    let mut world = World::with_cluster(3, 1);
    world.teardown::<kind::MachineSetNode>(&machine(3));
    world.settle();
    assert!(is_free(&world, 3));
    world.node(&machine(3), "prod", "workers");
    world.settle();
    assert!(world.is_ready("prod"));
    assert_eq!(world.all::<kind::ClusterMachine>().len(), 3);
}

#[test]
fn control_planes_leave_one_at_a_time_and_the_last_one_stays() {
    let mut world = World::with_cluster(4, 3);
    for number in 1..=3 {
        world.teardown::<kind::MachineSetNode>(&machine(number));
    }
    world.settle();
    let set = world
        .read::<kind::MachineSetStatus>("prod-control-planes")
        .spec;
    assert_eq!(set.phase(), MachineSetPhase::Failed);
    assert_eq!(
        set.error,
        "control plane machine set must have at least one node"
    );
    assert_eq!(set.machines.unwrap_or_default().total, 1);
    let last = world.read::<kind::ClusterMachineStatus>(&machine(3)).spec;
    assert_eq!(last.stage(), Stage::BeforeDestroy);
    assert!(is_free(&world, 1) && is_free(&world, 2) && !is_free(&world, 3));
    world.teardown::<kind::MachineSet>("prod-control-planes");
    world.settle();
    assert!(is_free(&world, 3));
    assert!(
        world
            .find::<kind::MachineSet>("prod-control-planes")
            .is_none()
    );
}

#[test]
fn workers_leave_as_many_at_a_time_as_the_strategy_allows() {
    let mut world = World::with_cluster(4, 1);
    world.user::<kind::MachineSet>("prod-workers", |set| {
        set.spec.set_delete_strategy(UpdateStrategy::Rolling);
        set.spec.delete_strategy_config = Some(at_once(0));
    });
    for number in 2..=4 {
        world.teardown::<kind::MachineSetNode>(&machine(number));
    }
    world.settle();
    assert_eq!(
        world.all::<kind::ClusterMachine>().len(),
        4,
        "an explicit 0 blocks"
    );
    world.user::<kind::MachineSet>("prod-workers", |set| {
        set.spec.delete_strategy_config = Some(at_once(1));
    });
    let store = world.store.clone();
    let mut most = 0;
    world.engine.until(Duration::from_mins(10), |_| {
        let machines = store.peek_all::<kind::ClusterMachine>(&Query::machine_set("prod-workers"));
        most = most.max(
            machines
                .iter()
                .filter(|machine| machine.metadata.tearing_down())
                .count(),
        );
        machines.is_empty()
    });
    assert_eq!(most, 1);
    world.settle();
    assert!((2..=4).all(|number| is_free(&world, number)));
}

#[test]
fn a_set_takes_its_nodes_along_whoever_made_them() {
    let mut world = World::whole(4);
    world.class("all", &["omni.sidero.dev/platform = metal"]);
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    world.node(&machine(1), "prod", "control-planes");
    world.allocated_set("prod", "workers", "all", 2);
    world.settle();
    world.teardown::<kind::MachineSet>("prod-workers");
    world.settle();
    assert_eq!(world.ids::<kind::MachineSetNode>(), [machine(1)]);
    assert!(
        world
            .find::<kind::MachineSetStatus>("prod-workers")
            .is_none()
    );
    assert!(world.is_ready("prod"));
}

#[test]
fn a_machine_that_cannot_be_reached_is_waited_for() {
    let mut world = World::with_cluster(3, 1);
    let now = world.store.clock().moment();
    silence(&world.store, &machine(3), Some(now)).expect("a machine");
    world.pass(600);
    let status = world.read::<kind::ClusterMachineStatus>(&machine(3));
    assert!(status.metadata.label(labels::MACHINE_CONNECTED).is_none());
    world.teardown::<kind::MachineSetNode>(&machine(3));
    world.pass(600);
    assert!(world.find::<kind::ClusterMachine>(&machine(3)).is_some());
    silence(&world.store, &machine(3), None).expect("a machine");
    world.settle();
    assert!(is_free(&world, 3));
}

#[test]
fn a_machine_that_cannot_be_reached_can_be_destroyed_by_force() {
    let mut world = World::with_cluster(3, 1);
    let now = world.store.clock().moment();
    silence(&world.store, &machine(3), Some(now)).expect("a machine");
    world.pass(600);
    world.teardown::<kind::MachineSetNode>(&machine(3));
    world.pass(10);
    world.user::<kind::NodeForceDestroyRequest>(&machine(3), |_| {});
    world.pass(10);
    assert!(world.find::<kind::ClusterMachine>(&machine(3)).is_none());
    assert!(world.all::<kind::NodeForceDestroyRequest>().is_empty());
}

#[test]
fn a_member_whose_link_is_removed_is_forgotten_with_its_node() {
    let mut world = World::with_cluster(3, 1);
    world.teardown::<kind::Link>(&machine(3));
    world.settle();
    assert!(world.find::<kind::Machine>(&machine(3)).is_none());
    assert!(world.find::<kind::MachineSetNode>(&machine(3)).is_none());
    assert!(world.find::<kind::ClusterMachine>(&machine(3)).is_none());
    assert!(world.is_ready("prod"));
    let machines = world
        .read::<kind::ClusterStatus>("prod")
        .spec
        .machines
        .unwrap_or_default();
    assert_eq!((machines.requested, machines.total), (2, 2));
}
