//! What Omni knows about a machine: its own report, and where it belongs.
//!
//! A machine belongs to a cluster from the moment a node is made of it until the status of its cluster machine is gone. As
//! long as it belongs to none it carries the label `available`.

use omni_api::kind::{
    ClusterMachineStatus, InfraMachineStatus, KernelArgs, Machine, MachineLabels, MachineSetNode,
    MachineStatusSnapshot,
};
use omni_api::resource::Map;
use omni_api::specs::machine_status_spec::{PowerState, Role};
use omni_api::specs::{KernelArgsSpec, MachineStatusSpec};
use omni_api::{Metadata, Resource, kind, labels};

use super::inventory::inventory;
use crate::controllers::common::{PLACE, copy_labels, flag, is_control_plane, note};
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::machines::Observed;
use crate::schematic::extras;

/// Reports on machines.
#[derive(Debug)]
pub(super) struct MachineStatus;

/// Labels of a machine that its status shows, too.
const COPIED: [&str; 5] = [
    labels::MACHINE_REQUEST,
    labels::MACHINE_REQUEST_SET,
    labels::NO_MANUAL_ALLOCATION,
    labels::IS_MANAGED_BY_STATIC_INFRA_PROVIDER,
    labels::INFRA_PROVIDER_ID,
];

// === impl MachineStatus ===

impl Transform for MachineStatus {
    type In = Machine;
    type Out = kind::MachineStatus;
    const NAME: &'static str = "MachineStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<Observed>(),
            Input::by_id::<MachineStatusSnapshot>(),
            Input::by_id::<MachineLabels>(),
            Input::by_id::<ClusterMachineStatus>(),
            Input::by_id::<MachineSetNode>(),
            Input::by_id::<InfraMachineStatus>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<MachineLabels>(),
            Output::shared::<KernelArgs>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let id = machine.id();
        let observed = cx.get::<Observed>(id)?;
        if let Some(report) = observed.and_then(|observed| observed.spec.report.clone()) {
            output.spec = report;
            initialize(cx, id, output)?;
        }
        let place = place(cx, id)?;
        let connected = machine.spec.connected;
        output.spec.connected = connected;
        output
            .spec
            .management_address
            .clone_from(&machine.spec.management_address);
        let user_labels = user_labels(cx, id, &output.spec)?;
        let metadata = &mut output.metadata;
        metadata.labels = user_labels;
        copy_labels(&machine.metadata, metadata, &COPIED);
        metadata.labels.extend(inventory(&output.spec));
        let reports = cx.get::<MachineStatusSnapshot>(id)?.is_some();
        flag(metadata, labels::MACHINE_REPORTING_EVENTS, reports);
        flag(metadata, labels::MACHINE_CONNECTED, connected);
        flag(metadata, labels::MACHINE_DISCONNECTED, !connected);
        set_provider_facts(cx, id, connected, output)?;
        set_place(place.as_ref(), output);
        Ok(Verdict::DONE)
    }
}

/// Makes what a user may change later of what the machine came with: labels, and kernel arguments beyond those of the join.
///
/// There is always a resource for the labels: one that is deleted comes back empty. Kernel arguments are taken over once.
fn initialize(
    cx: &Context<'_>,
    id: &str,
    output: &mut Resource<kind::MachineStatus>,
) -> Result<(), Error> {
    let labelled = labels::PLATFORM_TAG_LABELS_INITIALIZED;
    if cx
        .get::<MachineLabels>(id)?
        .is_none_or(|own| !own.metadata.tearing_down())
    {
        cx.put_for_user::<MachineLabels>(id, |own| note(&mut own.metadata, labelled, true))?;
        note(&mut output.metadata, labelled, true);
    }
    let taken = labels::KERNEL_ARGS_INITIALIZED;
    let running = output.spec.schematic.as_ref();
    let Some(running) = running.filter(|_| output.metadata.annotation(taken).is_none()) else {
        return Ok(());
    };
    let args = extras(&running.kernel_args);
    if !args.is_empty() {
        cx.create_for_user(&Resource::<KernelArgs>::new(id, KernelArgsSpec { args }))?;
    }
    note(&mut output.metadata, taken, true);
    Ok(())
}

/// Where the machine belongs: its cluster machine's place, or its node's.
fn place(cx: &Context<'_>, id: &str) -> Result<Option<Metadata>, Error> {
    if let Some(member) = cx.get::<ClusterMachineStatus>(id)? {
        return Ok(Some(member.metadata.clone()));
    }
    let node = cx.get::<MachineSetNode>(id)?;
    Ok(node.map(|node| node.metadata.clone()))
}

fn set_place(place: Option<&Metadata>, output: &mut Resource<kind::MachineStatus>) {
    let (metadata, spec) = (&mut output.metadata, &mut output.spec);
    flag(metadata, labels::MACHINE_AVAILABLE, place.is_none());
    let Some(place) = place else {
        spec.cluster.clear();
        spec.set_role(Role::None);
        return;
    };
    copy_labels(place, metadata, &PLACE);
    let cluster = place.label(labels::CLUSTER).unwrap_or_default();
    cluster.clone_into(&mut spec.cluster);
    spec.set_role(if is_control_plane(place) {
        Role::ControlPlane
    } else {
        Role::Worker
    });
}

/// The labels that users gave: those of the image, and over them those of `MachineLabels`.
fn user_labels(cx: &Context<'_>, id: &str, report: &MachineStatusSpec) -> Result<Map, Error> {
    let mut given = report.image_labels.clone();
    if let Some(own) = cx.running::<MachineLabels>(id)? {
        given.extend(own.metadata.labels.clone());
    }
    Ok(given)
}

/// What a static provider says about a machine that Omni cannot reach: whether it can be used all the same.
fn set_provider_facts(
    cx: &Context<'_>,
    id: &str,
    connected: bool,
    output: &mut Resource<kind::MachineStatus>,
) -> Result<(), Error> {
    let status = cx.get::<InfraMachineStatus>(id)?;
    let usable = status
        .as_ref()
        .is_some_and(|status| status.spec.ready_to_use);
    let metadata = &mut output.metadata;
    flag(metadata, labels::MACHINE_READY_TO_USE, connected || usable);
    let Some(status) = status else {
        return Ok(());
    };
    flag(metadata, labels::MACHINE_INSTALLED, status.spec.installed);
    let off = !connected && output.spec.power_state() == PowerState::Unknown;
    if off {
        output.spec.set_power_state(PowerState::Off);
    }
    if let Some(provider) = status.metadata.label(labels::INFRA_PROVIDER_ID) {
        let named = status
            .metadata
            .labels
            .iter()
            .filter(|(key, _)| *key != labels::INFRA_PROVIDER_ID);
        let named = named.map(|(key, value)| {
            (
                format!("omni.sidero.dev/infra-provider/{provider}/{key}"),
                value.clone(),
            )
        });
        metadata.labels.extend(named);
    }
    Ok(())
}
