//! The secrets of a cluster, drawn once: they identify it to its machines.
//!
//! The emulated machines have no certificates, so that these are identities and tokens only. The kind may be read by nobody from outside.

use omni_api::Resource;
use omni_api::kind;
use rand::Rng as _;

use crate::engine::{Context, Error, Transform, Verdict};

/// Draws a cluster's secrets.
#[derive(Debug)]
pub(super) struct ClusterSecrets;

impl Transform for ClusterSecrets {
    type In = kind::Cluster;
    type Out = kind::ClusterSecrets;
    const NAME: &'static str = "SecretsController";

    fn transform(
        &self,
        _: &Context<'_>,
        _: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if output.spec.data.is_empty() {
            let secrets = serde_json::json!({
                "cluster": { "id": random(), "secret": random() },
                "trustdinfo": { "token": random() },
            });
            output.spec.data = secrets.to_string().into_bytes();
        }
        Ok(Verdict::DONE)
    }
}

/// 32 random bytes as text.
fn random() -> String {
    use base64::Engine as _;
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    base64::engine::general_purpose::URL_SAFE.encode(bytes)
}
