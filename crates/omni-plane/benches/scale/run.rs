//! A fleet's life on one plane: machines join, clusters come up, all are upgraded at once, and the plane starts again with what is there.

use std::path::Path;
use std::time::{Duration, Instant};

use omni_api::specs::ClusterSpec;
use omni_plane::engine::{Histogram, Tally};
use omni_plane::{Clock, Store};

use crate::fleet::{Fleet, KUBERNETES, TALOS, engine};
use crate::floors;
use crate::memory::{mebibytes, peak, resident};

/// So many controllers are named after each phase.
const DEAREST: usize = 8;

/// What a phase has cost.
struct Phase {
    name: &'static str,
    took: Duration,
    emulated: Duration,
    steps: Histogram,
}

/// Measures and prints.
pub(crate) fn fleet(clusters: usize, machines: usize) {
    println!(
        "\n{clusters} clusters of {machines} machines, one plane with its file of state and its audit log"
    );
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("state");
    let empty = resident();
    let store = Store::open(&path, Clock::manual()).expect("a new file");
    let mut fleet = Fleet::new(store);
    phase(&mut fleet, "machines join", |fleet| {
        (1..=clusters * machines).for_each(|number| fleet.machine(number));
    });
    phase(&mut fleet, "clusters to Ready", |fleet| {
        (1..=clusters).for_each(|number| fleet.cluster(number, machines));
    });
    assert_eq!(fleet.ready(), clusters, "not all clusters are ready");
    memory(&fleet.store, empty);
    floors::commits(&fleet.store, &home.path().join("commits"));
    phase(&mut fleet, "Talos upgrade of all", |fleet| {
        let to = |cluster: &mut ClusterSpec| TALOS[1].clone_into(&mut cluster.talos_version);
        (1..=clusters).for_each(|number| fleet.change(number, to));
    });
    assert_eq!(fleet.on_talos(TALOS[1]), clusters * machines);
    memory(&fleet.store, empty);
    phase(&mut fleet, "Kubernetes upgrade of all", |fleet| {
        let to =
            |cluster: &mut ClusterSpec| KUBERNETES[1].clone_into(&mut cluster.kubernetes_version);
        (1..=clusters).for_each(|number| fleet.change(number, to));
    });
    assert_eq!(fleet.on_kubernetes(KUBERNETES[1]), clusters);
    assert_eq!(fleet.ready(), clusters);
    memory(&fleet.store, empty);
    drop(fleet);
    again(&path);
}

/// Lets the plane come to rest after something happened, and prints what it cost.
fn phase(fleet: &mut Fleet, name: &'static str, begin: impl FnOnce(&Fleet)) {
    let clock = fleet.store.clock().clone();
    let before_tallies = fleet.engine.stats().tallies();
    let (before, moment, started) = (fleet.engine.stats().steps(), clock.moment(), Instant::now());
    begin(fleet);
    fleet.settle();
    flush(&fleet.store);
    Phase {
        name,
        took: started.elapsed(),
        emulated: clock.moment().since(moment),
        steps: fleet.engine.stats().steps().since(&before),
    }
    .print();
    dearest(&before_tallies, &fleet.engine.stats().tallies());
    let failures = fleet.engine.stats().failures();
    if failures > 0 {
        println!("  {failures} reconciliations failed so far");
    }
}

/// Where the time has gone: the controllers that took most of it.
fn dearest(before: &[Tally], after: &[Tally]) {
    let mut spent: Vec<_> = before
        .iter()
        .zip(after)
        .map(|(before, after)| (after.controller, after.steps.since(&before.steps)))
        .collect();
    spent.sort_by_key(|(_, steps)| std::cmp::Reverse(steps.total()));
    for (controller, steps) in spent.iter().take(DEAREST) {
        println!(
            "    {controller:<44} {:>8} in {:>8.2?}: half up to {:.1?}, 99 % up to {:.1?}",
            steps.count(),
            steps.total(),
            steps.percentile(50),
            steps.percentile(99),
        );
    }
}

/// Waits until everything is on disk.
pub(crate) fn flush(store: &Store) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(store.committed()).expect("written");
}

impl Phase {
    fn print(&self) {
        let steps = &self.steps;
        println!(
            "{:<28} {:>9.2?} ({:.0?} emulated), {} reconciliations in {:.2?}: half up to {:.1?}, 99 % up to {:.1?} (goal: 1 ms), all up to {:.1?}",
            self.name,
            self.took,
            self.emulated,
            steps.count(),
            steps.total(),
            steps.percentile(50),
            steps.percentile(99),
            steps.percentile(100),
        );
    }
}

/// What the plane holds, and what it takes.
#[expect(clippy::cast_precision_loss, reason = "it is printed with one digit")]
fn memory(store: &Store, empty: u64) {
    let holdings = store.holdings();
    let count: usize = holdings.iter().map(|holding| holding.count).sum();
    let encoded: usize = holdings.iter().map(|holding| holding.encoded).sum();
    let (resident, peak) = (resident(), peak());
    let ratio = |bytes: u64| bytes.saturating_sub(empty) as f64 / encoded as f64;
    println!(
        "{count} resources of {:.1} MiB encoded (the floor); resident {:.1} MiB, {:.1} times as much (goal: 3); at the peak {:.1} MiB, {:.1} times",
        mebibytes(encoded as u64),
        mebibytes(resident),
        ratio(resident),
        mebibytes(peak),
        ratio(peak),
    );
    let kept = store.kept();
    let [present, past, decoded] =
        [kept.present, kept.past, kept.decoded].map(|bytes| mebibytes(bytes as u64));
    println!(
        "  packed {present:.1} MiB, the past for watchers up to {past:.1} MiB, decoded about {decoded:.1} MiB"
    );
    if std::env::var_os("OMNI_HOLDINGS").is_some() {
        for holding in &holdings {
            println!(
                "    {:<55} {:>7} {:>10} {:>6}",
                holding.type_name,
                holding.count,
                holding.encoded,
                holding.encoded / holding.count
            );
        }
    }
}

/// The same file under a new plane.
fn again(path: &Path) {
    let (count, floor) = floors::reading(path);
    let started = Instant::now();
    let store = Store::open(path, Clock::manual()).expect("the file");
    let opened = started.elapsed();
    let mut engine = engine(&store);
    let begun = started.elapsed();
    let mut steps = 0_u64;
    while engine.step() {
        steps += 1;
    }
    println!(
        "start with {count} resources: store {opened:.2?} (floor, reading the bytes: {floor:.2?}), controllers {:.2?}, at rest after {steps} reconciliations {:.2?}",
        begun.saturating_sub(opened),
        started.elapsed(),
    );
}
