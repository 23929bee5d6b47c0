//! How the plane behaves with many machines: time, memory and the work of each controller, each beside its floor.
//!
//! A discrete-event simulation: the clock jumps from event to event, so that what is measured is the work alone. The store is in a file, with the
//! audit log, as a real plane's. `fleet` alone measures a fleet (with the number of clusters and machines per cluster, 1000 and 10 unless said
//! otherwise), `slope` alone the slope of a fleet and `cluster` alone that of one cluster (at three numbers of machines).
//!
//! `cargo bench -p omni-plane --bench scale -- fleet 1000 10`

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;

#[path = "../../tests/support/fleet.rs"]
mod fleet;
mod floors;
#[path = "../../tests/support/life.rs"]
mod life;
mod memory;
mod run;
mod slope;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // The harness of `cargo test` runs benches too, to see that they build.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    if let [first, work] = arguments.as_slice()
        && first == floors::COMMITS
    {
        floors::commit_all(Path::new(work));
        return;
    }
    let wants = |what: &str| {
        let named = ["fleet", "slope", "cluster"];
        let none = !arguments.iter().any(|one| named.contains(&one.as_str()));
        none || arguments.iter().any(|one| one == what)
    };
    let numbers = arguments.iter().filter_map(|one| one.parse::<usize>().ok());
    let numbers: Vec<usize> = numbers.collect();
    if wants("fleet") {
        let (clusters, machines) = match numbers.as_slice() {
            [clusters, machines] => (*clusters, *machines),
            _ => (1_000, 10),
        };
        run::fleet(clusters, machines.max(4));
    }
    if wants("slope") {
        slope::fleets(numbers.clone().try_into().unwrap_or(slope::FLEETS));
    }
    if wants("cluster") {
        slope::clusters(numbers.try_into().unwrap_or(slope::CLUSTERS));
    }
}
