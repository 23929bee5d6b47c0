//! Machines that were refused a lock stand in line for it: one line for each lock of each machine set.
//!
//! When a lock is given back, or more may be held, the first of the line is told; when it leaves the line, whatever for, the next one is.
//! So a large cluster is not asked as a whole whenever one of its machines is done. Machines that could not use the lock now stand in no line.
//!
//! An internal kind without contents; the id is the machine's, and it lives as long as the process.

use std::sync::Arc;

use omni_api::kind::{ClusterMachine, Facts, Kind, UpgradeRollout};
use omni_api::{Metadata, labels};

use super::locks::{CONFIG_LOCK, Lock, UPGRADE_LOCK};
use crate::Store;
use crate::controllers::LINE;
use crate::controllers::common::{is_held, machine_set_of};
use crate::engine::{Context, Error};
use crate::internal;
use crate::store::Query;

/// A machine that waits for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitingMachine {}

impl Kind for WaitingMachine {
    type Spec = ();
    const FACTS: &'static Facts =
        &internal::ephemeral("WaitingMachines.plane.internal", internal::EMPTY);
}

/// Puts a machine into the line for what it was refused, and out of every other one.
///
/// # Errors
/// Those of the context.
pub(super) fn stand(
    cx: &Context<'_>,
    machine: &Metadata,
    refused: Option<Lock>,
) -> Result<(), Error> {
    if let Some(lock) = refused {
        let line = line(lock, machine_set_of(machine)?);
        cx.put::<WaitingMachine>(&machine.id, |waiting| {
            let marks = &mut waiting.metadata.labels;
            marks.insert(LINE.to_owned(), line.clone());
        })?;
    } else if cx.get::<WaitingMachine>(&machine.id)?.is_some() {
        cx.remove::<WaitingMachine>(&machine.id)?;
    }
    Ok(())
}

/// Who is to be told that a machine, as it was, has given back what it held: the first of every line that waits for it.
///
/// The locks of upgrades are counted for the whole cluster, so that each of its sets may go on.
pub(super) fn after_release(store: &Store, before: &Metadata) -> Vec<Arc<str>> {
    let held = [UPGRADE_LOCK, CONFIG_LOCK].map(|lock| is_held(before, lock));
    if held == [false, false] {
        return Vec::new();
    }
    let now = store.peek::<ClusterMachine>(&before.id);
    let kept = |lock| now.as_ref().is_some_and(|now| is_held(&now.metadata, lock));
    let mut told = Vec::new();
    if held[0] && !kept(UPGRADE_LOCK) {
        let cluster = before.label(labels::CLUSTER).unwrap_or_default();
        told.extend(first_of_cluster(store, cluster));
    }
    if held[1] && !kept(CONFIG_LOCK) {
        let set = before.label(labels::MACHINE_SET).unwrap_or_default();
        told.extend(first(store, &line(Lock::Config, set)));
    }
    told
}

/// Who is to be told when more machines of a set may change their configurations.
pub(super) fn first_of_set(store: &Store, set: &Metadata) -> Vec<Arc<str>> {
    first(store, &line(Lock::Config, &set.id))
        .into_iter()
        .collect()
}

/// Who is to be told when more machines of a cluster may upgrade.
pub(super) fn first_of_rollout(store: &Store, rollout: &Metadata) -> Vec<Arc<str>> {
    first_of_cluster(store, &rollout.id)
}

/// When a machine has left a line, the first one that is left in it is told.
pub(super) fn next_in_line(store: &Store, before: &Metadata) -> Vec<Arc<str>> {
    let line = before.label(LINE).filter(|line| {
        let now = store.peek::<WaitingMachine>(&before.id);
        now.is_none_or(|now| now.metadata.label(LINE) != Some(*line))
    });
    let first = line.and_then(|line| first(store, line));
    first.into_iter().collect()
}

/// The first of the line for upgrades of each set that may upgrade, by their ids.
fn first_of_cluster(store: &Store, cluster: &str) -> Vec<Arc<str>> {
    let rollout = store.peek::<UpgradeRollout>(cluster);
    let quotas = rollout
        .iter()
        .flat_map(|one| &one.spec.machine_sets_upgrade_quota);
    let firsts = quotas.filter_map(|(set, _)| first(store, &line(Lock::Upgrade, set)));
    let mut firsts: Vec<_> = firsts.collect();
    firsts.sort_unstable();
    firsts
}

fn first(store: &Store, line: &str) -> Option<Arc<str>> {
    let waiting = store.peek_page::<WaitingMachine>(&Query::label(LINE, line), None, 1);
    waiting.first().map(|waiting| waiting.metadata.id.clone())
}

fn line(lock: Lock, set: &str) -> String {
    match lock {
        Lock::Upgrade => format!("upgrade@{set}"),
        Lock::Config => format!("config@{set}"),
    }
}
