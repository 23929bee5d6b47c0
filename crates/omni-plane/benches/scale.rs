//! How long the plane takes to bring many clusters to Ready, and how much memory.
//!
//! A discrete-event simulation: the clock jumps from event to event, so that what is measured is the work alone. Every cluster has three
//! control planes and workers, all from one machine class. Arguments: number of clusters, machines per cluster (1000 and 10
//! unless said otherwise).
//!
//! `cargo bench -p omni-plane --bench scale -- 1000 10`

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use omni_api::specs::machine_set_spec::{MachineAllocation, machine_allocation::Type};
use omni_api::specs::{ClusterSpec, MachineClassSpec, MachineSetSpec};
use omni_api::{Resource, kind, labels};
use omni_plane::engine::{Engine, Settled};
use omni_plane::infra::machine::{NewMachine, Timings, add};
use omni_plane::infra::provider::play_new_providers;
use omni_plane::seed::{Seed, seed};
use omni_plane::store::Query;
use omni_plane::{Clock, Store, plane};

/// Long enough, in emulated time.
const LONG: Duration = Duration::from_hours(24);

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let clusters = numbers.next().unwrap_or(1_000);
    let machines = numbers.next().unwrap_or(10).max(4);

    let clock = Clock::manual();
    let store = Store::in_memory(clock.clone());
    prepare(&store, clusters * machines);
    let controllers = plane::controllers(&Timings::talos());
    let mut engine =
        Engine::new(store.clone(), clock.clone(), controllers).expect("the controllers agree");
    let joined = timed(|| settle(&mut engine));
    create(&store, clusters, machines);
    let emulated = clock.moment();
    let ready = timed(|| settle(&mut engine));
    let emulated = clock.moment().since(emulated);

    let statuses = store.read_all::<kind::ClusterStatus>(&Query::all());
    let done = statuses
        .iter()
        .filter(|status| status.spec.ready && status.spec.kubernetes_api_ready)
        .count();
    let stats = engine.stats();
    println!("{} machines joined in {joined:.2?}", clusters * machines);
    println!("{done} of {clusters} clusters ready in {ready:.2?} ({emulated:.0?} emulated)");
    let steps = stats.steps();
    println!(
        "{} reconciliations, {} failed; half took up to {:?}, 99 % up to {:?}",
        steps.count(),
        stats.failures(),
        steps.percentile(50),
        steps.percentile(99)
    );
    println!("peak memory {} MiB", peak_memory().unwrap_or_default());
    assert_eq!(done, clusters, "not all clusters became ready");
}

fn prepare(store: &Store, machines: usize) {
    play_new_providers(store, BTreeMap::new());
    let account = Seed {
        account: "bench".to_owned(),
        versions: None,
    };
    seed(store, &account).expect("seeded");
    for number in 1..=machines {
        add(store, &NewMachine::plain(number, "1.13.8", &[])).expect("added");
    }
    let class = MachineClassSpec {
        match_labels: vec!["omni.sidero.dev/platform = metal".to_owned()],
        ..MachineClassSpec::default()
    };
    let class = Resource::<kind::MachineClass>::new("all", class);
    store.create(class.to_any(), "").expect("created");
}

fn create(store: &Store, clusters: usize, machines: usize) {
    for number in 1..=clusters {
        let name = format!("bench-{number:05}");
        let spec = ClusterSpec {
            kubernetes_version: "1.36.3".to_owned(),
            talos_version: "1.13.8".to_owned(),
            ..ClusterSpec::default()
        };
        store
            .create(Resource::<kind::Cluster>::new(&name, spec).to_any(), "")
            .expect("created");
        let workers = u32::try_from(machines - 3).expect("a small number");
        set(
            store,
            &name,
            "control-planes",
            labels::CONTROL_PLANE_ROLE,
            3,
        );
        set(store, &name, "workers", labels::WORKER_ROLE, workers);
    }
}

fn set(store: &Store, cluster: &str, name: &str, role: &str, count: u32) {
    let spec = MachineSetSpec {
        machine_allocation: Some(MachineAllocation {
            name: "all".to_owned(),
            machine_count: count,
            allocation_type: Type::Static.into(),
        }),
        ..MachineSetSpec::default()
    };
    let mut set = Resource::<kind::MachineSet>::new(&format!("{cluster}-{name}"), spec);
    set.metadata
        .labels
        .insert(labels::CLUSTER.to_owned(), cluster.to_owned());
    set.metadata.labels.insert(role.to_owned(), String::new());
    store.create(set.to_any(), "").expect("created");
}

fn settle(engine: &mut Engine) {
    assert_eq!(
        engine.settle(LONG),
        Settled::Quiet,
        "the plane does not come to rest"
    );
}

fn timed(run: impl FnOnce()) -> Duration {
    let started = Instant::now();
    run();
    started.elapsed()
}

/// The most memory that this process ever had, in MiB; where the system does not say, nothing.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1_024)
}
