//! Configurations of running clusters change.

use omni_api::specs::ConfigApplyStatus;
use omni_api::{kind, labels};

use crate::controllers::testing::{World, machine};

const KUBESPAN: &str = "machine:\n  network:\n    kubespan:\n      enabled: true\n";

fn patch(world: &World, id: &str, level: &[(&str, &str)], data: &str) {
    world.user::<kind::ConfigPatch>(id, |patch| {
        for (key, value) in level {
            patch.metadata.labels.insert((*key).into(), (*value).into());
        }
        data.clone_into(&mut patch.spec.data);
    });
}

fn config(world: &World, machine: &str) -> String {
    world
        .read::<kind::RedactedClusterMachineConfig>(machine)
        .spec
        .data
}

#[test]
fn a_patch_of_the_cluster_reaches_every_machine_and_leaves_with_it() {
    let mut world = World::with_cluster(3, 1);
    patch(
        &world,
        "200-kubespan",
        &[(labels::CLUSTER, "prod")],
        KUBESPAN,
    );
    world.settle();
    for number in 1..=3 {
        assert!(
            config(&world, &machine(number)).contains("kubespan"),
            "machine {number}"
        );
    }
    assert!(world.is_ready("prod"));
    assert_eq!(world.all::<kind::MachineConfigDiff>().len(), 3);
    world.teardown::<kind::ConfigPatch>("200-kubespan");
    world.settle();
    assert!(!config(&world, &machine(1)).contains("kubespan"));
    assert!(world.find::<kind::ConfigPatch>("200-kubespan").is_none());
}

#[test]
fn patches_apply_from_the_general_to_the_particular() {
    let mut world = World::with_cluster(3, 1);
    let sysctl = |value: &str| format!("machine:\n  sysctls:\n    a: \"{value}\"\n");
    let cluster = (labels::CLUSTER, "prod");
    patch(&world, "900-cluster", &[cluster], &sysctl("cluster"));
    patch(
        &world,
        "100-set",
        &[cluster, (labels::MACHINE_SET, "prod-workers")],
        &sysctl("set"),
    );
    let (two, three) = (machine(2), machine(3));
    patch(
        &world,
        "100-member",
        &[cluster, (labels::CLUSTER_MACHINE, &two)],
        &sysctl("member"),
    );
    patch(
        &world,
        "000-machine",
        &[(labels::MACHINE, &three)],
        &sysctl("machine"),
    );
    patch(
        &world,
        "999-off",
        &[cluster, (labels::DISABLED, "")],
        &sysctl("off"),
    );
    world.settle();
    let values = [1, 2, 3].map(|number| {
        let config = config(&world, &machine(number));
        let line = config
            .lines()
            .find(|line| line.trim_start().starts_with("a:"));
        line.unwrap_or_default().trim().to_owned()
    });
    assert_eq!(values, ["a: cluster", "a: member", "a: machine"]);
}

#[test]
fn a_patch_that_cannot_be_applied_is_told_and_heals_when_it_goes() {
    let mut world = World::with_cluster(2, 1);
    patch(
        &world,
        "500-bad",
        &[(labels::CLUSTER, "prod")],
        "- op: add\n",
    );
    world.settle();
    let status = world.read::<kind::ClusterMachineStatus>(&machine(2)).spec;
    assert_eq!(status.config_apply_status(), ConfigApplyStatus::Failed);
    assert!(
        status.last_config_error.contains("not a mapping"),
        "{}",
        status.last_config_error
    );
    world.teardown::<kind::ConfigPatch>("500-bad");
    world.settle();
    let status = world.read::<kind::ClusterMachineStatus>(&machine(2)).spec;
    assert_eq!(
        (
            status.config_apply_status(),
            status.last_config_error.as_str()
        ),
        (ConfigApplyStatus::Applied, "")
    );
    assert!(world.is_ready("prod"));
}

#[test]
fn a_change_of_configuration_shows_as_pending_and_then_as_history() {
    let mut world = World::with_cluster(2, 1);
    let mut events = world
        .store
        .subscribe(crate::store::Filter::kind::<kind::MachinePendingUpdates>());
    patch(
        &world,
        "200-kubespan",
        &[(labels::CLUSTER, "prod")],
        KUBESPAN,
    );
    world.settle();
    let first = events.try_recv().expect("something was pending");
    let pending = first
        .resource
        .typed::<kind::MachinePendingUpdates>()
        .expect("its kind");
    assert!(
        pending.spec.config_diff.contains("+        kubespan:"),
        "{}",
        pending.spec.config_diff
    );
    assert!(world.all::<kind::MachinePendingUpdates>().is_empty());
    let history = world.all::<kind::MachineConfigDiff>();
    assert!(history[0].spec.diff.contains("kubespan"));
    assert!(history[0].id().starts_with(&machine(1)));
}

#[test]
fn machines_of_a_set_change_one_at_a_time() {
    let mut world = World::with_cluster(4, 1);
    let mut events = world
        .store
        .subscribe(crate::store::Filter::kind::<kind::ClusterMachine>());
    patch(
        &world,
        "200-kubespan",
        &[(labels::CLUSTER, "prod")],
        KUBESPAN,
    );
    world.settle();
    let mut holders: Vec<String> = Vec::new();
    let mut most = 0;
    while let Ok(event) = events.try_recv() {
        let metadata = &event.resource.metadata;
        if metadata.label(labels::MACHINE_SET) != Some("prod-workers") {
            continue;
        }
        holders.retain(|holder| **holder != *metadata.id);
        if metadata
            .finalizers
            .iter()
            .any(|holder| holder == "ConfigUpdatePendingFinalizer")
        {
            holders.push(metadata.id.to_string());
        }
        most = most.max(holders.len());
    }
    assert_eq!((most, holders.len()), (1, 0));
}
