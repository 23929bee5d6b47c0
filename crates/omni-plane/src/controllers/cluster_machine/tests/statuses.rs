//! What a member says of itself and of its configuration.

use super::*;

fn seen(world: &mut World) -> (Stage, bool) {
    world.settle();
    let spec = world.read::<ClusterMachineStatus>("1").spec;
    (spec.stage(), spec.ready)
}

#[test]
fn the_stage_of_a_member_is_its_machines_until_it_leaves() {
    let mut world = World::of(vec![Transformed::boxed(status::ClusterMachineStatus)]);
    member(&world, "1", OLD);
    assert_eq!(seen(&mut world), (Stage::Unknown, false));
    snapshot(&world, "1", MachineStage::Maintenance, true);
    assert_eq!(seen(&mut world), (Stage::Configuring, true));
    snapshot(&world, "1", MachineStage::Running, true);
    assert_eq!(seen(&mut world), (Stage::Running, true));
    world.other::<Machine>("1", |machine| machine.spec.connected = false);
    assert_eq!(seen(&mut world), (Stage::Running, false));
    world
        .store
        .remove::<MachineSetNode>("", "1")
        .expect("nobody holds it");
    assert_eq!(seen(&mut world).0, Stage::BeforeDestroy);
    world
        .store
        .add_finalizer::<ClusterMachine>("1", "test")
        .expect("running");
    world
        .store
        .remove::<ClusterMachine>("other", "1")
        .expect("its owner");
    assert_eq!(seen(&mut world).0, Stage::Destroying);
    world
        .store
        .remove_finalizer::<ClusterMachine>("1", "test")
        .expect("held");
    world.settle();
    assert!(world.find::<ClusterMachineStatus>("1").is_none());
}

#[test]
fn a_configuration_is_up_to_date_when_it_runs_and_nothing_is_pending() {
    let mut world = World::of(vec![Transformed::boxed(status::ClusterMachineStatus)]);
    member(&world, "1", OLD);
    snapshot(&world, "1", MachineStage::Running, true);
    let apply = |world: &mut World| {
        world.settle();
        world
            .read::<ClusterMachineStatus>("1")
            .spec
            .config_apply_status()
    };
    assert_eq!(apply(&mut world), ConfigApplyStatus::Pending);
    world.other::<ClusterMachineConfigStatus>("1", |status| {
        status.spec.cluster_machine_config_sha256 = sha(OLD);
    });
    assert_eq!(apply(&mut world), ConfigApplyStatus::Applied);
    world.other::<MachinePendingUpdates>("1", |_| {});
    assert_eq!(apply(&mut world), ConfigApplyStatus::Pending);
    world.other::<ClusterMachineConfigStatus>("1", |status| {
        status.spec.last_config_error = "no".into();
    });
    assert_eq!(apply(&mut world), ConfigApplyStatus::Failed);
}

#[test]
fn a_locked_member_with_something_pending_says_so() {
    let mut world = World::of(vec![Transformed::boxed(status::ClusterMachineStatus)]);
    member(&world, "1", OLD);
    world.other::<MachinePendingUpdates>("1", |_| {});
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster
            .metadata
            .annotations
            .insert(labels::CLUSTER_LOCKED.into(), String::new());
    });
    world.settle();
    let metadata = world.read::<ClusterMachineStatus>("1").metadata;
    assert!(metadata.annotation(labels::MACHINE_LOCKED).is_some());
    assert!(metadata.label(labels::UPDATE_LOCKED).is_some());
}

#[test]
fn an_identity_grows_with_what_is_known_and_goes_after_its_member() {
    let mut world = World::of(vec![Box::new(identity::ClusterMachineIdentity)]);
    member(&world, "1", OLD);
    world.settle();
    assert!(world.all::<ClusterMachineIdentity>().is_empty());
    for name in ["", "talos-a"] {
        world.other::<Observed>("1", |observed| {
            observed.spec.member = Some(Member {
                nodename: name.into(),
                node_identity: "me".into(),
                ..Member::default()
            });
        });
        world.settle();
        assert_eq!(
            world.read::<ClusterMachineIdentity>("1").spec.nodename,
            name
        );
    }
    world
        .store
        .remove::<ClusterMachine>("other", "1")
        .expect("nobody holds it");
    world.settle();
    assert!(world.all::<ClusterMachineIdentity>().is_empty());
}

#[test]
fn the_shown_configuration_keeps_a_history_of_its_changes() {
    let mut world = World::of(vec![Transformed::boxed(
        redacted_config::RedactedClusterMachineConfig,
    )]);
    for text in ["a: 1\n", "a: 1\n", "a: 2\n", "a: 3\n"] {
        world.pass(1);
        world.other::<ClusterMachineConfigStatus>("1", |status| {
            place(&mut status.metadata);
            status.spec.redacted_current_machine_config = text.into();
        });
        world.settle();
    }
    assert_eq!(
        world.read::<RedactedClusterMachineConfig>("1").spec.data,
        "a: 3\n"
    );
    let history = world.all::<MachineConfigDiff>();
    let diffs: Vec<_> = history.iter().map(|diff| diff.spec.diff.as_str()).collect();
    assert_eq!(
        diffs,
        ["@@ -1 +1 @@\n-a: 1\n+a: 2\n", "@@ -1 +1 @@\n-a: 2\n+a: 3\n"]
    );
    assert_eq!(history[0].id(), "1-2026-01-01T00:00:03Z");
    world
        .store
        .remove::<ClusterMachineConfigStatus>("other", "1")
        .expect("its owner");
    world.settle();
    assert!(world.all::<MachineConfigDiff>().is_empty());
}

#[test]
fn patches_for_a_member_go_with_it_system_patches_of_upgrades_included() {
    let mut world = World::of(vec![Cleaned::boxed(teardown::ClusterMachineTeardown)]);
    member(&world, "1", OLD);
    for (owner, id, member) in [
        ("", "mine", "1"),
        ("KubernetesUpgradeStatusController", "900-cm-1", "1"),
        ("", "other", "2"),
    ] {
        let put = world.store.put::<ConfigPatch>(owner, id, |patch| {
            place(&mut patch.metadata);
            patch
                .metadata
                .labels
                .insert(labels::CLUSTER_MACHINE.into(), member.into());
        });
        put.expect("written");
    }
    world.settle();
    world
        .store
        .remove::<ClusterMachine>("other", "1")
        .expect("its owner");
    world.settle();
    assert_eq!(world.ids::<ConfigPatch>(), ["other"]);
}
