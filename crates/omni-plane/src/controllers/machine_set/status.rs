//! The state of a machine set, and a cluster machine for every node of it.

use omni_api::kind::{
    Cluster, ClusterMachine, ClusterMachineConfigStatus, ClusterMachineStatus, LoadBalancerStatus,
    Machine, MachinePendingUpdates, MachineSet, MachineSetConfigStatus, MachineSetNode,
    MachineStatusLabels,
};
use omni_api::specs::{MachineSetPhase, Machines};
use omni_api::{Resource, kind, labels};
use sha2::{Digest as _, Sha256};

use super::members::Members;
use super::{operations, state};
use crate::controllers::common::{copy_all_labels, those_of_cluster};
use crate::controllers::reports::set_of_reporting_control_plane;
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::machines::Observed;
use crate::store::Query;

/// Keeps machine sets.
#[derive(Debug)]
pub(super) struct MachineSetStatus;

impl Transform for MachineSetStatus {
    type In = MachineSet;
    type Out = kind::MachineSetStatus;
    const NAME: &'static str = "MachineSetStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_label::<MachineSetNode>(labels::MACHINE_SET),
            Input::by_label::<ClusterMachine>(labels::MACHINE_SET),
            Input::by_label::<ClusterMachineStatus>(labels::MACHINE_SET),
            Input::by_label::<ClusterMachineConfigStatus>(labels::MACHINE_SET),
            Input::by_label::<MachinePendingUpdates>(labels::MACHINE_SET),
            Input::by_label::<MachineStatusLabels>(labels::MACHINE_SET),
            Input::mapped::<Cluster>(those_of_cluster::<MachineSet>),
            Input::mapped::<LoadBalancerStatus>(those_of_cluster::<MachineSet>),
            Input::mapped::<Observed>(set_of_reporting_control_plane),
            Input::quiet::<Machine>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<ClusterMachine>(),
            Output::exclusive::<MachineSetConfigStatus>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        set: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let members = Members::of(cx, set)?;
        copy_all_labels(&set.metadata, &mut output.metadata);
        output.spec.config_hash = config_hash(cx, set.id())?;
        state::describe(&members, &mut output.spec);
        cx.put::<MachineSetConfigStatus>(set.id(), |permission| {
            state::permit(&members, &mut permission.spec);
        })?;
        operations::operate(cx, &members)?;
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, set: &Resource<Self::In>) -> Result<bool, Error> {
        let members = Members::of(cx, set)?;
        if !members.machines.is_empty() {
            tell_destruction(cx, set.id(), members.machines.len())?;
        }
        operations::operate(cx, &members)?;
        if members.present().next().is_some() {
            return Ok(false);
        }
        tell_destruction(cx, set.id(), 0)?;
        cx.remove::<MachineSetConfigStatus>(set.id())
    }
}

/// Says how many machines are left of a set on its way out.
fn tell_destruction(cx: &Context<'_>, set: &str, left: usize) -> Result<(), Error> {
    if cx.running::<kind::MachineSetStatus>(set)?.is_none() {
        return Ok(());
    }
    cx.put::<kind::MachineSetStatus>(set, |status| {
        status.spec.set_phase(MachineSetPhase::Destroying);
        status.spec.ready = false;
        status.spec.machines = Some(Machines {
            total: u32::try_from(left).unwrap_or(u32::MAX),
            ..Machines::default()
        });
    })?;
    if left > 0 {
        cx.put::<MachineSetConfigStatus>(set, |permission| {
            permission.spec.should_reset_graceful = false;
        })?;
    }
    Ok(())
}

/// The hashes of the configurations that the machines run, hashed together.
fn config_hash(cx: &Context<'_>, set: &str) -> Result<String, Error> {
    let mut hash = Sha256::new();
    for config in cx.list::<ClusterMachineConfigStatus>(&Query::machine_set(set))? {
        hash.update(&config.spec.cluster_machine_config_sha256);
    }
    Ok(hex::encode(hash.finalize()))
}
