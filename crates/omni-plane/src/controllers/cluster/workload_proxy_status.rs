//! How many services of a cluster are exposed: none, as emulated machines run no workload.

use omni_api::{Resource, kind};

use crate::engine::{Context, Error, Transform, Verdict};

/// Counts exposed services.
#[derive(Debug)]
pub(super) struct ClusterWorkloadProxyStatus;

impl Transform for ClusterWorkloadProxyStatus {
    type In = kind::Cluster;
    type Out = kind::ClusterWorkloadProxyStatus;
    const NAME: &'static str = "ClusterWorkloadProxyStatusController";

    fn transform(
        &self,
        _: &Context<'_>,
        _: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        output.spec.num_exposed_services = 0;
        Ok(Verdict::DONE)
    }
}
