//! How far the destruction of a cluster is, in words.

use omni_api::kind::{Cluster, ClusterMachineStatus, MachineSetStatus};
use omni_api::{Resource, kind, labels};

use crate::controllers::common::plural;
use crate::engine::{Context, Error, Input, Patience, Transform, Verdict};
use crate::store::Query;

/// Counts what is left of a cluster on its way out.
#[derive(Debug)]
pub(super) struct ClusterDestroyStatus;

impl Transform for ClusterDestroyStatus {
    type In = Cluster;
    type Out = kind::ClusterDestroyStatus;
    const NAME: &'static str = "ClusterDestroyStatusController";
    const PATIENCE: Patience = Patience::EverybodyBut("ClusterStatusController");

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_label::<MachineSetStatus>(labels::CLUSTER),
            Input::by_label::<ClusterMachineStatus>(labels::CLUSTER),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if !cluster.metadata.tearing_down() {
            return Ok(Verdict::SKIP);
        }
        let ours = Query::cluster(cluster.id());
        let sets = cx.list::<MachineSetStatus>(&ours)?.len();
        let machines = cx.list::<ClusterMachineStatus>(&ours)?.len();
        let (sets, machines) = (plural(sets, "machine set"), plural(machines, "machine"));
        output.spec.phase = format!("Destroying: {sets}, {machines}");
        Ok(Verdict::DONE)
    }
}
