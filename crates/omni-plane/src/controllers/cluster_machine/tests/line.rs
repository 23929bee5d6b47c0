//! Many machines that want to change, and few that may at a time.

use omni_api::specs::machine_set_spec::UpdateStrategy;
use omni_api::specs::machine_set_spec::{RollingUpdateStrategyConfig, UpdateStrategyConfig};

use super::*;
use crate::controllers::cluster_machine::line::WaitingMachine;

const MANY: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// A set whose machines all wait for another configuration; the first one may change.
fn waiting() -> World {
    let mut world = configured(&MANY);
    for id in MANY {
        wants(&world, id, NEW);
    }
    world.settle();
    world
}

/// The machines that have been told to change.
fn changing(world: &World) -> Vec<&'static str> {
    let mut changing = MANY.to_vec();
    changing.retain(|id| told(world, id).config_sha256 == sha(NEW));
    changing
}

fn lock(world: &World, id: &str) {
    world.user::<MachineSetNode>(id, |node| {
        let notes = &mut node.metadata.annotations;
        notes.insert(labels::MACHINE_LOCKED.into(), String::new());
    });
}

#[test]
fn only_the_first_in_line_is_asked_when_a_machine_is_done() {
    let mut world = waiting();
    assert_eq!(changing(&world), ["1"]);
    assert_eq!(world.ids::<WaitingMachine>(), MANY[1..]);
    let reconciled = |world: &World| world.engine.stats().steps().count();
    let before = reconciled(&world);
    runs(&world, "1", "1.13.7", NEW);
    world.settle();
    assert_eq!(changing(&world), ["1", "2"]);
    assert_eq!(world.ids::<WaitingMachine>(), MANY[2..]);
    let asked = reconciled(&world) - before;
    assert!(
        asked <= 8,
        "{asked} reconciliations for one machine of {MANY:?}"
    );
}

#[test]
fn a_machine_that_is_locked_meanwhile_keeps_nobody_behind_it_waiting() {
    let mut world = waiting();
    lock(&world, "2");
    world.settle();
    assert_eq!(world.ids::<WaitingMachine>(), MANY[2..]);
    runs(&world, "1", "1.13.7", NEW);
    world.settle();
    assert_eq!(changing(&world), ["1", "3"]);
}

#[test]
fn as_many_go_at_once_as_may() {
    let mut world = waiting();
    world.other::<MachineSetConfigStatus>("prod-workers", |permission| {
        permission.spec.set_update_strategy(UpdateStrategy::Rolling);
        permission.spec.update_strategy_config = Some(UpdateStrategyConfig {
            rolling: Some(RollingUpdateStrategyConfig { max_parallelism: 3 }),
        });
    });
    world.settle();
    assert_eq!(changing(&world), ["1", "2", "3"]);
    runs(&world, "2", "1.13.7", NEW);
    world.settle();
    assert_eq!(changing(&world), ["1", "2", "3", "4"]);
}

#[test]
fn a_machine_that_leaves_its_cluster_leaves_the_line() {
    let mut world = waiting();
    let key = crate::store::Key::of::<ClusterMachineConfig>("2");
    world.store.teardown(&key, "other").expect("its owner");
    world.settle();
    assert_eq!(world.ids::<WaitingMachine>(), MANY[2..]);
}
