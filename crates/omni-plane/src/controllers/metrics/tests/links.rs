//! What pages see of a machine.

use omni_api::kind::{Link, MachineStatus, MachineStatusLink, MachineStatusSnapshot};
use omni_api::labels;

use super::super::status_link::MachineStatusLinks;
use crate::controllers::testing::World;
use crate::store::Key;

/// A machine `m` with a link that somebody else holds, too.
fn world() -> World {
    let mut world = World::of(vec![Box::new(MachineStatusLinks)]);
    world.user::<Link>("m", |link| {
        let marks = &mut link.metadata.labels;
        marks.insert(labels::INFRA_PROVIDER_ID.into(), "vms".into());
    });
    let held = world.store.add_finalizer::<Link>("m", "other");
    held.expect("held");
    world.other::<MachineStatus>("m", |status| {
        let marks = &mut status.metadata.labels;
        marks.insert(labels::CLUSTER.into(), "prod".into());
        status.spec.talos_version = "v1.13.7".into();
    });
    world.settle();
    world
}

#[test]
fn a_machine_is_seen_with_its_status_and_its_report() {
    let mut world = world();
    let seen = world.read::<MachineStatusLink>("m");
    assert_eq!(seen.metadata.label(labels::CLUSTER), Some("prod"));
    let status = world.read::<MachineStatus>("m");
    assert_eq!(seen.spec.message_status, Some(status.spec));
    let created = status.metadata.created.expect("a time").seconds;
    assert_eq!(seen.spec.machine_created_at, created);
    assert_eq!(seen.spec.snapshot, None);
    world.other::<MachineStatusSnapshot>("m", |snapshot| {
        snapshot.spec.boot_id = "first".into();
    });
    world.settle();
    let snapshot = world.read::<MachineStatusLink>("m").spec.snapshot;
    assert_eq!(snapshot.expect("a report").boot_id, "first");
}

#[test]
fn a_machine_that_nothing_is_known_of_is_not_seen() {
    let mut world = World::of(vec![Box::new(MachineStatusLinks)]);
    world.user::<Link>("m", |_| {});
    world.settle();
    assert!(world.all::<MachineStatusLink>().is_empty());
}

#[test]
fn a_machine_that_leaves_is_seen_leaving_until_its_link_is_gone() {
    let mut world = world();
    world.teardown::<Link>("m");
    world.settle();
    let seen = world.read::<MachineStatusLink>("m");
    assert!(seen.spec.tearing_down);
    assert_eq!(
        seen.metadata.label(labels::INFRA_PROVIDER_ID),
        Some("vms"),
        "its labels are the link's now"
    );
    assert!(seen.spec.message_status.is_some());
    let freed = world.store.remove_finalizer::<Link>("m", "other");
    freed.expect("let go");
    let link = Key::of::<Link>("m");
    world.store.destroy(&link, "").expect("nobody holds it");
    world.settle();
    assert!(world.all::<MachineStatusLink>().is_empty());
}
