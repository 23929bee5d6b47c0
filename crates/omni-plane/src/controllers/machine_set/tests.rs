//! Each controller of a machine set by itself; what the others write is written by hand.

mod allocated;
mod statuses;

use omni_api::kind::{
    Cluster, ClusterMachine, ClusterMachineStatus, ControlPlaneStatus, LoadBalancerStatus, Machine,
    MachinePendingUpdates, MachineSet, MachineSetConfigStatus, MachineSetDestroyStatus,
    MachineSetNode, MachineSetStatus, MachineStatusLabels,
};
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::machine_pending_updates_spec::Upgrade;
use omni_api::specs::{MachineSetPhase, MachineSetStatusSpec};
use omni_api::{kind, labels};

use super::hunger::HungryMachineSet;
use super::{allocation, control_plane_status, destroy_status, free_machine, status, teardown};
use crate::controllers::testing::World;
use crate::engine::{Cleaned, Transformed};
use crate::machines::Observed;
use crate::machines::observed::Member;
use crate::store::{Filter, Query};

const WORKERS: &str = "prod-workers";

/// A free machine with Talos 1.13.7, or one that is told by its labels.
fn free(world: &World, id: &str, extra: &[&str]) {
    world.other::<Machine>(id, |_| {});
    world.other::<MachineStatusLabels>(id, |machine| {
        let usual = [
            labels::MACHINE_AVAILABLE,
            labels::MACHINE_READY_TO_USE,
            labels::MACHINE_REPORTING_EVENTS,
        ];
        for key in usual.iter().chain(extra) {
            machine.metadata.labels.insert((*key).into(), String::new());
        }
        machine
            .metadata
            .labels
            .insert(labels::MACHINE_TALOS_VERSION.into(), "v1.13.7".into());
    });
}

/// What Omni knows of a member: its place in the labels, its state as given.
fn member(world: &World, id: &str, set: &str, stage: Stage, ready: bool) {
    let place = [
        (labels::CLUSTER, "prod"),
        (labels::MACHINE_SET, set),
        (labels::MACHINE_CONNECTED, ""),
    ];
    world.other::<ClusterMachineStatus>(id, |status| {
        for (key, value) in place {
            status.metadata.labels.insert(key.into(), value.into());
        }
        status.spec.set_stage(stage);
        status.spec.ready = ready;
    });
    world.other::<MachineStatusLabels>(id, |machine| {
        machine
            .metadata
            .labels
            .insert(labels::MACHINE_SET.into(), set.into());
    });
}

fn allocating() -> World {
    let world = World::of(vec![
        Box::new(free_machine::FreeMachines),
        Box::new(allocation::MachineSetNodes),
    ]);
    world.cluster("prod");
    world.class("any", &["!nothing"]);
    world
}

fn keeping(set: &str) -> World {
    let world = World::of(vec![Transformed::boxed(status::MachineSetStatus)]);
    world.cluster("prod");
    world.machine_set("prod", set);
    world
}

fn state(world: &mut World, set: &str) -> MachineSetStatusSpec {
    world.settle();
    world.read::<MachineSetStatus>(set).spec
}

#[test]
fn a_class_takes_only_machines_that_are_free_usable_and_of_a_fitting_version() {
    let mut world = allocating();
    for (id, extra) in [
        ("1-evicted", labels::EVICTED),
        ("2-made-for-others", labels::NO_MANUAL_ALLOCATION),
        ("4-good", "x"),
    ] {
        free(&world, id, &[extra]);
    }
    free(&world, "3-newer", &[]);
    world.other::<MachineStatusLabels>("3-newer", |machine| {
        machine
            .metadata
            .labels
            .insert(labels::MACHINE_TALOS_VERSION.into(), "v1.14.0".into());
    });
    world.allocated_set("prod", "workers", "any", 2);
    world.settle();
    assert_eq!(world.ids::<MachineSetNode>(), ["4-good"]);
    let node = world.read::<MachineSetNode>("4-good").metadata;
    assert_eq!(
        (node.owner.as_str(), node.finalizers.as_slice()),
        ("", &["MachineSetNodeController".to_owned()][..])
    );
    assert!(
        node.label(labels::MANAGED_BY_MACHINE_SET_NODE_CONTROLLER)
            .is_some()
    );
    assert_eq!(world.ids::<HungryMachineSet>(), [WORKERS]);
    free(&world, "5-late", &[]);
    world.settle();
    assert_eq!(world.ids::<MachineSetNode>(), ["4-good", "5-late"]);
    assert!(world.all::<HungryMachineSet>().is_empty());
}

#[test]
fn sets_that_want_the_same_machines_stand_in_line_and_the_first_goes_first() {
    let mut world = allocating();
    for set in ["a", "b", "c"] {
        world.allocated_set("prod", set, "any", 2);
    }
    world.settle();
    let hungry = |world: &World| world.ids::<HungryMachineSet>().join(" ");
    assert_eq!(hungry(&world), "prod-a prod-b prod-c");
    let reconciled = |world: &World| world.engine.stats().steps().count();
    let before = reconciled(&world);
    free(&world, "1", &[]);
    world.settle();
    // The machine's own, the first set's, and once more for what it has written: the others are not even asked.
    assert!(
        reconciled(&world) - before <= 6,
        "{}",
        reconciled(&world) - before
    );
    assert_eq!(hungry(&world), "prod-a prod-b prod-c");
    // Several at once: those behind the first get what it leaves.
    for id in ["2", "3", "4", "5"] {
        free(&world, id, &[]);
    }
    world.settle();
    assert_eq!(hungry(&world), "prod-c");
    let of = |set: &str| {
        let nodes = world
            .store
            .read_all::<MachineSetNode>(&Query::machine_set(set));
        nodes.len()
    };
    assert_eq!([of("prod-a"), of("prod-b"), of("prod-c")], [2, 2, 1]);
}

#[test]
fn a_set_that_may_take_nothing_keeps_nobody_behind_it_waiting() {
    let mut world = allocating();
    world.cluster("locked");
    world.user::<Cluster>("locked", |cluster| {
        let notes = &mut cluster.metadata.annotations;
        notes.insert(labels::CLUSTER_LOCKED.into(), String::new());
    });
    world.allocated_set("locked", "a", "any", 1);
    world.allocated_set("prod", "b", "any", 1);
    world.settle();
    free(&world, "1", &[]);
    world.settle();
    let node = world.read::<MachineSetNode>("1").metadata;
    assert_eq!(node.label(labels::MACHINE_SET), Some("prod-b"));
    free(&world, "2", &[]);
    world.user::<Cluster>("locked", |cluster| cluster.metadata.annotations.clear());
    world.settle();
    let node = world.read::<MachineSetNode>("2").metadata;
    assert_eq!(node.label(labels::MACHINE_SET), Some("locked-a"));
}

#[test]
fn the_selectors_of_a_class_are_tried_in_their_order() {
    let mut world = allocating();
    world.class("any", &["best", "good"]);
    for (id, label) in [("1", "good"), ("2", "best"), ("3", "good")] {
        free(&world, id, &[label]);
    }
    world.allocated_set("prod", "workers", "any", 2);
    world.settle();
    assert_eq!(world.ids::<MachineSetNode>(), ["1", "2"]);
}

#[test]
fn a_machine_that_has_a_node_is_left_to_it() {
    let mut world = allocating();
    free(&world, "1", &[]);
    world.node("1", "other", "workers");
    world.allocated_set("prod", "workers", "any", 1);
    world.settle();
    assert_eq!(
        world
            .read::<MachineSetNode>("1")
            .metadata
            .label(labels::CLUSTER),
        Some("other")
    );
}

#[test]
fn lost_machines_are_given_up_first_then_disconnected_ones_then_the_oldest_but_no_locked_one() {
    let mut world = allocating();
    for id in ["1", "2", "3", "4", "5"] {
        free(&world, id, &[]);
    }
    world.allocated_set("prod", "workers", "any", 5);
    world.settle();
    world.user::<MachineSetNode>("1", |node| {
        node.metadata
            .annotations
            .insert(labels::MACHINE_LOCKED.into(), String::new());
    });
    world.other::<MachineStatusLabels>("4", |machine| {
        machine
            .metadata
            .labels
            .insert(labels::MACHINE_DISCONNECTED.into(), String::new());
    });
    world
        .store
        .remove::<MachineStatusLabels>("other", "5")
        .expect("nobody holds it");
    let mut gone = Vec::new();
    for left in (1..5).rev() {
        world.allocated_set("prod", "workers", "any", left);
        world.settle();
        for node in world.all::<MachineSetNode>() {
            if node.metadata.tearing_down() {
                gone.push(node.id().to_owned());
                world
                    .store
                    .remove::<MachineSetNode>("", node.id())
                    .expect("nobody holds it");
            }
        }
        world.settle();
    }
    assert_eq!(gone, ["5", "4", "2", "3"]);
}

#[test]
fn a_locked_cluster_and_a_missing_class_allocate_nothing() {
    let mut world = allocating();
    free(&world, "1", &[]);
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster
            .metadata
            .annotations
            .insert(labels::CLUSTER_LOCKED.into(), String::new());
    });
    world.allocated_set("prod", "workers", "any", 1);
    world.cluster("free");
    world.allocated_set("free", "workers", "unknown", 1);
    world.settle();
    assert!(world.all::<MachineSetNode>().is_empty());
    world.user::<kind::Cluster>("prod", |cluster| cluster.metadata.annotations.clear());
    world.settle();
    assert_eq!(world.ids::<MachineSetNode>(), ["1"]);
}

#[test]
fn a_node_whose_machine_is_gone_is_given_up() {
    let mut world = allocating();
    free(&world, "1", &[]);
    world.allocated_set("prod", "workers", "any", 1);
    world.settle();
    world
        .store
        .remove::<MachineStatusLabels>("other", "1")
        .expect("nobody holds it");
    world
        .store
        .remove::<Machine>("other", "1")
        .expect("nobody holds it");
    world.settle();
    assert!(world.read::<MachineSetNode>("1").metadata.tearing_down());
}
