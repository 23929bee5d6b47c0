//! The key that a cluster's backups are sealed with: drawn once for each life of a cluster.

use omni_api::{Resource, kind};

use crate::engine::{Context, Error, Transform, Verdict};

/// Draws keys.
#[derive(Debug)]
pub(super) struct EtcdBackupEncryption;

impl Transform for EtcdBackupEncryption {
    type In = kind::ClusterUuid;
    type Out = kind::EtcdBackupEncryption;
    const NAME: &'static str = "EtcdBackupEncryptionController";

    fn transform(
        &self,
        _: &Context<'_>,
        _: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if output.spec.encryption_key.is_empty() {
            output.spec.encryption_key = rand::random::<[u8; 32]>().to_vec();
        }
        Ok(Verdict::DONE)
    }
}
