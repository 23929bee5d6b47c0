//! Talos and Kubernetes change their versions.

use omni_api::kind;
use omni_api::specs::kubernetes_upgrade_status_spec::Phase as KubernetesPhase;
use omni_api::specs::machine_set_spec::UpdateStrategy;
use omni_api::specs::talos_upgrade_status_spec::Phase as TalosPhase;

use crate::controllers::UPGRADE_LOCK;
use crate::controllers::testing::{World, at_once, machine};
use crate::store::{Filter, Query};

fn talos(world: &World, version: &str) {
    world.user::<kind::Cluster>("prod", |cluster| {
        version.clone_into(&mut cluster.spec.talos_version);
    });
}

fn kubernetes(world: &World, version: &str) {
    world.user::<kind::Cluster>("prod", |cluster| {
        version.clone_into(&mut cluster.spec.kubernetes_version);
    });
}

/// The machines in the order in which they took up another Talos.
fn upgraded(world: &mut World, run: impl FnOnce(&mut World)) -> Vec<String> {
    let mut events = world
        .store
        .subscribe(Filter::kind::<kind::ClusterMachineConfigStatus>());
    run(world);
    let mut order = Vec::new();
    while let Ok(event) = events.try_recv() {
        let version = |resource: &omni_api::AnyResource| {
            resource
                .typed::<kind::ClusterMachineConfigStatus>()
                .map(|status| status.spec.talos_version)
                .ok()
        };
        let changed = event
            .old
            .as_ref()
            .is_some_and(|old| version(old) != version(&event.resource));
        if changed {
            order.push(event.resource.metadata.id.to_string());
        }
    }
    order
}

#[test]
fn talos_is_upgraded_control_planes_first_and_one_machine_at_a_time() {
    let mut world = World::with_cluster(5, 3);
    let order = upgraded(&mut world, |world| {
        talos(world, "1.13.8");
        world.settle();
    });
    assert_eq!(order.len(), 5);
    let control_planes = [1, 2, 3].map(machine);
    assert!(
        order[..3].iter().all(|id| control_planes.contains(id)),
        "{order:?}"
    );
    let status = world.read::<kind::TalosUpgradeStatus>("prod").spec;
    assert_eq!(status.phase(), TalosPhase::Done);
    assert_eq!(
        status.upgrade_versions.last().map(String::as_str),
        Some("1.13.7")
    );
    assert!(world.is_ready("prod"));
    let installed = world
        .read::<kind::RedactedClusterMachineConfig>(&machine(5))
        .spec
        .data;
    assert!(installed.contains(":v1.13.8"), "{installed}");
}

#[test]
fn a_set_upgrades_as_many_machines_at_a_time_as_its_strategy_allows() {
    let mut world = World::with_cluster(6, 1);
    world.user::<kind::MachineSet>("prod-workers", |set| {
        set.spec.set_upgrade_strategy(UpdateStrategy::Rolling);
        set.spec.upgrade_strategy_config = Some(at_once(2));
    });
    world.settle();
    talos(&world, "1.13.8");
    let store = world.store.clone();
    let mut most = 0;
    let hour = std::time::Duration::from_hours(1);
    world.engine.until(hour, |_| {
        let machines = store.read_all::<kind::ClusterMachine>(&Query::cluster("prod"));
        let changing = machines.iter().filter(|machine| {
            let mut holders = machine.metadata.finalizers.iter();
            holders.any(|holder| holder == UPGRADE_LOCK)
        });
        most = most.max(changing.count());
        false
    });
    assert_eq!(most, 2);
    let rollout = world.read::<kind::UpgradeRollout>("prod").spec;
    assert_eq!(rollout.machine_sets_upgrade_quota["prod-workers"], 2);
    assert_eq!(rollout.machine_sets_upgrade_quota["prod-control-planes"], 1);
    assert!(world.is_ready("prod"));
    let status = world.read::<kind::MachineStatus>(&machine(6)).spec;
    assert_eq!(status.talos_version, "v1.13.8");
}

#[test]
fn an_upgrade_that_is_taken_back_is_reverted() {
    let mut world = World::with_cluster(4, 1);
    let mut phases = world
        .store
        .subscribe(Filter::kind::<kind::TalosUpgradeStatus>());
    talos(&world, "1.13.8");
    let store = world.store.clone();
    let one = world.engine.until(std::time::Duration::from_hours(1), |_| {
        let status = store.read::<kind::MachineStatus>(&machine(1));
        status.is_some_and(|status| status.spec.talos_version == "v1.13.8")
    });
    assert!(one, "no machine was upgraded");
    talos(&world, "1.13.7");
    world.settle();
    let mut seen = Vec::new();
    while let Ok(event) = phases.try_recv() {
        let status = event
            .resource
            .typed::<kind::TalosUpgradeStatus>()
            .expect("its kind");
        seen.push(status.spec.phase());
    }
    seen.dedup();
    assert_eq!(
        seen,
        [
            TalosPhase::Upgrading,
            TalosPhase::Reverting,
            TalosPhase::Done
        ]
    );
    let all = (1..=4).all(|number| {
        world
            .read::<kind::MachineStatus>(&machine(number))
            .spec
            .talos_version
            == "v1.13.7"
    });
    assert!(all && world.is_ready("prod"));
}

#[test]
fn kubernetes_is_upgraded_by_one_system_patch_a_machine() {
    let mut world = World::with_cluster(3, 1);
    kubernetes(&world, "1.36.2");
    world.settle();
    let status = world.read::<kind::KubernetesUpgradeStatus>("prod").spec;
    assert_eq!(
        (status.phase(), status.last_upgrade_version.as_str()),
        (KubernetesPhase::Done, "1.36.2")
    );
    assert!(status.upgrade_versions.contains(&"1.36.3".to_owned()));
    assert!(
        !status
            .upgrade_versions
            .iter()
            .any(|version| version.starts_with("1.35"))
    );
    let patches = world.ids::<kind::ConfigPatch>();
    assert_eq!(
        patches,
        [1, 2, 3].map(|number| format!("900-cm-{}-kubernetes-upgrade", machine(number)))
    );
    let running = world.read::<kind::KubernetesStatus>("prod").spec;
    assert!(
        running
            .nodes
            .iter()
            .all(|node| node.kubelet_version == "1.36.2" && node.ready)
    );
    assert!(
        running.static_pods[0]
            .static_pods
            .iter()
            .all(|pod| pod.version == "1.36.2")
    );
    assert!(world.is_ready("prod"));
}

#[test]
fn a_kubernetes_upgrade_that_is_taken_back_ends_at_the_old_version() {
    let mut world = World::with_cluster(2, 1);
    kubernetes(&world, "1.36.2");
    let store = world.store.clone();
    let begun = world.engine.until(std::time::Duration::from_hours(1), |_| {
        let status = store.read::<kind::KubernetesUpgradeStatus>("prod");
        status.is_some_and(|status| status.spec.step.contains("kube-scheduler"))
    });
    assert!(begun, "the upgrade did not come far enough");
    kubernetes(&world, "1.35.5");
    world.settle();
    let status = world.read::<kind::KubernetesUpgradeStatus>("prod").spec;
    assert_eq!(
        (status.phase(), status.last_upgrade_version.as_str()),
        (KubernetesPhase::Done, "1.35.5")
    );
    let running = world.read::<kind::KubernetesStatus>("prod").spec;
    assert!(
        running.static_pods[0]
            .static_pods
            .iter()
            .all(|pod| pod.version == "1.35.5")
    );
    assert!(world.is_ready("prod"));
}

#[test]
fn a_machine_that_joins_after_an_upgrade_runs_the_new_versions() {
    let mut world = World::with_cluster(2, 1);
    talos(&world, "1.13.8");
    kubernetes(&world, "1.36.2");
    world.settle();
    let late = crate::infra::machine::NewMachine::plain(3, "1.13.7", &[]);
    crate::infra::machine::add(&world.store, &late).expect("added");
    world.node(&machine(3), "prod", "workers");
    world.settle();
    assert_eq!(
        world
            .read::<kind::MachineStatus>(&machine(3))
            .spec
            .talos_version,
        "v1.13.8"
    );
    let running = world.read::<kind::KubernetesStatus>("prod").spec;
    assert_eq!(running.nodes.len(), 3);
    assert!(
        running
            .nodes
            .iter()
            .all(|node| node.kubelet_version == "1.36.2")
    );
}
