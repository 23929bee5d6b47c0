//! Secrets from their drawing to the end of a rotation, on whole planes where machines must take part.

use std::time::Duration;

use omni_api::kind::{
    Cluster, ClusterMachineConfig, ClusterMachineSecrets, ClusterSecrets,
    ClusterSecretsRotationStatus, ClusterStatus, ImportedClusterSecrets, MachineSet,
    MachineSetNode, OngoingTask, RotateKubernetesCa, RotateTalosCa, SecretRotation,
};
use omni_api::labels;
use omni_api::specs::ClusterSecretsRotationStatusSpec;
use omni_api::specs::cluster_secrets_spec::certs::Ca;
use omni_api::specs::secret_rotation_spec::{Component, Phase};

use super::bundle::Bundle;
use crate::controllers::machine_config::Configuration;
use crate::controllers::testing::{World, imported_secrets, machine};
use crate::store::{EventKind, Filter, Key};

/// A cluster of three control planes and two workers that is at rest, and one more machine.
fn at_rest() -> World {
    let mut world = World::whole(6);
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    world.machine_set("prod", "workers");
    for number in 1..=5 {
        let set = if number <= 3 {
            "control-planes"
        } else {
            "workers"
        };
        world.node(&machine(number), "prod", set);
    }
    world.settle();
    assert!(world.read::<ClusterStatus>("prod").spec.ready);
    world
}

fn authority(world: &World, component: Component) -> Ca {
    let secrets = world.read::<ClusterSecrets>("prod").spec.data;
    Bundle::read(&secrets)
        .expect("our own")
        .authority(component)
}

/// What a watcher sees of the rotation while the world comes to rest.
fn watched(world: &mut World) -> Vec<ClusterSecretsRotationStatusSpec> {
    let filter = Filter::kind::<ClusterSecretsRotationStatus>();
    let mut events = world.store.subscribe(filter);
    world.settle();
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        let status = event.resource.typed::<ClusterSecretsRotationStatus>();
        let status = status.expect("its kind").spec;
        if event.kind != EventKind::Destroyed && seen.last() != Some(&status) {
            seen.push(status);
        }
    }
    seen
}

fn phases(seen: &[ClusterSecretsRotationStatusSpec]) -> Vec<Phase> {
    let mut phases: Vec<_> = seen
        .iter()
        .map(ClusterSecretsRotationStatusSpec::phase)
        .collect();
    phases.dedup();
    phases
}

/// The authority that a machine's configuration names, and those that it accepts.
fn trust(world: &World, id: &str, section: &str) -> (String, usize) {
    let config = world.read::<ClusterMachineConfig>(id).spec.data;
    let text = String::from_utf8(config).expect("a text");
    Configuration::from_stream(&text).expect("our own");
    let classic: serde_json::Value =
        serde_json::from_str(text.split("\n---\n").next().expect("a document")).expect("JSON");
    let accepted = classic[section]["acceptedCAs"].as_array();
    (
        classic[section]["ca"]["crt"]
            .as_str()
            .expect("an authority")
            .to_owned(),
        accepted.map_or(0, Vec::len),
    )
}

#[test]
fn secrets_wait_for_the_control_planes_and_are_drawn_once_a_life() {
    let mut world = World::of(super::all());
    let mut life = || {
        world.cluster("prod");
        world.settle();
        assert!(world.find::<ClusterSecrets>("prod").is_none());
        world.machine_set("prod", "control-planes");
        world.settle();
        let drawn = world.read::<ClusterSecrets>("prod").spec.data;
        world.user::<Cluster>("prod", |cluster| {
            cluster.spec.talos_version = "1.13.8".into();
        });
        world.settle();
        assert_eq!(world.read::<ClusterSecrets>("prod").spec.data, drawn);
        world.teardown::<Cluster>("prod");
        world.settle();
        for (kind, id) in [
            (Key::of::<MachineSet>("prod-control-planes"), "its set"),
            (Key::of::<Cluster>("prod"), "the cluster"),
        ] {
            world.store.destroy(&kind, "").expect(id);
        }
        drawn
    };
    let first = life();
    assert_ne!(first, life());
}

#[test]
fn every_machine_has_the_clusters_secrets() {
    let world = at_rest();
    let cluster = world.read::<ClusterSecrets>("prod").spec.data;
    let machines = world.all::<ClusterMachineSecrets>();
    assert_eq!(machines.len(), 5);
    assert!(machines.iter().all(|machine| machine.spec.data == cluster));
    let status = world.read::<ClusterSecretsRotationStatus>("prod").spec;
    assert_eq!(status, ClusterSecretsRotationStatusSpec::default());
}

#[test]
fn a_rotation_of_the_talos_authority_goes_through_its_phases_machine_by_machine() {
    let mut world = at_rest();
    let (old, kubernetes) = (
        authority(&world, Component::TalosCa),
        authority(&world, Component::KubernetesCa),
    );
    world.user::<RotateTalosCa>("prod", |_| {});
    let seen = watched(&mut world);
    assert_eq!(
        phases(&seen),
        [
            Phase::PreRotate,
            Phase::Rotate,
            Phase::PostRotate,
            Phase::Ok
        ]
    );
    let texts: Vec<_> = seen.iter().map(|status| status.status.as_str()).collect();
    for text in [
        "rotation phase PRE_ROTATE 0/5",
        "rotation phase PRE_ROTATE 1/5",
        "rotation phase ROTATE 2/5",
        "rotation phase POST_ROTATE 5/5",
    ] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    assert_eq!(seen[0].step, "starting secret rotation");
    let new = authority(&world, Component::TalosCa);
    assert_ne!(new, old);
    assert_eq!(authority(&world, Component::KubernetesCa), kubernetes);
    for number in 1..=5 {
        let secrets = world.read::<ClusterMachineSecrets>(&machine(number)).spec;
        let bundle = Bundle::read(&secrets.data).expect("our own");
        assert_eq!(bundle.authority(Component::TalosCa), new);
        assert_eq!(
            trust(&world, &machine(number), "machine").1,
            1,
            "the new one"
        );
    }
    let rotation = world.read::<SecretRotation>("prod").spec;
    assert_eq!(rotation.backup_certs_os, [old]);
    assert!(rotation.extra_certs.expect("a place").os.is_none());
    assert!(world.ids::<OngoingTask>().is_empty());
    assert!(world.read::<ClusterStatus>("prod").spec.ready);
}

#[test]
fn a_request_is_answered_once_and_again_when_it_is_written_again() {
    let mut world = at_rest();
    world.user::<RotateKubernetesCa>("prod", |_| {});
    world.settle();
    let first = authority(&world, Component::KubernetesCa);
    assert!(watched(&mut world).is_empty());
    world.user::<RotateKubernetesCa>("prod", |request| {
        request
            .metadata
            .annotations
            .insert("again".into(), String::new());
    });
    assert_eq!(phases(&watched(&mut world)).len(), 4);
    assert_ne!(authority(&world, Component::KubernetesCa), first);
    let (named, accepted) = trust(&world, &machine(4), "cluster");
    assert_eq!(accepted, 0, "nothing beyond its own");
    assert!(!named.is_empty());
}

#[test]
fn a_locked_cluster_pauses_its_rotation() {
    let mut world = at_rest();
    let lock = |world: &World, locked: bool| {
        world.user::<Cluster>("prod", |cluster| {
            let notes = &mut cluster.metadata.annotations;
            notes.remove(labels::CLUSTER_LOCKED);
            if locked {
                notes.insert(labels::CLUSTER_LOCKED.into(), String::new());
            }
        });
    };
    lock(&world, true);
    world.settle();
    world.user::<RotateTalosCa>("prod", |_| {});
    world.settle();
    let status = world.read::<ClusterSecretsRotationStatus>("prod").spec;
    assert_eq!(
        (status.status.as_str(), status.step.as_str()),
        (
            "rotation paused at phase PRE_ROTATE",
            "waiting for the cluster to be unlocked"
        )
    );
    let task = world.read::<OngoingTask>("prod-secret-rotation").spec;
    assert_eq!(task.title, "Rotating Secret for Cluster prod");
    lock(&world, false);
    assert_eq!(phases(&watched(&mut world)).last(), Some(&Phase::Ok));
}

#[test]
fn a_locked_worker_holds_its_phase_up() {
    let mut world = at_rest();
    world.user::<MachineSetNode>(&machine(5), |node| {
        let notes = &mut node.metadata.annotations;
        notes.insert(labels::MACHINE_LOCKED.into(), String::new());
    });
    world.settle();
    world.user::<RotateTalosCa>("prod", |_| {});
    world.settle();
    let status = world.read::<ClusterSecretsRotationStatus>("prod").spec;
    assert_eq!(status.status, "rotation paused at phase PRE_ROTATE");
    assert!(
        status.step.starts_with("waiting for machines: [talos-"),
        "{}",
        status.step
    );
    world.user::<MachineSetNode>(&machine(5), |node| {
        node.metadata.annotations.remove(labels::MACHINE_LOCKED);
    });
    world.settle();
    let status = world.read::<ClusterSecretsRotationStatus>("prod").spec;
    assert_eq!(status.phase(), Phase::Ok);
}

#[test]
fn a_machine_that_joins_in_the_middle_comes_in_at_the_right_place() {
    let mut world = at_rest();
    world.user::<RotateTalosCa>("prod", |_| {});
    let middle = |store: &crate::Store| {
        store
            .read::<ClusterSecretsRotationStatus>("prod")
            .is_some_and(|status| status.spec.phase() == Phase::Rotate)
    };
    assert!(
        world
            .engine
            .until(std::time::Duration::from_mins(5), middle)
    );
    world.node(&machine(6), "prod", "workers");
    world.settle();
    let new = authority(&world, Component::TalosCa);
    let secrets = world.read::<ClusterMachineSecrets>(&machine(6)).spec;
    let bundle = Bundle::read(&secrets.data).expect("our own");
    assert_eq!(bundle.authority(Component::TalosCa), new);
    let status = world.read::<ClusterSecretsRotationStatus>("prod").spec;
    assert_eq!(status.phase(), Phase::Ok);
}

#[test]
fn a_cluster_takes_imported_secrets_and_is_tainted_until_both_authorities_are_replaced() {
    let mut world = World::whole(1);
    world.user::<ImportedClusterSecrets>("prod", |imported| {
        imported.spec.data = imported_secrets();
    });
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    world.node(&machine(1), "prod", "control-planes");
    world.settle();
    let secrets = world.read::<ClusterSecrets>("prod").spec;
    assert!(secrets.imported && world.all::<ImportedClusterSecrets>().is_empty());
    let bundle = Bundle::read(&secrets.data).expect("our own");
    assert_eq!(bundle.text(&["cluster", "id"]), "theirs");
    let tainted = |world: &World| {
        let status = world.read::<ClusterStatus>("prod");
        status
            .metadata
            .label(labels::CLUSTER_TAINTED_BY_IMPORTING)
            .is_some()
    };
    assert!(tainted(&world) && world.read::<ClusterStatus>("prod").spec.ready);
    world.user::<RotateTalosCa>("prod", |_| {});
    world.settle();
    assert!(tainted(&world));
    world.user::<RotateKubernetesCa>("prod", |_| {});
    world.settle();
    assert!(!tainted(&world));
}

#[test]
fn a_cluster_that_somebody_reaches_past_omni_is_tainted_until_both_authorities_are_replaced() {
    let mut world = World::whole(1);
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    world.node(&machine(1), "prod", "control-planes");
    world.settle();
    world.user::<RotateTalosCa>("prod", |_| {});
    world.settle();
    let (label, note) = (
        labels::CLUSTER_TAINTED_BY_BREAK_GLASS,
        labels::TAINTED_BY_BREAK_GLASS_TIMESTAMP,
    );
    let now = world.store.clock().moment().since_unix().as_secs();
    let broken = world
        .store
        .put::<ClusterStatus>("ClusterStatusController", "prod", |status| {
            let metadata = &mut status.metadata;
            metadata.labels.insert(label.into(), String::new());
            metadata.annotations.insert(note.into(), now.to_string());
        });
    assert_eq!(broken, Ok(true));
    let tainted = |world: &World| {
        let metadata = world.read::<ClusterStatus>("prod").metadata;
        assert_eq!(
            metadata.label(label).is_some(),
            metadata.annotation(note).is_some()
        );
        metadata.label(label).is_some()
    };
    world.store.clock().advance(Duration::from_secs(10));
    world.user::<RotateKubernetesCa>("prod", |_| {});
    world.settle();
    assert!(tainted(&world), "Talos's authority was replaced before");
    world.user::<RotateTalosCa>("prod", |rotate| {
        let again = labels::ROTATE_TALOS_CA_TIMESTAMP.to_owned();
        rotate.metadata.annotations.insert(again, "2".to_owned());
    });
    world.settle();
    assert!(!tainted(&world));
}
