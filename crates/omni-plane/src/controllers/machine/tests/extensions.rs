//! Extensions of many machines of one cluster: who is asked when something happens to one of them.

use omni_api::kind::{ExtensionsConfiguration, MachineExtensions};

use super::*;
use crate::controllers::machine::extensions;

const MANY: usize = 20;

fn configure(world: &World, id: &str, narrow: Option<(&str, &str)>) {
    world.user::<ExtensionsConfiguration>(id, |configuration| {
        let place = [Some((labels::CLUSTER, "prod")), narrow];
        for (key, value) in place.into_iter().flatten() {
            let marks = &mut configuration.metadata.labels;
            marks.insert(key.to_owned(), value.to_owned());
        }
        configuration.spec.extensions = vec![id.to_owned()];
    });
}

fn join(world: &World, id: &str) {
    world.other::<ClusterMachine>(id, |machine| {
        for (key, value) in [(labels::CLUSTER, "prod"), (labels::MACHINE_SET, "prod-set")] {
            let marks = &mut machine.metadata.labels;
            marks.insert(key.to_owned(), value.to_owned());
        }
    });
}

/// The configuration that a machine has its extensions of.
fn of(world: &World, machine: &str) -> Option<String> {
    let extensions = world.find::<MachineExtensions>(machine)?;
    extensions.spec.extensions.first().cloned()
}

/// A cluster with a configuration for the whole and one for each machine.
fn extended() -> World {
    let mut world = World::of(vec![Box::new(extensions::MachineExtensions)]);
    configure(&world, "all", None);
    for number in 0..MANY {
        let id = number.to_string();
        join(&world, &id);
        configure(
            &world,
            &format!("of-{id}"),
            Some((labels::CLUSTER_MACHINE, &id)),
        );
    }
    world.settle();
    world
}

fn cost(world: &mut World, act: impl FnOnce(&World)) -> (u64, u64) {
    let sum = |world: &World| {
        let tallies = world.engine.stats().tallies();
        let steps = tallies.iter().map(|tally| tally.steps.count()).sum::<u64>();
        (steps, tallies.iter().map(|tally| tally.looks).sum::<u64>())
    };
    let before = sum(world);
    act(world);
    world.settle();
    let after = sum(world);
    (after.0 - before.0, after.1 - before.1)
}

#[test]
fn nobody_is_asked_as_long_as_a_machine_has_what_it_should_have() {
    let mut world = extended();
    assert_eq!(of(&world, "7").as_deref(), Some("of-7"));
    let (steps, looks) = cost(&mut world, |world| {
        let held = (world.store).add_finalizer::<ClusterMachine>("7", "somebody");
        held.expect("it is there");
    });
    assert_eq!(steps, 0);
    assert!(looks <= 8, "{looks}");
}

#[test]
fn a_machine_that_comes_or_goes_costs_what_concerns_it() {
    let mut world = extended();
    configure(&world, "of-x", Some((labels::CLUSTER_MACHINE, "x")));
    world.settle();
    let (steps, looks) = cost(&mut world, |world| join(world, "x"));
    assert_eq!(of(&world, "x").as_deref(), Some("of-x"));
    assert!(steps <= 2 && looks <= 40, "{steps} {looks}");
    let (steps, looks) = cost(&mut world, |world| {
        let gone = world.store.remove::<ClusterMachine>("other", "x");
        gone.expect("its owner");
    });
    assert_eq!(of(&world, "x"), None);
    assert!(steps <= 4 && looks <= 60, "{steps} {looks}");
}

#[test]
fn a_configuration_that_goes_leaves_its_machine_to_the_next_wider_one() {
    let mut world = extended();
    configure(&world, "set", Some((labels::MACHINE_SET, "prod-set")));
    world.settle();
    assert_eq!(of(&world, "7").as_deref(), Some("of-7"));
    for (gone, next) in [("of-7", Some("set")), ("set", Some("all")), ("all", None)] {
        world.teardown::<ExtensionsConfiguration>(gone);
        world.settle();
        assert_eq!(of(&world, "7").as_deref(), next, "after {gone}");
        let held = world.read::<ExtensionsConfiguration>(gone).metadata;
        assert!(held.finalizers.is_empty(), "{gone} is let go");
    }
}
