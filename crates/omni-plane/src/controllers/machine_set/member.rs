//! One machine of a set: what is known of its node, its cluster machine, and what that says of itself.

use omni_api::kind::{
    ClusterMachine, ClusterMachineConfigStatus, ClusterMachineStatus, Machine,
    MachinePendingUpdates, MachineSetNode, MachineStatusLabels,
};
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::{Resource, labels};

use crate::controllers::common::{is_held, one_of};
use crate::engine::{Context, Error};

/// What is known of a machine of a set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) set_leaves: bool,
    pub(super) node: Option<Node>,
    pub(super) machine: Option<Present>,
    pub(super) status: Option<Shown>,
    /// The hash of the configuration that it runs.
    pub(super) config: Option<String>,
    pub(super) ahead: Ahead,
    /// It has a node, has told of itself as a member of the set, and has no cluster machine.
    pub(super) missing: bool,
}

/// What is on its way to it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ahead {
    /// A configuration, and no lock before it.
    pub(super) configuration: bool,
    /// An upgrade.
    pub(super) upgrade: bool,
}

/// Its node.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) leaves: bool,
    pub(super) held: bool,
    locked: bool,
}

/// Its cluster machine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Present {
    pub(super) leaves: bool,
    /// It is on its way out, and nobody holds it any more.
    pub(super) finished: bool,
    /// The machine behind it is there, and not held by the set.
    pub(super) unheld: bool,
}

/// What it shows of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) healthy: bool,
    pub(super) connected: bool,
    /// An update waits for a lock to be taken away.
    pub(super) locked: bool,
}

// === impl Member ===

impl Member {
    /// What is known of a machine in a set; `None` when it has nothing to do with it.
    ///
    /// # Errors
    /// Those of the context.
    pub(super) fn of(
        cx: &Context<'_>,
        set: &str,
        set_leaves: bool,
        id: &str,
    ) -> Result<Option<Self>, Error> {
        let node = one_of::<MachineSetNode>(cx, labels::MACHINE_SET, set, id)?
            .map(|node| Node::of(cx, &node));
        let locked = node.as_ref().is_some_and(|node| node.locked);
        let updates = one_of::<MachinePendingUpdates>(cx, labels::MACHINE_SET, set, id)?;
        let ahead = updates.map(|updates| Ahead::of(&updates, locked));
        let machine = match one_of::<ClusterMachine>(cx, labels::MACHINE_SET, set, id)? {
            Some(machine) => Some(Present::of(cx, &machine)?),
            None => None,
        };
        let config = one_of::<ClusterMachineConfigStatus>(cx, labels::MACHINE_SET, set, id)?;
        let status = one_of::<ClusterMachineStatus>(cx, labels::MACHINE_SET, set, id)?;
        let waits = machine.is_none() && node.as_ref().is_some_and(|node| !node.leaves);
        let known = Self {
            set_leaves,
            missing: waits
                && one_of::<MachineStatusLabels>(cx, labels::MACHINE_SET, set, id)?.is_some(),
            ahead: ahead.unwrap_or_default(),
            config: config.map(|config| config.spec.cluster_machine_config_sha256.clone()),
            status: status.map(|status| Shown::of(&status)),
            node,
            machine,
        };
        let nothing = Self {
            set_leaves,
            ..Self::default()
        };
        Ok((known != nothing).then_some(known))
    }
}

// === impl Ahead ===

impl Ahead {
    fn of(updates: &Resource<MachinePendingUpdates>, locked: bool) -> Self {
        let updates = &updates.spec;
        let same = updates.config_diff.is_empty() && updates.compressed_config_diff.is_empty();
        Self {
            configuration: !same && !locked,
            upgrade: updates.upgrade.is_some(),
        }
    }
}

// === impl Node ===

impl Node {
    fn of(cx: &Context<'_>, node: &Resource<MachineSetNode>) -> Self {
        Self {
            leaves: node.metadata.tearing_down(),
            held: is_held(&node.metadata, cx.controller()),
            locked: node.metadata.annotation(labels::MACHINE_LOCKED).is_some(),
        }
    }
}

// === impl Present ===

impl Present {
    fn of(cx: &Context<'_>, machine: &Resource<ClusterMachine>) -> Result<Self, Error> {
        let leaves = machine.metadata.tearing_down();
        let behind = cx.running::<Machine>(machine.id())?;
        Ok(Self {
            leaves,
            finished: leaves && machine.metadata.finalizers.is_empty(),
            unheld: behind.is_some_and(|behind| !is_held(&behind.metadata, cx.controller())),
        })
    }
}

// === impl Shown ===

impl Shown {
    fn of(status: &Resource<ClusterMachineStatus>) -> Self {
        let has = |label| status.metadata.label(label).is_some();
        Self {
            healthy: status.spec.stage() == Stage::Running && status.spec.ready,
            connected: has(labels::MACHINE_CONNECTED),
            locked: has(labels::UPDATE_LOCKED),
        }
    }
}
