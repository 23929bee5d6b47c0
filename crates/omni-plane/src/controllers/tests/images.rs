//! Images of machines change: extensions, kernel arguments, the disk they are put on.

use omni_api::specs::machine_extensions_status_spec::item::Phase;
use omni_api::specs::machine_upgrade_status_spec::Phase as UpgradePhase;
use omni_api::specs::talos_upgrade_status_spec::Phase as TalosPhase;
use omni_api::{kind, labels};

use crate::controllers::testing::{World, machine};
use crate::infra::machine::{NewMachine, add};
use crate::store::{EventKind, Filter};

fn configure(world: &World, id: &str, level: &[(&str, &str)], names: &[&str]) {
    world.user::<kind::ExtensionsConfiguration>(id, |configuration| {
        for (key, value) in level {
            let own = &mut configuration.metadata.labels;
            own.insert((*key).into(), (*value).into());
        }
        configuration.spec.extensions = names.iter().map(|name| (*name).to_owned()).collect();
    });
}

/// The extensions that a machine runs.
fn extensions(world: &World, machine: &str) -> Vec<String> {
    let status = world.read::<kind::MachineStatus>(machine).spec;
    status.schematic.expect("known").extensions
}

fn arguments(world: &World, machine: &str) -> Vec<String> {
    let status = world.read::<kind::MachineStatus>(machine).spec;
    status.schematic.expect("known").kernel_args
}

/// Every machine of the cluster runs the image that it is to run, and everybody says so.
fn assert_settled(world: &World) {
    let upgrade = world.read::<kind::TalosUpgradeStatus>("prod").spec;
    assert_eq!(upgrade.phase(), TalosPhase::Done, "{upgrade:?}");
    assert!(world.is_ready("prod"));
    for member in world.all::<kind::ClusterMachineConfigStatus>() {
        let wanted = world.read::<kind::SchematicConfiguration>(member.id());
        assert_eq!(member.spec.schematic_id, wanted.spec.schematic_id);
        let status = world.read::<kind::MachineStatus>(member.id()).spec;
        assert_eq!(
            status.schematic.expect("known").full_id,
            wanted.spec.schematic_id
        );
        let image = world.read::<kind::MachineUpgradeStatus>(member.id()).spec;
        assert_eq!(image.phase(), UpgradePhase::UpToDate, "{image:?}");
        let items = world.read::<kind::MachineExtensionsStatus>(member.id());
        assert!(
            items
                .spec
                .extensions
                .iter()
                .all(|item| item.phase() == Phase::Installed)
        );
    }
}

#[test]
fn extensions_of_a_cluster_reach_every_machine_and_leave_with_their_configuration() {
    let mut world = World::with_cluster(3, 1);
    let mut statuses = world
        .store
        .subscribe(Filter::kind::<kind::TalosUpgradeStatus>());
    configure(
        &world,
        "c",
        &[(labels::CLUSTER, "prod")],
        &["siderolabs/iscsi-tools"],
    );
    world.settle();
    let mut phases = Vec::new();
    while let Ok(event) = statuses.try_recv() {
        if event.kind == EventKind::Updated {
            let status = event.resource.typed::<kind::TalosUpgradeStatus>();
            phases.push(status.expect("the kind").spec.phase());
        }
    }
    phases.dedup();
    assert_eq!(phases.first(), Some(&TalosPhase::Reverting));
    assert!(
        phases.contains(&TalosPhase::UpdatingMachineSchematics),
        "{phases:?}"
    );
    assert_settled(&world);
    for number in 1..=3 {
        assert_eq!(
            extensions(&world, &machine(number)),
            ["siderolabs/iscsi-tools"]
        );
    }
    world.teardown::<kind::ExtensionsConfiguration>("c");
    world.settle();
    assert!(world.all::<kind::ExtensionsConfiguration>().is_empty());
    assert!(world.all::<kind::MachineExtensions>().is_empty());
    assert_settled(&world);
    assert!(extensions(&world, &machine(1)).is_empty());
}

#[test]
fn of_several_configurations_the_narrowest_one_counts_and_its_end_brings_back_the_next() {
    let mut world = World::with_cluster(3, 1);
    let cluster = (labels::CLUSTER, "prod");
    let (set, two) = ((labels::MACHINE_SET, "prod-workers"), machine(2));
    configure(
        &world,
        "m",
        &[cluster, (labels::CLUSTER_MACHINE, &two)],
        &[],
    );
    configure(&world, "s", &[cluster, set], &["siderolabs/gvisor"]);
    configure(&world, "c", &[cluster], &["siderolabs/iscsi-tools"]);
    world.settle();
    assert_settled(&world);
    assert_eq!(extensions(&world, &machine(1)), ["siderolabs/iscsi-tools"]);
    assert!(extensions(&world, &two).is_empty());
    assert_eq!(extensions(&world, &machine(3)), ["siderolabs/gvisor"]);
    // A change of the wider one does not take the machine over.
    configure(&world, "c", &[cluster], &["siderolabs/zfs"]);
    world.settle();
    assert!(extensions(&world, &two).is_empty());
    world.teardown::<kind::ExtensionsConfiguration>("m");
    world.settle();
    assert_eq!(extensions(&world, &two), ["siderolabs/gvisor"]);
    world.teardown::<kind::ExtensionsConfiguration>("s");
    world.settle();
    assert_eq!(extensions(&world, &two), ["siderolabs/zfs"]);
    assert_settled(&world);
}

#[test]
fn kernel_arguments_stand_behind_those_of_the_join() {
    let mut world = World::with_cluster(2, 1);
    let two = machine(2);
    let before = arguments(&world, &two);
    world.user::<kind::KernelArgs>(&two, |args| {
        args.spec.args = vec!["console=ttyS0".into(), "quiet".into()];
    });
    world.settle();
    assert_settled(&world);
    let after = arguments(&world, &two);
    assert_eq!(
        after,
        [before.clone(), vec!["console=ttyS0".into(), "quiet".into()]].concat()
    );
    let status = world.read::<kind::KernelArgsStatus>(&two).spec;
    assert_eq!(status.args, ["console=ttyS0", "quiet"]);
    assert_eq!(status.current_args, status.args);
    assert_eq!(status.current_cmdline, after.join(" "));
    assert!(status.unmet_conditions.is_empty(), "{status:?}");
    world.teardown::<kind::KernelArgs>(&two);
    world.settle();
    assert_settled(&world);
    assert_eq!(arguments(&world, &two), before);
}

#[test]
fn a_machine_in_maintenance_gets_its_image_without_a_cluster() {
    let mut world = World::whole(1);
    let installed = NewMachine {
        installed: true,
        ..NewMachine::plain(2, "1.13.7", &["siderolink.api=grpc://x".to_owned()])
    };
    add(&world.store, &installed).expect("added");
    world.settle();
    for number in [1, 2] {
        world.user::<kind::KernelArgs>(&machine(number), |args| {
            args.spec.args = vec!["quiet".into()];
        });
    }
    world.settle();
    let phase = |number| {
        let status = world
            .read::<kind::MachineUpgradeStatus>(&machine(number))
            .spec;
        (status.phase(), status.status)
    };
    let not_installed = "no system disk, Talos is not installed".to_owned();
    assert_eq!(phase(1), (UpgradePhase::Pending, not_installed));
    assert_eq!(
        phase(2),
        (UpgradePhase::UpToDate, "machine is up to date".to_owned())
    );
    assert_eq!(
        arguments(&world, &machine(2)),
        ["siderolink.api=grpc://x", "quiet"]
    );
    // It can still join a cluster.
    world.cluster("prod");
    world.machine_set("prod", "control-planes");
    world.node(&machine(2), "prod", "control-planes");
    world.settle();
    assert!(world.is_ready("prod"));
    assert_settled(&world);
}

#[test]
fn arguments_that_a_machine_came_with_are_its_users_from_then_on() {
    let mut world = World::whole(0);
    let arguments = ["siderolink.api=grpc://x".to_owned(), "nomodeset".to_owned()];
    add(&world.store, &NewMachine::plain(1, "1.13.7", &arguments)).expect("added");
    world.settle();
    let id = machine(1);
    assert_eq!(world.read::<kind::KernelArgs>(&id).spec.args, ["nomodeset"]);
    let image = world.read::<kind::MachineUpgradeStatus>(&id).spec;
    assert_eq!(image.phase(), UpgradePhase::UpToDate);
}

#[test]
fn talos_is_put_on_the_disk_that_is_chosen() {
    let mut world = World::with_cluster(1, 1);
    add(&world.store, &NewMachine::plain(2, "1.13.7", &[])).expect("added");
    world.settle();
    let two = machine(2);
    let free = world.read::<kind::MachineInstallDiskStatus>(&two).spec;
    assert_eq!(free.disk, "/dev/vda", "the smallest one, by itself");
    let paths: Vec<&str> = free
        .disks
        .iter()
        .map(|disk| disk.dev_path.as_str())
        .collect();
    assert_eq!(paths, ["/dev/vda", "/dev/sda"]);
    world.user::<kind::MachineInstallDiskConfig>(&two, |choice| {
        choice.spec.disk_selector = "disk.size > 100u * TB".into();
    });
    world.machine_set("prod", "workers");
    world.node(&two, "prod", "workers");
    world.settle();
    let status = world.read::<kind::MachineInstallDiskStatus>(&two).spec;
    assert_eq!(status.message, "no disk matches the install disk selector");
    assert!(
        world.find::<kind::ClusterMachineConfig>(&two).is_none(),
        "it waits for a disk"
    );
    world.user::<kind::MachineInstallDiskConfig>(&two, |choice| {
        choice.spec.disk_selector = "disk.rotational".into();
    });
    world.settle();
    assert!(world.is_ready("prod"));
    assert_eq!(
        world
            .read::<kind::ClusterMachineConfig>(&two)
            .spec
            .install_disk,
        "/dev/sda"
    );
    let status = world.read::<kind::MachineInstallDiskStatus>(&two).spec;
    assert_eq!(status.message, "Talos is already installed on /dev/sda");
    let hardware = world
        .read::<kind::MachineStatus>(&two)
        .spec
        .hardware
        .expect("known");
    let system: Vec<&str> = hardware
        .blockdevices
        .iter()
        .filter(|disk| disk.system_disk)
        .map(|disk| disk.dev_path.as_str())
        .collect();
    assert_eq!(system, ["/dev/sda"]);
}

#[test]
fn labels_that_are_deleted_come_back_empty() {
    let mut world = World::whole(1);
    let id = machine(1);
    world.user::<kind::MachineLabels>(&id, |own| {
        own.metadata.labels.insert("zone".into(), "a".into());
    });
    world.settle();
    let zone = |world: &World| {
        let status = world.read::<kind::MachineStatus>(&id);
        status.metadata.label("zone").map(str::to_owned)
    };
    assert_eq!(zone(&world).as_deref(), Some("a"));
    world.teardown::<kind::MachineLabels>(&id);
    world.settle();
    assert_eq!(zone(&world), None);
    let own = world.read::<kind::MachineLabels>(&id);
    assert!(own.metadata.labels.is_empty() && !own.metadata.tearing_down());
}
