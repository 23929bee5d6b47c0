//! The last backup of any cluster, beside the store that it went to.

use std::sync::Arc;

use omni_api::kind::{self, EtcdBackupStatus, EtcdBackupStoreStatus};
use omni_api::{Metadata, Resource};

use super::store_status;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;
use crate::{Moment, Store};

/// Sums up.
#[derive(Debug)]
pub(super) struct EtcdBackupOverallStatus;

/// The one id of the status.
const ID: &str = "etcdbackup-overall-status";

impl Controller for EtcdBackupOverallStatus {
    fn name(&self) -> &'static str {
        "EtcdBackupOverallStatusController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<EtcdBackupStoreStatus>(the_one),
            Input::mapped::<EtcdBackupStatus>(the_one),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::EtcdBackupOverallStatus>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(store) = cx.get::<EtcdBackupStoreStatus>(store_status::ID)? else {
            return Ok(Next::Done);
        };
        let statuses = cx.list::<EtcdBackupStatus>(&Query::all())?;
        let latest = statuses.iter().max_by_key(|status| written(status));
        cx.put::<kind::EtcdBackupOverallStatus>(id, |overall| {
            let spec = &mut overall.spec;
            spec.configuration_name
                .clone_from(&store.spec.configuration_name);
            spec.configuration_error
                .clone_from(&store.spec.configuration_error);
            // What the last cluster left behind stays when the cluster goes.
            if let Some(latest) = latest {
                spec.last_backup_status = Some(latest.spec.clone());
            }
        })?;
        Ok(Next::Done)
    }
}

fn written(status: &Resource<EtcdBackupStatus>) -> Moment {
    let stamp = status.metadata.updated.or(status.metadata.created);
    stamp.map(Moment::from).unwrap_or_default()
}

fn the_one(_: &Store, _: &Metadata) -> Vec<Arc<str>> {
    vec![ID.into()]
}
