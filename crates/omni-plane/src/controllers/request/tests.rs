//! Each controller of machine requests by itself; what the others write is written by hand.

use omni_api::kind::{
    ClusterMachineRequestStatus, InfraProvider, MachineClass, MachineRequest, MachineRequestSet,
    MachineRequestStatus, MachineSetStatus, MachineStatusLabels,
};
use omni_api::specs::Machines;
use omni_api::specs::cluster_machine_request_status_spec::Stage;
use omni_api::specs::machine_class_spec::Provision;
use omni_api::{kind, labels};

use super::{cluster_machine_request_status, provision, request_set};
use crate::controllers::testing::World;
use crate::engine::Transformed;

const SET: &str = "prod-workers";

fn class(world: &World, provider: &str) {
    world.user::<MachineClass>("auto", |class| {
        class.spec.auto_provision = Some(Provision {
            provider_id: provider.into(),
            provider_data: "size: big\n".into(),
            ..Provision::default()
        });
    });
}

#[test]
fn a_set_asks_for_as_many_as_it_wants_and_for_no_fewer_than_it_has() {
    let mut world = World::of(vec![Transformed::boxed(provision::MachineProvision)]);
    world.cluster("prod");
    class(&world, "lab");
    world.allocated_set("prod", "workers", "auto", 3);
    world.settle();
    let asked = world.read::<MachineRequestSet>(SET);
    assert_eq!(
        (asked.spec.provider_id.as_str(), asked.spec.machine_count),
        ("lab", 3)
    );
    assert_eq!(
        (
            asked.spec.talos_version.as_str(),
            asked.spec.provider_data.as_str()
        ),
        ("1.13.7", "size: big\n")
    );
    assert_eq!(asked.metadata.owner, "MachineProvisionController");
    let present = |world: &World, total: u32| {
        world.other::<MachineSetStatus>(SET, |status| {
            status.spec.machines = Some(Machines {
                total,
                ..Machines::default()
            });
        });
    };
    present(&world, 3);
    world.allocated_set("prod", "workers", "auto", 1);
    world.settle();
    assert_eq!(world.read::<MachineRequestSet>(SET).spec.machine_count, 3);
    present(&world, 2);
    world.settle();
    assert_eq!(world.read::<MachineRequestSet>(SET).spec.machine_count, 2);
    world.class("manual", &["x"]);
    world.allocated_set("prod", "workers", "manual", 1);
    world.settle();
    assert!(world.all::<MachineRequestSet>().is_empty());
}

fn requesting(count: i32) -> World {
    let mut world = World::of(vec![Transformed::boxed(
        request_set::MachineRequestSetStatus,
    )]);
    world.user::<InfraProvider>("lab", |_| {});
    world.user::<MachineRequestSet>(SET, |set| set.spec.provider_id = "lab".into());
    ask(&mut world, count);
    world
}

fn ask(world: &mut World, count: i32) {
    world.user::<MachineRequestSet>(SET, |set| set.spec.machine_count = count);
    world.settle();
}

/// The machine of a request, in a cluster or not.
fn machine(world: &World, id: &str, request: &str, role: Option<&str>) {
    world.other::<MachineStatusLabels>(id, |machine| {
        let marks = &mut machine.metadata.labels;
        marks.insert(labels::MACHINE_REQUEST.into(), request.into());
        marks.insert(labels::MACHINE_REQUEST_SET.into(), SET.into());
        if let Some(role) = role {
            marks.insert(labels::CLUSTER.into(), "prod".into());
            marks.insert(role.into(), String::new());
        }
    });
}

#[test]
fn requests_follow_the_number_and_unused_ones_go_first_control_planes_last() {
    let mut world = requesting(3);
    let ids = world.ids::<MachineRequest>();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| {
        id.strip_prefix("prod-workers-")
            .is_some_and(|alias| alias.len() == 6)
    }));
    machine(&world, "1", &ids[0], Some(labels::CONTROL_PLANE_ROLE));
    machine(&world, "2", &ids[1], None);
    machine(&world, "3", &ids[2], Some(labels::WORKER_ROLE));
    ask(&mut world, 2);
    assert_eq!(
        world.ids::<MachineRequest>(),
        [ids[0].clone(), ids[2].clone()]
    );
    ask(&mut world, 1);
    assert_eq!(world.ids::<MachineRequest>(), [ids[0].clone()]);
}

#[test]
fn a_machine_whose_link_is_removed_takes_its_request_along_and_another_follows() {
    let mut world = requesting(1);
    let first = world.ids::<MachineRequest>();
    machine(&world, "1", &first[0], None);
    world.settle();
    world
        .store
        .remove::<MachineStatusLabels>("other", "1")
        .expect("its owner");
    world.settle();
    let second = world.ids::<MachineRequest>();
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);
    assert!(
        world
            .read::<MachineStatusLabels>("1")
            .metadata
            .finalizers
            .is_empty()
    );
}

#[test]
fn the_requests_of_a_vanished_provider_are_let_go_for_it() {
    let mut world = requesting(1);
    let id = world.ids::<MachineRequest>().remove(0);
    world
        .store
        .add_finalizer::<MachineRequest>(&id, "lab.ProvisionController")
        .expect("running");
    world.teardown::<MachineRequestSet>(SET);
    world.settle();
    assert!(world.read::<MachineRequest>(&id).metadata.tearing_down());
    world
        .store
        .remove::<InfraProvider>("", "lab")
        .expect("nobody holds it");
    world.settle();
    assert!(world.all::<MachineRequest>().is_empty());
    assert!(
        world
            .read::<MachineRequestSet>(SET)
            .metadata
            .finalizers
            .is_empty()
    );
}

#[test]
fn the_state_of_a_request_carries_the_place_of_its_set() {
    let mut world = World::of(vec![Transformed::boxed(
        cluster_machine_request_status::ClusterMachineRequestStatus,
    )]);
    world.machine_set("prod", "workers");
    for (id, set) in [("ours", SET), ("free", "nobodys")] {
        world.user::<MachineRequest>(id, |request| {
            let marks = &mut request.metadata.labels;
            marks.insert(labels::MACHINE_REQUEST_SET.into(), set.into());
            marks.insert(labels::INFRA_PROVIDER_ID.into(), "lab".into());
        });
    }
    world.settle();
    assert_eq!(world.ids::<ClusterMachineRequestStatus>(), ["ours"]);
    let status = world.read::<ClusterMachineRequestStatus>("ours");
    assert_eq!(
        (status.spec.stage(), status.spec.provider_id.as_str()),
        (Stage::Pending, "lab")
    );
    assert_eq!(status.metadata.label(labels::CLUSTER), Some("prod"));
    world.other::<MachineRequestStatus>("ours", |answer| answer.spec.id = "1".into());
    world.other::<kind::ClusterMachineStatus>("1", |_| {});
    world.settle();
    let status = world.read::<ClusterMachineRequestStatus>("ours");
    assert_eq!(status.spec.machine_uuid, "1");
    assert!(
        status
            .metadata
            .label(labels::MACHINE_REQUEST_IN_USE)
            .is_some()
    );
    world
        .store
        .remove::<MachineRequest>("", "ours")
        .expect("a user's");
    world.settle();
    assert!(world.all::<ClusterMachineRequestStatus>().is_empty());
}
