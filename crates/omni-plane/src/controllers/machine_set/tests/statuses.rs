//! What a set says of itself, and how it goes.

use super::*;

#[test]
fn a_set_runs_when_every_node_has_a_healthy_machine() {
    let mut world = keeping("workers");
    let spec = state(&mut world, WORKERS);
    assert_eq!((spec.phase(), spec.ready), (MachineSetPhase::Running, true));
    world.node("1", "prod", "workers");
    assert_eq!(
        state(&mut world, WORKERS).phase(),
        MachineSetPhase::ScalingUp
    );
    assert!(
        world.all::<ClusterMachine>().is_empty(),
        "nothing is known of the machine"
    );
    member(&world, "1", WORKERS, Stage::Configuring, true);
    let spec = state(&mut world, WORKERS);
    assert_eq!(
        (spec.phase(), spec.ready),
        (MachineSetPhase::Running, false)
    );
    assert_eq!(
        world.read::<ClusterMachine>("1").spec.kubernetes_version,
        "1.35.5"
    );
    member(&world, "1", WORKERS, Stage::Running, true);
    let spec = state(&mut world, WORKERS);
    assert!(spec.ready);
    assert_eq!(spec.machines.unwrap_or_default().healthy, 1);
}

#[test]
fn pending_changes_show_in_the_phase_and_upgrades_before_configurations() {
    let mut world = keeping("workers");
    world.node("1", "prod", "workers");
    member(&world, "1", WORKERS, Stage::Running, true);
    world.settle();
    let pending = |world: &World, upgrade: bool| {
        world.other::<MachinePendingUpdates>("1", |pending| {
            pending
                .metadata
                .labels
                .insert(labels::MACHINE_SET.into(), WORKERS.into());
            pending.spec.config_diff = "-a\n+b\n".into();
            pending.spec.upgrade = upgrade.then(Upgrade::default);
        });
    };
    pending(&world, false);
    let spec = state(&mut world, WORKERS);
    assert_eq!(
        (spec.phase(), spec.ready),
        (MachineSetPhase::Reconfiguring, false)
    );
    pending(&world, true);
    assert_eq!(
        state(&mut world, WORKERS).phase(),
        MachineSetPhase::Upgrading
    );
}

#[test]
fn a_control_plane_without_nodes_has_failed() {
    let mut world = keeping("control-planes");
    let spec = state(&mut world, "prod-control-planes");
    assert_eq!(spec.phase(), MachineSetPhase::Failed);
    assert_eq!(
        spec.error,
        "control plane machine set must have at least one node"
    );
}

fn etcd_member(world: &World, id: &str, healthy: bool) {
    world.other::<Observed>(id, |observed| {
        observed.spec.connected = true;
        observed.spec.member = Some(Member {
            etcd_member_id: 7,
            etcd_healthy: healthy,
            ..Member::default()
        });
    });
}

#[test]
fn a_control_plane_goes_only_behind_a_healthy_balancer_and_with_a_quorum() {
    let set = "prod-control-planes";
    let mut world = keeping("control-planes");
    for id in ["1", "2", "3"] {
        world.node(id, "prod", "control-planes");
        member(&world, id, set, Stage::Running, true);
        etcd_member(&world, id, id != "3");
    }
    world.settle();
    world
        .store
        .remove_finalizer::<MachineSetNode>("1", "MachineSetStatusController")
        .expect("held");
    world
        .store
        .remove::<MachineSetNode>("", "1")
        .expect("nobody holds it");
    world.settle();
    assert!(
        !world.read::<ClusterMachine>("1").metadata.tearing_down(),
        "the API cannot be reached"
    );
    assert!(
        !world
            .read::<MachineSetConfigStatus>(set)
            .spec
            .config_updates_allowed
    );
    world.other::<LoadBalancerStatus>("prod", |balancer| balancer.spec.healthy = true);
    world.settle();
    assert!(
        !world.read::<ClusterMachine>("1").metadata.tearing_down(),
        "two healthy members are too few"
    );
    etcd_member(&world, "3", true);
    world.settle();
    assert!(world.find::<ClusterMachine>("1").is_none());
    assert!(
        world
            .read::<MachineSetConfigStatus>(set)
            .spec
            .config_updates_allowed
    );
}

#[test]
fn a_set_that_goes_takes_its_machines_and_says_how_many_are_left() {
    let mut world = keeping("workers");
    for id in ["1", "2"] {
        world.other::<Machine>(id, |_| {});
        world.node(id, "prod", "workers");
        member(&world, id, WORKERS, Stage::Running, true);
    }
    world.settle();
    for id in ["1", "2"] {
        world
            .store
            .add_finalizer::<ClusterMachine>(id, "test")
            .expect("running");
        assert_eq!(
            world.read::<Machine>(id).metadata.finalizers,
            ["MachineSetStatusController"]
        );
    }
    world.teardown::<MachineSet>(WORKERS);
    let spec = state(&mut world, WORKERS);
    assert_eq!(
        (spec.phase(), spec.machines.unwrap_or_default().total),
        (MachineSetPhase::Destroying, 2)
    );
    for id in ["1", "2"] {
        world
            .store
            .remove_finalizer::<ClusterMachine>(id, "test")
            .expect("held");
    }
    world.settle();
    assert!(world.find::<MachineSetStatus>(WORKERS).is_none());
    assert!(
        world
            .read::<MachineSet>(WORKERS)
            .metadata
            .finalizers
            .is_empty()
    );
    assert!(
        world
            .all::<Machine>()
            .iter()
            .all(|machine| machine.metadata.finalizers.is_empty())
    );
}

#[test]
fn the_words_of_a_destruction_count_the_machines() {
    let mut world = World::of(vec![Transformed::boxed(
        destroy_status::MachineSetDestroyStatus,
    )]);
    world.machine_set("prod", "workers");
    world.user::<MachineSet>(WORKERS, |set| set.metadata.finalizers = vec!["test".into()]);
    member(&world, "1", WORKERS, Stage::Running, true);
    world.settle();
    world.teardown::<MachineSet>(WORKERS);
    world.settle();
    assert_eq!(
        world.read::<MachineSetDestroyStatus>(WORKERS).spec.phase,
        "Destroying: 1 machine"
    );
}

#[test]
fn nodes_of_a_user_go_with_their_set_and_allocated_ones_are_left_to_their_allocator() {
    let mut world = World::of(vec![Cleaned::boxed(teardown::MachineSetTeardown)]);
    world.machine_set("prod", "workers");
    world.node("1", "prod", "workers");
    world.node("2", "prod", "workers");
    world.user::<MachineSetNode>("2", |node| {
        node.metadata.labels.insert(
            labels::MANAGED_BY_MACHINE_SET_NODE_CONTROLLER.into(),
            String::new(),
        );
    });
    world.settle();
    world.teardown::<MachineSet>(WORKERS);
    world.settle();
    assert_eq!(world.ids::<MachineSetNode>(), ["2"]);
    assert!(
        world
            .read::<MachineSet>(WORKERS)
            .metadata
            .finalizers
            .is_empty()
    );
}

#[test]
fn a_control_plane_has_a_status_from_its_first_success_on() {
    let set = "prod-control-planes";
    let mut world = World::of(vec![Transformed::boxed(
        control_plane_status::ControlPlaneStatus,
    )]);
    let mut events = world.store.subscribe(Filter::kind::<ControlPlaneStatus>());
    world.machine_set("prod", "control-planes");
    world.machine_set("prod", "workers");
    member(&world, "1", set, Stage::Running, true);
    for (key, value) in [(labels::MACHINE_SET, set), (labels::CONTROL_PLANE_ROLE, "")] {
        world.other::<ClusterMachine>("1", |machine| {
            machine.metadata.labels.insert(key.into(), value.into());
        });
    }
    etcd_member(&world, "1", false);
    world.settle();
    assert!(events.try_recv().is_err());
    etcd_member(&world, "1", true);
    world.settle();
    etcd_member(&world, "1", false);
    world.settle();
    assert_eq!(world.ids::<ControlPlaneStatus>(), [set]);
    let conditions = world.read::<ControlPlaneStatus>(set).spec.conditions;
    assert_eq!(conditions.len(), 2);
}
