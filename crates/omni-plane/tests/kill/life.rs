//! The whole plane: killed while its controllers work, it goes on where it stopped, and ends where a plane ends that nobody ever killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use omni_api::{kind, labels};
use omni_plane::engine::{Engine, Settled};
use omni_plane::infra::machine::{NewMachine, Timings, add, plain_id};
use omni_plane::infra::provider::play_new_providers;
use omni_plane::seed::{Seed, seed};
use omni_plane::store::StoreError;
use omni_plane::{Clock, Store, audit, plane};

use crate::child::{Moment, acknowledge, file, in_lanes, run_and_kill};
use crate::picture::{Picture, picture};

const CLUSTER: &str = "prod";
const PATCH: &str = "500-wish";
const MACHINES: usize = 4;
const DAY: Duration = Duration::from_hours(24);

/// Not a test of its own: what the child does.
#[test]
fn child_reconciles_until_it_is_killed() {
    let Some(path) = file() else { return };
    let (store, mut engine) = open(&path);
    let mut number = wished(&store).map_or(0, |last| last + 1);
    loop {
        wish(&store, number).expect("a user may");
        acknowledge(&store, number);
        engine.pass(Duration::from_secs(rand::random_range(0..120)));
        number += 1;
    }
}

#[test]
fn a_plane_killed_at_work_ends_where_one_ends_that_was_never_killed() {
    if file().is_some() {
        return;
    }
    in_lanes(crate::runs() / 8, 2, |runs, path| {
        let mut acknowledged = None;
        for run in 0..runs {
            let moment = Moment::random(Duration::from_millis(200), 4, Duration::from_millis(200));
            let test = "life::child_reconciles_until_it_is_killed";
            acknowledged = acknowledged.max(run_and_kill(test, path, moment));
            check(path, acknowledged, &format!("run {run} ({moment:?})"));
        }
    });
}

/// What was acknowledged is there, and comes true.
fn check(path: &Path, acknowledged: Option<u64>, run: &str) {
    let (store, mut engine) = open(path);
    let wished = wished(&store);
    assert!(
        wished >= acknowledged,
        "{run}: {acknowledged:?} was acknowledged, {wished:?} is there"
    );
    let Some(number) = wished else { return };
    assert_eq!(engine.settle(DAY), Settled::Quiet, "{run}: no rest");
    let (killed, undisturbed) = (picture(&store), undisturbed(number));
    let difference = undisturbed.difference(&killed);
    assert!(difference.is_empty(), "{run}, wish {number}: {difference}");
}

/// The end of a plane that never knew another wish, and was never killed.
fn undisturbed(number: u64) -> Picture {
    let store = Store::in_memory(Clock::manual());
    let mut engine = begin(&store);
    wish(&store, number).expect("a user may");
    assert_eq!(engine.settle(DAY), Settled::Quiet);
    let status = store.read::<kind::ClusterStatus>(CLUSTER).expect("there");
    assert!(status.spec.ready && status.spec.kubernetes_api_ready);
    picture(&store)
}

fn open(path: &Path) -> (Store, Engine) {
    let store =
        Store::open(path, Clock::manual()).expect("a killed plane leaves a file that opens");
    let engine = begin(&store);
    (store, engine)
}

/// A plane as it starts, on whatever there is.
fn begin(store: &Store) -> Engine {
    audit::record(store);
    let account = Seed {
        account: "killed".to_owned(),
        versions: None,
    };
    seed(store, &account).expect("seeded");
    play_new_providers(store, BTreeMap::new());
    for number in 1..=MACHINES {
        add(store, &NewMachine::plain(number, "1.13.7", &[])).expect("added");
    }
    let controllers = plane::controllers(&Timings::lab());
    Engine::new(store.clone(), store.clock().clone(), controllers)
        .expect("they agree")
        .with_checked_ledgers()
}

/// One commit of a user: the cluster as the wish of this number has it.
fn wish(store: &Store, number: u64) -> Result<bool, StoreError> {
    store.transaction(|tx| {
        tx.put::<kind::Cluster>("", CLUSTER, |cluster| {
            let (talos, kubernetes) = versions(number);
            talos.clone_into(&mut cluster.spec.talos_version);
            kubernetes.clone_into(&mut cluster.spec.kubernetes_version);
        })?;
        for (name, role, numbers) in [
            ("control-planes", labels::CONTROL_PLANE_ROLE, 1..=3),
            ("workers", labels::WORKER_ROLE, 4..=4),
        ] {
            let set = format!("{CLUSTER}-{name}");
            let marks = [(labels::CLUSTER, CLUSTER), (role, "")];
            let marks = marks.map(|(key, value)| (key.to_owned(), value.to_owned()));
            tx.put::<kind::MachineSet>("", &set, |set| {
                set.metadata.labels.extend(marks.clone());
            })?;
            for machine in numbers {
                tx.put::<kind::MachineSetNode>("", &plain_id(machine), |node| {
                    let to = &mut node.metadata.labels;
                    to.extend(marks.clone());
                    to.insert(labels::MACHINE_SET.to_owned(), set.clone());
                })?;
            }
        }
        tx.put::<kind::ConfigPatch>("", PATCH, |patch| {
            let marks = &mut patch.metadata.labels;
            marks.insert(labels::CLUSTER.to_owned(), CLUSTER.to_owned());
            patch.spec.data = format!("machine:\n  sysctls:\n    user.wish: \"{number}\"\n");
        })
    })
}

/// Upgrades and downgrades, now and then.
fn versions(number: u64) -> (&'static str, &'static str) {
    let talos = if (number / 3).is_multiple_of(2) {
        "1.13.7"
    } else {
        "1.13.8"
    };
    let kubernetes = if (number / 5).is_multiple_of(2) {
        "1.35.5"
    } else {
        "1.35.6"
    };
    (talos, kubernetes)
}

/// The number of the wish that is in the store.
fn wished(store: &Store) -> Option<u64> {
    let patch = store.read::<kind::ConfigPatch>(PATCH)?;
    let (_, rest) = patch.spec.data.split_once("user.wish: \"")?;
    rest.split('"').next()?.parse().ok()
}
