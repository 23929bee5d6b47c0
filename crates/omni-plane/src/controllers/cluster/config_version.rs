//! The Talos version with which a cluster was created; it never changes.

use omni_api::Resource;
use omni_api::kind;

use crate::engine::{Context, Error, Transform, Verdict};

/// Remembers the Talos version of the creation.
#[derive(Debug)]
pub(super) struct ClusterConfigVersion;

impl Transform for ClusterConfigVersion {
    type In = kind::Cluster;
    type Out = kind::ClusterConfigVersion;
    const NAME: &'static str = "ClusterConfigVersionController";

    fn transform(
        &self,
        _: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if output.spec.version.is_empty() {
            output.spec.version = format!("v{}", cluster.spec.talos_version);
        }
        Ok(Verdict::DONE)
    }
}
