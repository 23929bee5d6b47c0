//! What becomes of the nodes that a set has from a class.

use omni_api::kind::MachineRequest;

use super::*;
use crate::store::Key;

/// A set with one node, of a machine that was made for the request `r`.
fn on_request() -> World {
    let mut world = allocating();
    free(&world, "1", &[]);
    world.other::<MachineRequest>("r", |_| {});
    world.other::<Machine>("1", |machine| {
        let marks = &mut machine.metadata.labels;
        marks.insert(labels::MACHINE_REQUEST.into(), "r".into());
    });
    world.allocated_set("prod", "workers", "any", 1);
    world.settle();
    world
}

fn leaves(world: &mut World) -> bool {
    world.settle();
    world.read::<MachineSetNode>("1").metadata.tearing_down()
}

#[test]
fn a_node_is_given_up_with_the_request_that_its_machine_was_made_for() {
    let mut world = on_request();
    world.other::<MachineRequest>("r", |request| request.spec.talos_version.push('1'));
    assert!(!leaves(&mut world));
    let key = Key::of::<MachineRequest>("r");
    world.store.teardown(&key, "other").expect("its owner");
    assert!(leaves(&mut world));
}

#[test]
fn a_machine_that_is_kept_without_its_request_keeps_its_node() {
    let mut world = on_request();
    world.other::<Machine>("1", |machine| machine.metadata.labels.clear());
    let gone = world.store.remove::<MachineRequest>("other", "r");
    gone.expect("nobody holds it");
    assert!(!leaves(&mut world));
}

#[test]
fn a_set_that_goes_gives_up_its_nodes_and_waits_for_those_who_hold_them() {
    let mut world = on_request();
    let holders = |world: &World| world.read::<MachineSetNode>("1").metadata.finalizers;
    let held = world.store.add_finalizer::<MachineSetNode>("1", "somebody");
    held.expect("it stays");
    world.teardown::<MachineSet>(WORKERS);
    assert!(leaves(&mut world));
    assert_eq!(holders(&world), ["MachineSetNodeController", "somebody"]);
    let set = |world: &World| world.read::<MachineSet>(WORKERS).metadata.finalizers;
    assert_eq!(set(&world), ["MachineSetNodeController"]);
    let let_go = world
        .store
        .remove_finalizer::<MachineSetNode>("1", "somebody");
    let_go.expect("it was held");
    world.settle();
    assert!(holders(&world).is_empty() && set(&world).is_empty());
}
