//! The state of a cluster's manifest groups: shown from the first moment at which its API can be reached.

use omni_api::kind::{Cluster, LoadBalancerStatus};
use omni_api::{Resource, kind};

use crate::engine::{Context, Error, Input, Transform, Verdict};

/// Reports on manifests.
#[derive(Debug)]
pub(super) struct ClusterKubernetesManifestsStatus;

impl Transform for ClusterKubernetesManifestsStatus {
    type In = Cluster;
    type Out = kind::ClusterKubernetesManifestsStatus;
    const NAME: &'static str = "ClusterKubernetesManifestsStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<LoadBalancerStatus>(),
            Input::by_id::<kind::KubernetesStatus>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        _: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let balancer = cx.get::<LoadBalancerStatus>(cluster.id())?;
        let known = cx.get::<kind::KubernetesStatus>(cluster.id())?.is_some();
        let reachable = known && balancer.is_some_and(|balancer| balancer.spec.healthy);
        Ok(if reachable {
            Verdict::DONE
        } else {
            Verdict::SKIP
        })
    }
}
