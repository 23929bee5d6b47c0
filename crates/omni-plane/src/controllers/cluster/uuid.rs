//! An identity for each life of a cluster: a cluster that is created again under its old name gets another.

use omni_api::Resource;
use omni_api::{kind, labels};
use uuid::Uuid;

use crate::engine::{Context, Error, Patience, Transform, Verdict};

/// Gives a cluster its UUID.
#[derive(Debug)]
pub(super) struct ClusterUuid;

impl Transform for ClusterUuid {
    type In = kind::Cluster;
    type Out = kind::ClusterUuid;
    const NAME: &'static str = "ClusterUUIDController";
    const PATIENCE: Patience = Patience::While("ClusterController");

    fn transform(
        &self,
        _: &Context<'_>,
        _: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if output.spec.uuid.is_empty() {
            output.spec.uuid = Uuid::new_v4().to_string();
        }
        let uuid = output.spec.uuid.clone();
        output
            .metadata
            .labels
            .insert(labels::CLUSTER_UUID.to_owned(), uuid);
        Ok(Verdict::DONE)
    }
}
