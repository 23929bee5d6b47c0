//! Each controller of a cluster by itself; what the others write is written by hand.

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

#[test]
fn a_load_balancer_gets_the_lowest_port_that_no_other_has() {
    let mut world = World::of(vec![Box::new(load_balancer_config::LoadBalancerConfig)]);
    let ports = |world: &World| {
        let all = world.all::<LoadBalancerConfig>();
        let ports: Vec<_> = all
            .iter()
            .map(|config| format!("{} {}", config.id(), config.spec.bind_port))
            .collect();
        ports.join(", ")
    };
    for cluster in ["a", "b", "c"] {
        world.cluster(cluster);
        world.settle();
    }
    assert_eq!(ports(&world), "a 10000, b 10001, c 10002");
    for cluster in ["b", "a"] {
        let removed = world.store.remove::<kind::Cluster>("", cluster);
        assert_eq!(removed, Ok(true));
    }
    world.settle();
    for cluster in ["d", "e", "f"] {
        world.cluster(cluster);
        world.settle();
    }
    assert_eq!(ports(&world), "c 10002, d 10000, e 10001, f 10003");
}

#[test]
fn endpoints_are_those_of_control_planes() {
    let mut world = World::of(vec![
        Transformed::boxed(endpoint::ClusterEndpoint),
        Box::new(load_balancer_config::LoadBalancerConfig),
    ]);
    for cluster in ["prod", "other"] {
        world.cluster(cluster);
    }
    member(&world, "fd::1", true);
    member(&world, "fd::2", false);
    world.settle();
    assert_eq!(
        world
            .read::<ClusterEndpoint>("prod")
            .spec
            .management_addresses,
        ["fd::1"]
    );
    let (ours, theirs) = (
        world.read::<LoadBalancerConfig>("prod").spec,
        world.read::<LoadBalancerConfig>("other").spec,
    );
    assert_eq!(ours.endpoints, ["[fd::1]:6443"]);
    assert_ne!(ours.bind_port, theirs.bind_port);
    world.teardown::<kind::Cluster>("other");
    world.settle();
    world
        .store
        .remove::<kind::Cluster>("", "other")
        .expect("nobody holds it");
    world.settle();
    assert_eq!(world.ids::<LoadBalancerConfig>(), ["prod"]);
}

fn reports(world: &World, id: &str, api_ready: bool) {
    world.other::<Observed>(id, |observed| {
        observed.spec.connected = true;
        observed.spec.member = Some(Member {
            api_ready,
            ..Member::default()
        });
    });
}

#[test]
fn a_balancer_is_believed_healthy_until_its_first_check_and_stops_without_control_planes() {
    let mut world = World::of(vec![Box::new(load_balancer_status::LoadBalancerStatus)]);
    let mut events = world
        .store
        .subscribe(crate::store::Filter::kind::<LoadBalancerStatus>());
    let connected = |world: &World, connected: bool| {
        world.other::<ClusterStatus>("prod", |status| {
            status.spec.has_connected_control_planes = connected;
        });
    };
    world.other::<LoadBalancerConfig>("prod", |config| {
        config.spec.endpoints = vec!["[fd::1]:6443".into()];
    });
    connected(&world, false);
    member(&world, "1", true);
    world.settle();
    connected(&world, true);
    world.settle();
    reports(&world, "1", true);
    world.settle();
    connected(&world, false);
    world.settle();
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        assert_ne!(event.kind, EventKind::Destroyed);
        let spec = event
            .resource
            .typed::<LoadBalancerStatus>()
            .expect("its kind")
            .spec;
        seen.push((spec.stopped, spec.healthy));
    }
    assert_eq!(
        seen,
        [
            (true, false),
            (false, true),
            (false, false),
            (false, true),
            (true, false)
        ]
    );
}

/// A cluster with the control planes `1` and `2`, of whom `2` is the first endpoint.
fn two_control_planes() -> World {
    let mut world = World::of(vec![Transformed::boxed(
        bootstrap_status::ClusterBootstrapStatus,
    )]);
    world.machine_set("prod", "control-planes");
    world.other::<ClusterStatus>("prod", |status| {
        status.spec.available = true;
        status.spec.has_connected_control_planes = true;
    });
    for id in ["1", "2"] {
        member(&world, id, true);
        world.user::<MachineSetNode>(id, |_| {});
        world.other::<Observed>(id, |observed| observed.spec.connected = true);
    }
    world.other::<ClusterEndpoint>("prod", |endpoint| {
        endpoint.spec.management_addresses = vec!["2".into(), "1".into()];
    });
    world.settle();
    world
}

fn is_bootstrapped(world: &World) -> bool {
    let status = world.read::<ClusterBootstrapStatus>("prod");
    status.spec.bootstrapped
}

#[test]
fn only_the_first_control_plane_is_told_to_bootstrap_and_only_as_a_member() {
    let mut world = two_control_planes();
    reports(&world, "1", false);
    world.settle();
    assert!(!is_bootstrapped(&world));
    reports(&world, "2", false);
    world.settle();
    assert!(is_bootstrapped(&world));
    assert_eq!(world.ids::<Desired>(), ["2"]);
    world.teardown::<MachineSet>("prod-control-planes");
    world.settle();
    assert!(!is_bootstrapped(&world));
    assert!(
        world
            .read::<MachineSet>("prod-control-planes")
            .metadata
            .finalizers
            .is_empty()
    );
}

#[test]
fn a_control_plane_that_is_to_go_again_is_not_waited_for() {
    let mut world = two_control_planes();
    world.teardown::<MachineSetNode>("2");
    reports(&world, "1", false);
    world.settle();
    assert!(is_bootstrapped(&world));
    assert_eq!(world.ids::<Desired>(), ["1"]);
}

#[test]
fn a_control_plane_that_was_told_to_bootstrap_stays_the_one() {
    let mut world = two_control_planes();
    world.user::<Desired>("1", |desired| desired.spec.bootstrap = true);
    reports(&world, "2", false);
    world.settle();
    assert!(!is_bootstrapped(&world));
    reports(&world, "1", false);
    world.settle();
    assert!(is_bootstrapped(&world));
}

#[test]
fn the_discovery_patch_comes_and_goes_with_the_wish_for_it() {
    let mut world = World::of(vec![Transformed::boxed(discovery_patch::DiscoveryPatch)]);
    let wish = |world: &World, wished: bool| {
        world.other::<ClusterStatus>("prod", |status| {
            status.spec.initial_talos_version = "1.13.7".into();
            status.spec.use_embedded_discovery_service = wished;
        });
    };
    wish(&world, false);
    world.settle();
    assert!(world.all::<ConfigPatch>().is_empty());
    wish(&world, true);
    world.settle();
    let patch = world.read::<ConfigPatch>("950-discovery-service-prod");
    assert_eq!(
        patch.metadata.owner,
        "DiscoveryServiceConfigPatchController"
    );
    assert!(patch.metadata.label(labels::SYSTEM_PATCH).is_some());
    wish(&world, false);
    world.settle();
    assert!(world.all::<ConfigPatch>().is_empty());
}
