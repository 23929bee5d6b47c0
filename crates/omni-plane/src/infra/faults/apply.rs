//! Which machine has which faults.
//!
//! Keeps true: each machine that the script or an annotation means has its faults in [`MachineFaults`], all others have none. Where
//! nobody asks for faults this controller is never woken.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use omni_api::{Metadata, Resource, kind, labels};

use crate::Store;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::machine::MachineState;
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
            Input::mapped::<MachineState>(made),
            Input::mapped::<kind::MachineRequest>(|store, request| {
                of_requests(store, request, std::slice::from_ref(&request.id))
            }),
            Input::mapped::<kind::MachineRequestSet>(|store, set| {
                let query = Query::label(labels::MACHINE_REQUEST_SET, &set.id);
                let requests = store.peek_all::<kind::MachineRequest>(&query);
                let requests: Vec<_> = requests.iter().map(|it| it.metadata.id.clone()).collect();
                of_requests(store, set, &requests)
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
    let (request, requests) = asked_for(cx, id)?;
    let annotated = [
        labels_of.as_ref().map(|resource| &resource.metadata),
        node,
        set.as_ref().map(|resource| &resource.metadata),
        cluster.as_ref().map(|resource| &resource.metadata),
        request.as_ref().map(|resource| &resource.metadata),
        requests.as_ref().map(|resource| &resource.metadata),
    ];
    for fault in annotated.into_iter().flatten().flat_map(annotation::of) {
        faults.add(&fault);
    }
    Ok(faults)
}

/// A resource as the store has it, if it does.
type Found<K> = Option<Arc<Resource<K>>>;

/// The request that a machine was made for, and the set of that.
fn asked_for(
    cx: &Context<'_>,
    id: &str,
) -> Result<(Found<kind::MachineRequest>, Found<kind::MachineRequestSet>), Error> {
    let machine = cx.get::<MachineState>(id)?;
    let request = machine
        .as_ref()
        .and_then(|machine| machine.metadata.label(labels::MACHINE_REQUEST));
    let Some(request) = request else {
        return Ok((None, None));
    };
    let request = cx.get::<kind::MachineRequest>(request)?;
    let set = request
        .as_ref()
        .and_then(|request| request.metadata.label(labels::MACHINE_REQUEST_SET));
    let set = set
        .map(|set| cx.get::<kind::MachineRequestSet>(set))
        .transpose()?;
    Ok((request, set.flatten()))
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

/// A machine was made, or is gone: it matters where it was made for something that has faults.
fn made(store: &Store, machine: &Metadata) -> Vec<Arc<str>> {
    let Some(request) = machine.label(labels::MACHINE_REQUEST) else {
        return Vec::new();
    };
    let request = store.peek::<kind::MachineRequest>(request);
    let of_request = |metadata: &Metadata| {
        let set = metadata.label(labels::MACHINE_REQUEST_SET);
        let set = set.and_then(|set| store.peek::<kind::MachineRequestSet>(set));
        is_annotated(metadata) || set.is_some_and(|set| is_annotated(&set.metadata))
    };
    let concerned = request.is_some_and(|request| of_request(&request.metadata))
        || store.peek::<MachineFaults>(&machine.id).is_some();
    concerned.then(|| machine.id.clone()).into_iter().collect()
}

/// The machines that were made for requests, where the resource that stands for these is annotated.
fn of_requests(store: &Store, metadata: &Metadata, requests: &[Arc<str>]) -> Vec<Arc<str>> {
    if !is_annotated(metadata) {
        return Vec::new();
    }
    let machines = requests.iter().flat_map(|request| {
        store.peek_all::<MachineState>(&Query::label(labels::MACHINE_REQUEST, request))
    });
    machines
        .map(|machine| machine.metadata.id.clone())
        .collect()
}

/// The nodes of an annotated set or cluster.
fn nodes(store: &Store, metadata: &Metadata, query: &Query) -> Vec<Arc<str>> {
    if !is_annotated(metadata) {
        return Vec::new();
    }
    let nodes = store.peek_all::<kind::MachineSetNode>(query);
    nodes.iter().map(|node| node.metadata.id.clone()).collect()
}
