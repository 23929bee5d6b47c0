//! Locked machines and clusters stand still.

use omni_api::specs::talos_upgrade_status_spec::Phase as TalosPhase;
use omni_api::{kind, labels};

use crate::controllers::testing::{World, machine};

fn lock(world: &World, number: usize, locked: bool) {
    world.user::<kind::MachineSetNode>(&machine(number), |node| {
        let marks = &mut node.metadata.annotations;
        if locked {
            marks.insert(labels::MACHINE_LOCKED.into(), String::new());
        } else {
            marks.remove(labels::MACHINE_LOCKED);
        }
    });
}

fn lock_cluster(world: &World, locked: bool) {
    world.user::<kind::Cluster>("prod", |cluster| {
        let marks = &mut cluster.metadata.annotations;
        if locked {
            marks.insert(labels::CLUSTER_LOCKED.into(), String::new());
        } else {
            marks.remove(labels::CLUSTER_LOCKED);
        }
    });
}

#[test]
fn a_locked_worker_holds_the_upgrade_until_it_is_unlocked() {
    let mut world = World::with_cluster(3, 1);
    lock(&world, 3, true);
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.talos_version = "1.13.8".into();
    });
    world.settle();
    let status = world.read::<kind::TalosUpgradeStatus>("prod").spec;
    assert_eq!(status.phase(), TalosPhase::Upgrading);
    assert_eq!(status.status, "waiting for machines to be unlocked");
    assert_eq!(status.step, "all machines are locked");
    assert_eq!(
        world
            .read::<kind::MachineStatus>(&machine(2))
            .spec
            .talos_version,
        "v1.13.8"
    );
    assert_eq!(
        world
            .read::<kind::MachineStatus>(&machine(3))
            .spec
            .talos_version,
        "v1.13.7"
    );
    let locked = world
        .read::<kind::ClusterMachineStatus>(&machine(3))
        .metadata;
    assert!(locked.label(labels::UPDATE_LOCKED).is_some());
    assert_eq!(
        world
            .read::<kind::MachineSetStatus>("prod-workers")
            .spec
            .locked_updates,
        1
    );
    lock(&world, 3, false);
    world.settle();
    let status = world.read::<kind::TalosUpgradeStatus>("prod").spec;
    assert_eq!(
        (status.phase(), status.last_upgrade_version.as_str()),
        (TalosPhase::Done, "1.13.8")
    );
    assert!(world.is_ready("prod"));
}

#[test]
fn a_locked_workers_kubelet_comes_last_and_waits() {
    let mut world = World::with_cluster(3, 1);
    lock(&world, 2, true);
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.kubernetes_version = "1.36.2".into();
    });
    world.settle();
    let status = world.read::<kind::KubernetesUpgradeStatus>("prod").spec;
    assert_eq!(status.step, "updating kubelet to 1.36.2");
    assert!(
        status
            .status
            .starts_with("waiting for a machine from [\"talos-"),
        "{}",
        status.status
    );
    lock(&world, 2, false);
    world.settle();
    let status = world.read::<kind::KubernetesUpgradeStatus>("prod").spec;
    assert_eq!(
        (status.last_upgrade_version.as_str(), status.status.as_str()),
        ("1.36.2", "")
    );
}

#[test]
fn a_locked_cluster_takes_no_change_until_it_is_unlocked() {
    let mut world = World::with_cluster(3, 1);
    lock_cluster(&world, true);
    world.user::<kind::ConfigPatch>("200-a", |patch| {
        patch
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "prod".into());
        patch.spec.data = "machine: {sysctls: {a: '1'}}\n".into();
    });
    world.settle();
    assert_eq!(world.all::<kind::MachinePendingUpdates>().len(), 3);
    let status = world
        .read::<kind::ClusterMachineStatus>(&machine(2))
        .metadata;
    assert!(status.annotation(labels::MACHINE_LOCKED).is_some());
    assert!(
        world
            .read::<kind::ClusterStatus>("prod")
            .metadata
            .annotation(labels::CLUSTER_LOCKED)
            .is_some()
    );
    lock_cluster(&world, false);
    world.settle();
    assert!(world.all::<kind::MachinePendingUpdates>().is_empty());
    assert!(
        world
            .read::<kind::RedactedClusterMachineConfig>(&machine(3))
            .spec
            .data
            .contains("sysctls")
    );
    assert!(world.is_ready("prod"));
}
