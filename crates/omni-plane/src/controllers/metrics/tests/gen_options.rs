//! The image that a machine's installer is from.

use omni_api::kind::{ClusterMachineTalosVersion, MachineConfigGenOptions, MachineStatus};
use omni_api::specs::machine_config_gen_options_spec::InstallImage;
use omni_api::specs::machine_status_spec::{PlatformMetadata, Schematic};
use omni_api::specs::{MachineStatusSpec, SecurityState};

use super::super::gen_options::MachineConfigOptions;
use crate::controllers::testing::World;

/// A machine `m` with a known schematic.
fn world() -> World {
    let mut world = World::of(vec![Box::new(MachineConfigOptions)]);
    world.other::<MachineStatus>("m", |status| {
        status.spec = MachineStatusSpec {
            platform_metadata: Some(PlatformMetadata {
                platform: "metal".into(),
                ..PlatformMetadata::default()
            }),
            security_state: Some(SecurityState::default()),
            schematic: Some(Schematic {
                full_id: "is".into(),
                ..Schematic::default()
            }),
            ..MachineStatusSpec::default()
        };
    });
    world.settle();
    world
}

fn image(world: &World) -> Option<InstallImage> {
    let options = world.read::<MachineConfigGenOptions>("m");
    options.spec.install_image
}

fn wants(world: &mut World, talos: &str) {
    world.other::<ClusterMachineTalosVersion>("m", |wanted| {
        wanted.spec.talos_version = talos.into();
        wanted.spec.schematic_id = "shall".into();
    });
    world.settle();
}

#[test]
fn a_member_is_installed_from_the_image_that_its_cluster_wants() {
    let mut world = world();
    assert_eq!(image(&world), None, "nobody wants anything of it");
    wants(&mut world, "1.13.7");
    let expected = InstallImage {
        talos_version: "1.13.7".into(),
        schematic_id: "shall".into(),
        schematic_initialized: true,
        schematic_invalid: false,
        platform: "metal".into(),
        security_state: Some(SecurityState::default()),
        image_factory_host: "factory.talos.dev".into(),
    };
    assert_eq!(image(&world), Some(expected));
}

#[test]
fn an_image_is_kept_by_who_leaves_its_cluster_and_goes_with_the_machine() {
    let mut world = world();
    wants(&mut world, "1.13.7");
    let gone = world
        .store
        .remove::<ClusterMachineTalosVersion>("other", "m");
    gone.expect("its owner");
    world.settle();
    assert!(image(&world).is_some());
    let gone = world.store.remove::<MachineStatus>("other", "m");
    gone.expect("its owner");
    world.settle();
    assert!(world.all::<MachineConfigGenOptions>().is_empty());
}

#[test]
fn a_schematic_is_known_unless_an_agent_runs_or_nothing_was_read() {
    for (schematic, initialized, invalid) in [
        (None, false, false),
        (Some(Schematic::default()), false, false),
        (
            Some(Schematic {
                invalid: true,
                ..Schematic::default()
            }),
            true,
            true,
        ),
        (
            Some(Schematic {
                full_id: "is".into(),
                in_agent_mode: true,
                ..Schematic::default()
            }),
            false,
            false,
        ),
    ] {
        let mut world = world();
        world.other::<MachineStatus>("m", |status| status.spec.schematic.clone_from(&schematic));
        wants(&mut world, "1.13.7");
        let image = image(&world).expect("an image");
        let said = (image.schematic_initialized, image.schematic_invalid);
        assert_eq!(said, (initialized, invalid), "{schematic:?}");
    }
}
