//! Which machine has which faults.
//!
//! Keeps true: each machine that the script or an annotation means has its faults in [`MachineFaults`], all others have none. Where
//! nobody asks for faults this controller is never woken.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use omni_api::{Metadata, kind, labels};

use crate::Store;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;

use super::annotation::{self, ANNOTATION};
use super::kinds::{FaultScript, Hang, MachineFaults, MachineFaultsSpec, Outage, Since};
use super::script::{Begin, Fault};
use super::{SCRIPT, installed};

/// Gives machines their faults.
#[derive(Debug, Clone, Copy, Default)]
pub struct FaultsOfMachines;

// === impl FaultsOfMachines ===

impl Controller for FaultsOfMachines {
    fn name(&self) -> &'static str {
        "EmulatedFaultsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<FaultScript>(of_script),
            Input::mapped::<kind::MachineLabels>(annotated),
            Input::mapped::<kind::MachineSetNode>(joined),
            Input::mapped::<kind::MachineSet>(|store, set| {
                nodes(store, set, &Query::machine_set(&set.id))
            }),
            Input::mapped::<kind::Cluster>(|store, cluster| {
                nodes(store, cluster, &Query::cluster(&cluster.id))
            }),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<MachineFaults>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let faults = collect(cx, id)?;
        if faults == MachineFaultsSpec::default() {
            cx.remove::<MachineFaults>(id)?;
        } else {
            cx.put::<MachineFaults>(id, |resource| resource.spec = faults.clone())?;
        }
        Ok(Next::Done)
    }
}

fn collect(cx: &Context<'_>, id: &str) -> Result<MachineFaultsSpec, Error> {
    let node = cx.get::<kind::MachineSetNode>(id)?;
    let node = node.as_ref().map(|node| &node.metadata);
    let mut faults = MachineFaultsSpec::default();
    if let Some(script) = cx.get::<FaultScript>(SCRIPT)? {
        for fault in super::Script::parse(&script.spec.text)
            .map(super::Script::into_faults)
            .unwrap_or_default()
        {
            if fault
                .machines()
                .is_some_and(|machines| machines.contain(id, node))
            {
                faults.add(&fault);
            }
        }
    }
    let label = |key| node.and_then(|node| node.label(key));
    let labels_of = cx.get::<kind::MachineLabels>(id)?;
    let set = label(labels::MACHINE_SET).map(|set| cx.get::<kind::MachineSet>(set));
    let cluster = label(labels::CLUSTER).map(|cluster| cx.get::<kind::Cluster>(cluster));
    let (set, cluster) = (set.transpose()?.flatten(), cluster.transpose()?.flatten());
    let annotated = [
        labels_of.as_ref().map(|resource| &resource.metadata),
        node,
        set.as_ref().map(|resource| &resource.metadata),
        cluster.as_ref().map(|resource| &resource.metadata),
    ];
    for fault in annotated.into_iter().flatten().flat_map(annotation::of) {
        faults.add(&fault);
    }
    Ok(faults)
}

// === impl MachineFaultsSpec ===

impl MachineFaultsSpec {
    fn add(&mut self, fault: &Fault) {
        match fault {
            Fault::InstallFails(it) => {
                let failing = it.attempts.map_or(u32::MAX, NonZeroU32::get);
                self.failing_installs = self.failing_installs.max(failing);
            }
            Fault::MachineDisconnects(it) => self.outages.push(Outage {
                since: i32::from(match it.since {
                    Begin::Running => Since::Running,
                    Begin::Join => Since::Join,
                }),
                after: nanos(it.after.unwrap_or_default()),
                lasts: it.lasts.map(nanos),
            }),
            Fault::UpgradeHangs(it) => {
                self.upgrade_hangs = Some(Hang {
                    lasts: it.lasts.map(nanos),
                });
            }
            Fault::RequestRefused(_) | Fault::ServerStalls(_) | Fault::WatchBreaks(_) => {}
        }
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// Those that the script means, and those that had faults before.
fn of_script(store: &Store, _: &Metadata) -> Vec<Arc<str>> {
    let script = installed(store);
    let meant = script.iter().filter_map(Fault::machines);
    let mut ids: Vec<Arc<str>> = meant.flat_map(|machines| machines.ids(store)).collect();
    let before = store.peek_all::<MachineFaults>(&Query::all());
    ids.extend(before.iter().map(|faults| faults.metadata.id.clone()));
    ids
}

fn is_annotated(metadata: &Metadata) -> bool {
    metadata.annotations.contains_key(ANNOTATION)
}

fn annotated(_: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    is_annotated(metadata)
        .then(|| metadata.id.clone())
        .into_iter()
        .collect()
}

/// A machine has become a member or is one no more: it matters where anything of this has faults.
fn joined(store: &Store, node: &Metadata) -> Vec<Arc<str>> {
    let set = || store.peek::<kind::MachineSet>(node.label(labels::MACHINE_SET)?);
    let cluster = || store.peek::<kind::Cluster>(node.label(labels::CLUSTER)?);
    let concerned = is_annotated(node)
        || store.peek::<FaultScript>(SCRIPT).is_some()
        || store.peek::<MachineFaults>(&node.id).is_some()
        || set().is_some_and(|set| is_annotated(&set.metadata))
        || cluster().is_some_and(|cluster| is_annotated(&cluster.metadata));
    concerned.then(|| node.id.clone()).into_iter().collect()
}

/// The nodes of an annotated set or cluster.
fn nodes(store: &Store, metadata: &Metadata, query: &Query) -> Vec<Arc<str>> {
    if !is_annotated(metadata) {
        return Vec::new();
    }
    let nodes = store.peek_all::<kind::MachineSetNode>(query);
    nodes.iter().map(|node| node.metadata.id.clone()).collect()
}
