//! The work of each controller per machine, at three sizes of the fleet: a controller that is quadratic shows itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use omni_plane::engine::Tally;

use crate::life::life;

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const PER_CLUSTER: usize = 10;
/// How long it takes to do one thing to each machine or cluster, so that nothing happens to two at one moment.
const SPAN: Duration = Duration::from_mins(20);

/// Measures and prints.
pub(crate) fn print() {
    println!(
        "\nthe slope: a fleet's whole life (join, ready, both upgrades, gone) at {SIZES:?} machines, {PER_CLUSTER} a cluster"
    );
    let runs = SIZES.map(|machines| {
        let started = Instant::now();
        let tallies = life(machines / PER_CLUSTER, PER_CLUSTER, SPAN);
        let took = started.elapsed();
        let steps: u64 = tallies.iter().map(|tally| tally.steps.count()).sum();
        println!(
            "{machines:>6} machines: {took:>8.2?}, {:.1?} and {:.1} reconciliations a machine",
            took / u32::try_from(machines).expect("small"),
            per(steps, machines),
        );
        tallies
    });
    table(&runs);
}

fn table(runs: &[Vec<Tally>; 3]) {
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
        let steps = columns(of.map(|tally| tally.steps.count()));
        let looks = columns(of.map(|tally| tally.looks));
        let times = of.map(|tally| tally.steps.total());
        let spent = times.map(|time| time.as_nanos());
        let slope = exponent(of[0].looks, of[2].looks);
        let line = format!(
            "{:<46} {steps} {looks} {} {slope:>5.2}",
            first.controller,
            spans(times)
        );
        lines.insert((std::cmp::Reverse(spent[2]), first.controller), line);
    }
    for line in lines.values() {
        println!("{line}");
    }
}

fn columns(counts: [u64; 3]) -> String {
    let each = [0, 1, 2].map(|at| format!("{:>8.2}", per(counts[at], SIZES[at])));
    each.join(" ")
}

fn spans(times: [Duration; 3]) -> String {
    let each = [0, 1, 2].map(|at| {
        let each = times[at] / u32::try_from(SIZES[at]).expect("small");
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
fn exponent(first: u64, last: u64) -> f64 {
    let growth = (last.max(1) as f64 / first.max(1) as f64).ln();
    growth / (SIZES[2] as f64 / SIZES[0] as f64).ln()
}
