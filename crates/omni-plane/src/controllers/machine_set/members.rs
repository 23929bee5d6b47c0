//! The machines of a set as the controllers see them now: what is there, what is missing, what has to go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use omni_api::kind::{
    ClusterMachine, ClusterMachineStatus, MachinePendingUpdates, MachineSet, MachineSetNode,
    MachineStatusLabels,
};
use omni_api::{Resource, labels};

use crate::engine::{Context, Error};
use crate::store::Query;

/// A machine set with everything that belongs to it, by machine.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) set: Resource<MachineSet>,
    pub(super) nodes: BTreeMap<Arc<str>, Arc<Resource<MachineSetNode>>>,
    pub(super) machines: BTreeMap<Arc<str>, Arc<Resource<ClusterMachine>>>,
    pub(super) statuses: BTreeMap<Arc<str>, Arc<Resource<ClusterMachineStatus>>>,
    /// Machines with a configuration on its way, locked ones left out.
    pub(super) configuring: BTreeSet<Arc<str>>,
    /// Machines with an upgrade on its way.
    pub(super) upgrading: BTreeSet<Arc<str>>,
    /// Machines with a node, known to Omni, and without a cluster machine.
    missing: Vec<Arc<str>>,
}

// === impl Members ===

impl Members {
    /// Reads everything about a set.
    ///
    /// # Errors
    /// Those of the context.
    pub(super) fn of(cx: &Context<'_>, set: &Resource<MachineSet>) -> Result<Self, Error> {
        let ours = Query::machine_set(set.id());
        let nodes = cx.list::<MachineSetNode>(&ours)?;
        let updates = cx.list::<MachinePendingUpdates>(&ours)?;
        let locked: BTreeSet<_> = nodes
            .iter()
            .filter(|node| is_locked(node))
            .map(|node| &node.metadata.id)
            .collect();
        let configuring = updates.iter().filter(|update| {
            let differs = !update.spec.config_diff.is_empty()
                || !update.spec.compressed_config_diff.is_empty();
            differs && !locked.contains(&update.metadata.id)
        });
        let upgrading = updates
            .iter()
            .filter(|update| update.spec.upgrade.is_some());
        let machines = by_id(cx.list::<ClusterMachine>(&ours)?);
        Ok(Self {
            set: set.clone(),
            missing: missing(cx, set.id(), &nodes, &machines)?,
            configuring: configuring
                .map(|update| update.metadata.id.clone())
                .collect(),
            upgrading: upgrading.map(|update| update.metadata.id.clone()).collect(),
            machines,
            statuses: by_id(cx.list::<ClusterMachineStatus>(&ours)?),
            nodes: by_id(nodes),
        })
    }

    /// Nodes that are not on their way out.
    pub(super) fn running_nodes(&self) -> impl Iterator<Item = &Arc<str>> {
        let running = self
            .nodes
            .values()
            .filter(|node| !node.metadata.tearing_down());
        running.map(|node| &node.metadata.id)
    }

    /// Cluster machines that are not just waiting to be destroyed.
    pub(super) fn present(&self) -> impl Iterator<Item = &Arc<Resource<ClusterMachine>>> {
        self.machines
            .values()
            .filter(|machine| !is_finished(machine))
    }

    /// Machines with a node, known to Omni, and without a cluster machine.
    pub(super) fn to_create(&self) -> &[Arc<str>] {
        &self.missing
    }

    /// Cluster machines that have lost their node, or whose set is on its way out. A node on its way out is waited for.
    pub(super) fn to_teardown(&self) -> Vec<Arc<str>> {
        let running = self
            .machines
            .values()
            .filter(|machine| !machine.metadata.tearing_down());
        let lost = running.filter(|machine| {
            self.set.metadata.tearing_down() || !self.nodes.contains_key(&machine.metadata.id)
        });
        lost.map(|machine| machine.metadata.id.clone()).collect()
    }

    /// Cluster machines whom nobody holds any more.
    pub(super) fn to_destroy(&self) -> Vec<Arc<str>> {
        let finished = self
            .machines
            .values()
            .filter(|machine| is_finished(machine));
        finished
            .map(|machine| machine.metadata.id.clone())
            .collect()
    }

    /// How many cluster machines are on their way out and still held.
    pub(super) fn tearing_down(&self) -> usize {
        self.present()
            .filter(|machine| machine.metadata.tearing_down())
            .count()
    }
}

/// The machines of running nodes that have no cluster machine yet, as far as they have told of themselves as members of the set.
fn missing(
    cx: &Context<'_>,
    set: &str,
    nodes: &[Arc<Resource<MachineSetNode>>],
    machines: &BTreeMap<Arc<str>, Arc<Resource<ClusterMachine>>>,
) -> Result<Vec<Arc<str>>, Error> {
    let mut missing = Vec::new();
    let running = nodes.iter().filter(|node| !node.metadata.tearing_down());
    for id in running.map(|node| &node.metadata.id) {
        if machines.contains_key(id) {
            continue;
        }
        let told = cx.get::<MachineStatusLabels>(id)?;
        if told.is_some_and(|told| told.metadata.label(labels::MACHINE_SET) == Some(set)) {
            missing.push(id.clone());
        }
    }
    Ok(missing)
}

fn is_locked(node: &Resource<MachineSetNode>) -> bool {
    node.metadata.annotation(labels::MACHINE_LOCKED).is_some()
}

fn is_finished(machine: &Resource<ClusterMachine>) -> bool {
    machine.metadata.tearing_down() && machine.metadata.finalizers.is_empty()
}

fn by_id<K: omni_api::Kind>(
    resources: Vec<Arc<Resource<K>>>,
) -> BTreeMap<Arc<str>, Arc<Resource<K>>> {
    let keyed = resources
        .into_iter()
        .map(|resource| (resource.metadata.id.clone(), resource));
    keyed.collect()
}
