//! Manifests by themselves; what the others write is written by hand.

use std::time::Duration;

use omni_api::kind::{
    ClusterKubernetesManifestsStatus, ClusterStatus, KubernetesManifestGroup, KubernetesStatus,
    LoadBalancerStatus,
};
use omni_api::specs::ClusterKubernetesManifestsStatusSpec;
use omni_api::specs::cluster_kubernetes_manifests_status_spec::ManifestStatus;
use omni_api::specs::kubernetes_manifest_group_spec::Mode;
use omni_api::{kind, labels};

use crate::controllers::testing::World;
use crate::engine::Transformed;
use crate::machines::Workload;
use crate::store::Filter;

const SPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n";
const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: apps}\n";

/// A cluster whose API answers.
fn cluster() -> World {
    let mut world = World::of(vec![Transformed::boxed(
        super::ClusterKubernetesManifestsStatus,
    )]);
    world.cluster("prod");
    world.other::<KubernetesStatus>("prod", |_| {});
    world.other::<ClusterStatus>("prod", |status| {
        status.spec.has_connected_control_planes = true;
    });
    balance(&world, true);
    world.settle();
    world
}

fn balance(world: &World, healthy: bool) {
    world.other::<LoadBalancerStatus>("prod", |balancer| balancer.spec.healthy = healthy);
}

fn group(world: &World, id: &str, mode: Mode, data: &str) {
    world.user::<KubernetesManifestGroup>(id, |group| {
        group
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
        group.spec.set_mode(mode);
        group.spec.data = data.into();
    });
}

fn status(world: &World) -> ClusterKubernetesManifestsStatusSpec {
    world.read::<ClusterKubernetesManifestsStatus>("prod").spec
}

/// `group phase: object phase, …` of every group.
fn shown(spec: &ClusterKubernetesManifestsStatusSpec) -> Vec<String> {
    let object =
        |(id, one): (&String, &ManifestStatus)| format!("{id} {}", one.phase().as_str_name());
    spec.groups
        .iter()
        .map(|(id, group)| {
            let objects: Vec<_> = group.manifests.iter().map(object).collect();
            format!(
                "{id} {}: {}",
                group.phase().as_str_name(),
                objects.join(", ")
            )
        })
        .collect()
}

#[test]
fn objects_are_pending_until_they_are_there() {
    let mut world = cluster();
    let mut events = world
        .store
        .subscribe(Filter::kind::<ClusterKubernetesManifestsStatus>());
    group(
        &world,
        "400-prod-a",
        Mode::Full,
        &format!("{SPACE}---\n{MAP}"),
    );
    world.settle();
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        let spec = event
            .resource
            .typed::<ClusterKubernetesManifestsStatus>()
            .expect("its kind")
            .spec;
        seen.push((shown(&spec), spec.out_of_sync, spec.total));
    }
    assert_eq!(
        seen,
        [
            (
                vec!["400-prod-a PROGRESSING: ConfigMap/apps/settings PENDING, Namespace/apps PENDING".to_owned()],
                2,
                2
            ),
            (
                vec!["400-prod-a APPLIED: ConfigMap/apps/settings APPLIED, Namespace/apps APPLIED".to_owned()],
                0,
                2
            ),
        ]
    );
    assert_eq!(world.read::<Workload>("prod").spec.objects.len(), 2);
}

#[test]
fn nothing_is_applied_while_the_cluster_cannot_be_reached_or_is_locked() {
    let mut world = cluster();
    balance(&world, false);
    group(&world, "400-prod-a", Mode::Full, SPACE);
    world.settle();
    assert_eq!(status(&world).total, 0);
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster
            .metadata
            .annotations
            .insert(labels::CLUSTER_LOCKED.into(), String::new());
    });
    balance(&world, true);
    world.settle();
    assert_eq!(status(&world).total, 0);
    world.user::<kind::Cluster>("prod", |cluster| cluster.metadata.annotations.clear());
    world.settle();
    assert_eq!(
        shown(&status(&world)),
        ["400-prod-a APPLIED: Namespace/apps APPLIED"]
    );
}

#[test]
fn what_is_taken_out_of_a_full_group_is_deleted_and_goes() {
    let mut world = cluster();
    group(
        &world,
        "400-prod-a",
        Mode::Full,
        &format!("{SPACE}---\n{MAP}"),
    );
    world.settle();
    group(&world, "400-prod-a", Mode::Full, SPACE);
    while world.engine.step() {}
    assert_eq!(
        shown(&status(&world)),
        ["400-prod-a PROGRESSING: ConfigMap/apps/settings DELETING, Namespace/apps APPLIED"]
    );
    world.settle();
    assert_eq!(
        shown(&status(&world)),
        ["400-prod-a APPLIED: Namespace/apps APPLIED"]
    );
    world.teardown::<KubernetesManifestGroup>("400-prod-a");
    while world.engine.step() {}
    assert_eq!(
        shown(&status(&world)),
        ["400-prod-a DELETING: Namespace/apps DELETING"]
    );
    world.settle();
    assert!(status(&world).groups.is_empty());
    assert!(world.read::<Workload>("prod").spec.objects.is_empty());
}

#[test]
fn a_one_time_group_is_applied_once_and_its_objects_stay() {
    let mut world = cluster();
    group(&world, "400-prod-a", Mode::OneTime, SPACE);
    world.settle();
    let before = world.read::<Workload>("prod").spec;
    group(
        &world,
        "400-prod-a",
        Mode::OneTime,
        &SPACE.replace("apps}", "apps, labels: {a: b}}"),
    );
    world.settle();
    assert_eq!(world.read::<Workload>("prod").spec, before, "left alone");
    world.teardown::<KubernetesManifestGroup>("400-prod-a");
    world.settle();
    assert!(status(&world).groups.is_empty());
    assert_eq!(world.read::<Workload>("prod").spec, before, "still there");
}

#[test]
fn a_changed_object_stays_applied_while_it_is_changed() {
    let mut world = cluster();
    group(&world, "400-prod-a", Mode::Full, MAP);
    world.settle();
    let before = world.read::<Workload>("prod").spec;
    group(
        &world,
        "400-prod-a",
        Mode::Full,
        &format!("{MAP}data: {{a: b}}\n"),
    );
    while world.engine.step() {}
    assert_eq!(status(&world).out_of_sync, 0);
    world.settle();
    assert_ne!(world.read::<Workload>("prod").spec, before);
}

#[test]
fn an_object_without_its_namespace_stops_its_inventory_and_says_so() {
    let mut world = cluster();
    let homeless = MAP.replace(", namespace: apps", "");
    group(
        &world,
        "400-prod-a",
        Mode::Full,
        &format!("{SPACE}---\n{homeless}"),
    );
    group(&world, "500-prod-b", Mode::OneTime, MAP);
    world.settle();
    let spec = status(&world);
    assert_eq!(
        spec.last_error,
        "ConfigMap/settings namespace not specified"
    );
    assert_eq!(
        shown(&spec),
        [
            "400-prod-a PROGRESSING: ConfigMap/settings PENDING, Namespace/apps PENDING",
            "500-prod-b APPLIED: ConfigMap/apps/settings APPLIED",
        ]
    );
    group(&world, "400-prod-a", Mode::Full, SPACE);
    world.settle();
    assert_eq!(status(&world).last_error, "");
}

#[test]
fn a_custom_object_waits_for_its_definition() {
    let mut world = cluster();
    group(
        &world,
        "400-prod-a",
        Mode::Full,
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n",
    );
    world.settle();
    assert_eq!(
        status(&world).last_error,
        "retryable error occurred while applying manifests"
    );
    group(
        &world,
        "300-prod-crd",
        Mode::OneTime,
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n",
    );
    world.settle();
    let spec = status(&world);
    assert_eq!((spec.last_error.as_str(), spec.out_of_sync), ("", 0));
}

#[test]
fn a_cluster_that_goes_takes_its_contents_along() {
    let mut world = cluster();
    group(&world, "400-prod-a", Mode::Full, SPACE);
    world.settle();
    world.teardown::<kind::Cluster>("prod");
    world.engine.pass(Duration::from_mins(1));
    assert!(world.all::<Workload>().is_empty());
    assert!(world.all::<ClusterKubernetesManifestsStatus>().is_empty());
}
