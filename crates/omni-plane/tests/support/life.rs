//! The whole life of a fleet: what each controller does for it.
#![allow(
    dead_code,
    reason = "each test or bench that includes it uses some of it"
)]

use std::time::Duration;

use omni_plane::engine::Tally;
use omni_plane::{Clock, Store};

use crate::fleet::{Fleet, KUBERNETES, TALOS};

/// Machines join, clusters of so many machines come up, get a patch and another authority, are upgraded and deleted: what every controller did for that.
///
/// It takes `span` to do each of these to all, however many there are. With none, everything happens to all at once; else nothing happens to two
/// at one moment, so that what a controller saves by looking once at what has happened to many does not count.
pub fn life(clusters: usize, machines: usize, span: Duration) -> Vec<Tally> {
    let mut fleet = Fleet::new(Store::in_memory(Clock::manual()));
    one_by_one(&mut fleet, span, clusters * machines, Fleet::machine);
    one_by_one(&mut fleet, span, clusters, |fleet, number| {
        fleet.cluster(number, machines);
    });
    assert_eq!(fleet.ready(), clusters);
    one_by_one(&mut fleet, span, clusters, Fleet::patch);
    assert_eq!(fleet.patched(), clusters * machines);
    one_by_one(&mut fleet, span, clusters, Fleet::rotate);
    assert_eq!(fleet.rotated(), clusters);
    one_by_one(&mut fleet, span, clusters, |fleet, number| {
        fleet.change(number, |cluster| {
            TALOS[1].clone_into(&mut cluster.talos_version);
        });
    });
    assert_eq!(fleet.on_talos(TALOS[1]), clusters * machines);
    one_by_one(&mut fleet, span, clusters, |fleet, number| {
        fleet.change(number, |cluster| {
            KUBERNETES[1].clone_into(&mut cluster.kubernetes_version);
        });
    });
    assert_eq!(fleet.on_kubernetes(KUBERNETES[1]), clusters);
    one_by_one(&mut fleet, span, clusters, Fleet::delete);
    assert_eq!(fleet.ready(), 0);
    fleet.engine.stats().tallies()
}

/// Clusters are asked for while there are no machines; then they join, one after the other within `span`: what every controller did for that.
pub fn waiting(clusters: usize, machines: usize, span: Duration) -> Vec<Tally> {
    let mut fleet = Fleet::new(Store::in_memory(Clock::manual()));
    one_by_one(&mut fleet, Duration::ZERO, clusters, |fleet, number| {
        fleet.cluster(number, machines);
    });
    assert_eq!(fleet.ready(), 0);
    one_by_one(&mut fleet, span, clusters * machines, Fleet::machine);
    assert_eq!(fleet.ready(), clusters);
    fleet.engine.stats().tallies()
}

/// Does something to each, one after the other, and lets the plane come to rest.
fn one_by_one(fleet: &mut Fleet, span: Duration, count: usize, act: impl Fn(&Fleet, usize)) {
    let pause = span / u32::try_from(count).expect("not that many");
    for number in 1..=count {
        act(fleet, number);
        if !pause.is_zero() {
            fleet.engine.pass(pause);
        }
    }
    fleet.settle();
}
