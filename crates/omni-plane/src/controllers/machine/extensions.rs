//! The extensions that are configured for a cluster, a machine set or a machine, machine by machine.
//!
//! Of several configurations that concern a machine the narrowest one counts, and of those the last by id; they are not merged. A
//! configuration on its way out gives its machines to the next one that concerns them, and stays until they have let go.

use std::sync::Arc;

use omni_api::kind::{ClusterMachine, ExtensionsConfiguration};
use omni_api::{Metadata, Resource, kind, labels};

use crate::Store;
use crate::controllers::common::{cluster_of, those_beside};
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
            Input::mapped::<ClusterMachine>(those_beside::<ExtensionsConfiguration>),
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
        let rivals = cx.list::<ExtensionsConfiguration>(&Query::cluster(cluster))?;
        let rivals: Vec<Configuration> = rivals
            .into_iter()
            .filter(|rival| !rival.metadata.tearing_down())
            .collect();
        for machine in members(cx, cluster)? {
            let deciding = deciding(&machine.metadata, &rivals)?;
            if deciding.is_some_and(|deciding| deciding.id() == id) {
                spread(cx, machine.id(), &configuration, cluster)?;
            }
        }
        if give_away(cx, id, &rivals)? {
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

/// The machines of a cluster that stay.
fn members(cx: &Context<'_>, cluster: &str) -> Result<Vec<Arc<Resource<ClusterMachine>>>, Error> {
    let mut members = cx.list::<ClusterMachine>(&Query::cluster(cluster))?;
    members.retain(|machine| !machine.metadata.tearing_down());
    Ok(members)
}

/// The configuration that counts for a machine.
fn deciding<'a>(
    machine: &Metadata,
    rivals: &'a [Configuration],
) -> Result<Option<&'a Configuration>, Error> {
    let cluster = cluster_of(machine)?;
    let set = machine.label(labels::MACHINE_SET);
    let narrow = |rival: &Metadata, key: &str| rival.label(key).map(str::to_owned);
    let of_machine =
        |rival: &Metadata| narrow(rival, labels::CLUSTER_MACHINE).as_deref() == Some(&*machine.id);
    let of_set = |rival: &Metadata| {
        let named = narrow(rival, labels::MACHINE_SET);
        named.is_some() && named.as_deref() == set
    };
    let of_cluster = |rival: &Metadata| {
        rival.label(labels::CLUSTER) == Some(cluster)
            && rival.label(labels::CLUSTER_MACHINE).is_none()
            && rival.label(labels::MACHINE_SET).is_none()
    };
    let last = |concerns: &dyn Fn(&Metadata) -> bool| {
        rivals.iter().rev().find(|rival| concerns(&rival.metadata))
    };
    Ok(last(&of_machine)
        .or_else(|| last(&of_set))
        .or_else(|| last(&of_cluster)))
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
fn give_away(cx: &Context<'_>, id: &str, rivals: &[Configuration]) -> Result<bool, Error> {
    let mut parted = true;
    let query = Query::label(labels::EXTENSIONS_CONFIGURATION, id);
    for extensions in cx.list::<kind::MachineExtensions>(&query)? {
        let machine = cx.running::<ClusterMachine>(extensions.id())?;
        let next = match &machine {
            Some(machine) => deciding(&machine.metadata, rivals)?,
            None => None,
        };
        match next {
            Some(next) if next.id() == id => {}
            Some(next) if !extensions.metadata.tearing_down() => {
                let cluster = next.metadata.label(labels::CLUSTER).unwrap_or_default();
                spread(cx, extensions.id(), next, cluster)?;
            }
            _ => parted &= cx.remove::<kind::MachineExtensions>(extensions.id())?,
        }
    }
    Ok(parted)
}

/// The end of a machine's extensions concerns every configuration of the cluster.
fn on_their_way_out(store: &Store, extensions: &Metadata) -> Vec<Arc<str>> {
    if extensions.tearing_down() {
        those_beside::<ExtensionsConfiguration>(store, extensions)
    } else {
        Vec::new()
    }
}
