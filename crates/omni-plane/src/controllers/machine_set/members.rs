//! The machines of a set as the controllers see them now: what is there, what is missing, what has to go.
//!
//! A ledger of the set: a turn looks at the machines that something has happened to, however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use omni_api::kind::{
    ClusterMachine, ClusterMachineConfigStatus, ClusterMachineStatus, MachinePendingUpdates,
    MachineSetNode, MachineStatusLabels,
};
use omni_api::{Metadata, labels};
use sha2::{Digest as _, Sha256};

use super::member::Member;
use crate::Store;
use crate::engine::{Context, Error, Input, Ledger, Memo};
use crate::store::Query;

/// What is known of the machines of a set.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Members {
    /// Nodes that are not on their way out.
    pub(super) nodes: usize,
    /// Those of them whose machine is healthy.
    pub(super) healthy_nodes: usize,
    /// Those of them without a cluster machine.
    pub(super) bare_nodes: usize,
    /// Cluster machines.
    pub(super) machines: usize,
    /// Cluster machines that are not just waiting to be destroyed.
    pub(super) present: usize,
    /// Those of them that are on their way out.
    pub(super) leaving: usize,
    /// Those of them that are healthy.
    pub(super) healthy: usize,
    /// Those of them that are connected.
    pub(super) connected: usize,
    /// Those of them whose updates wait for a lock.
    pub(super) locked: usize,
    /// Statuses of cluster machines.
    pub(super) statuses: usize,
    /// Machines with a configuration on its way, locked ones left out.
    pub(super) configuring: usize,
    /// Machines with an upgrade on its way.
    pub(super) upgrading: usize,
    /// Machines with a node, known to Omni, and without a cluster machine.
    pub(super) to_create: BTreeSet<Arc<str>>,
    /// Cluster machines that have lost their node, or whose set is on its way out. A node on its way out is waited for.
    pub(super) to_teardown: BTreeSet<Arc<str>>,
    /// Cluster machines whom nobody holds any more.
    pub(super) to_destroy: BTreeSet<Arc<str>>,
    /// Nodes that stay, and are not held by the set yet.
    pub(super) nodes_to_hold: BTreeSet<Arc<str>>,
    /// Nodes that leave, or whose set does, and are still held by it.
    pub(super) nodes_to_release: BTreeSet<Arc<str>>,
    /// Machines behind cluster machines, that are not held by the set yet.
    pub(super) machines_to_hold: BTreeSet<Arc<str>>,
    config_hash: Memo<String>,
}

// === impl Members ===

impl Members {
    /// What it is made from.
    pub(super) fn inputs() -> Vec<Input> {
        vec![
            Input::by_label::<MachineSetNode>(labels::MACHINE_SET).of_member(),
            Input::by_label::<ClusterMachine>(labels::MACHINE_SET).of_member(),
            Input::by_label::<ClusterMachineStatus>(labels::MACHINE_SET).of_member(),
            Input::by_label::<ClusterMachineConfigStatus>(labels::MACHINE_SET).of_member(),
            Input::by_label::<MachinePendingUpdates>(labels::MACHINE_SET).of_member(),
            Input::by_label::<MachineStatusLabels>(labels::MACHINE_SET).of_member(),
            Input::mapped::<omni_api::kind::Machine>(set_of_machine)
                .of_member()
                .silent(),
        ]
    }

    /// The hashes of the configurations that the machines run, hashed together.
    pub(super) fn config_hash(&self, members: &BTreeMap<Arc<str>, Member>) -> &str {
        self.config_hash.get(|| {
            let mut hash = Sha256::new();
            let configs = members.values().filter_map(|member| member.config.as_ref());
            configs.for_each(|config| hash.update(config));
            hex::encode(hash.finalize())
        })
    }

    /// Counts a member in (or out, as `step` says).
    fn count(&mut self, member: &Member, step: impl Fn(&mut usize, bool)) {
        let node = member.node.as_ref().is_some_and(|node| !node.leaves);
        let machine = member.machine.as_ref();
        let present = machine.filter(|machine| !machine.finished);
        let status = member.status.as_ref();
        let shown = status.filter(|_| present.is_some());
        for (count, counts) in [
            (&mut self.nodes, node),
            (
                &mut self.healthy_nodes,
                node && status.is_some_and(|status| status.healthy),
            ),
            (&mut self.bare_nodes, node && machine.is_none()),
            (&mut self.machines, machine.is_some()),
            (&mut self.present, present.is_some()),
            (
                &mut self.leaving,
                present.is_some_and(|machine| machine.leaves),
            ),
            (
                &mut self.healthy,
                shown.is_some_and(|status| status.healthy),
            ),
            (
                &mut self.connected,
                shown.is_some_and(|status| status.connected),
            ),
            (&mut self.locked, shown.is_some_and(|status| status.locked)),
            (&mut self.statuses, status.is_some()),
            (&mut self.configuring, member.ahead.configuration),
            (&mut self.upgrading, member.ahead.upgrade),
        ] {
            step(count, counts);
        }
    }

    /// What is to be done, each with whether it is to be done for this member.
    fn tasks(&mut self, member: &Member) -> [(&mut BTreeSet<Arc<str>>, bool); 6] {
        let node = member.node.as_ref();
        let machine = member.machine.as_ref();
        let running = machine.filter(|machine| !machine.leaves);
        [
            (&mut self.to_create, member.missing),
            (
                &mut self.to_teardown,
                running.is_some() && (member.set_leaves || node.is_none()),
            ),
            (
                &mut self.to_destroy,
                machine.is_some_and(|machine| machine.finished),
            ),
            (
                &mut self.nodes_to_hold,
                node.is_some_and(|node| !node.held && !node.leaves && !member.set_leaves),
            ),
            (
                &mut self.nodes_to_release,
                node.is_some_and(|node| node.held && (node.leaves || member.set_leaves)),
            ),
            (
                &mut self.machines_to_hold,
                running.is_some_and(|machine| machine.unheld),
            ),
        ]
    }
}

impl Ledger for Members {
    /// Whether the set is on its way out.
    type Basis = bool;
    type Entry = Member;

    fn everybody(cx: &Context<'_>, set: &str) -> Result<Vec<Arc<str>>, Error> {
        let ours = Query::machine_set(set);
        let mut ids = cx.ids::<MachineSetNode>(&ours)?;
        ids.extend(cx.ids::<ClusterMachine>(&ours)?);
        ids.extend(cx.ids::<ClusterMachineStatus>(&ours)?);
        ids.extend(cx.ids::<ClusterMachineConfigStatus>(&ours)?);
        ids.extend(cx.ids::<MachinePendingUpdates>(&ours)?);
        Ok(ids)
    }

    fn look(
        cx: &Context<'_>,
        set: &str,
        set_leaves: &bool,
        id: &str,
    ) -> Result<Option<Member>, Error> {
        Member::of(cx, set, *set_leaves, id)
    }

    fn enter(&mut self, id: &Arc<str>, member: &Member) {
        self.count(member, |count, counts| *count += usize::from(counts));
        for (task, is_to_be_done) in self.tasks(member) {
            if is_to_be_done {
                task.insert(id.clone());
            }
        }
    }

    fn strike(&mut self, id: &Arc<str>, member: &Member) {
        self.count(member, |count, counts| *count -= usize::from(counts));
        for (task, was_to_be_done) in self.tasks(member) {
            if was_to_be_done {
                task.remove(id);
            }
        }
    }

    fn replaced(&mut self, former: Option<&Member>, now: Option<&Member>) {
        let config = |member: Option<&Member>| member.and_then(|member| member.config.clone());
        if config(former) != config(now) {
            self.config_hash = Memo::default();
        }
    }
}

/// The set that has a cluster machine of this machine.
fn set_of_machine(store: &Store, machine: &Metadata) -> Vec<Arc<str>> {
    let member = store.peek::<ClusterMachine>(&machine.id);
    let set = member.and_then(|member| member.metadata.label(labels::MACHINE_SET).map(Arc::from));
    set.into_iter().collect()
}
