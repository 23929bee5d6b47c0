//! Each controller of a cluster by itself; what the others write is written by hand.

mod control_planes;

use omni_api::kind::{
    ClusterBootstrapStatus, ClusterConfigVersion, ClusterDestroyStatus, ClusterEndpoint,
    ClusterMachine, ClusterMachineStatus, ClusterStatus, ClusterUuid, ConfigPatch,
    ControlPlaneStatus, LoadBalancerConfig, LoadBalancerStatus, MachineSet, MachineSetNode,
    MachineSetStatus,
};
use omni_api::specs::cluster_status_spec::Phase;
use omni_api::specs::control_plane_status_spec::Condition;
use omni_api::specs::control_plane_status_spec::condition::Status;
use omni_api::specs::{MachineSetPhase, Machines};
use omni_api::{kind, labels};

use super::{
    bootstrap_status, config_version, destroy_status, discovery_patch, endpoint,
    load_balancer_config, load_balancer_status, status, teardown, uuid,
};
use crate::controllers::testing::World;
use crate::engine::{Cleaned, Transformed};
use crate::machines::observed::Member;
use crate::machines::{Desired, Observed};
use crate::store::EventKind;

fn set_status(
    world: &World,
    id: &str,
    role: &str,
    phase: MachineSetPhase,
    total: u32,
    ready: bool,
) {
    world.other::<MachineSetStatus>(id, |set| {
        set.metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
        set.metadata.labels.insert(role.into(), String::new());
        set.spec.set_phase(phase);
        set.spec.ready = ready;
        set.spec.machines = Some(Machines {
            requested: total,
            total,
            healthy: total,
            connected: total,
        });
    });
}

fn statuses() -> World {
    let mut world = World::of(vec![
        Transformed::boxed(status::ClusterStatus),
        Transformed::boxed(config_version::ClusterConfigVersion),
    ]);
    world.cluster("prod");
    world.settle();
    world
}

fn phase(world: &mut World) -> Phase {
    world.settle();
    world.read::<ClusterStatus>("prod").spec.phase()
}

#[test]
fn the_creation_version_is_kept_when_the_cluster_is_upgraded() {
    let mut world = statuses();
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.talos_version = "1.13.8".into();
    });
    world.settle();
    assert_eq!(
        world.read::<ClusterConfigVersion>("prod").spec.version,
        "v1.13.7"
    );
    let status = world.read::<ClusterStatus>("prod").spec;
    assert_eq!(
        (status.initial_talos_version, status.talos_version),
        ("1.13.7".into(), "1.13.8".into())
    );
}

#[test]
fn the_phase_of_a_cluster_is_that_of_the_set_that_moves() {
    use MachineSetPhase::{Destroying, Failed, Reconfiguring, Running, ScalingDown, ScalingUp};
    let (cp, w) = (labels::CONTROL_PLANE_ROLE, labels::WORKER_ROLE);
    let mut world = statuses();
    assert_eq!(phase(&mut world), Phase::Unknown);
    set_status(&world, "prod-control-planes", cp, Failed, 0, false);
    assert_eq!(phase(&mut world), Phase::Unknown);
    set_status(&world, "prod-workers", w, Running, 1, true);
    assert_eq!(phase(&mut world), Phase::Running);
    set_status(&world, "prod-control-planes", cp, ScalingUp, 1, false);
    assert_eq!(phase(&mut world), Phase::ScalingUp);
    set_status(&world, "prod-control-planes", cp, Running, 1, true);
    set_status(&world, "prod-workers", w, ScalingDown, 1, false);
    assert_eq!(phase(&mut world), Phase::ScalingDown);
    set_status(&world, "prod-workers", w, Reconfiguring, 1, false);
    assert_eq!(phase(&mut world), Phase::Running);
    set_status(&world, "prod-control-planes", cp, Destroying, 1, false);
    set_status(&world, "prod-workers", w, Destroying, 0, false);
    assert_eq!(
        phase(&mut world),
        Phase::Destroying,
        "a set without machines counts as gone"
    );
}

#[test]
fn a_cluster_is_ready_when_every_set_is_and_its_control_plane_when_the_checks_passed() {
    let mut world = statuses();
    let (cp, w) = (labels::CONTROL_PLANE_ROLE, labels::WORKER_ROLE);
    set_status(
        &world,
        "prod-control-planes",
        cp,
        MachineSetPhase::Running,
        1,
        true,
    );
    set_status(
        &world,
        "prod-workers",
        w,
        MachineSetPhase::Running,
        2,
        false,
    );
    world.settle();
    let spec = world.read::<ClusterStatus>("prod").spec;
    assert!(
        !spec.ready
            && !spec.controlplane_ready
            && spec.available
            && spec.has_connected_control_planes
    );
    assert_eq!(spec.machines.unwrap_or_default().total, 3);
    set_status(&world, "prod-workers", w, MachineSetPhase::Running, 2, true);
    world.other::<ControlPlaneStatus>("prod-control-planes", |checks| {
        checks
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
        let mut passed = Condition::default();
        passed.set_status(Status::Ready);
        checks.spec.conditions = vec![passed];
    });
    world.other::<LoadBalancerStatus>("prod", |balancer| balancer.spec.healthy = true);
    world.settle();
    let spec = world.read::<ClusterStatus>("prod").spec;
    assert!(spec.ready && spec.controlplane_ready && spec.kubernetes_api_ready);
}

#[test]
fn the_status_shows_the_users_labels_and_the_lock_and_outlives_the_other_holders() {
    let mut world = statuses();
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.metadata.labels.insert("team".into(), "a".into());
        cluster
            .metadata
            .annotations
            .insert(labels::CLUSTER_LOCKED.into(), String::new());
        cluster.metadata.finalizers.push("somebody".into());
    });
    world.settle();
    let metadata = world.read::<ClusterStatus>("prod").metadata;
    assert_eq!(
        (
            metadata.label("team"),
            metadata.annotation(labels::CLUSTER_LOCKED)
        ),
        (Some("a"), Some(""))
    );
    world.teardown::<kind::Cluster>("prod");
    world.settle();
    assert_eq!(
        world.read::<ClusterStatus>("prod").spec.phase(),
        Phase::Destroying
    );
    world
        .store
        .remove_finalizer::<kind::Cluster>("prod", "somebody")
        .expect("held");
    world.settle();
    assert!(world.find::<ClusterStatus>("prod").is_none());
}

#[test]
fn every_life_of_a_cluster_has_its_own_uuid() {
    let mut world = World::of(vec![Transformed::boxed(uuid::ClusterUuid)]);
    let mut draw = || {
        world.cluster("prod");
        world.settle();
        let uuid = world.read::<ClusterUuid>("prod");
        assert_eq!(
            uuid.metadata.label(labels::CLUSTER_UUID),
            Some(uuid.spec.uuid.as_str())
        );
        world.teardown::<kind::Cluster>("prod");
        world.settle();
        world
            .store
            .remove::<kind::Cluster>("", "prod")
            .expect("nobody holds it");
        uuid.spec.uuid
    };
    assert_ne!(draw(), draw());
}

#[test]
fn workers_go_before_control_planes_and_foreign_patches_stay() {
    let mut world = World::of(vec![Cleaned::boxed(teardown::ClusterTeardown)]);
    world.cluster("prod");
    for name in ["control-planes", "workers"] {
        let id = world.machine_set("prod", name);
        world.user::<MachineSet>(&id, |set| set.metadata.finalizers = vec!["test".into()]);
    }
    world.other::<ConfigPatch>("system", |patch| {
        patch
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
    });
    world.settle();
    world.teardown::<kind::Cluster>("prod");
    world.settle();
    assert!(
        world
            .read::<MachineSet>("prod-workers")
            .metadata
            .tearing_down()
    );
    assert!(
        !world
            .read::<MachineSet>("prod-control-planes")
            .metadata
            .tearing_down()
    );
    world
        .store
        .remove_finalizer::<MachineSet>("prod-workers", "test")
        .expect("held");
    world.settle();
    assert!(world.find::<MachineSet>("prod-workers").is_none());
    assert!(
        world
            .read::<MachineSet>("prod-control-planes")
            .metadata
            .tearing_down()
    );
    world
        .store
        .remove_finalizer::<MachineSet>("prod-control-planes", "test")
        .expect("held");
    world.settle();
    assert!(
        world
            .read::<kind::Cluster>("prod")
            .metadata
            .finalizers
            .is_empty()
    );
    assert!(world.find::<ConfigPatch>("system").is_some());
}

#[test]
fn the_words_of_a_destruction_count_what_is_left() {
    let mut world = World::of(vec![Transformed::boxed(
        destroy_status::ClusterDestroyStatus,
    )]);
    world.cluster("prod");
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.metadata.finalizers = vec!["test".into()];
    });
    set_status(
        &world,
        "prod-workers",
        labels::WORKER_ROLE,
        MachineSetPhase::Running,
        1,
        true,
    );
    for id in ["1", "2"] {
        member(&world, id, true);
    }
    world.settle();
    assert!(world.find::<ClusterDestroyStatus>("prod").is_none());
    world.teardown::<kind::Cluster>("prod");
    world.settle();
    assert_eq!(
        world.read::<ClusterDestroyStatus>("prod").spec.phase,
        "Destroying: 1 machine set, 2 machines"
    );
    world
        .store
        .remove::<ClusterMachineStatus>("other", "1")
        .expect("nobody holds it");
    world.settle();
    assert_eq!(
        world.read::<ClusterDestroyStatus>("prod").spec.phase,
        "Destroying: 1 machine set, 1 machine"
    );
}

/// A member of the cluster with the id as its address.
fn member(world: &World, id: &str, control_plane: bool) {
    let role = if control_plane {
        labels::CONTROL_PLANE_ROLE
    } else {
        labels::WORKER_ROLE
    };
    world.other::<ClusterMachineStatus>(id, |machine| {
        machine
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
        machine.metadata.labels.insert(role.into(), String::new());
        machine.spec.management_address = id.into();
    });
    world.other::<ClusterMachine>(id, |machine| {
        machine
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
        machine.metadata.labels.insert(role.into(), String::new());
    });
}
