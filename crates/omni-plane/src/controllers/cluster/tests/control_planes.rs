//! Load balancers, endpoints, and who is told to bootstrap.

use super::*;

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
