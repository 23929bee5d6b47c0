//! Mishaps on demand: what a user sees of each, and that it passes.

use std::time::Duration;

use omni_api::kind;
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::machine_request_status_spec::Stage as RequestStage;
use omni_api::specs::talos_upgrade_status_spec::Phase;
use omni_plane::infra::faults::{Script, install};
use omni_plane::infra::machine::plain_id;
use omni_plane::store::{EventKind, Filter, Query, Receiver};

use crate::annotations::annotate;
use crate::bench::{Bench, CLUSTER};

const MINUTE: Duration = Duration::from_mins(1);

/// A plane with this script, on which the cluster has just been asked for.
fn begun(script: &str) -> Bench {
    let bench = Bench::new();
    let script = Script::parse(script).expect("a script");
    install(&bench.store, Some(&script)).expect("installed");
    bench.create();
    bench
}

fn heal(bench: &mut Bench) {
    install(&bench.store, None).expect("taken away");
    bench.settle();
}

/// What the status of a machine in the cluster went through, with the moment: stage and last error.
fn course(events: &mut Receiver, machine: &str) -> Vec<(u64, Stage, String)> {
    let mut course = Vec::new();
    while let Ok(event) = events.try_recv() {
        if event.kind == EventKind::Destroyed || &*event.resource.metadata.id != machine {
            continue;
        }
        let status = event
            .resource
            .typed::<kind::ClusterMachineStatus>()
            .expect("its kind");
        let at = status
            .metadata
            .updated
            .map(|stamp| stamp.seconds.cast_unsigned());
        course.push((
            at.unwrap_or_default(),
            status.spec.stage(),
            status.spec.last_config_error,
        ));
    }
    course
}

#[test]
fn a_machine_that_cannot_install_says_so_and_tries_again() {
    let mut bench = begun("faults:\n- install-fails: {machine: 3, attempts: 2}\n");
    let mut events = bench
        .store
        .subscribe(Filter::kind::<kind::ClusterMachineStatus>());
    bench.settle();
    bench.assert_ready("1.13.7");
    let course = course(&mut events, &plain_id(3));
    let failed = course
        .iter()
        .filter(|(_, _, error)| error.contains("maintenance install failed: installation failed"));
    assert!(failed.count() >= 2, "{course:?}");
    let mut stages: Vec<_> = course.iter().map(|(_, stage, _)| *stage).collect();
    stages.dedup();
    let installs = stages.iter().filter(|stage| **stage == Stage::Installing);
    assert_eq!(installs.count(), 3, "{stages:?}");
    assert_eq!(course.last().map(|(_, _, error)| error.as_str()), Some(""));
}

#[test]
fn a_machine_that_never_installs_holds_the_cluster_until_the_fault_is_taken_away() {
    let mut bench = begun("faults:\n- install-fails: {machine: 3}\n");
    bench.engine.pass(30 * MINUTE);
    let machine = &bench.machines()[&plain_id(3)];
    assert!(
        machine.last_config_error.contains("installer exit code 1"),
        "{machine:?}"
    );
    assert_ne!(machine.stage(), Stage::Running);
    assert!(!bench.status().ready);
    heal(&mut bench);
    bench.assert_ready("1.13.7");
}

#[test]
fn a_machine_that_disconnects_is_missed_late_and_comes_back() {
    let mut bench = begun("faults:\n- machine-disconnects: {machine: 1, after: 10m, for: 10m}\n");
    bench.settle();
    bench.assert_ready("1.13.7");
    let mut connected = Vec::new();
    for _ in 0..40 {
        bench.engine.pass(MINUTE);
        connected.push(bench.status().machines.expect("counts").connected);
    }
    // Silent for 600 s, missed after 287 s of them.
    let missed = connected.iter().filter(|count| **count == 5).count();
    assert!((5..=6).contains(&missed), "{connected:?}");
    connected.dedup();
    assert_eq!(connected, [6, 5, 6]);
    bench.settle();
    bench.assert_ready("1.13.7");
}

#[test]
fn an_upgrade_that_hangs_holds_the_rollout_as_long_as_it_is_to() {
    let mut bench = begun("faults:\n- upgrade-hangs: {machine: 3, for: 20m}\n");
    bench.settle();
    bench.assert_ready("1.13.7");
    bench.user::<kind::Cluster>(CLUSTER, |cluster| {
        "1.13.8".clone_into(&mut cluster.spec.talos_version);
    });
    bench.engine.pass(15 * MINUTE);
    assert_eq!(bench.machines()[&plain_id(3)].stage(), Stage::Upgrading);
    let upgrade = |bench: &Bench| {
        bench
            .store
            .read::<kind::TalosUpgradeStatus>(CLUSTER)
            .expect("a status")
            .spec
    };
    assert_eq!(upgrade(&bench).phase(), Phase::Upgrading);
    bench.settle();
    assert_eq!(upgrade(&bench).phase(), Phase::Done);
    bench.assert_ready("1.13.8");
}

#[test]
fn an_upgrade_that_hangs_for_good_goes_on_when_the_fault_is_taken_away() {
    let mut bench = begun("faults:\n- upgrade-hangs: {machine-set: prod-storage}\n");
    bench.settle();
    bench.user::<kind::Cluster>(CLUSTER, |cluster| {
        "1.13.8".clone_into(&mut cluster.spec.talos_version);
    });
    bench.engine.pass(10 * 60 * MINUTE);
    assert_eq!(bench.machines()[&plain_id(3)].stage(), Stage::Upgrading);
    heal(&mut bench);
    bench.assert_ready("1.13.8");
}

#[test]
fn a_provider_refuses_the_third_request_and_takes_the_others() {
    let script =
        "faults:\n- request-refused: {provider: vms, request: 3, reason: quota of 2 reached}\n";
    let mut bench = begun(script);
    bench.engine.pass(30 * MINUTE);
    let requests = bench
        .store
        .read_all::<kind::MachineRequestStatus>(&Query::all());
    let failed: Vec<_> = requests
        .iter()
        .filter(|status| status.spec.stage() == RequestStage::Failed)
        .map(|status| status.spec.error.as_str())
        .collect();
    assert_eq!(failed, ["quota of 2 reached"]);
    assert_eq!(requests.len(), 3);
    assert_eq!(
        bench.machines().len(),
        5,
        "all but the one that was refused"
    );
}

#[test]
fn an_annotation_does_what_a_script_does_and_ends_with_it() {
    let mut bench = Bench::new();
    bench.create();
    annotate::<kind::MachineSet>(&bench, "prod-storage", Some(r#"[{"install-fails": {}}]"#));
    annotate::<kind::InfraProvider>(&bench, "vms", Some("[request-refused: {request: 1}]"));
    bench.engine.pass(30 * MINUTE);
    let machine = &bench.machines()[&plain_id(3)];
    assert!(
        machine.last_config_error.contains("install failed"),
        "{machine:?}"
    );
    let failed = bench
        .store
        .read_all::<kind::MachineRequestStatus>(&Query::all());
    let failed = failed
        .iter()
        .filter(|status| status.spec.error == "no capacity left");
    assert_eq!(failed.count(), 1);
    annotate::<kind::MachineSet>(&bench, "prod-storage", None);
    bench.engine.pass(30 * MINUTE);
    let machine = &bench.machines()[&plain_id(3)];
    assert_eq!(
        (machine.stage(), machine.last_config_error.as_str()),
        (Stage::Running, "")
    );
}

#[test]
fn the_same_script_goes_the_same_way_in_every_run() {
    let run = || {
        let mut bench = begun(
            "faults:\n- install-fails: {cluster: prod, attempts: 1}\n- machine-disconnects: {machine: 3, for: 7m}\n",
        );
        let mut events = bench
            .store
            .subscribe(Filter::kind::<kind::ClusterMachineStatus>());
        bench.engine.pass(60 * MINUTE);
        course(&mut events, &plain_id(3))
    };
    let first = run();
    assert!(first.len() > 5, "{first:?}");
    assert_eq!(first, run());
}
