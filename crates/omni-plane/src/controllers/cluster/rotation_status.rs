//! The state of a cluster's rotation of secrets: at rest, once it has secrets.

use omni_api::{Resource, kind};

use crate::engine::{Context, Error, Transform, Verdict};

/// Reports the rotation of secrets.
#[derive(Debug)]
pub(super) struct ClusterSecretsRotationStatus;

impl Transform for ClusterSecretsRotationStatus {
    type In = kind::ClusterSecrets;
    type Out = kind::ClusterSecretsRotationStatus;
    const NAME: &'static str = "SecretRotationStatusController";

    fn transform(
        &self,
        _: &Context<'_>,
        _: &Resource<Self::In>,
        _: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        Ok(Verdict::DONE)
    }
}
