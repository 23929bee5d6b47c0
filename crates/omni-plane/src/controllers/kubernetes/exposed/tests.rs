//! Exposed services as a cluster's manifests make them.

use omni_api::kind::{ClusterWorkloadProxyStatus, ExposedService, KubernetesManifestGroup};
use omni_api::specs::ExposedServiceSpec;
use omni_api::specs::kubernetes_manifest_group_spec::Mode;
use omni_api::{kind, labels};

use crate::controllers::testing::World;
use crate::store::Query;

/// A running cluster with its proxy on.
fn cluster() -> World {
    let mut world = World::with_cluster(1, 1);
    world.user::<kind::Cluster>("prod", |cluster| {
        let features = cluster.spec.features.get_or_insert_default();
        features.enable_workload_proxy = true;
    });
    world.settle();
    assert!(world.is_ready("prod"));
    world
}

/// Services as a user's manifests: name, and annotations without their common beginning.
fn services(world: &mut World, services: &[(&str, &[(&str, &str)])]) {
    let documents: Vec<String> = services
        .iter()
        .map(|(name, annotations)| {
            let lines: Vec<String> = annotations
                .iter()
                .map(|(key, value)| {
                    format!("    omni-kube-service-exposer.sidero.dev/{key}: {value:?}\n")
                })
                .collect();
            format!(
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: apps\n  annotations:\n    other: x\n{}",
                lines.concat()
            )
        })
        .collect();
    world.user::<KubernetesManifestGroup>("400-prod-apps", |group| {
        let marks = &mut group.metadata.labels;
        marks.insert(labels::CLUSTER.into(), "prod".into());
        group.spec.set_mode(Mode::Full);
        group.spec.data = documents.join("---\n");
    });
    world.settle();
}

/// `id alias` of all that are exposed, with the rest of each.
fn exposed(world: &World) -> Vec<(String, String, ExposedServiceSpec)> {
    let all = world.store.read_all::<ExposedService>(&Query::all());
    all.into_iter()
        .map(|one| {
            let alias = one.metadata.label(labels::EXPOSED_SERVICE_ALIAS);
            let alias = alias.unwrap_or_default().to_owned();
            (one.id().to_owned(), alias, one.spec)
        })
        .collect()
}

fn counted(world: &World) -> u32 {
    let status = world.read::<ClusterWorkloadProxyStatus>("prod");
    status.spec.num_exposed_services
}

#[test]
fn the_program_that_exposes_services_is_applied_and_goes_with_the_feature() {
    let mut world = cluster();
    let group = world.read::<KubernetesManifestGroup>("cluster-prod-workload-proxy");
    assert_eq!(group.metadata.owner, "ClusterWorkloadProxyController");
    assert_eq!(group.metadata.label(labels::SYSTEM_MANIFEST), Some(""));
    let status = world.read::<kind::ClusterKubernetesManifestsStatus>("prod");
    let applied = &status.spec.groups["cluster-prod-workload-proxy"];
    let objects: Vec<&str> = applied.manifests.keys().map(String::as_str).collect();
    assert_eq!(
        objects,
        [
            "ClusterRole/omni-kube-service-exposer",
            "ClusterRoleBinding/omni-kube-service-exposer",
            "DaemonSet/kube-system/omni-kube-service-exposer",
            "ServiceAccount/kube-system/omni-kube-service-exposer",
        ]
    );
    assert_eq!((status.spec.total, status.spec.out_of_sync), (4, 0));
    world.user::<kind::Cluster>("prod", |cluster| cluster.spec.features = None);
    world.settle();
    assert!(
        world
            .store
            .read::<KubernetesManifestGroup>("cluster-prod-workload-proxy")
            .is_none()
    );
    let status = world.read::<kind::ClusterKubernetesManifestsStatus>("prod");
    assert!(status.spec.groups.is_empty());
}

#[test]
fn each_port_of_a_service_is_exposed_under_its_own_name() {
    let mut world = cluster();
    let several: &[(&str, &str)] = &[
        ("port", "8080:http, 80"),
        ("label", "Charts"),
        ("label-8080", "Charts by HTTP"),
        ("prefix", "Charts"),
    ];
    services(
        &mut world,
        &[
            ("charts", several),
            ("plain", &[("port", "30000")]),
            ("none", &[]),
        ],
    );
    let exposed = exposed(&world);
    let ids: Vec<&str> = exposed.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "prod/charts.apps/80",
            "prod/charts.apps/8080",
            "prod/plain.apps/30000"
        ]
    );
    let (_, alias, spec) = &exposed[0];
    assert_eq!((alias.as_str(), spec.label.as_str()), ("charts", "Charts"));
    assert_eq!(spec.url, "https://charts.localhost:8099");
    assert!(spec.has_explicit_alias);
    let (_, alias, spec) = &exposed[1];
    assert_eq!(
        (alias.len(), spec.label.as_str()),
        (6, "Charts by HTTP"),
        "one of them is the first"
    );
    assert!(!spec.has_explicit_alias && spec.error.is_empty());
    assert_eq!(
        (exposed[2].2.port, exposed[2].2.label.as_str()),
        (30_000, "plain.apps")
    );
    assert_eq!(counted(&world), 3);
}

#[test]
fn an_alias_stays_until_another_is_asked_for_and_is_nobody_elses() {
    let mut world = cluster();
    services(
        &mut world,
        &[
            ("a", &[("port", "80")]),
            ("b", &[("port", "81"), ("prefix", "web")]),
        ],
    );
    let drawn = exposed(&world)[0].1.clone();
    services(
        &mut world,
        &[
            ("a", &[("port", "80"), ("label", "A")]),
            ("b", &[("port", "81"), ("prefix", "web")]),
        ],
    );
    assert_eq!(exposed(&world)[0].1, drawn);
    services(
        &mut world,
        &[
            ("a", &[("port", "80"), ("prefix", "WEB")]),
            ("b", &[("port", "81"), ("prefix", "web")]),
        ],
    );
    let (_, alias, spec) = exposed(&world)[0].clone();
    assert_eq!(
        spec.error,
        "requested alias \"web\" is already used by another service"
    );
    assert_eq!(
        (alias, spec.label.as_str()),
        (drawn, "A"),
        "it keeps what it had"
    );
    services(
        &mut world,
        &[("b", &[("port", "81"), ("prefix", "no name")])],
    );
    let (_, alias, spec) = exposed(&world)[0].clone();
    assert!(
        spec.error.starts_with(
            "error building exposed service URL for alias \"no name\": invalid alias: "
        ),
        "{}",
        spec.error
    );
    assert_eq!((alias.as_str(), spec.url.as_str()), ("web", ""));
}

#[test]
fn a_slip_in_the_ports_changes_nothing_and_a_service_that_goes_is_exposed_no_more() {
    let mut world = cluster();
    services(&mut world, &[("a", &[("port", "80"), ("prefix", "web")])]);
    services(
        &mut world,
        &[("a", &[("port", "eighty"), ("prefix", "other")])],
    );
    assert_eq!(exposed(&world)[0].1, "web");
    services(&mut world, &[("a", &[])]);
    assert!(exposed(&world).is_empty());
    assert_eq!(counted(&world), 0);
}

#[test]
fn without_the_feature_services_are_known_and_not_counted() {
    let mut world = cluster();
    world.user::<kind::Cluster>("prod", |cluster| cluster.spec.features = None);
    services(&mut world, &[("a", &[("port", "80")])]);
    assert_eq!((exposed(&world).len(), counted(&world)), (1, 0));
    world.teardown::<kind::Cluster>("prod");
    world.settle();
    assert!(exposed(&world).is_empty(), "they go with their cluster");
}
