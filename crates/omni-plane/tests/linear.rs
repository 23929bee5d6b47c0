//! No controller is quadratic: ten times the machines are ten times the work, for each of them.
//!
//! Counted, not timed: reconciliations, and resources that are looked at. `make bench` shows the same at larger sizes, with times.

use std::collections::BTreeMap;
use std::time::Duration;

use omni_plane::engine::Tally;

#[path = "support/fleet.rs"]
mod fleet;
#[path = "support/life.rs"]
mod life;

const CLUSTERS: [usize; 2] = [2, 20];
const MACHINES: usize = 5;

/// How much more a machine may cost among ten times as many.
const MORE: f64 = 1.2;
/// What is the same however many machines there are, in reconciliations or looks a machine.
const ANYWAY: f64 = 0.5;

#[test]
fn ten_times_the_machines_are_ten_times_the_work_of_each_controller() {
    let runs = CLUSTERS.map(|clusters| life::life(clusters, MACHINES, Duration::ZERO));
    let worse = worse(runs, &[]);
    assert!(worse.is_empty(), "{worse:#?}");
}

#[test]
fn clusters_that_wait_for_machines_are_not_all_asked_whenever_one_joins() {
    let span = Duration::from_mins(20);
    let runs = CLUSTERS.map(|clusters| life::waiting(clusters, MACHINES, span));
    // They count all that there is, and wait before they do it again (`engine/pace.rs`): after much work, or as Omni does, for 10 s.
    let excused = [
        "JoinTokenStatusController",
        "MachineStatusMetricsController",
        "ClusterStatusMetricsController",
        "ClusterMetricsController",
    ];
    let worse = worse(runs, &excused);
    assert!(worse.is_empty(), "{worse:#?}");
}

/// Whose work for a machine is more in the second run, of those who are not excused.
fn worse(runs: [Vec<Tally>; 2], excused: &[&str]) -> Vec<String> {
    let [few, many] = runs.map(by_name);
    let machines = CLUSTERS.map(|clusters| (clusters * MACHINES) as u64);
    let mut worse = Vec::new();
    for (name, few) in few.iter().filter(|(name, _)| !excused.contains(name)) {
        let many = &many[name];
        for (what, few, many) in [
            ("reconciliations", few.steps.count(), many.steps.count()),
            ("looks", few.looks, many.looks),
        ] {
            let (few, many) = (per(few, machines[0]), per(many, machines[1]));
            if many > few * MORE + ANYWAY {
                worse.push(format!(
                    "{name}: {what} a machine from {few:.2} to {many:.2}"
                ));
            }
        }
    }
    worse
}

fn by_name(tallies: Vec<Tally>) -> BTreeMap<&'static str, Tally> {
    let named = tallies.into_iter().map(|tally| (tally.controller, tally));
    named.collect()
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn per(count: u64, machines: u64) -> f64 {
    count as f64 / machines as f64
}
