//! What is kept true about backups of etcd: the keys, the schedule, what came of it, and what is restored.

mod attempt;
mod data;
mod encryption;
mod etcd_backup;
mod overall_status;
mod recovery;
mod snapshot;
mod store_status;
#[cfg(test)]
mod tests;

use crate::backups::Depot;
use crate::engine::{Controller, Transformed};

pub(crate) use recovery::{MISMATCH, Recovered, read};

/// The controllers of this module, over the places that backups are kept in.
pub fn all(depot: &Depot) -> Vec<Box<dyn Controller>> {
    vec![
        Transformed::boxed(encryption::EtcdBackupEncryption),
        Transformed::boxed(data::BackupData),
        Box::new(store_status::EtcdBackupStoreStatus),
        Box::new(etcd_backup::EtcdBackup::new(depot.clone())),
        Box::new(overall_status::EtcdBackupOverallStatus),
        Box::new(recovery::EtcdRecovery::new(depot.clone())),
    ]
}
