//! The nodes of a machine set that takes its machines from a class: as many as are asked for, chosen and given up by rule.
//!
//! # Guarantees
//! * A machine is taken by one set only: creating its node fails where there is one.
//! * Nodes on their way out count until they are gone, so that a replacement comes after them.
//! * Those given up first have no machine any more, then are disconnected, then are the oldest. Locked ones stay.
//! * Nodes that were allocated stay when the class changes.

use std::sync::Arc;

use omni_api::kind::{Cluster, MachineClass, MachineSet, MachineSetNode};
use omni_api::selector::Selector;
use omni_api::specs::machine_set_spec::MachineAllocation;
use omni_api::specs::machine_set_spec::machine_allocation::Type;
use omni_api::{Metadata, Resource, labels};
use semver::Version;

use super::allocated::{Allocated, Grip};
use super::candidates::{Class, allocation_of, is_kept};
use super::compatibility::may_join;
use super::free_machine::{self, FreeMachine};
use super::hunger::{self, HungryMachineSet, first_of_lines, next_in_line};
use crate::Store;
use crate::controllers::LINE;
use crate::controllers::common::{cluster_of, copy_labels, is_locked, those_of_cluster};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;

pub(super) const NAME: &str = "MachineSetNodeController";

/// How many free machines are looked at in one go.
const PAGE: usize = 64;

/// Allocates machines to machine sets.
#[derive(Debug)]
pub(super) struct MachineSetNodes;

// === impl MachineSetNodes ===

impl Controller for MachineSetNodes {
    fn name(&self) -> &'static str {
        NAME
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = Allocated::inputs();
        inputs.extend([
            Input::by_id::<MachineSet>(),
            Input::mapped::<Cluster>(those_of_cluster::<MachineSet>),
            Input::mapped::<FreeMachine>(offered_to),
            Input::mapped::<HungryMachineSet>(next_in_line),
            Input::mapped::<MachineClass>(sets_of_class),
        ]);
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<MachineSetNode>(),
            Output::exclusive::<HungryMachineSet>(),
            Output::shared::<FreeMachine>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let set = cx.get::<MachineSet>(id)?;
        let allocation = set.as_ref().and_then(|set| allocation_of(&set.spec));
        let (Some(set), Some(allocation)) = (&set, allocation) else {
            sated(cx, id)?;
            return Ok(Next::Done);
        };
        if set.metadata.tearing_down() {
            sated(cx, id)?;
            give_up_all(cx, id)?;
        } else {
            cx.hold::<MachineSet>(id)?;
            if is_locked(cx, cluster_of(&set.metadata)?)? {
                // Whoever may not take anything must not be first in a line.
                sated(cx, id)?;
            } else {
                scale(cx, set, allocation)?;
            }
        }
        Ok(Next::Done)
    }
}

/// Brings the number of nodes to what is asked for, as far as there are machines.
fn scale(
    cx: &Context<'_>,
    set: &Resource<MachineSet>,
    allocation: &MachineAllocation,
) -> Result<(), Error> {
    let nodes = cx.ledger::<Allocated>(set.id(), &())?;
    let count = nodes.entries().len();
    hold_nodes(cx, &nodes)?;
    let wanted = match allocation.allocation_type() {
        Type::Static => usize::try_from(allocation.machine_count).unwrap_or(usize::MAX),
        Type::Unlimited => usize::MAX,
    };
    if count < wanted {
        take(cx, set, allocation, wanted - count)?;
    } else {
        sated(cx, set.id())?;
        give_up(cx, &nodes, count - wanted)?;
    }
    give_up_orphans(cx, &nodes)
}

fn sated(cx: &Context<'_>, set: &str) -> Result<(), Error> {
    if cx.get::<HungryMachineSet>(set)?.is_some() {
        cx.remove::<HungryMachineSet>(set)?;
    }
    Ok(())
}

/// Takes up to so many machines; a set that does not get them all is hungry.
fn take(
    cx: &Context<'_>,
    set: &Resource<MachineSet>,
    allocation: &MachineAllocation,
    missing: usize,
) -> Result<(), Error> {
    let cluster = cx.get::<Cluster>(cluster_of(&set.metadata)?)?;
    let class = cx.get::<MachineClass>(&allocation.name)?;
    let (Some(cluster), Some(class)) = (cluster, class) else {
        // Either of them wakes the set when it is there.
        return sated(cx, set.id());
    };
    let talos = &cluster.spec.talos_version;
    let version = Version::parse(talos).map_err(|error| Error::Unusable {
        what: format!("the Talos version of {}", cluster.metadata),
        reason: error.to_string(),
    })?;
    if take_from(cx, set, &class, &version, missing)? == missing {
        return sated(cx, set.id());
    }
    let line = hunger::line(set.id(), &class, talos);
    cx.put::<HungryMachineSet>(set.id(), |hungry| {
        let marks = &mut hungry.metadata.labels;
        marks.insert(LINE.to_owned(), line.clone());
    })?;
    Ok(())
}

/// Takes up to so many machines of a class, best first; how many it got. Looks at no more free machines than it must.
fn take_from(
    cx: &Context<'_>,
    set: &Resource<MachineSet>,
    class: &Resource<MachineClass>,
    talos: &Version,
    missing: usize,
) -> Result<usize, Error> {
    let class = Class {
        name: class.id(),
        spec: &class.spec,
    };
    let mut taken = 0;
    for terms in class.selector(set.id())?.0 {
        let query = Query::from(Selector(vec![terms]));
        let mut after: Option<Arc<str>> = None;
        while taken < missing {
            let most = (missing - taken).min(PAGE);
            let page = cx.page::<FreeMachine>(&query, after.as_deref(), most)?;
            let Some(last) = page.last() else { break };
            after = Some(last.metadata.id.clone());
            for machine in &page {
                taken += usize::from(take_one(cx, set, &machine.metadata, talos)?);
            }
        }
    }
    Ok(taken)
}

/// Takes a machine, unless it does not fit or somebody else has it.
fn take_one(
    cx: &Context<'_>,
    set: &Resource<MachineSet>,
    machine: &Metadata,
    talos: &Version,
) -> Result<bool, Error> {
    let fits = may_join(machine, talos) && is_kept(cx, machine)?;
    if !fits || !cx.create_for_user(&node(&machine.id, set))? {
        return Ok(false);
    }
    free_machine::taken(cx, &machine.id)?;
    Ok(true)
}

/// The node of a machine in a set.
fn node(machine: &str, set: &Resource<MachineSet>) -> Resource<MachineSetNode> {
    let mut node =
        Resource::<MachineSetNode>::new(machine, omni_api::specs::MachineSetNodeSpec::default());
    let roles = [
        labels::CLUSTER,
        labels::CONTROL_PLANE_ROLE,
        labels::WORKER_ROLE,
    ];
    copy_labels(&set.metadata, &mut node.metadata, &roles);
    let marks = &mut node.metadata.labels;
    marks.insert(labels::MACHINE_SET.into(), set.id().into());
    marks.insert(
        labels::MANAGED_BY_MACHINE_SET_NODE_CONTROLLER.into(),
        String::new(),
    );
    node.metadata.finalizers.push(NAME.into());
    node
}

/// Holds running nodes, and lets go of those whom nobody else holds any more.
fn hold_nodes(cx: &Context<'_>, nodes: &Allocated) -> Result<(), Error> {
    for (node, grip) in &nodes.grips {
        match grip {
            Grip::Hold => cx.hold::<MachineSetNode>(node)?,
            Grip::Release => cx.release::<MachineSetNode>(node)?,
        };
    }
    Ok(())
}

/// Gives up so many nodes, those on their way out counted.
fn give_up(cx: &Context<'_>, nodes: &Allocated, surplus: usize) -> Result<(), Error> {
    let surplus = surplus.saturating_sub(nodes.leaving);
    for (_, node) in nodes.spare.iter().take(surplus) {
        cx.teardown_for::<MachineSetNode>("", node)?;
    }
    Ok(())
}

/// Gives up nodes whose machine has gone, or is about to go with its request.
fn give_up_orphans(cx: &Context<'_>, nodes: &Allocated) -> Result<(), Error> {
    for node in &nodes.orphans {
        cx.teardown_for::<MachineSetNode>("", node)?;
    }
    Ok(())
}

/// Gives up every node of a set on its way out, and lets go of the set when none is left to wait for.
fn give_up_all(cx: &Context<'_>, set: &str) -> Result<(), Error> {
    let nodes = cx.ledger::<Allocated>(set, &())?;
    for node in &nodes.to_dismiss {
        cx.teardown_for::<MachineSetNode>("", node)?;
        if nodes.entries().get(node).is_some_and(|node| !node.awaited) {
            cx.release::<MachineSetNode>(node)?;
        }
    }
    if nodes.awaited == 0 {
        cx.release::<MachineSet>(set)?;
    }
    Ok(())
}

/// A free machine concerns the set that it was made for, or the first of every line.
fn offered_to(store: &Store, machine: &Metadata) -> Vec<Arc<str>> {
    match machine.label(labels::MACHINE_REQUEST_SET) {
        Some(set) => vec![set.into()],
        None => first_of_lines(store),
    }
}

fn sets_of_class(store: &Store, class: &Metadata) -> Vec<Arc<str>> {
    let sets = store.peek_all::<MachineSet>(&Query::all());
    let ours = sets.iter().filter(|set| {
        allocation_of(&set.spec).is_some_and(|allocation| *allocation.name == *class.id)
    });
    ours.map(|set| set.metadata.id.clone()).collect()
}
