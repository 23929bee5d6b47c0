//! The Talos upgrade by itself; what the others write is written by hand.

use omni_api::kind::{
    ClusterConfigVersion, ClusterMachine, ClusterMachineConfigStatus, ClusterMachineStatus,
    ClusterMachineTalosVersion, KubernetesHealthCheck, KubernetesHealthCheckStatus,
    MachinePendingUpdates, SchematicConfiguration, TalosUpgradeStatus, TalosVersion,
    UpgradeRollout,
};
use omni_api::specs::TalosUpgradeStatusSpec;
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::kubernetes_health_check_status_spec::State;
use omni_api::specs::machine_pending_updates_spec::Upgrade;
use omni_api::specs::talos_upgrade_status_spec::Phase;
use omni_api::{Metadata, kind, labels};

use super::upgrade_status;
use crate::controllers::testing::World;
use crate::engine::Transformed;

fn place(metadata: &mut Metadata, role: &str) {
    metadata
        .labels
        .insert(labels::CLUSTER.into(), "prod".into());
    metadata.labels.insert(role.into(), String::new());
}

/// A cluster of a control plane `1` and a worker `2`, both at 1.13.7.
fn cluster() -> World {
    let mut world = World::of(vec![Transformed::boxed(upgrade_status::TalosUpgradeStatus)]);
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    world.machine_set("prod", "workers");
    world.other::<ClusterConfigVersion>("prod", |version| version.spec.version = "v1.13.7".into());
    versions(&world);
    for (id, role) in [
        ("1", labels::CONTROL_PLANE_ROLE),
        ("2", labels::WORKER_ROLE),
    ] {
        world.other::<ClusterMachine>(id, |machine| place(&mut machine.metadata, role));
        world.other::<ClusterMachineStatus>(id, |status| {
            place(&mut status.metadata, role);
            status.spec.set_stage(Stage::Running);
            status.spec.ready = true;
        });
        runs(&world, id, "1.13.7");
        image(&world, id, "1.13.7");
    }
    world.settle();
    world
}

fn versions(world: &World) {
    for (id, unsupported, kubernetes) in [
        ("1.12.9", false, "1.35.5"),
        ("1.13.6", true, "1.35.5"),
        ("1.13.7", false, "1.35.5"),
        ("1.13.8", false, "1.35.5"),
        ("1.13.10", false, "1.35.5"),
        ("1.14.0", false, "1.36.0"),
    ] {
        world.other::<TalosVersion>(id, |version| {
            version.spec.unsupported = unsupported;
            version.spec.compatible_kubernetes_versions = vec![kubernetes.into()];
            version.spec.upgradable_talos_versions =
                ["1.12.9", "1.13.6", "1.13.10", "1.13.8", "1.14.0"]
                    .map(str::to_owned)
                    .into();
        });
    }
}

fn runs(world: &World, id: &str, version: &str) {
    world.other::<ClusterMachineConfigStatus>(id, |status| {
        place(&mut status.metadata, "x");
        status.spec.talos_version = version.into();
        status.spec.schematic_id = "s".into();
    });
}

fn image(world: &World, id: &str, version: &str) {
    world.other::<SchematicConfiguration>(id, |image| {
        place(&mut image.metadata, "x");
        image.spec.talos_version = version.into();
        image.spec.schematic_id = "s".into();
    });
}

fn pending(world: &World, id: &str, to: &str) {
    world.other::<MachinePendingUpdates>(id, |update| {
        place(&mut update.metadata, "x");
        update.spec.upgrade = Some(Upgrade {
            to_version: to.into(),
            ..Upgrade::default()
        });
    });
}

fn want(world: &mut World, version: &str) -> TalosUpgradeStatusSpec {
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.talos_version = version.into();
    });
    status(world)
}

fn status(world: &mut World) -> TalosUpgradeStatusSpec {
    world.settle();
    world.read::<TalosUpgradeStatus>("prod").spec
}

fn quotas(world: &World) -> Vec<String> {
    let quotas = world
        .read::<UpgradeRollout>("prod")
        .spec
        .machine_sets_upgrade_quota;
    quotas
        .into_iter()
        .map(|(set, quota)| format!("{set} {quota}"))
        .collect()
}

#[test]
fn at_rest_it_is_done_and_names_where_one_may_go() {
    let mut world = cluster();
    let status = status(&mut world);
    assert_eq!(
        (status.phase(), status.last_upgrade_version.as_str()),
        (Phase::Done, "1.13.7")
    );
    assert_eq!(status.upgrade_versions, ["1.13.8", "1.13.10"]);
    assert_eq!(quotas(&world), ["prod-control-planes 1", "prod-workers 1"]);
    assert_eq!(
        world
            .read::<ClusterMachineTalosVersion>("2")
            .spec
            .talos_version,
        "1.13.7"
    );
}

#[test]
fn workers_wait_for_control_planes_and_everybody_for_the_unready() {
    let mut world = cluster();
    let spec = want(&mut world, "1.13.8");
    assert_eq!(
        (spec.phase(), spec.status.as_str()),
        (Phase::Upgrading, "updating")
    );
    assert_eq!(quotas(&world), ["prod-control-planes 1"]);
    assert_eq!(
        world
            .read::<ClusterMachineTalosVersion>("1")
            .spec
            .talos_version,
        "1.13.7",
        "its image is not made"
    );
    for id in ["1", "2"] {
        image(&world, id, "1.13.8");
        pending(&world, id, "1.13.8");
    }
    let spec = status(&mut world);
    assert_eq!(
        (spec.status.as_str(), spec.step.as_str()),
        (
            "updating machines 1/2",
            "no machines are currently upgrading"
        )
    );
    assert_eq!(
        world
            .read::<ClusterMachineTalosVersion>("1")
            .spec
            .talos_version,
        "1.13.8"
    );
    world
        .store
        .add_finalizer::<ClusterMachine>("1", "UpgradePendingFinalizer")
        .expect("running");
    world.other::<ClusterMachineStatus>("1", |machine| machine.spec.ready = false);
    let spec = status(&mut world);
    assert_eq!(
        (quotas(&world).len(), spec.step.as_str()),
        (0, "waiting for the cluster to be ready")
    );
    world.other::<ClusterMachineStatus>("1", |machine| machine.spec.ready = true);
    assert_eq!(status(&mut world).step, "current machine: 1");
    world
        .store
        .remove_finalizer::<ClusterMachine>("1", "UpgradePendingFinalizer")
        .expect("held");
    world
        .store
        .remove::<MachinePendingUpdates>("other", "1")
        .expect("its owner");
    runs(&world, "1", "1.13.8");
    assert_eq!(status(&mut world).status, "updating machines 2/2");
    assert_eq!(quotas(&world), ["prod-control-planes 1", "prod-workers 1"]);
    runs(&world, "2", "1.13.8");
    world
        .store
        .remove::<MachinePendingUpdates>("other", "2")
        .expect("its owner");
    let spec = status(&mut world);
    assert_eq!(
        (
            spec.phase(),
            spec.last_upgrade_version.as_str(),
            spec.step.as_str()
        ),
        (Phase::Done, "1.13.8", "")
    );
}

#[test]
fn the_way_back_does_not_wait_for_the_unready() {
    let mut world = cluster();
    want(&mut world, "1.13.8");
    runs(&world, "1", "1.13.8");
    world.other::<ClusterMachineStatus>("1", |machine| machine.spec.ready = false);
    let spec = want(&mut world, "1.13.7");
    assert_eq!(
        (spec.phase(), spec.current_upgrade_version.as_str()),
        (Phase::Reverting, "")
    );
    assert_eq!(quotas(&world), ["prod-control-planes 1"]);
}

#[test]
fn another_image_of_the_same_version_is_an_update_of_schematics() {
    let mut world = cluster();
    world.other::<SchematicConfiguration>("2", |image| image.spec.schematic_id = "other".into());
    pending(&world, "2", "1.13.7");
    world.other::<MachinePendingUpdates>("2", |update| {
        update.spec.upgrade.get_or_insert_default().to_schematic = "other".into();
    });
    let spec = status(&mut world);
    assert_eq!(spec.phase(), Phase::UpdatingMachineSchematics);
    assert_eq!(spec.status, "updating machines 2/2");
}

#[test]
fn a_cluster_that_goes_takes_its_versions_and_quotas_along() {
    let mut world = cluster();
    world.teardown::<kind::Cluster>("prod");
    world.settle();
    assert!(world.all::<ClusterMachineTalosVersion>().is_empty());
    assert!(
        world.all::<UpgradeRollout>().is_empty() && world.all::<TalosUpgradeStatus>().is_empty()
    );
}

/// A health check `dns` of the cluster, with this command.
fn check(world: &World, command: &str) {
    world.user::<KubernetesHealthCheck>("dns", |check| {
        check
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
        check.spec.job = format!(
            "spec: {{template: {{spec: {{containers: [{{name: a, image: b, command: {command}}}]}}}}}}"
        );
    });
}

fn checked(world: &World) -> (State, String) {
    let spec = world.read::<KubernetesHealthCheckStatus>("dns").spec;
    (spec.state(), spec.error)
}

/// The upgrade of both machines is about to begin.
fn begun(world: &mut World) -> TalosUpgradeStatusSpec {
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.talos_version = "1.13.8".into();
    });
    for id in ["1", "2"] {
        image(world, id, "1.13.8");
        pending(world, id, "1.13.8");
    }
    while world.engine.step() {}
    world.read::<TalosUpgradeStatus>("prod").spec
}

#[test]
fn a_health_check_that_runs_holds_the_upgrade_until_it_passes() {
    let mut world = cluster();
    check(&world, "[nslookup, kubernetes]");
    world.settle();
    assert!(
        world.all::<KubernetesHealthCheckStatus>().is_empty(),
        "at rest nothing is checked"
    );
    let spec = begun(&mut world);
    assert_eq!(
        spec.step,
        "waiting for healthchecks to pass: \"dns\": waiting to complete"
    );
    assert_eq!(checked(&world).0, State::Running);
    assert!(quotas(&world).is_empty());
    let status = world.read::<KubernetesHealthCheckStatus>("dns");
    assert_eq!(
        (
            status.spec.job_namespace.as_str(),
            status.spec.job_name.as_str()
        ),
        ("default", "omni-healthcheck-dns")
    );
    assert_eq!(status.metadata.label(labels::CLUSTER), Some("prod"));
    world.settle();
    assert_eq!(checked(&world), (State::Passed, String::new()));
    assert_eq!(quotas(&world), ["prod-control-planes 1"]);
}

#[test]
fn a_health_check_that_fails_says_why_and_is_tried_again() {
    let mut world = cluster();
    check(&world, "['false']");
    begun(&mut world);
    world.settle();
    let why = "BackoffLimitExceeded: Job has reached the specified backoff limit";
    assert_eq!(checked(&world), (State::Failed, why.to_owned()));
    assert_eq!(
        status(&mut world).step,
        format!("waiting for healthchecks to pass: \"dns\": {why}")
    );
    world.pass(31);
    assert_eq!(
        checked(&world),
        (State::Running, why.to_owned()),
        "the last failure stays readable"
    );
    check(&world, "['true']");
    world.settle();
    assert_eq!(checked(&world), (State::Passed, String::new()));
    assert_eq!(quotas(&world), ["prod-control-planes 1"]);
}

#[test]
fn a_check_that_nobody_waits_for_any_more_is_unknown_and_one_that_is_removed_has_no_status() {
    let mut world = cluster();
    check(&world, "[nslookup]");
    begun(&mut world);
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.talos_version = "1.13.7".into();
    });
    while world.engine.step() {}
    assert_eq!(
        checked(&world).0,
        State::Unknown,
        "the way back is not gated"
    );
    assert_eq!(
        world
            .read::<KubernetesHealthCheckStatus>("dns")
            .spec
            .job_name,
        ""
    );
    world
        .store
        .remove::<KubernetesHealthCheck>("", "dns")
        .expect("nobody holds it");
    world.settle();
    assert!(world.all::<KubernetesHealthCheckStatus>().is_empty());
}
