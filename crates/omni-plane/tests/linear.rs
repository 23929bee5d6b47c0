//! No controller is quadratic: ten times the machines are ten times the work, for each of them.
//!
//! Counted, not timed: reconciliations, and resources that are looked at. `make bench` shows the same at larger sizes, with times.

use std::time::Duration;

#[path = "support/fleet.rs"]
mod fleet;
#[path = "support/growth.rs"]
mod growth;
#[path = "support/life.rs"]
mod life;

use growth::Growth;

/// Clusters of a fleet.
const CLUSTERS: [usize; 2] = [2, 20];
const MACHINES: usize = 5;
/// Machines of one cluster.
const LARGE: [usize; 2] = [15, 150];

/// Long enough that nothing happens to two machines at one moment.
const SPAN: Duration = Duration::from_mins(20);

#[test]
fn ten_times_the_machines_are_ten_times_the_work_of_each_controller() {
    let runs = CLUSTERS.map(|clusters| life::life(clusters, MACHINES, Duration::ZERO));
    let growth = Growth::of(CLUSTERS.map(|clusters| clusters * MACHINES), &runs);
    growth.assert_linear();
}

#[test]
fn clusters_that_wait_for_machines_are_not_all_asked_whenever_one_joins() {
    let runs = CLUSTERS.map(|clusters| life::waiting(clusters, MACHINES, SPAN));
    let growth = Growth::of(CLUSTERS.map(|clusters| clusters * MACHINES), &runs);
    growth.assert_linear();
}

#[test]
fn a_machine_of_a_large_cluster_is_no_more_work_than_one_of_a_small_one() {
    let runs = LARGE.map(|machines| life::life(1, machines, SPAN));
    Growth::of(LARGE, &runs).assert_linear();
}

#[test]
fn a_large_cluster_that_waits_for_its_machines_is_not_asked_as_a_whole_whenever_one_joins() {
    let runs = LARGE.map(|machines| life::waiting(1, machines, SPAN));
    Growth::of(LARGE, &runs).assert_linear();
}
