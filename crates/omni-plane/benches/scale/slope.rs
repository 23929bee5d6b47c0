//! The work of each controller per machine, at three sizes of the fleet: a controller that is quadratic shows itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use omni_plane::engine::Tally;

use crate::life::life;

/// The numbers of machines of a fleet, unless said otherwise.
pub(crate) const FLEETS: [usize; 3] = [100, 1_000, 10_000];
/// The numbers of machines of one cluster, unless said otherwise.
pub(crate) const CLUSTERS: [usize; 3] = [30, 100, 300];
const PER_CLUSTER: usize = 10;
/// How long it takes to do one thing to each machine or cluster, so that nothing happens to two at one moment.
const SPAN: Duration = Duration::from_mins(20);

/// Measures and prints a fleet of clusters of one size.
pub(crate) fn fleets(sizes: [usize; 3]) {
    println!(
        "\nthe slope: a fleet's whole life (join, ready, a patch, a new authority, both upgrades, gone) at {sizes:?} machines, {PER_CLUSTER} a cluster"
    );
    print(sizes, |machines| {
        life(machines / PER_CLUSTER, PER_CLUSTER, SPAN)
    });
}

/// Measures and prints one cluster of different sizes.
pub(crate) fn clusters(sizes: [usize; 3]) {
    println!("\nthe slope of one cluster: the same life at {sizes:?} machines");
    print(sizes, |machines| life(1, machines, SPAN));
}

fn print(sizes: [usize; 3], live: impl Fn(usize) -> Vec<Tally>) {
    let runs = sizes.map(|machines| {
        let started = Instant::now();
        let tallies = live(machines);
        let took = started.elapsed();
        let steps: u64 = tallies.iter().map(|tally| tally.steps.count()).sum();
        println!(
            "{machines:>6} machines: {took:>8.2?}, {:.1?} and {:.1} reconciliations a machine",
            took / u32::try_from(machines).expect("small"),
            per(steps, machines),
        );
        tallies
    });
    table(sizes, &runs);
}

fn table(sizes: [usize; 3], runs: &[Vec<Tally>; 3]) {
    println!(
        "{:<46} {:^26} {:^29} {:^29} slope",
        "", "reconciliations/machine", "resources looked at/machine", "time/machine"
    );
    let mut lines = BTreeMap::new();
    for (index, first) in runs[0].iter().enumerate() {
        let of = runs.each_ref().map(|run| &run[index]);
        if of[2].steps.count() == 0 && of[2].looks == 0 {
            continue;
        }
        let steps = columns(sizes, of.map(|tally| tally.steps.count()));
        let looks = columns(sizes, of.map(|tally| tally.looks));
        let times = of.map(|tally| tally.steps.total());
        let spent = times.map(|time| time.as_nanos());
        let slope = exponent(sizes, of[0].looks, of[2].looks);
        let line = format!(
            "{:<46} {steps} {looks} {} {slope:>5.2}",
            first.controller,
            spans(sizes, times)
        );
        lines.insert((std::cmp::Reverse(spent[2]), first.controller), line);
    }
    for line in lines.values() {
        println!("{line}");
    }
}

fn columns(sizes: [usize; 3], counts: [u64; 3]) -> String {
    let each = [0, 1, 2].map(|at| format!("{:>8.2}", per(counts[at], sizes[at])));
    each.join(" ")
}

fn spans(sizes: [usize; 3], times: [Duration; 3]) -> String {
    let each = [0, 1, 2].map(|at| {
        let each = times[at] / u32::try_from(sizes[at]).expect("small");
        format!("{:>9}", format!("{each:.1?}"))
    });
    each.join(" ")
}

#[expect(clippy::cast_precision_loss, reason = "it is printed with two digits")]
fn per(count: u64, machines: usize) -> f64 {
    count as f64 / machines as f64
}

/// Of work that grows with a power of the number of machines, the power: 1 is linear, 2 is quadratic.
#[expect(clippy::cast_precision_loss, reason = "it is printed with two digits")]
fn exponent(sizes: [usize; 3], first: u64, last: u64) -> f64 {
    let growth = (last.max(1) as f64 / first.max(1) as f64).ln();
    growth / (sizes[2] as f64 / sizes[0] as f64).ln()
}
