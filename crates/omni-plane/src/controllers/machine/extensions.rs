//! The extensions that are configured for a cluster, a machine set or a machine, machine by machine.
//!
//! Of several configurations that concern a machine the narrowest one counts, and of those the last by id; they are not merged. A
//! configuration on its way out gives its machines to the next one that concerns them, and stays until they have let go.

use std::sync::Arc;

use omni_api::kind::{ClusterMachine, ExtensionsConfiguration};
use omni_api::selector::Term;
use omni_api::{Kind as _, Metadata, Resource, kind, labels};

use crate::Store;
use crate::controllers::common::cluster_of;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;

/// Spreads configurations over machines.
#[derive(Debug)]
pub(super) struct MachineExtensions;

type Configuration = Arc<Resource<ExtensionsConfiguration>>;

// === impl MachineExtensions ===

impl Controller for MachineExtensions {
    fn name(&self) -> &'static str {
        "MachineExtensionsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<ExtensionsConfiguration>(),
            Input::mapped::<ClusterMachine>(of_machine),
            Input::mapped::<kind::MachineExtensions>(on_their_way_out),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::MachineExtensions>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(configuration) = cx.get::<ExtensionsConfiguration>(id)? else {
            return Ok(Next::Done);
        };
        let leaving = configuration.metadata.tearing_down();
        if !leaving {
            cx.hold::<ExtensionsConfiguration>(id)?;
        }
        let Some(cluster) = configuration.metadata.label(labels::CLUSTER) else {
            // It concerns no machine.
            return release(cx, id, leaving);
        };
        for machine in concerned(cx, &configuration.metadata, cluster)? {
            let deciding = deciding(&machine.metadata, |query| cx.list(query))?;
            if deciding.is_some_and(|deciding| deciding.id() == id) {
                spread(cx, machine.id(), &configuration, cluster)?;
            }
        }
        if give_away(cx, id)? {
            return release(cx, id, leaving);
        }
        Ok(Next::Done)
    }
}

fn release(cx: &Context<'_>, id: &str, leaving: bool) -> Result<Next, Error> {
    if leaving {
        cx.release::<ExtensionsConfiguration>(id)?;
    }
    Ok(Next::Done)
}

/// The machines that stay, of those that a configuration is for.
fn concerned(
    cx: &Context<'_>,
    configuration: &Metadata,
    cluster: &str,
) -> Result<Vec<Arc<Resource<ClusterMachine>>>, Error> {
    let machine = configuration.label(labels::CLUSTER_MACHINE);
    let set = configuration.label(labels::MACHINE_SET);
    let mut concerned = match set {
        Some(set) => {
            let of_set = Term::equal(labels::MACHINE_SET, set);
            cx.list::<ClusterMachine>(&Query::cluster(cluster).and(of_set))?
        }
        None if machine.is_none() => cx.list::<ClusterMachine>(&Query::cluster(cluster))?,
        None => Vec::new(),
    };
    if let Some(machine) = machine
        && let Some(named) = cx.get::<ClusterMachine>(machine)?
        && named.metadata.label(labels::CLUSTER) == Some(cluster)
        && named.metadata.label(labels::MACHINE_SET) != set
    {
        concerned.push(named);
    }
    concerned.retain(|machine| !machine.metadata.tearing_down());
    Ok(concerned)
}

/// The configuration that counts for a machine, among those that `list` finds.
fn deciding(
    machine: &Metadata,
    list: impl Fn(&Query) -> Result<Vec<Configuration>, Error>,
) -> Result<Option<Configuration>, Error> {
    let beside = Query::cluster(cluster_of(machine)?);
    let of_machine = Term::equal(labels::CLUSTER_MACHINE, &*machine.id);
    let of_set =
        (machine.label(labels::MACHINE_SET)).map(|set| Term::equal(labels::MACHINE_SET, set));
    let narrow = [Some(of_machine), of_set].into_iter().flatten();
    let of_cluster = [labels::MACHINE_SET, labels::CLUSTER_MACHINE];
    let of_cluster = of_cluster.map(|narrower| Term::exists(narrower).inverted());
    let of_cluster = of_cluster.into_iter().fold(beside.clone(), Query::and);
    for level in narrow
        .map(|term| beside.clone().and(term))
        .chain([of_cluster])
    {
        let found = list(&level)?;
        let mut running = found.into_iter().filter(|one| !one.metadata.tearing_down());
        if let Some(last) = running.next_back() {
            return Ok(Some(last));
        }
    }
    Ok(None)
}

/// Gives a machine the extensions of a configuration.
fn spread(
    cx: &Context<'_>,
    machine: &str,
    configuration: &Resource<ExtensionsConfiguration>,
    cluster: &str,
) -> Result<(), Error> {
    if let Some(before) = cx.get::<kind::MachineExtensions>(machine)?
        && before.metadata.tearing_down()
    {
        // The end of the former one is an event that brings us back.
        return Ok(());
    }
    cx.put::<kind::MachineExtensions>(machine, |extensions| {
        let own = &mut extensions.metadata.labels;
        own.insert(labels::CLUSTER.to_owned(), cluster.to_owned());
        own.insert(
            labels::EXTENSIONS_CONFIGURATION.to_owned(),
            configuration.id().to_owned(),
        );
        extensions
            .spec
            .extensions
            .clone_from(&configuration.spec.extensions);
    })?;
    Ok(())
}

/// Parts a configuration from the machines that it does not count for any more; whether all are parted.
fn give_away(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let mut parted = true;
    let query = Query::label(labels::EXTENSIONS_CONFIGURATION, id);
    for extensions in cx.list::<kind::MachineExtensions>(&query)? {
        let machine = cx.running::<ClusterMachine>(extensions.id())?;
        let next = match &machine {
            Some(machine) => deciding(&machine.metadata, |query| cx.list(query))?,
            None => None,
        };
        match next {
            Some(next) if next.id() == id => {}
            Some(next) if !extensions.metadata.tearing_down() => {
                let cluster = next.metadata.label(labels::CLUSTER).unwrap_or_default();
                spread(cx, extensions.id(), &next, cluster)?;
            }
            _ => parted &= cx.remove::<kind::MachineExtensions>(extensions.id())?,
        }
    }
    Ok(parted)
}

/// A machine concerns the configuration that counts for it and the one that it has, unless they are the same.
fn of_machine(store: &Store, machine: &Metadata) -> Vec<Arc<str>> {
    let kind = ExtensionsConfiguration::FACTS;
    if store.count(kind.namespace, kind.type_name) == 0 {
        return Vec::new();
    }
    let id = &machine.id;
    let machine = store.peek::<ClusterMachine>(id);
    let staying = machine.filter(|machine| !machine.metadata.tearing_down());
    let next = staying.and_then(|machine| {
        let list = |query: &Query| Ok(store.peek_all::<ExtensionsConfiguration>(query));
        // A machine of no cluster has none.
        deciding(&machine.metadata, list).ok().flatten()
    });
    let now = store.peek::<kind::MachineExtensions>(id);
    let now = now.and_then(|now| {
        let of = now.metadata.label(labels::EXTENSIONS_CONFIGURATION)?;
        Some(Arc::from(of))
    });
    let next = next.map(|next| next.metadata.id.clone());
    if next == now {
        return Vec::new();
    }
    next.into_iter().chain(now).collect()
}

/// The end of a machine's extensions concerns the configuration that they were of, and the one that counts for the machine.
fn on_their_way_out(store: &Store, extensions: &Metadata) -> Vec<Arc<str>> {
    if !extensions.tearing_down() {
        return Vec::new();
    }
    let mut concerned = of_machine(store, extensions);
    let former = extensions.label(labels::EXTENSIONS_CONFIGURATION);
    concerned.extend(former.map(Arc::from));
    concerned
}
