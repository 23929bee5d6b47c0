//! The state of a machine set, and a cluster machine for every node of it.

use omni_api::kind::{
    Cluster, ClusterMachine, LoadBalancerStatus, MachineSet, MachineSetConfigStatus,
};
use omni_api::specs::{MachineSetPhase, Machines};
use omni_api::{Resource, kind};

use super::members::Members;
use super::{operations, state};
use crate::controllers::common::{copy_all_labels, those_of_cluster};
use crate::controllers::reports::set_of_reporting_control_plane;
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::machines::Observed;

/// Keeps machine sets.
#[derive(Debug)]
pub(super) struct MachineSetStatus;

impl Transform for MachineSetStatus {
    type In = MachineSet;
    type Out = kind::MachineSetStatus;
    const NAME: &'static str = "MachineSetStatusController";

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = Members::inputs();
        inputs.extend([
            Input::mapped::<Cluster>(those_of_cluster::<MachineSet>),
            Input::mapped::<LoadBalancerStatus>(those_of_cluster::<MachineSet>),
            Input::mapped::<Observed>(set_of_reporting_control_plane),
        ]);
        inputs
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
        let members = cx.ledger::<Members>(set.id(), &false)?;
        copy_all_labels(&set.metadata, &mut output.metadata);
        let config_hash = members.config_hash(members.entries());
        config_hash.clone_into(&mut output.spec.config_hash);
        state::describe(set, &members, &mut output.spec);
        cx.put::<MachineSetConfigStatus>(set.id(), |permission| {
            state::permit(set, &members, &mut permission.spec);
        })?;
        operations::operate(cx, set, &members)?;
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, set: &Resource<Self::In>) -> Result<bool, Error> {
        let members = cx.ledger::<Members>(set.id(), &true)?;
        if members.machines > 0 {
            tell_destruction(cx, set.id(), members.machines)?;
        }
        operations::operate(cx, set, &members)?;
        if members.present > 0 {
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
