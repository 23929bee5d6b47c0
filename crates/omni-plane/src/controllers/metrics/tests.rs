//! What is counted, what is said of it, and how often.

mod census;
mod gen_options;
mod links;

use omni_api::kind::{
    Cluster, ClusterMetrics, ClusterStatus, ClusterStatusMetrics, InfraMachine, MachineStatus,
    MachineStatusMetrics, Notification,
};
use omni_api::specs::cluster_spec::Features;
use omni_api::specs::cluster_status_spec::Phase;
use omni_api::specs::machine_status_spec::hardware_status::Processor;
use omni_api::specs::machine_status_spec::{HardwareStatus, PlatformMetadata, Schematic};
use omni_api::specs::{MachineStatusMetricsSpec, MachineStatusSpec, SecurityState};
use omni_api::{kind, labels};

use super::{ID, all};
use crate::controllers::testing::World;
use crate::{Instance, instance};

fn counted(world: &World) -> MachineStatusMetricsSpec {
    world.read::<MachineStatusMetrics>(ID).spec.clone()
}

fn of_talos(talos: &str) -> MachineStatusSpec {
    MachineStatusSpec {
        talos_version: talos.to_owned(),
        ..MachineStatusSpec::default()
    }
}

#[test]
fn a_fresh_account_has_figures_and_all_of_them_are_nought() {
    let world = World::whole(0);
    let figures = counted(&world);
    assert_eq!(figures.platforms.len(), 19);
    assert_eq!(figures.platforms["metal"], 0);
    let answers = [("false", 0), ("true", 0), ("unknown", 0)];
    let answers = answers.map(|(answer, count)| (answer.to_owned(), count));
    assert_eq!(figures.uki_status, answers.clone().into());
    assert_eq!(figures.secure_boot_status, answers.into());
    assert_eq!(figures.registered_machines_count, 0);
    let phases = world.read::<ClusterStatusMetrics>(ID);
    assert!(phases.spec.phases.is_empty() && phases.spec.not_ready_count == 0);
    let features = world.read::<ClusterMetrics>(ID);
    assert_eq!(features.spec.features.values().sum::<u32>(), 0);
    assert_eq!(features.spec.features.len(), 5);
}

#[test]
fn machines_are_counted_by_what_is_known_of_them() {
    let mut world = World::of(all());
    world.other::<MachineStatus>("new", |_| {});
    world.other::<MachineStatus>("member", |machine| {
        machine.spec = MachineStatusSpec {
            connected: true,
            cluster: "prod".to_owned(),
            hardware: Some(HardwareStatus {
                processors: [4, 8]
                    .map(|core_count| Processor {
                        core_count,
                        ..Processor::default()
                    })
                    .into(),
                ..HardwareStatus::default()
            }),
            platform_metadata: Some(PlatformMetadata {
                platform: "aws".to_owned(),
                ..PlatformMetadata::default()
            }),
            security_state: Some(SecurityState {
                secure_boot: true,
                booted_with_uki: false,
                ..SecurityState::default()
            }),
            schematic: Some(Schematic {
                invalid: true,
                ..Schematic::default()
            }),
            ..of_talos("v1.13.7")
        };
    });
    world.other::<InfraMachine>("waits", |machine| {
        let marks = &mut machine.metadata.labels;
        marks.insert(labels::MACHINE_PENDING_ACCEPT.to_owned(), String::new());
    });
    world.other::<InfraMachine>("accepted", |_| {});
    world.settle();
    let named = |pairs: &[(&str, u32)]| {
        let pairs = pairs
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        pairs.collect()
    };
    let expected = MachineStatusMetricsSpec {
        registered_machines_count: 2,
        connected_machines_count: 1,
        allocated_machines_count: 1,
        pending_machines_count: 1,
        platforms: named(&[("aws", 1)]),
        secure_boot_status: named(&[("false", 0), ("true", 1), ("unknown", 1)]),
        uki_status: named(&[("false", 1), ("true", 0), ("unknown", 1)]),
        invalid_schematic_machines_count: 1,
        cores_count: 12,
        ..MachineStatusMetricsSpec::default()
    };
    assert_eq!(counted(&world), expected);
}

#[test]
fn what_happens_within_ten_seconds_is_counted_at_once() {
    let mut world = World::of(all());
    let count = |world: &World| counted(world).registered_machines_count;
    world.other::<MachineStatus>("1", |_| {});
    world.pass(0);
    assert_eq!(count(&world), 1, "the first is counted when it comes");
    for name in ["2", "3"] {
        world.other::<MachineStatus>(name, |_| {});
        world.pass(4);
        assert_eq!(count(&world), 1, "{name}");
    }
    world.pass(2);
    assert_eq!(count(&world), 3);
    let metrics = world.read::<MachineStatusMetrics>(ID);
    assert_eq!(metrics.metadata.version.to_string(), "2");
}

#[test]
fn a_full_account_says_so_until_there_is_room() {
    let mut world = World::whole(2);
    let limited = |limit| Instance {
        account_max_registered_machines: limit,
        ..Instance::default()
    };
    let told = |world: &World| {
        let told = world
            .store
            .read::<Notification>("machine-registration-limit");
        told.map(|told| told.spec.body)
    };
    instance::install(&world.store, &limited(2)).expect("installed");
    world.settle();
    let text = "2/2 machines registered. New machines will be rejected.";
    assert_eq!(told(&world).as_deref(), Some(text));
    let figures = counted(&world);
    assert!(figures.registration_limit_reached && figures.registered_machines_limit == 2);
    instance::install(&world.store, &limited(3)).expect("installed");
    world.settle();
    assert_eq!(told(&world), None);
    assert!(!counted(&world).registration_limit_reached);
}

#[test]
fn machines_with_an_old_talos_are_told_of_until_they_are_upgraded() {
    let mut world = World::of(all());
    let run = |world: &mut World, versions: [&str; 4]| {
        for (number, talos) in (1..).zip(versions) {
            world.other::<MachineStatus>(&format!("{number}"), |machine| {
                machine.spec = of_talos(talos);
            });
        }
        world.settle();
        let told = world.all::<Notification>();
        let told = told.iter();
        told.map(|told| format!("{}: {}", told.id(), told.spec.body))
            .collect::<Vec<_>>()
    };
    let policy = "https://docs.siderolabs.com/omni/getting-started/talos-version-support-policy";
    let told = run(
        &mut world,
        ["v1.8.4", "v1.9.0-alpha.1", "1.10.9", "v1.11.0"],
    );
    let soon = format!(
        "approaching-talos-version-end-of-support: 2 machine(s) are running a Talos version that will lose Omni support soon. \
         The minimum supported version is 1.9.0. Please upgrade: {policy}"
    );
    let now = format!(
        "talos-version-end-of-support: 1 machine(s) are running unsupported Talos versions (below 1.9.0). Please upgrade \
         immediately: {policy}"
    );
    assert_eq!(told, [soon, now]);
    let told = run(&mut world, ["v1.11.0", "v1.13.7", "", "no version"]);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn clusters_are_counted_by_phase_and_by_feature() {
    let mut world = World::of(all());
    for (name, phase, ready) in [
        ("a", Phase::Running, true),
        ("b", Phase::Running, false),
        ("c", Phase::ScalingUp, false),
    ] {
        world.other::<ClusterStatus>(name, |status| {
            status.spec.set_phase(phase);
            status.spec.ready = ready;
        });
    }
    world.user::<Cluster>("a", |cluster| {
        cluster.spec.features = Some(Features {
            enable_workload_proxy: true,
            use_embedded_discovery_service: true,
            ..Features::default()
        });
    });
    world.user::<kind::Cluster>("b", |_| {});
    world.settle();
    let metrics = world.read::<ClusterStatusMetrics>(ID);
    assert_eq!(metrics.spec.not_ready_count, 2);
    let phases = [(Phase::ScalingUp as i32, 1), (Phase::Running as i32, 2)];
    assert_eq!(metrics.spec.phases, phases.into());
    let features = world.read::<ClusterMetrics>(ID).spec.features.clone();
    let had: Vec<_> = features.iter().filter(|(_, count)| **count == 1).collect();
    let names: Vec<_> = had.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["embedded_discovery_service", "workload_proxy"]);
}

#[test]
fn a_cluster_is_looked_at_only_when_something_has_happened_to_it() {
    let mut world = World::of(all());
    for number in 0..100 {
        let id = number.to_string();
        world.user::<Cluster>(&id, |_| {});
        world.other::<ClusterStatus>(&id, |_| {});
    }
    world.settle();
    let looks = |world: &World, controller: &str| {
        let tallies = world.engine.stats().tallies();
        let tally = tallies.iter().find(|tally| tally.controller == controller);
        tally.expect("one of them").looks
    };
    let names = ["ClusterMetricsController", "ClusterStatusMetricsController"];
    let before = names.map(|name| looks(&world, name));
    world.user::<Cluster>("7", |cluster| cluster.spec.talos_version.push('1'));
    world.other::<ClusterStatus>("7", |status| status.spec.available = true);
    world.settle();
    for (name, before) in names.into_iter().zip(before) {
        let looked = looks(&world, name) - before;
        assert!((1..10).contains(&looked), "{name}: {looked}");
    }
}
