//! What users and faults do to a plane, by dice.

use omni_api::{kind, labels};
use omni_plane::infra::machine::{plain_id, silence};
use omni_plane::store::{Key, Query};

use crate::bench::{Bench, CLUSTER, belong, engine};

const PATCH: &str = "500-sysctl";

/// A generator that is the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn coin(&mut self) -> bool {
        self.roll(2) == 0
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.roll(all.len() as u64)).expect("small")]
    }
}

/// Does one thing; what it was.
pub(crate) fn disturb(bench: &mut Bench, dice: &mut Dice) -> String {
    match dice.roll(10) {
        0 => resize(bench, "workers", dice.one_of(&[0, 1, 2])),
        1 => resize(bench, "control-planes", dice.one_of(&[1, 3])),
        2 => run_talos(bench, dice.one_of(&["1.13.6", "1.13.7", "1.13.8"])),
        3 => run_kubernetes(bench, dice.one_of(&["1.35.5", "1.35.6", "1.35.7"])),
        4 => patch(bench, dice.roll(100)),
        5 => drop_patch(bench),
        6 => hush(bench, dice.one_of(&[1, 2, 3]), dice.coin()),
        7 => lock(bench, dice.coin()),
        8 => remove_link(bench),
        _ => {
            bench.engine = engine(&bench.store);
            "killed".to_owned()
        }
    }
}

fn resize(bench: &Bench, name: &str, count: u32) -> String {
    bench.user::<kind::MachineSet>(&format!("{CLUSTER}-{name}"), |set| {
        if let Some(allocation) = &mut set.spec.machine_allocation {
            allocation.machine_count = count;
        }
    });
    format!("{count} {name}")
}

fn run_talos(bench: &Bench, version: &str) -> String {
    bench.user::<kind::Cluster>(CLUSTER, |cluster| {
        version.clone_into(&mut cluster.spec.talos_version);
    });
    format!("Talos {version}")
}

fn run_kubernetes(bench: &Bench, version: &str) -> String {
    bench.user::<kind::Cluster>(CLUSTER, |cluster| {
        version.clone_into(&mut cluster.spec.kubernetes_version);
    });
    format!("Kubernetes {version}")
}

fn patch(bench: &Bench, value: u64) -> String {
    bench.user::<kind::ConfigPatch>(PATCH, |patch| {
        belong(&mut patch.metadata.labels, None);
        patch.spec.data = format!("machine:\n  sysctls:\n    vm.swappiness: \"{value}\"\n");
    });
    format!("swappiness {value}")
}

fn drop_patch(bench: &Bench) -> String {
    let patch = Key::of::<kind::ConfigPatch>(PATCH);
    let found = bench
        .store
        .get(&patch.namespace, &patch.type_name, &patch.id);
    if found.is_some() {
        bench.store.teardown(&patch, "").expect("torn down");
    }
    "no swappiness".to_owned()
}

fn hush(bench: &Bench, number: usize, silent: bool) -> String {
    let since = silent.then(|| bench.store.clock().moment());
    silence(&bench.store, &plain_id(number), since).expect("known");
    format!("{number} silent: {silent}")
}

/// The user locks or unlocks the machine that is pinned.
pub(crate) fn lock(bench: &Bench, locked: bool) -> String {
    bench.user::<kind::MachineSetNode>(&plain_id(3), |node| {
        let notes = &mut node.metadata.annotations;
        notes.remove(labels::MACHINE_LOCKED);
        if locked {
            notes.insert(labels::MACHINE_LOCKED.to_owned(), String::new());
        }
    });
    format!("3 locked: {locked}")
}

/// The user removes a machine that was made on request. Not when etcd has no member to spare: nothing brings that back.
fn remove_link(bench: &Bench) -> String {
    let made = bench
        .store
        .read_all::<kind::MachineRequestStatus>(&Query::all());
    let status = bench.store.read::<kind::ClusterStatus>(CLUSTER);
    let sound = status.is_some_and(|status| status.spec.controlplane_ready);
    let spare = sound && made.len() == 3;
    let Some(link) = made
        .first()
        .filter(|_| spare)
        .map(|made| made.spec.id.clone())
    else {
        return "nobody to spare".to_owned();
    };
    bench
        .store
        .teardown(&Key::of::<kind::Link>(&link), "")
        .expect("a member has a link");
    "link removed".to_owned()
}
