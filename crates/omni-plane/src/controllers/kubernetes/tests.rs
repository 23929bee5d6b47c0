//! Each controller of Kubernetes by itself; what the others write is written by hand.

mod ledgers;

use omni_api::kind::{
    ClusterKubernetesNodes, ClusterMachine, ClusterMachineIdentity, ClusterMachineStatus,
    ClusterStatus, ClusterUuid, ConfigPatch, ImagePullRequest, ImagePullStatus, KubernetesStatus,
    KubernetesUpgradeStatus, TalosVersion,
};
use omni_api::specs::KubernetesUpgradeStatusSpec;
use omni_api::specs::cluster_status_spec::Phase as ClusterPhase;
use omni_api::specs::image_pull_request_spec::NodeImageList;
use omni_api::specs::kubernetes_status_spec::{NodeStaticPods, NodeStatus, StaticPodStatus};
use omni_api::specs::kubernetes_upgrade_status_spec::Phase;
use omni_api::{Metadata, kind, labels};

use super::{image_pull_status, nodes, status, upgrade_status};
use crate::controllers::testing::World;
use crate::engine::Transformed;
use crate::machines::Observed;
use crate::machines::observed::{Member, StaticPod};
use crate::store::{Filter, Key};

const PODS: [&str; 3] = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
];

fn place(metadata: &mut Metadata, role: &str) {
    metadata
        .labels
        .insert(labels::CLUSTER.into(), "prod".into());
    metadata.labels.insert(role.into(), String::new());
}

#[test]
fn what_runs_is_shown_once_the_api_answers_nodes_before_pods() {
    let mut world = World::of(vec![Box::new(status::KubernetesStatus)]);
    let mut events = world.store.subscribe(Filter::kind::<KubernetesStatus>());
    world.cluster("prod");
    world.other::<ClusterMachine>("1", |machine| {
        place(&mut machine.metadata, labels::CONTROL_PLANE_ROLE);
    });
    let report = |world: &World, api_ready: bool| {
        world.other::<Observed>("1", |observed| {
            observed.spec.connected = true;
            let pod = |app: &str| StaticPod {
                app: app.into(),
                version: "1.35.5".into(),
                ready: true,
            };
            observed.spec.member = Some(Member {
                nodename: "talos-a".into(),
                kubelet_version: "1.35.5".into(),
                node_ready: true,
                api_ready,
                static_pods: PODS.map(pod).into(),
                ..Member::default()
            });
        });
    };
    report(&world, false);
    world.settle();
    assert!(world.all::<KubernetesStatus>().is_empty());
    report(&world, true);
    world.settle();
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        let spec = event
            .resource
            .typed::<KubernetesStatus>()
            .expect("its kind")
            .spec;
        seen.push((spec.nodes.len(), spec.static_pods.len()));
    }
    assert_eq!(seen, [(1, 0), (1, 1)]);
    world
        .store
        .remove::<kind::Cluster>("", "prod")
        .expect("nobody holds it");
    world.settle();
    assert!(world.all::<KubernetesStatus>().is_empty());
}

#[test]
fn nodes_are_those_that_are_known_by_name() {
    let mut world = World::of(vec![Transformed::boxed(nodes::ClusterKubernetesNodes)]);
    world.other::<ClusterUuid>("prod", |_| {});
    for (id, name) in [("1", "talos-b"), ("2", "talos-a")] {
        world.other::<ClusterMachineIdentity>(id, |identity| {
            place(&mut identity.metadata, "x");
            identity.spec.nodename = name.into();
        });
    }
    world.settle();
    assert_eq!(
        world.read::<ClusterKubernetesNodes>("prod").spec.nodes,
        ["talos-a", "talos-b"]
    );
}

#[test]
fn images_are_pulled_one_after_the_other_and_anew_for_a_new_request() {
    let mut world = World::of(vec![Transformed::boxed(image_pull_status::ImagePullStatus)]);
    let ask = |world: &World, images: &[&str]| {
        world.other::<ImagePullRequest>("prod", |request| {
            request
                .metadata
                .labels
                .insert(labels::CLUSTER.into(), "prod".into());
            request.spec.node_image_list = vec![NodeImageList {
                node: "a".into(),
                images: images.iter().map(|image| (*image).to_owned()).collect(),
            }];
        });
    };
    ask(&world, &["x", "y"]);
    while world.engine.step() {}
    let first = world.read::<ImagePullStatus>("prod").spec;
    assert_eq!(
        (
            first.processed_count,
            first.total_count,
            first.last_processed_image.as_str()
        ),
        (1, 2, "x")
    );
    world.settle();
    assert_eq!(
        world.read::<ImagePullStatus>("prod").spec.processed_count,
        2
    );
    ask(&world, &["z"]);
    world.settle();
    let last = world.read::<ImagePullStatus>("prod").spec;
    assert_eq!(
        (
            last.processed_count,
            last.total_count,
            last.last_processed_image.as_str()
        ),
        (1, 1, "z")
    );
}

/// A ready cluster of a control plane `1` and a worker `2` at Kubernetes 1.35.5.
fn upgrading() -> World {
    let mut world = World::of(vec![
        Transformed::boxed(upgrade_status::KubernetesUpgradeStatus),
        Transformed::boxed(image_pull_status::ImagePullStatus),
    ]);
    world.cluster("prod");
    world.other::<TalosVersion>("1.13.7", |talos| {
        talos.spec.compatible_kubernetes_versions =
            ["1.35.5", "1.36.2", "1.37.0"].map(str::to_owned).into();
    });
    for (id, role, name) in [
        ("1", labels::CONTROL_PLANE_ROLE, "cp"),
        ("2", labels::WORKER_ROLE, "w"),
    ] {
        world.other::<ClusterMachineStatus>(id, |machine| {
            place(&mut machine.metadata, role);
            machine
                .metadata
                .labels
                .insert(labels::NODE_NAME.into(), name.into());
        });
    }
    ready(&world, true);
    runs(&world, ["1.35.5"; 5]);
    world.settle();
    world
}

fn ready(world: &World, ready: bool) {
    world.other::<ClusterStatus>("prod", |status| {
        status.spec.ready = ready;
        status.spec.set_phase(ClusterPhase::Running);
    });
}

/// Versions of the three pods of `cp`, of its kubelet, and of that of `w`.
fn runs(world: &World, versions: [&str; 5]) {
    world.other::<KubernetesStatus>("prod", |status| {
        let pods = PODS
            .iter()
            .zip(versions)
            .map(|(app, version)| StaticPodStatus {
                app: (*app).into(),
                version: version.into(),
                ready: true,
            });
        status.spec.static_pods = vec![NodeStaticPods {
            nodename: "cp".into(),
            static_pods: pods.collect(),
        }];
        let node = |(name, version): (&str, &str)| NodeStatus {
            nodename: name.into(),
            kubelet_version: version.into(),
            ready: true,
            ..NodeStatus::default()
        };
        status.spec.nodes = [("cp", versions[3]), ("w", versions[4])].map(node).into();
    });
}

fn seen(world: &mut World) -> KubernetesUpgradeStatusSpec {
    world.settle();
    world.read::<KubernetesUpgradeStatus>("prod").spec
}

fn want(world: &World, version: &str) {
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.kubernetes_version = version.into();
    });
}

fn patch(world: &World, machine: &str) -> String {
    world
        .read::<ConfigPatch>(&format!("900-cm-{machine}-kubernetes-upgrade"))
        .spec
        .data
}

#[test]
fn a_version_is_recorded_when_everything_runs_it() {
    let mut world = upgrading();
    let spec = seen(&mut world);
    assert_eq!(
        (spec.phase(), spec.last_upgrade_version.as_str()),
        (Phase::Done, "1.35.5")
    );
    assert_eq!(spec.upgrade_versions, ["1.36.2"]);
}

#[test]
fn one_component_of_one_machine_changes_at_a_time() {
    let mut world = upgrading();
    want(&world, "1.36.2");
    let spec = seen(&mut world);
    assert_eq!(
        (spec.step.as_str(), spec.status.as_str()),
        (
            "cp: updating kube-apiserver to 1.36.2",
            "waiting for a restart"
        )
    );
    assert_eq!(
        world.all::<ImagePullRequest>()[0]
            .spec
            .node_image_list
            .len(),
        2
    );
    let first = patch(&world, "1");
    assert!(
        first.contains("kube-apiserver:v1.36.2") && first.contains("kube-proxy:v1.36.2"),
        "{first}"
    );
    assert!(!first.contains("scheduler"), "{first}");
    runs(&world, ["1.36.2", "1.35.5", "1.35.5", "1.35.5", "1.35.5"]);
    assert_eq!(
        seen(&mut world).step,
        "cp: updating kube-controller-manager to 1.36.2"
    );
    runs(&world, ["1.36.2", "1.36.2", "1.36.2", "1.36.2", "1.35.5"]);
    assert_eq!(seen(&mut world).step, "w: updating kubelet to 1.36.2");
    assert!(patch(&world, "2").contains("kubelet:v1.36.2"));
    runs(&world, ["1.36.2"; 5]);
    let spec = seen(&mut world);
    assert_eq!(
        (
            spec.phase(),
            spec.last_upgrade_version.as_str(),
            spec.step.as_str()
        ),
        (Phase::Done, "1.36.2", "")
    );
}

#[test]
fn an_upgrade_waits_for_the_cluster_and_a_way_back_does_not() {
    let mut world = upgrading();
    want(&world, "1.36.2");
    world.settle();
    ready(&world, false);
    assert_eq!(
        seen(&mut world).status,
        "waiting for the cluster to be ready"
    );
    runs(&world, ["1.36.2", "1.35.5", "1.35.5", "1.35.5", "1.35.5"]);
    want(&world, "1.35.5");
    let spec = seen(&mut world);
    assert_eq!(spec.phase(), Phase::Reverting);
    assert!(patch(&world, "1").contains("kube-apiserver:v1.35.5"));
    ready(&world, true);
    runs(&world, ["1.35.5"; 5]);
    assert_eq!(seen(&mut world).phase(), Phase::Done);
}

#[test]
fn nothing_is_said_while_a_node_has_no_name() {
    let mut world = upgrading();
    let before = world.read::<KubernetesUpgradeStatus>("prod");
    world.other::<ClusterMachineStatus>("3", |machine| {
        place(&mut machine.metadata, labels::WORKER_ROLE);
    });
    world.settle();
    assert_eq!(world.read::<KubernetesUpgradeStatus>("prod"), before);
}

#[test]
fn a_cluster_that_goes_takes_its_system_patches_along() {
    let mut world = upgrading();
    want(&world, "1.36.2");
    world.settle();
    world.teardown::<kind::Cluster>("prod");
    world.settle();
    assert!(world.all::<ConfigPatch>().is_empty() && world.all::<ImagePullRequest>().is_empty());
}
