//! How far the destruction of a machine set is, in words.

use omni_api::kind::{ClusterMachineStatus, MachineSet};
use omni_api::{Resource, kind, labels};

use crate::controllers::common::plural;
use crate::engine::{Context, Error, Input, Patience, Transform, Verdict};
use crate::store::Query;

/// Counts what is left of a machine set on its way out.
#[derive(Debug)]
pub(super) struct MachineSetDestroyStatus;

impl Transform for MachineSetDestroyStatus {
    type In = MachineSet;
    type Out = kind::MachineSetDestroyStatus;
    const NAME: &'static str = "MachineSetDestroyStatusController";
    const PATIENCE: Patience = Patience::Everybody;

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_label::<ClusterMachineStatus>(labels::MACHINE_SET)]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        set: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if !set.metadata.tearing_down() {
            return Ok(Verdict::SKIP);
        }
        let machines = cx.list::<ClusterMachineStatus>(&Query::machine_set(set.id()))?;
        output.spec.phase = format!("Destroying: {}", plural(machines.len(), "machine"));
        Ok(Verdict::DONE)
    }
}
