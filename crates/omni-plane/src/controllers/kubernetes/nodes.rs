//! The names of the nodes that a cluster should have.

use omni_api::kind::{ClusterMachineIdentity, ClusterUuid};
use omni_api::{Resource, kind, labels};

use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::store::Query;

/// Lists nodes.
#[derive(Debug)]
pub(super) struct ClusterKubernetesNodes;

impl Transform for ClusterKubernetesNodes {
    type In = ClusterUuid;
    type Out = kind::ClusterKubernetesNodes;
    const NAME: &'static str = "ClusterKubernetesNodesController";

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_label::<ClusterMachineIdentity>(labels::CLUSTER)]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let machines = cx.list::<ClusterMachineIdentity>(&Query::cluster(cluster.id()))?;
        let known = machines
            .iter()
            .filter(|machine| !machine.metadata.tearing_down());
        output.spec.nodes = known.map(|machine| machine.spec.nodename.clone()).collect();
        output.spec.nodes.sort_unstable();
        Ok(Verdict::DONE)
    }
}
