//! The manifests of the program in a cluster that exposes its services, where the cluster asks for it.

use omni_api::kind::{Cluster, KubernetesManifestGroup};
use omni_api::specs::kubernetes_manifest_group_spec::Mode;
use omni_api::{Resource, labels};

use crate::engine::{Context, Error, Transform, Verdict};

/// What that program needs: to see Services, and to listen on every node's end of Omni's network.
const MANIFESTS: &str = include_str!("workload_proxy.yaml");

/// Writes the manifests.
#[derive(Debug)]
pub(super) struct ClusterWorkloadProxy;

// === impl ClusterWorkloadProxy ===

impl Transform for ClusterWorkloadProxy {
    type In = Cluster;
    type Out = KubernetesManifestGroup;
    const NAME: &'static str = "ClusterWorkloadProxyController";
    const SHARED: bool = true;
    const PREFIX: &'static str = "cluster-";
    const SUFFIX: &'static str = "-workload-proxy";

    fn transform(
        &self,
        _: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if !cluster
            .spec
            .features
            .unwrap_or_default()
            .enable_workload_proxy
        {
            return Ok(Verdict::Remove);
        }
        let marks = &mut output.metadata.labels;
        marks.insert(labels::CLUSTER.to_owned(), cluster.id().to_owned());
        marks.insert(labels::SYSTEM_MANIFEST.to_owned(), String::new());
        output.spec.set_mode(Mode::Full);
        MANIFESTS.clone_into(&mut output.spec.data);
        Ok(Verdict::DONE)
    }
}
