//! How many services of a cluster are proxied.

use omni_api::kind::{self, ExposedService};
use omni_api::{Resource, labels};

use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::store::Query;

/// Counts exposed services, and holds them while they are proxied.
#[derive(Debug)]
pub(super) struct ClusterWorkloadProxyStatus;

// === impl ClusterWorkloadProxyStatus ===

impl Transform for ClusterWorkloadProxyStatus {
    type In = kind::Cluster;
    type Out = kind::ClusterWorkloadProxyStatus;
    const NAME: &'static str = "ClusterWorkloadProxyStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_label::<ExposedService>(labels::CLUSTER)]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        output.spec.num_exposed_services = 0;
        // As Omni has it: where the feature is off nothing is let go either, until the cluster goes or the feature comes back.
        if !cluster
            .spec
            .features
            .unwrap_or_default()
            .enable_workload_proxy
        {
            return Ok(Verdict::DONE);
        }
        for service in cx.list::<ExposedService>(&Query::cluster(cluster.id()))? {
            if service.metadata.tearing_down() {
                cx.release::<ExposedService>(service.id())?;
                continue;
            }
            cx.hold::<ExposedService>(service.id())?;
            // One that never got an alias cannot be reached.
            let named = service
                .metadata
                .label(labels::EXPOSED_SERVICE_ALIAS)
                .is_some();
            output.spec.num_exposed_services += u32::from(named);
        }
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, cluster: &Resource<Self::In>) -> Result<bool, Error> {
        for service in cx.list::<ExposedService>(&Query::cluster(cluster.id()))? {
            cx.release::<ExposedService>(service.id())?;
        }
        Ok(true)
    }
}
