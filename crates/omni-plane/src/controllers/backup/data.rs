//! What the next backup of a cluster needs: how often, under which UUID, sealed with what.

use omni_api::kind::{Cluster, ClusterSecrets, ClusterUuid, EtcdBackupEncryption};
use omni_api::{Resource, kind};

use crate::controllers::Bundle;
use crate::engine::{Context, Error, Input, Transform, Verdict};

/// Collects it.
#[derive(Debug)]
pub(super) struct BackupData;

impl Transform for BackupData {
    type In = Cluster;
    type Out = kind::BackupData;
    const NAME: &'static str = "BackupDataController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<ClusterUuid>(),
            Input::by_id::<EtcdBackupEncryption>(),
            Input::by_id::<ClusterSecrets>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let id = cluster.id();
        let uuid = cx.get::<ClusterUuid>(id)?;
        let key = cx.get::<EtcdBackupEncryption>(id)?;
        let secrets = cx.get::<ClusterSecrets>(id)?;
        let (Some(uuid), Some(key), Some(secrets)) = (uuid, key, secrets) else {
            return Ok(Verdict::SKIP);
        };
        let bundle = Bundle::read(&secrets.spec.data)?;
        let secret = |key| bundle.text(&["secrets", key]).to_owned();
        let backups = cluster.spec.backup_configuration.as_ref();
        let backups = backups.filter(|backups| backups.enabled);
        let spec = &mut output.spec;
        spec.interval = Some(
            backups
                .and_then(|backups| backups.interval)
                .unwrap_or_default(),
        );
        spec.cluster_uuid.clone_from(&uuid.spec.uuid);
        spec.encryption_key.clone_from(&key.spec.encryption_key);
        spec.aes_cbc_encryption_secret = secret("aescbcencryptionsecret");
        spec.secretbox_encryption_secret = secret("secretboxencryptionsecret");
        Ok(Verdict::DONE)
    }
}
