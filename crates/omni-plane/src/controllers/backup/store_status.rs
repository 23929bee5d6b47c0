//! Which store the account's backups go to, and whether its settings can be used.
//!
//! An Omni is started for one kind of store. The plane has one of its own, `local`, and uses a bucket as long as there are settings
//! of one.

use std::sync::Arc;

use omni_api::kind::{self, EtcdBackupS3Conf, FeaturesConfig};
use omni_api::{Kind as _, Metadata};

use crate::Store;
use crate::backups::{Bucket, S3_CONF, is_off};
use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// Names the store.
#[derive(Debug)]
pub(super) struct EtcdBackupStoreStatus;

/// The one id of the status.
pub(super) const ID: &str = "etcdbackup-store-status";

impl Controller for EtcdBackupStoreStatus {
    fn name(&self) -> &'static str {
        "EtcdBackupStoreStatusController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<EtcdBackupS3Conf>(the_one),
            // Every account has one: the status is there from the beginning.
            Input::mapped::<FeaturesConfig>(the_one),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<kind::EtcdBackupStoreStatus>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let settings = cx.running::<EtcdBackupS3Conf>(S3_CONF)?;
        let settings = settings.filter(|settings| !is_off(&settings.spec));
        let (name, error) = match settings {
            None => ("local", String::new()),
            Some(settings) => {
                let error = Bucket::open(&settings.spec).err();
                (
                    "s3",
                    error.map_or_else(String::new, |error| error.to_string()),
                )
            }
        };
        // Omni's server writes it, no controller: it has no owner.
        cx.put_for_user::<kind::EtcdBackupStoreStatus>(id, |status| {
            name.clone_into(&mut status.spec.configuration_name);
            status.spec.configuration_error.clone_from(&error);
        })?;
        Ok(Next::Done)
    }
}

fn the_one(_: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    let stranger = *metadata.type_name == *EtcdBackupS3Conf::TYPE && *metadata.id != *S3_CONF;
    if stranger {
        Vec::new()
    } else {
        vec![ID.into()]
    }
}
