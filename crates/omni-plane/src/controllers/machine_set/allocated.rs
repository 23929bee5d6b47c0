//! The nodes that a machine set has from a class: whom to hold, whom to let go, and who is given up first.
//!
//! A ledger of the set: a turn looks at the nodes that something has happened to, however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use omni_api::kind::{Machine, MachineRequest, MachineSetNode, MachineStatusLabels};
use omni_api::{Kind as _, Metadata, labels};

use super::allocation::NAME;
use crate::Store;
use crate::controllers::common::{is_held, one_of};
use crate::engine::{Context, Error, Input, Ledger};
use crate::store::Query;

/// The nodes of a set.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Allocated {
    /// Those that are not held as they are to be.
    pub(super) grips: BTreeMap<Arc<str>, Grip>,
    /// How many are on their way out.
    pub(super) leaving: usize,
    /// Those that may be given up, most willingly first.
    pub(super) spare: BTreeSet<(Reluctance, Arc<str>)>,
    /// Those whose machine has gone, or is about to go with its request.
    pub(super) orphans: BTreeSet<Arc<str>>,
    /// How many are held by others.
    pub(super) awaited: usize,
    /// Those with whom something is to be done when the set goes.
    pub(super) to_dismiss: BTreeSet<Arc<str>>,
}

/// One node, as far as its set is concerned.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Whether the controller holds it.
    held: bool,
    /// Whether somebody else holds it.
    pub(super) awaited: bool,
    /// What may become of it; nothing once it is on its way out.
    stays: Option<Stay>,
}

/// What may become of a node that is not on its way out.
#[derive(Debug, PartialEq, Eq)]
struct Stay {
    /// Nothing for one that is locked.
    reluctance: Option<Reluctance>,
    orphan: bool,
}

/// What is to be done with the finalizer of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grip {
    /// It stays, and is to be held.
    Hold,
    /// It leaves, and nobody else holds it any more.
    Release,
}

/// How reluctantly a node is given up: by its machine's state, then its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reluctance(u8, i64, i32);

// === impl Allocated ===

impl Allocated {
    /// What they are made from.
    pub(super) fn inputs() -> Vec<Input> {
        vec![
            Input::by_label::<MachineSetNode>(labels::MACHINE_SET).of_member(),
            Input::by_label::<MachineStatusLabels>(labels::MACHINE_SET),
            // It has no such label before the machine is known as a member.
            Input::mapped::<MachineStatusLabels>(set_of_node)
                .of_member()
                .silent(),
            Input::mapped::<Machine>(set_of_node).of_member(),
            Input::mapped_members::<MachineRequest>(nodes_of_request),
        ]
    }
}

impl Ledger for Allocated {
    type Basis = ();
    type Entry = Node;

    fn everybody(cx: &Context<'_>, set: &str) -> Result<Vec<Arc<str>>, Error> {
        cx.ids::<MachineSetNode>(&Query::machine_set(set))
    }

    fn look(cx: &Context<'_>, set: &str, (): &(), id: &str) -> Result<Option<Node>, Error> {
        let node = one_of::<MachineSetNode>(cx, labels::MACHINE_SET, set, id)?;
        let Some(node) = node else { return Ok(None) };
        let metadata = &node.metadata;
        Ok(Some(Node {
            held: is_held(metadata, NAME),
            awaited: metadata.finalizers.iter().any(|holder| holder != NAME),
            stays: if metadata.tearing_down() {
                None
            } else {
                Some(Stay::of(cx, metadata)?)
            },
        }))
    }

    fn enter(&mut self, id: &Arc<str>, node: &Node) {
        self.leaving += usize::from(node.stays.is_none());
        self.awaited += usize::from(node.awaited);
        self.grips
            .extend(node.grip().map(|grip| (id.clone(), grip)));
        if node.is_to_be_dismissed() {
            self.to_dismiss.insert(id.clone());
        }
        if node.stays.as_ref().is_some_and(|stay| stay.orphan) {
            self.orphans.insert(id.clone());
        }
        if let Some(reluctance) = node.reluctance() {
            self.spare.insert((reluctance, id.clone()));
        }
    }

    fn strike(&mut self, id: &Arc<str>, node: &Node) {
        self.leaving -= usize::from(node.stays.is_none());
        self.awaited -= usize::from(node.awaited);
        self.grips.remove(id);
        self.to_dismiss.remove(id);
        self.orphans.remove(id);
        if let Some(reluctance) = node.reluctance() {
            self.spare.remove(&(reluctance, id.clone()));
        }
    }
}

// === impl Node ===

impl Node {
    /// What is to be done so that it is held while it stays, and until nobody else holds it.
    fn grip(&self) -> Option<Grip> {
        match (&self.stays, self.held) {
            (Some(_), false) => Some(Grip::Hold),
            (None, true) if !self.awaited => Some(Grip::Release),
            _ => None,
        }
    }

    /// Whether there is something to be done with it when its set goes.
    fn is_to_be_dismissed(&self) -> bool {
        self.stays.is_some() || (self.held && !self.awaited)
    }

    fn reluctance(&self) -> Option<Reluctance> {
        self.stays.as_ref()?.reluctance
    }
}

// === impl Stay ===

impl Stay {
    fn of(cx: &Context<'_>, node: &Metadata) -> Result<Self, Error> {
        let locked = node.annotation(labels::MACHINE_LOCKED).is_some();
        Ok(Self {
            reluctance: if locked {
                None
            } else {
                Some(Reluctance::of(cx, node)?)
            },
            orphan: is_orphan(cx, &node.id)?,
        })
    }
}

/// Whether the machine has gone, or is about to go with its request.
fn is_orphan(cx: &Context<'_>, machine: &str) -> Result<bool, Error> {
    let Some(machine) = cx.running::<Machine>(machine)? else {
        return Ok(true);
    };
    match machine.metadata.label(labels::MACHINE_REQUEST) {
        Some(request) => Ok(cx.running::<MachineRequest>(request)?.is_none()),
        None => Ok(false),
    }
}

// === impl Reluctance ===

impl Reluctance {
    fn of(cx: &Context<'_>, node: &Metadata) -> Result<Self, Error> {
        let machine = cx.running::<MachineStatusLabels>(&node.id)?;
        let is_away = |machine: &Metadata| machine.label(labels::MACHINE_DISCONNECTED).is_some();
        let state = match machine {
            None => 0,
            Some(machine) if is_away(&machine.metadata) => 1,
            Some(_) => 2,
        };
        let created = node.created.unwrap_or_default();
        Ok(Self(state, created.seconds, created.nanos))
    }
}

/// The set that has a node of this machine.
fn set_of_node(store: &Store, machine: &Metadata) -> Vec<Arc<str>> {
    let node = store.get(MachineSetNode::NAMESPACE, MachineSetNode::TYPE, &machine.id);
    let set = node.and_then(|node| node.metadata.label(labels::MACHINE_SET).map(Arc::from));
    set.into_iter().collect()
}

/// The nodes of the machines that were made for a request, each with its set.
fn nodes_of_request(store: &Store, request: &Metadata) -> Vec<(Arc<str>, Arc<str>)> {
    let made = store.list(
        Machine::NAMESPACE,
        Machine::TYPE,
        &Query::label(labels::MACHINE_REQUEST, &request.id),
    );
    let nodes = made.iter().flat_map(|machine| {
        let sets = set_of_node(store, &machine.metadata).into_iter();
        sets.map(|set| (set, machine.metadata.id.clone()))
    });
    nodes.collect()
}
