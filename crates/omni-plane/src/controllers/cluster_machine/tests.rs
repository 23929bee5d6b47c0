//! Each controller of a member by itself; what the others write is written by hand.

mod line;
mod statuses;

use omni_api::kind::{
    ClusterMachine, ClusterMachineConfig, ClusterMachineConfigPatches, ClusterMachineConfigStatus,
    ClusterMachineIdentity, ClusterMachineSecrets, ClusterMachineStatus,
    ClusterMachineTalosVersion, ConfigPatch, LoadBalancerConfig, Machine, MachineConfigDiff,
    MachineInstallDiskStatus, MachinePendingUpdates, MachineSetConfigStatus, MachineSetNode,
    MachineStatus, MachineStatusSnapshot, RedactedClusterMachineConfig, UpgradeRollout,
};
use omni_api::machine::machine_status_event::{MachineStage, MachineStatus as Ready};
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::{ClusterMachineConfigStatusSpec, ConfigApplyStatus};
use omni_api::{Metadata, kind, labels};
use sha2::{Digest as _, Sha256};

use super::{config, config_patches, config_status, identity, redacted_config, status, teardown};
use crate::controllers::testing::World;
use crate::engine::{Cleaned, Transformed};
use crate::machines::desired::DesiredSpec;
use crate::machines::observed::Member;
use crate::machines::{Desired, Observed};

const OLD: &str = r#"{"machine":{"type":"worker"}}"#;
const NEW: &str = r#"{"machine":{"type":"worker","sysctls":{"a":"1"}}}"#;

fn place(metadata: &mut Metadata) {
    let pairs = [
        (labels::CLUSTER, "prod"),
        (labels::MACHINE_SET, "prod-workers"),
        (labels::WORKER_ROLE, ""),
    ];
    metadata
        .labels
        .extend(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
}

fn sha(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// A member of `prod` with everything that its configuration needs, at rest in maintenance mode.
fn member(world: &World, id: &str, config: &str) {
    world.cluster("prod");
    world.node(id, "prod", "workers");
    world.other::<ClusterMachine>(id, |machine| {
        place(&mut machine.metadata);
        machine.spec.kubernetes_version = "1.35.5".into();
    });
    world.other::<Machine>(id, |machine| machine.spec.connected = true);
    world.other::<MachineStatus>(id, |status| status.spec.connected = true);
    world.other::<MachineSetConfigStatus>("prod-workers", |permission| {
        permission.spec.config_updates_allowed = true;
    });
    world.other::<UpgradeRollout>("prod", |rollout| {
        rollout
            .spec
            .machine_sets_upgrade_quota
            .insert("prod-workers".into(), 1);
    });
    version(world, id, "1.13.7");
    runs(world, id, "1.13.7", "");
    wants(world, id, config);
}

fn wants(world: &World, id: &str, config: &str) {
    world.other::<ClusterMachineConfig>(id, |resource| {
        place(&mut resource.metadata);
        resource.spec.data = config.into();
    });
}

fn version(world: &World, id: &str, version: &str) {
    world.other::<ClusterMachineTalosVersion>(id, |resource| {
        place(&mut resource.metadata);
        resource.spec.talos_version = version.into();
        resource.spec.schematic_id = "s".into();
    });
}

/// What the machine reports: its Talos, and the configuration it runs.
fn runs(world: &World, id: &str, talos: &str, config: &str) {
    world.other::<Observed>(id, |observed| {
        let spec = &mut observed.spec;
        spec.connected = true;
        spec.installed = true;
        spec.talos_version = talos.into();
        spec.schematic = "s".into();
        spec.boot_id = format!("boot of {talos}");
        spec.config_sha256 = if config.is_empty() {
            String::new()
        } else {
            sha(config)
        };
        spec.member = (!config.is_empty()).then(Member::default);
    });
}

fn snapshot(world: &World, id: &str, stage: MachineStage, ready: bool) {
    world.other::<MachineStatusSnapshot>(id, |snapshot| {
        let event = snapshot.spec.machine_status.get_or_insert_default();
        event.set_stage(stage);
        event.status = Some(Ready {
            ready,
            ..Ready::default()
        });
    });
}

fn rolling_out() -> World {
    World::of(vec![Transformed::boxed(
        config_status::ClusterMachineConfigStatus,
    )])
}

fn told(world: &World, id: &str) -> DesiredSpec {
    world.read::<Desired>(id).spec
}

fn recorded(world: &World, id: &str) -> ClusterMachineConfigStatusSpec {
    world.read::<ClusterMachineConfigStatus>(id).spec
}

/// A world in which these machines run a configuration.
fn configured(ids: &[&str]) -> World {
    let mut world = rolling_out();
    for id in ids {
        member(&world, id, OLD);
    }
    world.settle();
    for id in ids {
        runs(&world, id, "1.13.7", OLD);
    }
    world.settle();
    world
}

#[test]
fn a_machine_gets_its_first_configuration_at_once_and_it_is_recorded_when_it_runs() {
    let mut world = rolling_out();
    member(&world, "1", OLD);
    world.settle();
    assert_eq!(told(&world, "1").config_sha256, sha(OLD));
    assert_eq!(recorded(&world, "1").cluster_machine_config_sha256, "");
    assert_eq!(world.ids::<MachinePendingUpdates>(), ["1"]);
    runs(&world, "1", "1.13.7", OLD);
    world.settle();
    let status = recorded(&world, "1");
    assert_eq!(
        (status.cluster_machine_config_sha256, status.talos_version),
        (sha(OLD), "1.13.7".into())
    );
    assert!(world.all::<MachinePendingUpdates>().is_empty());
}

#[test]
fn one_machine_of_a_set_changes_at_a_time_and_the_next_follows_it() {
    let mut world = configured(&["1", "2"]);
    for id in ["1", "2"] {
        wants(&world, id, NEW);
    }
    world.settle();
    assert_eq!(
        (
            told(&world, "1").config_sha256,
            told(&world, "2").config_sha256
        ),
        (sha(NEW), sha(OLD))
    );
    assert_eq!(world.all::<MachinePendingUpdates>().len(), 2);
    assert!(
        world
            .read::<MachinePendingUpdates>("2")
            .spec
            .config_diff
            .contains("+    sysctls:")
    );
    runs(&world, "1", "1.13.7", NEW);
    world.settle();
    assert_eq!(told(&world, "2").config_sha256, sha(NEW));
}

#[test]
fn a_set_that_is_busy_holds_changes_back_and_a_locked_machine_too() {
    let mut world = configured(&["1", "2"]);
    world.other::<MachineSetConfigStatus>("prod-workers", |permission| {
        permission.spec.config_updates_allowed = false;
    });
    world.user::<MachineSetNode>("2", |node| {
        node.metadata
            .annotations
            .insert(labels::MACHINE_LOCKED.into(), String::new());
    });
    for id in ["1", "2"] {
        wants(&world, id, NEW);
    }
    world.settle();
    assert_eq!(told(&world, "1").config_sha256, sha(OLD));
    world.other::<MachineSetConfigStatus>("prod-workers", |permission| {
        permission.spec.config_updates_allowed = true;
    });
    world.settle();
    assert_eq!(
        (
            told(&world, "1").config_sha256,
            told(&world, "2").config_sha256
        ),
        (sha(NEW), sha(OLD))
    );
}

#[test]
fn the_image_comes_before_the_configuration_and_only_within_the_quota() {
    let mut world = configured(&["1", "2"]);
    for id in ["1", "2"] {
        version(&world, id, "1.13.8");
        wants(&world, id, NEW);
    }
    world.settle();
    let versions = || ["1", "2"].map(|id| told(&world, id).talos_version);
    assert_eq!(versions(), ["1.13.8", "1.13.7"]);
    assert_eq!(told(&world, "1").config_sha256, sha(OLD));
    let upgrade = world
        .read::<MachinePendingUpdates>("1")
        .spec
        .upgrade
        .expect("an upgrade");
    assert_eq!(
        (upgrade.from_version.as_str(), upgrade.to_version.as_str()),
        ("1.13.7", "1.13.8")
    );
    assert_eq!(recorded(&world, "1").pre_reboot_boot_id, "boot of 1.13.7");
    runs(&world, "1", "1.13.8", OLD);
    world.settle();
    assert_eq!(recorded(&world, "1").talos_version, "1.13.8");
    assert_eq!(told(&world, "1").config_sha256, sha(NEW));
    assert_eq!(told(&world, "2").talos_version, "1.13.8");
}

#[test]
fn a_machine_that_leaves_is_wiped_before_it_is_forgotten() {
    let mut world = configured(&["1"]);
    snapshot(&world, "1", MachineStage::Running, true);
    world
        .store
        .add_finalizer::<ClusterMachineConfig>("1", "test")
        .expect("running");
    let key = crate::store::Key::of::<ClusterMachineConfig>("1");
    world.store.teardown(&key, "other").expect("its owner");
    world.settle();
    assert!(told(&world, "1").reset);
    assert!(world.find::<ClusterMachineConfigStatus>("1").is_some());
    world.other::<MachineStatus>("1", |status| status.spec.connected = false);
    snapshot(&world, "1", MachineStage::Maintenance, true);
    runs(&world, "1", "1.13.7", "");
    world.settle();
    assert!(world.find::<Desired>("1").is_some(), "it cannot be reached");
    world.other::<MachineStatus>("1", |status| status.spec.connected = true);
    world.settle();
    assert!(world.find::<Desired>("1").is_none());
    assert!(world.find::<ClusterMachineConfigStatus>("1").is_none());
    assert_eq!(
        world.read::<ClusterMachineConfig>("1").metadata.finalizers,
        ["test"]
    );
}

#[test]
fn a_configuration_is_made_when_all_is_known_and_made_anew_only_for_a_reason() {
    let mut world = World::of(vec![Transformed::boxed(config::ClusterMachineConfig)]);
    member(&world, "1", "");
    world
        .store
        .remove::<ClusterMachineConfig>("other", "1")
        .expect("nobody holds it");
    world.other::<ClusterMachineConfigPatches>("1", |patches| {
        patches.spec.patches = vec!["machine: {env: {a: b}}\n".into()];
    });
    world.other::<ClusterMachineSecrets>("1", |secrets| secrets.spec.data = b"{}".into());
    world.other::<LoadBalancerConfig>("prod", |config| {
        config.spec.siderolink_endpoint = "https://x:1".into();
    });
    world.settle();
    assert!(
        world.find::<ClusterMachineConfig>("1").is_none(),
        "no disk is known"
    );
    world.other::<MachineInstallDiskStatus>("1", |status| {
        status.spec.disk = "/dev/vda".into();
    });
    world.settle();
    let made = world.read::<ClusterMachineConfig>("1");
    let text = String::from_utf8(made.spec.data.clone()).expect("a text");
    assert!(
        text.contains(r#""env":{"a":"b"}"#) && text.contains("kubelet:v1.35.5"),
        "{text}"
    );
    world.other::<MachineInstallDiskStatus>("1", |status| {
        status.spec.message = "noise".into();
    });
    world.settle();
    assert_eq!(
        world.read::<ClusterMachineConfig>("1").metadata.version,
        made.metadata.version
    );
    world.other::<ClusterMachineConfigPatches>("1", |patches| {
        patches.spec.patches = vec!["[1]\n".into()];
    });
    world.settle();
    let spec = world.read::<ClusterMachineConfig>("1").spec;
    assert_eq!(
        (spec.data, spec.generation_error.as_str()),
        (made.spec.data, "a document of it is not a mapping")
    );
}

#[test]
fn patches_are_collected_level_by_level() {
    let mut world = World::of(vec![Transformed::boxed(
        config_patches::ClusterMachineConfigPatches,
    )]);
    member(&world, "1", OLD);
    let cluster = (labels::CLUSTER, "prod");
    let levels: [(&str, &[(&str, &str)]); 6] = [
        ("9-cluster", &[cluster]),
        ("8-set", &[cluster, (labels::MACHINE_SET, "prod-workers")]),
        ("7-member", &[cluster, (labels::CLUSTER_MACHINE, "1")]),
        ("6-machine", &[(labels::MACHINE, "1")]),
        (
            "5-elsewhere",
            &[cluster, (labels::MACHINE_SET, "prod-others")],
        ),
        ("4-disabled", &[cluster, (labels::DISABLED, "")]),
    ];
    for (id, level) in levels {
        world.user::<ConfigPatch>(id, |patch| {
            patch.metadata.labels = level
                .iter()
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect();
            patch.spec.data = id.into();
        });
    }
    world.settle();
    let patches = || world.read::<ClusterMachineConfigPatches>("1").spec.patches;
    assert_eq!(patches(), ["9-cluster", "8-set", "7-member", "6-machine"]);
    world.teardown::<ConfigPatch>("8-set");
    world.settle();
    assert_eq!(
        world.read::<ClusterMachineConfigPatches>("1").spec.patches,
        ["9-cluster", "7-member", "6-machine"]
    );
}
