//! Whatever happens on the way, the plane ends where its users want it.
//!
//! Random users, random faults, a plane that is killed in between: when all is quiet again, the cluster is what was asked for,
//! and when it is deleted, nothing of it is left. Each run follows from its seed.

use std::time::Duration;

use omni_api::{Kind, kind, labels};
use omni_plane::infra::machine::{plain_id, silence};
use omni_plane::store::{Key, Query};

use crate::bench::{Bench, CLUSTER, belong, engine};

/// A generator that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.roll(words.len() as u64)).expect("small")]
    }
}

/// Does one thing; what it was.
fn disturb(bench: &mut Bench, dice: &mut Dice) -> String {
    match dice.roll(8) {
        0 => {
            let count = u32::try_from(dice.roll(3)).expect("small");
            resize(bench, "workers", count);
            format!("{count} workers")
        }
        1 => {
            let count = [1, 3][usize::try_from(dice.roll(2)).expect("small")];
            resize(bench, "control-planes", count);
            format!("{count} control planes")
        }
        2 => {
            let version = dice.one_of(&["1.13.6", "1.13.7", "1.13.8"]);
            bench.user::<kind::Cluster>(CLUSTER, |cluster| {
                version.clone_into(&mut cluster.spec.talos_version);
            });
            format!("Talos {version}")
        }
        3 => {
            let version = dice.one_of(&["1.35.5", "1.35.6", "1.35.7"]);
            bench.user::<kind::Cluster>(CLUSTER, |cluster| {
                version.clone_into(&mut cluster.spec.kubernetes_version);
            });
            format!("Kubernetes {version}")
        }
        4 => {
            let value = dice.roll(100);
            bench.user::<kind::ConfigPatch>("500-sysctl", |patch| {
                belong(&mut patch.metadata.labels, None);
                patch.spec.data = format!("machine:\n  sysctls:\n    vm.swappiness: \"{value}\"\n");
            });
            format!("swappiness {value}")
        }
        5 => {
            let machine = plain_id(usize::try_from(dice.roll(3) + 1).expect("small"));
            let since = (dice.roll(2) == 0).then(|| bench.store.clock().moment());
            silence(&bench.store, &machine, since).expect("known");
            format!("{machine} silent: {}", since.is_some())
        }
        6 => {
            bench.engine = engine(&bench.store);
            "killed".to_owned()
        }
        _ => {
            let patch = Key::of::<kind::ConfigPatch>("500-sysctl");
            let there = bench
                .store
                .get(&patch.namespace, &patch.type_name, &patch.id)
                .is_some();
            if there {
                bench.store.teardown(&patch, "").expect("torn down");
            }
            "no swappiness".to_owned()
        }
    }
}

fn resize(bench: &Bench, set: &str, count: u32) {
    bench.user::<kind::MachineSet>(&format!("{CLUSTER}-{set}"), |set| {
        if let Some(allocation) = &mut set.spec.machine_allocation {
            allocation.machine_count = count;
        }
    });
}

/// Everybody speaks again, and all is quiet: is the cluster what was asked for?
fn is_as_wanted(bench: &mut Bench, story: &str) {
    for number in 1..=4 {
        silence(&bench.store, &plain_id(number), None).expect("known");
    }
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
    for seed in 1..=12_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut bench = Bench::new();
        bench.create();
        let mut story = format!("seed {seed}");
        for _ in 0..15 {
            story = format!("{story}, {}", disturb(&mut bench, &mut dice));
            bench.engine.pass(Duration::from_secs(dice.roll(40)));
        }
        is_as_wanted(&mut bench, &story);
        is_gone(&mut bench, &story);
    }
}
