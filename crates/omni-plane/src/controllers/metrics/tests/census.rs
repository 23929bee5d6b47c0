//! How the figures of machines follow what happens to them.

use super::*;

/// How many are registered, connected, on the platform `own`, and wait to be accepted.
fn figures(world: &mut World) -> [Option<u32>; 4] {
    world.settle();
    let figures = counted(world);
    [
        Some(figures.registered_machines_count),
        Some(figures.connected_machines_count),
        figures.platforms.get("own").copied(),
        Some(figures.pending_machines_count),
    ]
}

fn joins(world: &World, id: &str, connected: bool, platform: &str) {
    world.other::<MachineStatus>(id, |machine| {
        machine.spec.connected = connected;
        machine.spec.platform_metadata = Some(PlatformMetadata {
            platform: platform.to_owned(),
            ..PlatformMetadata::default()
        });
    });
}

#[test]
fn a_machine_counts_once_as_what_it_is_now() {
    let mut world = World::of(all());
    joins(&world, "1", true, "own");
    joins(&world, "2", true, "own");
    assert_eq!(figures(&mut world), [Some(2), Some(2), Some(2), Some(0)]);
    joins(&world, "1", false, "own");
    assert_eq!(figures(&mut world), [Some(2), Some(1), Some(2), Some(0)]);
    joins(&world, "1", false, "metal");
    let gone = world.store.remove::<MachineStatus>("other", "2");
    gone.expect("nobody holds it");
    // What is not known and has no machine is not named.
    assert_eq!(figures(&mut world), [Some(1), Some(0), None, Some(0)]);
}

#[test]
fn who_waits_to_be_accepted_is_counted_until_it_is() {
    let mut world = World::of(all());
    let waits = |world: &World, waits: bool| {
        world.other::<InfraMachine>("1", |machine| {
            let marks = &mut machine.metadata.labels;
            marks.clear();
            if waits {
                marks.insert(labels::MACHINE_PENDING_ACCEPT.to_owned(), String::new());
            }
        });
    };
    waits(&world, true);
    assert_eq!(figures(&mut world)[3], Some(1));
    waits(&world, false);
    joins(&world, "1", true, "metal");
    assert_eq!(figures(&mut world), [Some(1), Some(1), None, Some(0)]);
}
