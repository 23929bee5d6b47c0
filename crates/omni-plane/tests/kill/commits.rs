//! The bare store: after a kill there is a prefix of all commits, without a hole and without half of one, that ends no earlier than what was
//! acknowledged.

use std::time::Duration;

use omni_api::kind;
use omni_plane::store::Query;
use omni_plane::{Clock, Store};

use crate::child::{Moment, acknowledge, file, in_lanes, run_and_kill};

/// So many commits leave a trace of their own; a later one takes the place of an earlier one.
const TRACES: u64 = 64;

/// Not a test of its own: what the child does.
#[test]
fn child_commits_until_it_is_killed() {
    let Some(path) = file() else { return };
    let store = Store::open(&path, Clock::system(1.0)).expect("the file is free");
    let mut number = last(&store).map_or(0, |last| last + 1);
    loop {
        write(&store, number);
        // Some commits share a flush with their neighbours, some do not.
        if rand::random_range(0..3) == 0 {
            acknowledge(&store, number);
        }
        number += 1;
    }
}

#[test]
fn a_killed_store_holds_a_prefix_of_its_commits_with_all_that_were_acknowledged() {
    if file().is_some() {
        return;
    }
    in_lanes(crate::runs() * 7 / 8, 4, |runs, path| {
        let mut acknowledged = None;
        for run in 0..runs {
            let moment = Moment::random(Duration::from_millis(30), 12, Duration::from_millis(2));
            let test = "commits::child_commits_until_it_is_killed";
            acknowledged = acknowledged.max(run_and_kill(test, path, moment));
            let store = Store::open(path, Clock::system(1.0))
                .expect("a killed plane leaves a file that opens");
            check(&store, acknowledged, run, moment);
        }
    });
}

/// One commit: a trace of its own, and the last number in another resource. Every seventh trace goes again with the next commit.
fn write(store: &Store, number: u64) {
    let written = store.transaction(|tx| {
        if let Some(before) = number.checked_sub(1).filter(|before| before % 7 == 0) {
            tx.remove::<kind::ConfigPatch>("", &trace(before))?;
        }
        tx.put::<kind::ConfigPatch>("", &trace(number), |patch| {
            patch.spec.data = format!("{number} {}", "x".repeat(500));
        })?;
        tx.put::<kind::Cluster>("", "last", |cluster| {
            cluster.spec.talos_version = number.to_string();
        })
    });
    assert_eq!(written, Ok(true));
}

fn trace(number: u64) -> String {
    format!("{:03}", number % TRACES)
}

fn last(store: &Store) -> Option<u64> {
    let last = store.read::<kind::Cluster>("last")?;
    Some(last.spec.talos_version.parse().expect("a number"))
}

fn check(store: &Store, acknowledged: Option<u64>, run: usize, moment: Moment) {
    let last = last(store);
    assert!(
        last >= acknowledged,
        "run {run} ({moment:?}): {acknowledged:?} was acknowledged, {last:?} is the last one there"
    );
    let patches = store.read_all::<kind::ConfigPatch>(&Query::all());
    let mut found: Vec<(String, String)> = patches
        .into_iter()
        .map(|patch| (patch.id().to_owned(), patch.spec.data))
        .collect();
    let Some(last) = last else {
        assert!(found.is_empty(), "run {run}: traces of no commit");
        return;
    };
    let kept = (last.saturating_sub(TRACES - 1)..=last)
        .filter(|number| number % 7 != 0 || *number == last)
        .map(|number| (trace(number), format!("{number} {}", "x".repeat(500))));
    let mut kept: Vec<_> = kept.collect();
    kept.sort();
    found.sort();
    assert_eq!(
        found, kept,
        "run {run} ({moment:?}): the commits up to {last} are not all there, or more than them"
    );
}
