//! Backups of whole clusters, on a clock that stands still: made, listed, restored.

use futures::FutureExt as _;
use omni_api::kind::{
    BackupData, Cluster, ClusterBootstrapStatus, ClusterSecrets, ClusterUuid,
    EtcdBackupOverallStatus, EtcdBackupStatus, EtcdBackupStoreStatus, EtcdManualBackup,
    KubernetesManifestGroup, MachineSet,
};
use omni_api::labels;
use omni_api::specs::etcd_backup_status_spec::Status;
use omni_api::specs::kubernetes_manifest_group_spec::Mode;
use omni_api::specs::machine_set_spec::BootstrapSpec;
use omni_api::specs::{EtcdBackupConf, EtcdBackupStatusSpec};
use prost_types::{Duration, Timestamp};

use crate::backups::{Stored, name};
use crate::controllers::testing::{World, machine};
use crate::machines::Workload;

const HOUR: u64 = 3600;

fn uuid(world: &World) -> String {
    world.read::<ClusterUuid>("prod").spec.uuid
}

/// What lies on the plane's own shelf of the cluster `prod`, the newest first.
fn shelf(world: &World) -> Vec<Stored> {
    let shelf = world.depot.shelf(None).expect("the plane's own");
    let listed = shelf.list(&uuid(world)).now_or_never().expect("at once");
    listed.expect("listed")
}

fn status(world: &World) -> EtcdBackupStatusSpec {
    world.read::<EtcdBackupStatus>("prod").spec
}

/// A user's wish for a backup, so many seconds from now.
fn wish(world: &World, seconds: i64) {
    let now: Timestamp = world.store.clock().now();
    world.user::<EtcdManualBackup>("prod", |manual| {
        manual.spec.backup_at = Some(Timestamp {
            seconds: now.seconds + seconds,
            nanos: 0,
        });
    });
}

fn every(world: &World, hours: i64, enabled: bool) {
    world.user::<Cluster>("prod", |cluster| {
        cluster.spec.backup_configuration = Some(EtcdBackupConf {
            interval: Some(Duration {
                seconds: hours * 3600,
                nanos: 0,
            }),
            enabled,
        });
    });
}

#[test]
fn a_backup_is_made_when_a_user_asks_for_it() {
    let mut world = World::with_cluster(1, 1);
    assert_eq!(
        world
            .read::<EtcdBackupStoreStatus>("etcdbackup-store-status")
            .spec
            .configuration_name,
        "local"
    );
    wish(&world, 0);
    world.settle();
    let spec = status(&world);
    assert_eq!((spec.status(), spec.error.as_str()), (Status::Ok, ""));
    assert_eq!(spec.last_backup_time, spec.last_backup_attempt);
    let stored = shelf(&world);
    let taken = spec.last_backup_time.expect("a time").seconds;
    assert_eq!(
        (stored.len(), stored[0].snapshot.clone(), stored[0].seconds),
        (1, name::of(taken), taken)
    );
    let overall = world
        .read::<EtcdBackupOverallStatus>("etcdbackup-overall-status")
        .spec;
    assert_eq!(overall.configuration_name, "local");
    assert_eq!(overall.last_backup_status, Some(spec));
}

#[test]
fn a_wish_is_fulfilled_once_also_after_a_restart_and_an_old_one_never() {
    let mut world = World::with_cluster(1, 1);
    wish(&world, 0);
    world.settle();
    let mut world = world.restarted();
    world.settle();
    world.pass(30);
    assert_eq!(shelf(&world).len(), 1);
    wish(&world, -601);
    world.settle();
    assert_eq!(shelf(&world).len(), 1);
    wish(&world, 5);
    world.settle();
    assert_eq!(shelf(&world).len(), 2);
}

#[test]
fn backups_follow_the_interval_of_the_cluster() {
    let mut world = World::with_cluster(1, 1);
    every(&world, 2, true);
    world.settle();
    assert_eq!(shelf(&world).len(), 1, "the first at once");
    world.pass(5 * HOUR);
    let stored = shelf(&world);
    let apart: Vec<_> = stored
        .windows(2)
        .map(|pair| pair[0].seconds - pair[1].seconds)
        .collect();
    assert_eq!(apart, [7200, 7200]);
    // A backup by hand moves the next one.
    wish(&world, 0);
    world.pass(HOUR);
    assert_eq!(shelf(&world).len(), 4);
    world.pass(HOUR + 60);
    assert_eq!(shelf(&world).len(), 5);
    every(&world, 2, false);
    world.pass(10 * HOUR);
    assert_eq!(shelf(&world).len(), 5, "switched off");
}

#[test]
fn a_cluster_without_control_planes_says_so_and_is_tried_again() {
    let mut world = World::whole(1);
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    every(&world, 1, true);
    world.settle();
    let spec = status(&world);
    assert_eq!(spec.status(), Status::Error);
    assert_eq!(
        spec.error,
        "failed to create talos client for cluster, skipping cluster backup: talos API client is not available: no \
         management addresses on cluster endpoint"
    );
    assert_eq!(spec.last_backup_time, None);
    world.node(&machine(1), "prod", "control-planes");
    world.settle();
    world.pass(120);
    assert_eq!(status(&world).status(), Status::Ok);
    assert_eq!(status(&world).error, "");
}

#[test]
fn a_cluster_that_goes_leaves_its_backups_and_nothing_else() {
    let mut world = World::with_cluster(1, 1);
    wish(&world, 0);
    world.settle();
    let shelf = world.depot.shelf(None).expect("the plane's own");
    let uuid = uuid(&world);
    world.teardown::<Cluster>("prod");
    world.settle();
    assert!(world.all::<EtcdBackupStatus>().is_empty() && world.all::<BackupData>().is_empty());
    let left = shelf.list(&uuid).now_or_never().expect("at once");
    assert_eq!(left.expect("listed").len(), 1);
}

fn manifest(world: &World, id: &str, mode: Mode, kind: &str, name: &str) {
    world.user::<KubernetesManifestGroup>(id, |group| {
        let marks = &mut group.metadata.labels;
        marks.insert(labels::CLUSTER.into(), "prod".into());
        group.spec.set_mode(mode);
        group.spec.data = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n");
    });
}

fn objects(world: &World, cluster: &str) -> Vec<String> {
    let there = world.find::<Workload>(cluster);
    let there = there.map(|there| there.spec.objects).unwrap_or_default();
    there.into_iter().map(|object| object.id).collect()
}

/// A cluster `prod` on the first of two machines, with objects in it and a backup; and the backup.
fn backed_up() -> (World, BootstrapSpec) {
    let mut world = World::whole(2);
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    world.node(&machine(1), "prod", "control-planes");
    manifest(&world, "400-prod-once", Mode::OneTime, "Namespace", "apps");
    manifest(&world, "400-prod-kept", Mode::Full, "Namespace", "team");
    world.settle();
    wish(&world, 0);
    world.settle();
    let backup = BootstrapSpec {
        cluster_uuid: uuid(&world),
        snapshot: shelf(&world)[0].snapshot.clone(),
    };
    (world, backup)
}

/// A second cluster from a backup.
fn restore(world: &World, backup: &BootstrapSpec) {
    world.cluster("again");
    let set = world.machine_set("again", "control-planes");
    world.user::<MachineSet>(&set, |set| {
        set.spec.bootstrap_spec = Some(backup.clone());
    });
    world.node(&machine(2), "again", "control-planes");
}

#[test]
fn a_cluster_is_restored_with_what_its_etcd_held_and_its_secrets() {
    let (mut world, backup) = backed_up();
    restore(&world, &backup);
    world.settle();
    assert!(
        world
            .read::<ClusterBootstrapStatus>("again")
            .spec
            .bootstrapped
    );
    assert!(world.is_ready("again"));
    // What a manifest keeps in order goes with the manifest: the new cluster has none.
    assert_eq!(
        objects(&world, "prod"),
        ["Namespace/apps", "Namespace/team"]
    );
    assert_eq!(objects(&world, "again"), ["Namespace/apps"]);
    let [theirs, ours] = ["prod", "again"].map(|id| world.read::<BackupData>(id).spec);
    assert_eq!(
        theirs.secretbox_encryption_secret,
        ours.secretbox_encryption_secret
    );
    assert_ne!(
        theirs.encryption_key, ours.encryption_key,
        "its own backups have a key of their own"
    );
}

#[test]
fn a_cluster_waits_for_the_backup_that_it_is_restored_from() {
    let (mut world, backup) = backed_up();
    let missing = BootstrapSpec {
        snapshot: name::of(1),
        ..backup.clone()
    };
    restore(&world, &missing);
    world.settle();
    assert!(world.find::<ClusterSecrets>("again").is_none());
    assert!(
        world
            .find::<ClusterBootstrapStatus>("again")
            .is_none_or(|status| !status.spec.bootstrapped)
    );
    // The file appears: within a minute the cluster begins.
    let shelf = world.depot.shelf(None).expect("the plane's own");
    let file = shelf
        .get(&backup.cluster_uuid, &backup.snapshot)
        .now_or_never()
        .expect("at once")
        .expect("there");
    shelf
        .put(&backup.cluster_uuid, &missing.snapshot, file)
        .now_or_never()
        .expect("at once")
        .expect("kept");
    world.pass(120);
    world.settle();
    assert!(world.is_ready("again"));
}

#[test]
fn a_cluster_that_is_begun_anew_has_nothing_of_its_former_life() {
    let (mut world, _) = backed_up();
    let set = "prod-control-planes";
    world.teardown::<MachineSet>(set);
    world.settle();
    for id in ["400-prod-once", "400-prod-kept"] {
        world.teardown::<KubernetesManifestGroup>(id);
    }
    world.machine_set("prod", "control-planes");
    world.node(&machine(1), "prod", "control-planes");
    world.settle();
    assert!(world.is_ready("prod"));
    assert!(objects(&world, "prod").is_empty());
}
