//! The machines of a cluster by the names of their nodes.
//!
//! A ledger of the cluster: a turn looks at the machines that something has happened to, however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use omni_api::kind::ClusterMachineStatus;
use omni_api::labels;

use crate::controllers::common::{is_control_plane, one_of};
use crate::engine::{Context, Error, Input, Ledger};
use crate::store::Query;

/// The machines of a cluster by the names of their nodes.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Machines {
    pub(super) control_planes: ByNode,
    pub(super) workers: ByNode,
    /// Those that must not be touched.
    pub(super) locked: ByNode,
    /// How many have a node without a name.
    pub(super) nameless: usize,
}

/// Machines by the names of their nodes.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ByNode(BTreeMap<String, BTreeSet<Arc<str>>>);

/// A machine and its node.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) node: Option<String>,
    pub(super) control_plane: bool,
    pub(super) locked: bool,
}

// === impl Machines ===

impl Machines {
    /// What they are made from.
    pub(super) fn inputs() -> Vec<Input> {
        vec![Input::by_label::<ClusterMachineStatus>(labels::CLUSTER).of_member()]
    }

    /// Where a machine of this sort stands.
    fn places(&mut self, machine: &Machine) -> impl Iterator<Item = &mut ByNode> {
        let role = if machine.control_plane {
            &mut self.control_planes
        } else {
            &mut self.workers
        };
        let locked = machine.locked.then_some(&mut self.locked);
        std::iter::once(role).chain(locked)
    }
}

impl Ledger for Machines {
    type Basis = ();
    type Entry = Machine;

    fn everybody(cx: &Context<'_>, cluster: &str) -> Result<Vec<Arc<str>>, Error> {
        cx.ids::<ClusterMachineStatus>(&Query::cluster(cluster))
    }

    fn look(
        cx: &Context<'_>,
        cluster: &str,
        (): &(),
        machine: &str,
    ) -> Result<Option<Machine>, Error> {
        let status = one_of::<ClusterMachineStatus>(cx, labels::CLUSTER, cluster, machine)?;
        Ok(status.map(|status| {
            let metadata = &status.metadata;
            Machine {
                node: metadata.label(labels::NODE_NAME).map(str::to_owned),
                control_plane: is_control_plane(metadata),
                locked: metadata.annotation(labels::MACHINE_LOCKED).is_some(),
            }
        }))
    }

    fn enter(&mut self, id: &Arc<str>, machine: &Machine) {
        match &machine.node {
            None => self.nameless += 1,
            Some(node) => self.places(machine).for_each(|place| place.enter(node, id)),
        }
    }

    fn strike(&mut self, id: &Arc<str>, machine: &Machine) {
        match &machine.node {
            None => self.nameless -= 1,
            Some(node) => self
                .places(machine)
                .for_each(|place| place.strike(node, id)),
        }
    }
}

// === impl ByNode ===

impl ByNode {
    /// The nodes and their machines; of two machines whose nodes have one name, the last one.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let nodes = self.0.iter();
        nodes.filter_map(|(node, machines)| Some((node.as_str(), &**machines.last()?)))
    }

    pub(super) fn contains(&self, node: &str) -> bool {
        self.0.contains_key(node)
    }

    fn enter(&mut self, node: &str, machine: &Arc<str>) {
        let machines = self.0.entry(node.to_owned()).or_default();
        machines.insert(machine.clone());
    }

    fn strike(&mut self, node: &str, machine: &Arc<str>) {
        let machines = self.0.get_mut(node);
        if machines.is_some_and(|machines| machines.remove(machine) && machines.is_empty()) {
            self.0.remove(node);
        }
    }
}
