//! The graph of the controllers: as drawn, and as used.

use omni_api::specs::kubernetes_manifest_group_spec::Mode;
use omni_api::specs::machine_class_spec::Provision;
use omni_api::specs::machine_set_spec::BootstrapSpec;
use omni_api::{Kind, kind, labels};

use crate::backups::{Depot, name};
use crate::controllers::testing::{World, imported_secrets, machine};
use crate::engine::{Controller, dot};
use crate::infra::machine::{NewMachine, Timings, add, silence};
use crate::plane::controllers;
use crate::{Instance, instance};

/// Declared for states that the tour below does not come to, each with its reason.
const NOT_ON_TOUR: &[&str] = &[
    // Machines that come with arguments of their own, and those that get an image without a cluster, have a story in `images`.
    "MachineStatusController: KernelArgs.omni.sidero.dev",
    "MachineUpgradeStatusController: MachineDesires.plane.internal",
    // Machines of static providers have a story in `infra::fixed`.
    "ClusterMachineConfigStatusController: InfraMachineStatuses.omni.sidero.dev",
    // Read where an event is mapped, which the engine does not count.
    "ClusterMachineRequestStatusController: Machines.omni.sidero.dev",
];

fn all() -> Vec<Box<dyn Controller>> {
    crate::controllers::all(&Depot::memory())
}

/// The picture that `plane graph` prints, with `UPDATE_GOLDEN=1` written anew.
#[test]
fn the_wiring_is_the_drawn_one() {
    let now = dot(&controllers(&Timings::talos()));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let golden = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/controllers/tests/wiring.dot"
        );
        std::fs::write(golden, &now).expect("the golden file can be written");
        return;
    }
    let drawn: Vec<_> = include_str!("wiring.dot").lines().collect();
    let now: Vec<_> = now.lines().collect();
    let new: Vec<_> = now.iter().filter(|line| !drawn.contains(line)).collect();
    let gone: Vec<_> = drawn.iter().filter(|line| !now.contains(line)).collect();
    assert_eq!(
        (new, gone),
        (vec![], vec![]),
        "UPDATE_GOLDEN=1 draws it anew"
    );
}

#[test]
fn what_is_declared_is_used() {
    let mut world = World::with_cluster(5, 3);
    settings(&world);
    world.settle();
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.kubernetes_version = "1.35.6".into();
        let features = cluster.spec.features.get_or_insert_default();
        features.use_embedded_discovery_service = true;
        features.enable_workload_proxy = true;
        cluster.spec.talos_version = "1.13.8".into();
    });
    world.settle();
    provision(&mut world);
    rotate_and_import(&mut world);
    lose_machines(&mut world);
    back_up(&mut world);
    fill_up(&mut world);
    world.teardown::<kind::Cluster>("prod");
    world.settle();
    let ours: Vec<_> = all().iter().map(|controller| controller.name()).collect();
    let unused = world.engine.unused().into_iter().filter(|line| {
        let name = line.split(": ").next().unwrap_or_default();
        ours.contains(&name) && !name.starts_with("DestroyController")
    });
    assert_eq!(unused.collect::<Vec<_>>(), NOT_ON_TOUR);
}

/// What a user may give to a cluster, a set, a member and a machine.
fn settings(world: &World) {
    let (cluster, set) = (
        (labels::CLUSTER, "prod"),
        (labels::MACHINE_SET, "prod-workers"),
    );
    let (five, member) = (machine(5), machine(4));
    let member = (labels::CLUSTER_MACHINE, member.as_str());
    for (id, level) in [
        ("c", vec![cluster]),
        ("s", vec![cluster, set]),
        ("m", vec![cluster, member]),
    ] {
        labelled::<kind::ConfigPatch>(world, id, &level);
        world.user::<kind::ConfigPatch>(id, |patch| {
            patch.spec.data = "machine: {env: {a: b}}\n".into();
        });
        labelled::<kind::ExtensionsConfiguration>(world, id, &level);
    }
    labelled::<kind::KubernetesManifestGroup>(world, "g", &[cluster]);
    world.user::<kind::KubernetesManifestGroup>("g", |group| {
        group.spec.set_mode(Mode::OneTime);
        group.spec.data = "{apiVersion: v1, kind: Namespace, metadata: {name: a}}".into();
    });
    labelled::<kind::KubernetesManifestGroup>(world, "e", &[cluster]);
    world.user::<kind::KubernetesManifestGroup>("e", |group| {
        group.spec.data =
            "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a, annotations: \
            {omni-kube-service-exposer.sidero.dev/port: '80'}}}"
                .into();
    });
    labelled::<kind::KubernetesHealthCheck>(world, "h", &[cluster]);
    labelled::<kind::MachineLabels>(world, &five, &[("rack", "other")]);
    world.user::<kind::MachineInstallDiskConfig>(&five, |choice| {
        choice.spec.disk = "/dev/vda".into();
    });
    for add in [
        labelled::<kind::KernelArgs>,
        labelled::<kind::InfraMachineConfig>,
        labelled::<kind::InfraMachineBmcConfig>,
    ] {
        add(world, &five, &[]);
    }
}

fn labelled<K: Kind>(world: &World, id: &str, level: &[(&str, &str)]) {
    world.user::<K>(id, |resource| {
        let pairs = level
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        resource.metadata.labels.extend(pairs);
    });
}

/// A set of machines on request comes, grows, and goes with its provider.
fn provision(world: &mut World) {
    world.user::<kind::InfraProvider>("lab", |_| {});
    world.user::<kind::MachineClass>("auto", |class| {
        class.spec.auto_provision = Some(Provision {
            provider_id: "lab".into(),
            ..Provision::default()
        });
    });
    world.settle();
    let set = world.allocated_set("prod", "more", "auto", 1);
    world.settle();
    world.allocated_set("prod", "more", "auto", 2);
    world.settle();
    assert_eq!(world.all::<kind::ClusterMachine>().len(), 7);
    world.allocated_set("prod", "more", "auto", 1);
    world.settle();
    world.teardown::<kind::MachineSet>(&set);
    world.settle();
}

/// The secrets of the cluster are rotated; another cluster takes those that somebody made elsewhere.
fn rotate_and_import(world: &mut World) {
    world.user::<kind::RotateTalosCa>("prod", |_| {});
    world.user::<kind::RotateKubernetesCa>("prod", |_| {});
    world.user::<kind::ImportedClusterSecrets>("other", |imported| {
        imported.spec.data = imported_secrets();
    });
    world.cluster("other");
    world.machine_set("other", "control-planes");
    world.settle();
    world.teardown::<kind::Cluster>("other");
    world.settle();
}

/// One member's link is removed, another is destroyed by force.
fn lose_machines(world: &mut World) {
    world.teardown::<kind::Link>(&machine(5));
    world.settle();
    let now = world.store.clock().moment();
    silence(&world.store, &machine(4), Some(now)).expect("a machine");
    world.pass(600);
    world.teardown::<kind::MachineSetNode>(&machine(4));
    world.pass(10);
    world.user::<kind::NodeForceDestroyRequest>(&machine(4), |_| {});
    world.pass(10);
    assert_eq!(world.all::<kind::ClusterMachine>().len(), 3);
}

/// A backup is made, and another cluster restored from it.
fn back_up(world: &mut World) {
    let now = world.store.clock().now();
    world.user::<kind::EtcdManualBackup>("prod", |manual| manual.spec.backup_at = Some(now));
    world.settle();
    let taken = world.read::<kind::EtcdBackupStatus>("prod").spec;
    let backup = BootstrapSpec {
        cluster_uuid: world.read::<kind::ClusterUuid>("prod").spec.uuid,
        snapshot: name::of(taken.last_backup_time.expect("a backup").seconds),
    };
    add(&world.store, &NewMachine::plain(6, "1.13.7", &[])).expect("added");
    world.cluster("again");
    let set = world.machine_set("again", "control-planes");
    world.user::<kind::MachineSet>(&set, |set| set.spec.bootstrap_spec = Some(backup.clone()));
    world.node(&machine(6), "again", "control-planes");
    world.settle();
    assert!(world.is_ready("again"));
}

/// The account has as many machines as it may have.
fn fill_up(world: &mut World) {
    let full = Instance {
        account_max_registered_machines: 1,
        ..Instance::default()
    };
    instance::install(&world.store, &full).expect("installed");
    world.settle();
    assert_eq!(world.all::<kind::Notification>().len(), 1);
}
