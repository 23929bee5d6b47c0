//! Clusters come to life and grow.

use omni_api::specs::MachineSetPhase;
use omni_api::specs::cluster_status_spec::Phase;
use omni_api::{kind, labels};

use crate::controllers::testing::{World, machine};
use crate::store::Query;

#[test]
fn a_cluster_of_nodes_becomes_ready() {
    let world = World::with_cluster(4, 3);
    assert!(world.is_ready("prod"));
    let status = world.read::<kind::ClusterStatus>("prod").spec;
    assert_eq!(status.phase(), Phase::Running);
    let machines = status.machines.unwrap_or_default();
    let counts = (
        machines.requested,
        machines.total,
        machines.connected,
        machines.healthy,
    );
    assert_eq!(counts, (4, 4, 4, 4));
    assert_eq!(
        world
            .read::<kind::KubernetesStatus>("prod")
            .spec
            .nodes
            .len(),
        4
    );
    assert!(
        world
            .read::<kind::ClusterBootstrapStatus>("prod")
            .spec
            .bootstrapped
    );
}

#[test]
fn two_classes_share_the_machines_by_their_labels() {
    let mut world = World::whole(6);
    world.class("odd", &["rack = r1", "rack = r3", "rack = r5"]);
    world.class("any", &["omni.sidero.dev/platform = metal, rack != r1"]);
    world.cluster("prod");
    world.allocated_set("prod", "control-planes", "odd", 3);
    world.allocated_set("prod", "workers", "any", 2);
    world.settle();
    assert!(world.is_ready("prod"));
    let nodes = |set: &str| {
        let nodes = world
            .store
            .read_all::<kind::MachineSetNode>(&Query::machine_set(set));
        nodes
            .iter()
            .map(|node| node.id().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        nodes("prod-control-planes"),
        [machine(1), machine(3), machine(5)]
    );
    assert_eq!(nodes("prod-workers"), [machine(2), machine(4)]);
}

#[test]
fn a_set_that_finds_too_few_machines_waits_for_them() {
    let mut world = World::whole(3);
    world.class("all", &["omni.sidero.dev/platform = metal"]);
    world.cluster("prod");
    world.allocated_set("prod", "control-planes", "all", 1);
    world.allocated_set("prod", "workers", "all", 4);
    world.settle();
    let set = world.read::<kind::MachineSetStatus>("prod-workers").spec;
    assert_eq!(
        (set.phase(), set.ready),
        (MachineSetPhase::ScalingUp, false)
    );
    assert!(
        world
            .read::<kind::ClusterStatus>("prod")
            .spec
            .controlplane_ready
    );
    let late = crate::infra::machine::NewMachine::plain(9, "1.13.7", &[]);
    crate::infra::machine::add(&world.store, &late).expect("added");
    world.settle();
    assert_eq!(
        world
            .read::<kind::MachineSetStatus>("prod-workers")
            .spec
            .machines
            .unwrap_or_default()
            .total,
        3
    );
    world.allocated_set("prod", "workers", "all", 3);
    world.settle();
    assert!(world.is_ready("prod"));
}

#[test]
fn an_unlimited_set_takes_whatever_comes() {
    let mut world = World::whole(4);
    world.class("all", &["omni.sidero.dev/platform = metal"]);
    world.cluster("prod");
    world.allocated_set("prod", "control-planes", "all", 1);
    world.settle();
    let set = world.allocated_set("prod", "workers", "all", 0);
    world.user::<kind::MachineSet>(&set, |set| {
        let allocation = set.spec.machine_allocation.as_mut().expect("allocated");
        allocation.set_allocation_type(
            omni_api::specs::machine_set_spec::machine_allocation::Type::Unlimited,
        );
    });
    world.settle();
    assert_eq!(
        world
            .read::<kind::MachineSetStatus>(&set)
            .spec
            .machines
            .unwrap_or_default()
            .total,
        3
    );
    assert!(world.is_ready("prod"));
}

#[test]
fn scaling_down_gives_up_the_oldest_first() {
    let mut world = World::whole(4);
    world.class("all", &["omni.sidero.dev/platform = metal"]);
    world.cluster("prod");
    world.allocated_set("prod", "control-planes", "all", 1);
    world.allocated_set("prod", "workers", "all", 3);
    world.settle();
    world.allocated_set("prod", "workers", "all", 1);
    world.settle();
    let workers = world
        .store
        .read_all::<kind::MachineSetNode>(&Query::machine_set("prod-workers"));
    assert_eq!(workers.len(), 1);
    assert_eq!(workers[0].id(), machine(4));
    let free = world.read::<kind::MachineStatus>(&machine(2));
    assert!(free.metadata.label(labels::MACHINE_AVAILABLE).is_some());
    assert!(world.is_ready("prod"));
}

#[test]
fn a_plane_that_stops_in_the_middle_goes_on_where_it_was() {
    let mut world = World::whole(4);
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    world.machine_set("prod", "workers");
    for number in 1..=4 {
        world.node(
            &machine(number),
            "prod",
            if number == 4 {
                "workers"
            } else {
                "control-planes"
            },
        );
    }
    let mut rounds = 0;
    while !world.is_ready("prod") {
        for _ in 0..40 {
            world.engine.step();
        }
        world.pass(2);
        world = world.restarted();
        rounds += 1;
        assert!(rounds < 200, "it never becomes ready");
    }
    assert!(rounds > 3, "it was not interrupted");
}

#[test]
fn a_machine_serves_one_cluster_at_a_time() {
    let mut world = World::whole(2);
    world.class("all", &["omni.sidero.dev/platform = metal"]);
    for cluster in ["one", "two"] {
        world.cluster(cluster);
        world.allocated_set(cluster, "control-planes", "all", 2);
    }
    world.settle();
    let taken = |cluster: &str| {
        world
            .store
            .read_all::<kind::MachineSetNode>(&Query::cluster(cluster))
            .len()
    };
    assert_eq!(taken("one") + taken("two"), 2);
}
