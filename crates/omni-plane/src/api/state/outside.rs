//! What can only be judged by asking elsewhere: a bucket, a backup that a cluster is to be restored from.
//!
//! Asked after everything else was found in order, and answered as any other rule is.

use omni_api::specs::machine_set_spec::BootstrapSpec;
use omni_api::{AnyResource, Kind as _, kind, labels};
use tonic::Status;

use super::StateService;
use crate::api::gate::{Gate, Violations};
use crate::backups::{Bucket, Depot, S3_CONF, is_off};
use crate::controllers::{MISMATCH, read_backup};
use crate::store::Query;

impl StateService {
    /// Asks what a write depends on outside of the plane.
    pub(super) async fn ask_outside(
        &self,
        old: Option<&AnyResource>,
        new: &AnyResource,
    ) -> Result<(), Status> {
        if matches!(self.gate, Gate::Open) || new.metadata.tearing_down() {
            return Ok(());
        }
        let found = match &*new.metadata.type_name {
            kind::EtcdBackupS3Conf::TYPE => bucket(new).await,
            kind::MachineSet::TYPE if old.is_none() => self.restore(new).await,
            _ => Ok(()),
        };
        let mut violations = Violations::default();
        violations.rules(found.err().into_iter().collect());
        violations.finish()
    }

    /// Whether the backup that a control plane is to be restored from is there, and the cluster's.
    async fn restore(&self, new: &AnyResource) -> Result<(), String> {
        let set = new.typed::<kind::MachineSet>();
        let Some(wanted) = set.ok().and_then(|set| set.spec.bootstrap_spec) else {
            return Ok(());
        };
        let Some(data) = self.backup_data(&wanted) else {
            // A rule has said so already.
            return Ok(());
        };
        let settings = self.store.peek::<kind::EtcdBackupS3Conf>(S3_CONF);
        let archive = self.depot.shelf(settings.as_ref().map(|conf| &conf.spec));
        let archive =
            archive.map_err(|error| format!("error getting etcd backup store: {error}"))?;
        match read_backup(&archive, &data, &wanted).await {
            Ok(_) => Ok(()),
            Err(why) if MISMATCH.contains(&why.as_str()) => Err(why),
            Err(why) => Err(format!("failed to get backup: {why}")),
        }
    }

    fn backup_data(&self, wanted: &BootstrapSpec) -> Option<omni_api::specs::BackupDataSpec> {
        let of_uuid = Query::label(labels::CLUSTER_UUID, &wanted.cluster_uuid);
        let found = self.store.peek_all::<kind::ClusterUuid>(&of_uuid);
        let data = self.store.peek::<kind::BackupData>(found.first()?.id())?;
        Some(data.spec.clone())
    }

    /// Where backups are kept.
    pub(super) const fn depot(&self) -> &Depot {
        &self.depot
    }
}

/// Lists a bucket before its settings are stored.
async fn bucket(new: &AnyResource) -> Result<(), String> {
    let Ok(conf) = new.typed::<kind::EtcdBackupS3Conf>() else {
        return Ok(());
    };
    if is_off(&conf.spec) {
        return Ok(());
    }
    let wrong = |error| format!("incorrect settings for s3 client: {error}");
    let bucket = Bucket::open(&conf.spec).map_err(wrong)?;
    bucket.test().await.map_err(wrong)
}
