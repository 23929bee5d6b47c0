//! The state of a machine as a member of its cluster: its stage, whether it is ready, whether its configuration is up to date.
//!
//! The status stays until everybody else has let go of the cluster machine, so that the machine's way out can be watched.

use omni_api::kind::{
    Cluster, ClusterMachine, ClusterMachineConfig, ClusterMachineConfigStatus,
    ClusterMachineIdentity, Machine, MachinePendingUpdates, MachineRequestStatus, MachineSetNode,
    MachineStatus, MachineStatusSnapshot,
};
use omni_api::machine::machine_status_event::MachineStage;
use omni_api::specs::cluster_machine_status_spec::{ProvisionStatus, Stage};
use omni_api::specs::machine_status_snapshot_spec::PowerStage;
use omni_api::specs::{ClusterMachineStatusSpec, ConfigApplyStatus, MachineStatusSnapshotSpec};
use omni_api::{Resource, kind, labels};

use crate::controllers::common::{PLACE, cluster_of, copy_labels, flag, note, those_of_cluster};
use crate::engine::{Context, Error, Input, Patience, Transform, Verdict};

/// Reports on members.
#[derive(Debug)]
pub(super) struct ClusterMachineStatus;

type Output = Resource<kind::ClusterMachineStatus>;

// === impl ClusterMachineStatus ===

impl Transform for ClusterMachineStatus {
    type In = ClusterMachine;
    type Out = kind::ClusterMachineStatus;
    const NAME: &'static str = "ClusterMachineStatusController";
    const PATIENCE: Patience = Patience::Everybody;

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<MachineStatusSnapshot>(),
            Input::by_id::<Machine>(),
            Input::by_id::<MachineStatus>(),
            Input::by_id::<MachineSetNode>(),
            Input::by_id::<ClusterMachineConfig>(),
            Input::by_id::<ClusterMachineConfigStatus>(),
            Input::by_id::<ClusterMachineIdentity>(),
            Input::by_id::<MachinePendingUpdates>(),
            Input::mapped::<Cluster>(those_of_cluster::<ClusterMachine>),
            Input::quiet::<MachineRequestStatus>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Self::In>,
        output: &mut Output,
    ) -> Result<Verdict, Error> {
        let id = machine.id();
        copy_labels(&machine.metadata, &mut output.metadata, &PLACE);
        let connected = cx
            .get::<Machine>(id)?
            .is_some_and(|machine| machine.spec.connected);
        flag(&mut output.metadata, labels::MACHINE_CONNECTED, connected);
        output.spec.provision_status.get_or_insert_default();
        let Some(status) = cx.get::<MachineStatus>(id)? else {
            output.spec.set_stage(Stage::Unknown);
            output.spec.ready = false;
            output.spec.is_removed = true;
            return Ok(Verdict::DONE);
        };
        copy_facts(cx, &status, output)?;
        set_lock(cx, machine, output)?;
        let Some(snapshot) = cx.get::<MachineStatusSnapshot>(id)? else {
            output.spec.set_stage(Stage::Unknown);
            output.spec.ready = false;
            return Ok(Verdict::DONE);
        };
        set_config(cx, id, &mut output.spec)?;
        output.spec.ready = connected && is_ready(&snapshot.spec);
        let node = cx.get::<MachineSetNode>(id)?;
        output
            .spec
            .set_stage(match (machine.metadata.tearing_down(), node) {
                (true, _) => Stage::Destroying,
                (false, None) => Stage::BeforeDestroy,
                (false, Some(_)) => stage(&snapshot.spec),
            });
        if let Some(identity) = cx.get::<ClusterMachineIdentity>(id)? {
            let name = identity.spec.nodename.clone();
            output
                .metadata
                .labels
                .insert(labels::NODE_NAME.into(), name);
        }
        Ok(Verdict::DONE)
    }
}

fn copy_facts(
    cx: &Context<'_>,
    status: &Resource<MachineStatus>,
    output: &mut Output,
) -> Result<(), Error> {
    let fixed = labels::IS_MANAGED_BY_STATIC_INFRA_PROVIDER;
    flag(
        &mut output.metadata,
        fixed,
        status.metadata.label(fixed).is_some(),
    );
    if let Some(network) = &status.spec.network {
        output
            .metadata
            .labels
            .insert(labels::HOSTNAME.into(), network.hostname.clone());
    }
    output
        .spec
        .management_address
        .clone_from(&status.spec.management_address);
    output.spec.is_removed = status.metadata.tearing_down();
    let mut provision = ProvisionStatus::default();
    if let Some(request) = status.metadata.label(labels::MACHINE_REQUEST) {
        request.clone_into(&mut provision.request_id);
        let answer = cx.get::<MachineRequestStatus>(request)?;
        let provider = answer.and_then(|answer| {
            answer
                .metadata
                .label(labels::INFRA_PROVIDER_ID)
                .map(str::to_owned)
        });
        provision.provider_id = provider.unwrap_or_default();
    }
    output.spec.provision_status = Some(provision);
    Ok(())
}

/// Shows whether the machine or its cluster is locked, and whether something waits behind the lock.
fn set_lock(
    cx: &Context<'_>,
    machine: &Resource<ClusterMachine>,
    output: &mut Output,
) -> Result<(), Error> {
    let node = cx.get::<MachineSetNode>(machine.id())?;
    let cluster = cx.get::<Cluster>(cluster_of(&machine.metadata)?)?;
    let locked = node
        .is_some_and(|node| node.metadata.annotation(labels::MACHINE_LOCKED).is_some())
        || cluster.is_some_and(|cluster| {
            cluster
                .metadata
                .annotation(labels::CLUSTER_LOCKED)
                .is_some()
        });
    let waits = locked && cx.get::<MachinePendingUpdates>(machine.id())?.is_some();
    note(&mut output.metadata, labels::MACHINE_LOCKED, locked);
    flag(&mut output.metadata, labels::UPDATE_LOCKED, waits);
    Ok(())
}

fn set_config(
    cx: &Context<'_>,
    id: &str,
    spec: &mut ClusterMachineStatusSpec,
) -> Result<(), Error> {
    let config = cx.get::<ClusterMachineConfig>(id)?;
    let status = cx.get::<ClusterMachineConfigStatus>(id)?;
    let pending = cx.get::<MachinePendingUpdates>(id)?.is_some();
    let error = status
        .as_ref()
        .filter(|_| config.is_some())
        .map(|status| status.spec.last_config_error.clone());
    let applied = status
        .as_ref()
        .is_some_and(|status| !status.spec.cluster_machine_config_sha256.is_empty());
    spec.config_up_to_date =
        config.is_some() && applied && !pending && error.as_deref() == Some("");
    spec.last_config_error = error.unwrap_or_default();
    spec.set_config_apply_status(if spec.config_up_to_date {
        ConfigApplyStatus::Applied
    } else if spec.last_config_error.is_empty() {
        ConfigApplyStatus::Pending
    } else {
        ConfigApplyStatus::Failed
    });
    Ok(())
}

fn is_ready(snapshot: &MachineStatusSnapshotSpec) -> bool {
    let event = snapshot.machine_status.as_ref();
    event
        .and_then(|event| event.status.as_ref())
        .is_some_and(|status| status.ready)
}

fn stage(snapshot: &MachineStatusSnapshotSpec) -> Stage {
    match snapshot.power_stage() {
        PowerStage::PoweredOff => return Stage::PoweredOff,
        PowerStage::PoweringOn => return Stage::PoweringOn,
        PowerStage::None => {}
    }
    let event = snapshot.machine_status.as_ref();
    match event.map_or(
        MachineStage::Unknown,
        omni_api::machine::MachineStatusEvent::stage,
    ) {
        MachineStage::Unknown => Stage::Unknown,
        MachineStage::Booting => Stage::Booting,
        MachineStage::Installing => Stage::Installing,
        MachineStage::Maintenance => Stage::Configuring,
        MachineStage::Running => Stage::Running,
        MachineStage::Rebooting => Stage::Rebooting,
        MachineStage::ShuttingDown => Stage::ShuttingDown,
        MachineStage::Resetting => Stage::Destroying,
        MachineStage::Upgrading => Stage::Upgrading,
    }
}
