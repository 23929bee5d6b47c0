//! Whatever happens on the way, the plane ends where its users want it.
//!
//! Random users, random faults, a plane that is killed in between: never are two control planes away at once, when all is quiet again the
//! cluster is what was asked for, and when it is deleted, nothing of it is left. Each run follows from its seed.

use std::time::Duration;

use omni_api::{Kind, kind, labels};
use omni_plane::infra::machine::{plain_id, silence};
use omni_plane::store::{Key, Query};

use crate::bench::{Bench, CLUSTER};
use crate::disturb::{Dice, disturb, lock};
use crate::watchdog::Watchdog;

/// Everybody speaks again, nothing is locked, and all is quiet: is the cluster what was asked for?
fn is_as_wanted(bench: &mut Bench, story: &str) {
    for number in 1..=4 {
        silence(&bench.store, &plain_id(number), None).expect("known");
    }
    lock(bench, false);
    bench.settle();
    let status = bench.status();
    assert!(
        status.ready && status.kubernetes_api_ready,
        "{story}: {status:?}"
    );
    let machines = status.machines.expect("counts");
    assert_eq!(machines.requested, machines.total, "{story}");
    assert_eq!(machines.total, machines.healthy, "{story}");
    let cluster = bench
        .store
        .read::<kind::Cluster>(CLUSTER)
        .expect("it is there")
        .spec;
    for (id, machine) in bench.machines() {
        let status = bench
            .store
            .read::<kind::MachineStatus>(&id)
            .expect("a status");
        assert_eq!(
            status.spec.talos_version,
            format!("v{}", cluster.talos_version),
            "{story}"
        );
        assert!(machine.config_up_to_date, "{story}");
    }
    let kubernetes = bench
        .store
        .read::<kind::KubernetesStatus>(CLUSTER)
        .expect("a status")
        .spec;
    for node in kubernetes.nodes {
        assert_eq!(node.kubelet_version, cluster.kubernetes_version, "{story}");
    }
}

fn is_gone(bench: &mut Bench, story: &str) {
    bench
        .store
        .teardown(&Key::of::<kind::Cluster>(CLUSTER), "")
        .expect("torn down");
    bench.settle();
    for facts in kind::ALL {
        let left = bench
            .store
            .list(facts.namespace, facts.type_name, &Query::cluster(CLUSTER));
        assert!(
            left.is_empty(),
            "{story}: {} {}",
            facts.type_name,
            left[0].metadata.id
        );
        assert!(
            bench
                .store
                .get(facts.namespace, facts.type_name, CLUSTER)
                .is_none(),
            "{story}: {}",
            facts.type_name
        );
    }
    assert_eq!(
        bench
            .store
            .count(kind::MachineRequest::NAMESPACE, kind::MachineRequest::TYPE),
        0,
        "{story}"
    );
    for number in 1..=4 {
        let machine = bench
            .store
            .read::<kind::MachineStatus>(&plain_id(number))
            .expect("a status");
        assert!(
            machine.metadata.label(labels::MACHINE_AVAILABLE).is_some(),
            "{story}"
        );
    }
}

#[test]
fn the_plane_ends_where_its_users_want_it() {
    let mut absences = 0;
    for seed in 1..=24 {
        let mut dice = Dice::new(seed);
        let mut bench = Bench::new();
        bench.create();
        let mut story = format!("seed {seed}");
        let mut watchdog = Watchdog::new(&bench);
        for _ in 0..15 {
            story = format!("{story}, {}", disturb(&mut bench, &mut dice));
            bench.engine.pass(Duration::from_secs(dice.roll(40)));
            watchdog.look(&story);
        }
        is_as_wanted(&mut bench, &story);
        watchdog.look(&story);
        absences += watchdog.absences();
        is_gone(&mut bench, &story);
    }
    assert!(absences > 10, "control planes went {absences} times");
}
