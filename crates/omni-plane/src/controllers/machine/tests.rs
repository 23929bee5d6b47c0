//! Each controller of a machine by itself; what the others write is written by hand.

mod extensions;

use omni_api::kind::{
    ClusterMachine, ClusterMachineStatus, InfraMachineStatus, KernelArgs, Machine, MachineLabels,
    MachineSetNode, MachineStatus, MachineStatusLabels, MachineStatusSnapshot,
    SchematicConfiguration,
};
use omni_api::specs::machine_status_spec::schematic::InitialState;
use omni_api::specs::machine_status_spec::{Role, Schematic};
use omni_api::specs::{MachineStatusSpec, SecurityState};
use omni_api::{kind, labels};

use super::{leftovers, schematic, status, status_labels};
use crate::controllers::testing::World;
use crate::engine::{Cleaned, Transformed};
use crate::machines::Observed;
use crate::schematic::Schematic as Raw;

fn reporting() -> World {
    let mut world = World::of(vec![
        Transformed::boxed(status::MachineStatus),
        Transformed::boxed(status_labels::MachineStatusLabels),
        Transformed::boxed(schematic::SchematicConfiguration),
    ]);
    world.other::<Machine>("1", |machine| {
        machine.spec.connected = true;
        machine.spec.management_address = "fd::1".into();
    });
    world.other::<Observed>("1", |observed| {
        observed.spec.report = Some(MachineStatusSpec {
            talos_version: "v1.13.7".into(),
            image_labels: [("rack".into(), "image".into()), ("zone".into(), "a".into())].into(),
            schematic: Some(Schematic {
                full_id: Raw::default().id(),
                raw: Raw::default().to_yaml(),
                initial_state: Some(InitialState::default()),
                ..Schematic::default()
            }),
            security_state: Some(SecurityState::default()),
            ..MachineStatusSpec::default()
        });
    });
    world.settle();
    world
}

fn label(world: &World, key: &str) -> Option<String> {
    world
        .read::<MachineStatus>("1")
        .metadata
        .label(key)
        .map(str::to_owned)
}

#[test]
fn a_machine_is_available_until_a_node_is_made_of_it_and_after_its_member_is_gone() {
    let mut world = reporting();
    assert_eq!(
        label(&world, labels::MACHINE_AVAILABLE).as_deref(),
        Some("")
    );
    world.node("1", "prod", "control-planes");
    world.settle();
    let status = world.read::<MachineStatus>("1");
    assert_eq!(
        (status.spec.cluster.as_str(), status.spec.role()),
        ("prod", Role::ControlPlane)
    );
    assert_eq!(label(&world, labels::MACHINE_AVAILABLE), None);
    world.other::<ClusterMachineStatus>("1", |member| {
        for (key, value) in [
            (labels::CLUSTER, "prod"),
            (labels::MACHINE_SET, "prod-control-planes"),
            (labels::CONTROL_PLANE_ROLE, ""),
        ] {
            member.metadata.labels.insert(key.into(), value.into());
        }
    });
    world
        .store
        .remove::<MachineSetNode>("", "1")
        .expect("nobody holds it");
    world.settle();
    assert_eq!(label(&world, labels::MACHINE_AVAILABLE), None);
    world
        .store
        .remove::<ClusterMachineStatus>("other", "1")
        .expect("nobody holds it");
    world.settle();
    let status = world.read::<MachineStatus>("1");
    assert_eq!(
        (status.spec.cluster.as_str(), status.spec.role()),
        ("", Role::None)
    );
    assert_eq!(status.metadata.label(labels::MACHINE_AVAILABLE), Some(""));
    assert_eq!(status.metadata.label(labels::CONTROL_PLANE_ROLE), None);
}

#[test]
fn the_users_labels_win_over_those_of_the_image_and_facts_over_both() {
    let mut world = reporting();
    world.user::<MachineLabels>("1", |own| {
        own.metadata.labels.insert("rack".into(), "own".into());
        own.metadata
            .labels
            .insert(labels::MACHINE_TALOS_VERSION.into(), "v0".into());
    });
    world.settle();
    assert_eq!(label(&world, "rack").as_deref(), Some("own"));
    assert_eq!(label(&world, "zone").as_deref(), Some("a"));
    assert_eq!(
        label(&world, labels::MACHINE_TALOS_VERSION).as_deref(),
        Some("v1.13.7")
    );
    world
        .store
        .remove::<MachineLabels>("", "1")
        .expect("nobody holds it");
    world.settle();
    assert_eq!(label(&world, "rack").as_deref(), Some("image"));
}

#[test]
fn connection_and_events_show_as_labels() {
    let mut world = reporting();
    assert!(label(&world, labels::MACHINE_REPORTING_EVENTS).is_none());
    world.other::<MachineStatusSnapshot>("1", |_| {});
    world.other::<Machine>("1", |machine| machine.spec.connected = false);
    world.settle();
    assert!(label(&world, labels::MACHINE_REPORTING_EVENTS).is_some());
    assert!(label(&world, labels::MACHINE_DISCONNECTED).is_some());
    assert!(label(&world, labels::MACHINE_READY_TO_USE).is_none());
    world.other::<InfraMachineStatus>("1", |status| {
        status
            .metadata
            .labels
            .insert(labels::INFRA_PROVIDER_ID.into(), "metal".into());
        status.metadata.labels.insert("row".into(), "7".into());
        status.spec.ready_to_use = true;
        status.spec.installed = true;
    });
    world.settle();
    assert!(
        label(&world, labels::MACHINE_READY_TO_USE).is_some(),
        "its provider can switch it on"
    );
    assert!(label(&world, labels::MACHINE_INSTALLED).is_some());
    assert_eq!(
        label(&world, "omni.sidero.dev/infra-provider/metal/row").as_deref(),
        Some("7")
    );
}

#[test]
fn the_labels_stand_alone_too_and_go_with_the_machine() {
    let mut world = reporting();
    let (labels, status) = (
        world.read::<MachineStatusLabels>("1"),
        world.read::<MachineStatus>("1"),
    );
    assert_eq!(labels.metadata.labels, status.metadata.labels);
    world
        .store
        .remove::<Machine>("other", "1")
        .expect("its owner");
    world.settle();
    assert!(
        world.all::<MachineStatus>().is_empty() && world.all::<MachineStatusLabels>().is_empty()
    );
    assert!(world.read::<Machine>("1").metadata.finalizers.is_empty());
}

#[test]
fn the_image_follows_the_clusters_version() {
    let mut world = reporting();
    assert_eq!(
        world.read::<SchematicConfiguration>("1").spec.talos_version,
        "1.13.7"
    );
    world.cluster("prod");
    world.user::<kind::Cluster>("prod", |cluster| {
        cluster.spec.talos_version = "1.13.8".into();
    });
    world.other::<ClusterMachine>("1", |member| {
        let key = labels::CLUSTER.to_owned();
        member.metadata.labels.insert(key, "prod".into());
    });
    world.settle();
    let image = world.read::<SchematicConfiguration>("1");
    assert_eq!(
        (image.spec.talos_version.as_str(), image.spec.schematic_id),
        ("1.13.8", Raw::default().id())
    );
    assert_eq!(image.metadata.label(labels::CLUSTER), Some("prod"));
}

#[test]
fn what_a_user_gave_to_a_machine_goes_with_it() {
    let mut world = World::of(vec![Cleaned::boxed(leftovers::MachineLeftovers)]);
    world.other::<Machine>("1", |_| {});
    world.node("1", "prod", "workers");
    world.user::<KernelArgs>("1", |_| {});
    world.user::<KernelArgs>("2", |_| {});
    world.settle();
    world
        .store
        .remove::<Machine>("other", "1")
        .expect("its owner");
    world.settle();
    assert!(world.all::<MachineSetNode>().is_empty());
    assert_eq!(world.ids::<KernelArgs>(), ["2"]);
    assert!(world.read::<Machine>("1").metadata.finalizers.is_empty());
}
