//! The image that a machine is to run: its own schematic with other extensions and kernel arguments, and the Talos version of its
//! cluster or its own.
//!
//! # Flow
//! 1. A member of a cluster gets the extensions that are configured for it, or those that it booted with at first; a machine that
//!    belongs to no cluster keeps its own.
//! 2. It gets the kernel arguments that are configured for it, behind those of the join; where they cannot be changed, it keeps its own.
//! 3. Everything else in its schematic stays. The image factory keeps the result, so that the machine finds it by its id.
//! 4. What is installed already, and what is on its way, stands in the machine's extensions status.

use std::collections::BTreeSet;

use omni_api::kind::{
    Cluster, ClusterMachine, ClusterMachineConfig, KernelArgs, MachineExtensions,
    MachineExtensionsStatus, MachineStatus,
};
use omni_api::specs::machine_extensions_status_spec::{Item, item::Phase};
use omni_api::specs::machine_status_spec;
use omni_api::{Metadata, Resource, kind, labels};
use semver::Version;

use super::extension_names;
use super::kernel_args;
use crate::controllers::common::{PLACE, cluster_of, copy_labels, those_of_cluster};
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::schematic::{KeptSchematic, Schematic, keep_as};

/// Decides about images.
#[derive(Debug)]
pub(super) struct SchematicConfiguration;

/// What a machine is to run.
struct Wanted {
    talos: String,
    schematic: Schematic,
    /// Where the machine belongs.
    member: Option<Metadata>,
}

// === impl SchematicConfiguration ===

impl Transform for SchematicConfiguration {
    type In = MachineStatus;
    type Out = kind::SchematicConfiguration;
    const NAME: &'static str = "SchematicConfigurationController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<ClusterMachine>(),
            Input::by_id::<ClusterMachineConfig>(),
            Input::by_id::<MachineExtensions>(),
            Input::by_id::<KernelArgs>(),
            Input::mapped::<Cluster>(those_of_cluster::<MachineStatus>),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<MachineExtensionsStatus>(),
            Output::shared::<KeptSchematic>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        hold_extensions(cx, machine.id())?;
        let Some(wanted) = Wanted::of(cx, machine)? else {
            return Ok(Verdict::SKIP);
        };
        output.metadata.labels.remove(labels::CLUSTER);
        if let Some(member) = &wanted.member {
            copy_labels(member, &mut output.metadata, &[labels::CLUSTER]);
        }
        output.spec.talos_version.clone_from(&wanted.talos);
        output.spec.schematic_id = keep_as(cx, &wanted.schematic)?;
        report(cx, machine, &wanted)?;
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, machine: &Resource<Self::In>) -> Result<bool, Error> {
        let gone = cx.remove::<MachineExtensionsStatus>(machine.id())?;
        if gone {
            cx.release::<MachineExtensions>(machine.id())?;
        }
        Ok(gone)
    }
}

/// The configured extensions stay until their end has been seen here.
fn hold_extensions(cx: &Context<'_>, machine: &str) -> Result<(), Error> {
    let Some(extensions) = cx.get::<MachineExtensions>(machine)? else {
        return Ok(());
    };
    if extensions.metadata.tearing_down() {
        cx.release::<MachineExtensions>(machine)?;
    } else {
        cx.hold::<MachineExtensions>(machine)?;
    }
    Ok(())
}

/// Shows what is installed, what comes and what goes.
fn report(
    cx: &Context<'_>,
    machine: &Resource<MachineStatus>,
    wanted: &Wanted,
) -> Result<(), Error> {
    let running = machine.spec.schematic.as_ref();
    let running = running.map_or(&[] as &[String], |schematic| &schematic.extensions);
    let extensions = &wanted.schematic.customization.system_extensions;
    let items = items(running, &extensions.official_extensions);
    cx.put::<MachineExtensionsStatus>(machine.id(), |status| {
        for key in PLACE {
            status.metadata.labels.remove(key);
        }
        if let Some(member) = &wanted.member {
            copy_labels(member, &mut status.metadata, &PLACE);
        }
        status.spec.talos_version = format!("v{}", wanted.talos);
        status.spec.extensions.clone_from(&items);
    })?;
    Ok(())
}

fn items(running: &[String], wanted: &[String]) -> Vec<Item> {
    let all: BTreeSet<&String> = running.iter().chain(wanted).collect();
    let item = |name: &String| {
        let phase = match (running.contains(name), wanted.contains(name)) {
            (true, false) => Phase::Removing,
            (false, true) => Phase::Installing,
            _ => Phase::Installed,
        };
        Item {
            name: name.clone(),
            phase: phase.into(),
            ..Item::default()
        }
    };
    all.into_iter().map(item).collect()
}

// === impl Wanted ===

impl Wanted {
    /// Nothing as long as the machine has not told enough.
    fn of(cx: &Context<'_>, machine: &Resource<MachineStatus>) -> Result<Option<Self>, Error> {
        let own = machine.spec.talos_version.trim_start_matches('v');
        let known = machine.spec.security_state.is_some() && !own.is_empty();
        let running = machine.spec.schematic.as_ref();
        let Some(running) = running.filter(|running| known && is_ready(running)) else {
            return Ok(None);
        };
        let member = cx.running::<ClusterMachine>(machine.id())?;
        let cluster = match &member {
            Some(member) => cx.get::<Cluster>(cluster_of(&member.metadata)?)?,
            None => None,
        };
        let extensions = match &cluster {
            Some(cluster) => extensions(cx, machine.id(), running, cluster)?,
            None => Some(running.extensions.clone()),
        };
        let arguments = kernel_args::wanted(cx, machine, running)?;
        let raw = Schematic::parse(&running.raw).map_err(|error| Error::Unusable {
            what: machine.metadata.to_string(),
            reason: error.to_string(),
        })?;
        Ok(extensions.map(|extensions| Self {
            talos: cluster.map_or_else(
                || own.to_owned(),
                |cluster| cluster.spec.talos_version.clone(),
            ),
            schematic: raw.with(extensions, arguments),
            member: member.map(|member| member.metadata.clone()),
        }))
    }
}

/// Whether the machine has told what it runs. One in agent mode tells what its provider will boot.
pub(super) fn is_ready(schematic: &machine_status_spec::Schematic) -> bool {
    !schematic.full_id.is_empty() && !schematic.raw.is_empty()
}

/// The extensions of a member: those that are configured, or those of its first boot.
fn extensions(
    cx: &Context<'_>,
    machine: &str,
    running: &machine_status_spec::Schematic,
    cluster: &Resource<Cluster>,
) -> Result<Option<Vec<String>>, Error> {
    let Some(configured) = cx.running::<MachineExtensions>(machine)? else {
        let initial = running.initial_state.as_ref();
        return Ok(initial.map(|initial| initial.extensions.clone()));
    };
    let names = &configured.spec.extensions;
    let talos = Version::parse(&cluster.spec.talos_version).ok();
    let known = names.iter().map(|name| match &talos {
        Some(talos) => extension_names::for_version(name, talos),
        None => name.clone(),
    });
    // Sorted, each one once.
    let sorted: BTreeSet<String> = known.collect();
    Ok(Some(sorted.into_iter().collect()))
}
