//! How many bootstrap manifests of a cluster differ from those of its Kubernetes version: none, as there is no workload.

use omni_api::kind::ClusterSecrets;
use omni_api::{Resource, kind};

use crate::engine::{Context, Error, Transform, Verdict};

/// Compares manifests.
#[derive(Debug)]
pub(super) struct KubernetesUpgradeManifestStatus;

impl Transform for KubernetesUpgradeManifestStatus {
    type In = ClusterSecrets;
    type Out = kind::KubernetesUpgradeManifestStatus;
    const NAME: &'static str = "KubernetesUpgradeManifestStatusController";

    fn transform(
        &self,
        _: &Context<'_>,
        _: &Resource<Self::In>,
        _: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        Ok(Verdict::DONE)
    }
}
