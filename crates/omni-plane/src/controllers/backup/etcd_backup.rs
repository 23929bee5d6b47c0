//! The backups of a cluster: when one is due, it is made, and its end is shown.
//!
//! # Flow
//! 1. A backup is due when a user has asked for one within the last ten minutes, or when the interval of the cluster has passed
//!    since the last one that succeeded.
//! 2. A snapshot is taken of the etcd, sealed, and put on the shelf. That may take time elsewhere; the attempt is remembered.
//! 3. Its end is written into the attempt, which wakes the controller; the status shows it. After a failure the next try is
//!    a minute later.

use std::time::Duration;

use omni_api::kind::{
    self, Cluster, ClusterEndpoint, ClusterMachine, EtcdBackupS3Conf, EtcdBackupStatus,
    EtcdManualBackup,
};
use omni_api::specs::BackupDataSpec;
use omni_api::specs::etcd_backup_status_spec::Status;
use prost_types::Timestamp;

use super::attempt::{Attempt, AttemptSpec, keep, kept};
use super::snapshot::{self, Snapshot};
use crate::Moment;
use crate::backups::sealed::{self, Secrets};
use crate::backups::{Busy, Depot, S3_CONF, Shelf, beside, name};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::machines::{Observed, Workload};

/// Makes backups.
#[derive(Debug)]
pub(super) struct EtcdBackup {
    depot: Depot,
}

/// When the next backup is due.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Due {
    /// Now; because a user has asked for it at this time.
    Now(Option<Timestamp>),
    /// At this moment.
    At(Moment),
    /// Never, as far as anybody knows.
    Never,
}

/// How old a user's wish may be, and how far ahead.
const WISH: Duration = Duration::from_mins(10);
/// How long after a failure the next try is.
const TICK: Duration = Duration::from_mins(1);
/// How long a backup may take.
const PATIENCE: Duration = Duration::from_mins(30);

// === impl EtcdBackup ===

impl EtcdBackup {
    pub(super) const fn new(depot: Depot) -> Self {
        Self { depot }
    }

    /// Takes the snapshot and puts it on the shelf, at once or in a while.
    fn begin(
        &self,
        cx: &Context<'_>,
        id: &str,
        data: &BackupDataSpec,
        manual: Option<Timestamp>,
    ) -> Result<Next, Error> {
        let Some(busy) = self.depot.begin(id) else {
            return Ok(Next::After(PATIENCE));
        };
        let prepared = match snapshot::take(cx, id)? {
            Ok(snapshot) => self.prepare(cx, data, &snapshot)?,
            Err(why) => Err(why.to_string()),
        };
        let now = cx.now();
        cx.put::<Attempt>(id, |attempt| {
            attempt.spec.started_at = keep(now).max(attempt.spec.ended_at + 1);
            if manual.is_some() {
                attempt.spec.manual = manual;
            }
        })?;
        upload(cx, id, data, prepared, busy)?;
        Ok(Next::After(PATIENCE))
    }

    /// The shelf, and the sealed file.
    fn prepare(
        &self,
        cx: &Context<'_>,
        data: &BackupDataSpec,
        snapshot: &Snapshot,
    ) -> Result<Result<(Shelf, Vec<u8>), String>, Error> {
        let settings = cx.running::<EtcdBackupS3Conf>(S3_CONF)?;
        let archive = self.depot.shelf(settings.as_ref().map(|conf| &conf.spec));
        let secrets = Secrets {
            aes_cbc: data.aes_cbc_encryption_secret.clone(),
            secretbox: data.secretbox_encryption_secret.clone(),
        };
        let file = sealed::seal(&data.encryption_key, &secrets, &snapshot.bytes());
        Ok(match (archive, file) {
            (Ok(archive), Ok(file)) => Ok((archive, file)),
            (Err(error), _) => Err(format!("failed to get store: {error}")),
            (_, Err(error)) => Err(failed(&error)),
        })
    }
}

impl Controller for EtcdBackup {
    fn name(&self) -> &'static str {
        "EtcdBackupController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::BackupData>(),
            Input::by_id::<EtcdManualBackup>(),
            Input::by_id::<Attempt>(),
            Input::quiet::<EtcdBackupS3Conf>(),
            Input::quiet::<ClusterEndpoint>(),
            Input::quiet::<ClusterMachine>(),
            Input::quiet::<Cluster>(),
            Input::quiet::<Observed>(),
            Input::quiet::<Workload>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<EtcdBackupStatus>(),
            Output::exclusive::<Attempt>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(data) = cx.running::<kind::BackupData>(id)? else {
            cx.remove::<EtcdBackupStatus>(id)?;
            cx.remove::<Attempt>(id)?;
            return Ok(Next::Done);
        };
        let attempt = cx.get::<Attempt>(id)?;
        let attempt = attempt
            .map(|attempt| attempt.spec.clone())
            .unwrap_or_default();
        if attempt.is_running() && self.depot.is_busy(id) {
            return Ok(Next::After(PATIENCE));
        }
        show(cx, id, &attempt)?;
        match due(cx, id, &data.spec, &attempt)? {
            Due::Now(manual) => self.begin(cx, id, &data.spec, manual),
            Due::At(moment) => Ok(Next::Idle(moment.since(cx.now()))),
            Due::Never => Ok(Next::Done),
        }
    }
}

fn due(
    cx: &Context<'_>,
    id: &str,
    data: &BackupDataSpec,
    attempt: &AttemptSpec,
) -> Result<Due, Error> {
    if let Some(wish) = wish(cx, id, attempt)? {
        return Ok(Due::Now(Some(wish)));
    }
    let interval = data
        .interval
        .and_then(|interval| Duration::try_from(interval).ok());
    let Some(interval) = interval.filter(|interval| !interval.is_zero()) else {
        return Ok(Due::Never);
    };
    let after_last = kept(attempt.succeeded_at).map(|last| last + interval);
    let after_failure = kept(attempt.ended_at)
        .filter(|_| !attempt.error.is_empty())
        .map(|failed| failed + TICK);
    // One that was lost with a former process is made up for at once.
    let due = after_last.max(after_failure);
    Ok(match due {
        Some(moment) if moment > cx.now() => Due::At(moment),
        _ => Due::Now(None),
    })
}

/// What a user has asked for and not got.
fn wish(cx: &Context<'_>, id: &str, attempt: &AttemptSpec) -> Result<Option<Timestamp>, Error> {
    let manual = cx.running::<EtcdManualBackup>(id)?;
    let Some(at) = manual.and_then(|manual| manual.spec.backup_at) else {
        return Ok(None);
    };
    // One that was begun and lost with a former process is still wanted.
    let fulfilled = attempt.manual == Some(at) && !attempt.is_running();
    if at.seconds == 0 || fulfilled {
        return Ok(None);
    }
    let (at_moment, now) = (Moment::from(at), Moment::from_unix(cx.wall()));
    let apart = now.since(at_moment).max(at_moment.since(now));
    Ok((apart < WISH).then_some(at))
}

/// Shows the attempt that is over.
fn show(cx: &Context<'_>, id: &str, attempt: &AttemptSpec) -> Result<(), Error> {
    let Some(ended) = kept(attempt.ended_at) else {
        return Ok(());
    };
    cx.put::<EtcdBackupStatus>(id, |status| {
        let spec = &mut status.spec;
        spec.last_backup_attempt = Some(ended.into());
        spec.last_backup_time = kept(attempt.succeeded_at).map(Timestamp::from);
        spec.error.clone_from(&attempt.error);
        spec.set_status(if attempt.error.is_empty() {
            Status::Ok
        } else {
            Status::Error
        });
    })?;
    Ok(())
}

/// Puts the file on the shelf and notes the end.
fn upload(
    cx: &Context<'_>,
    id: &str,
    data: &BackupDataSpec,
    prepared: Result<(Shelf, Vec<u8>), String>,
    busy: Busy,
) -> Result<(), Error> {
    let later = cx.later::<Attempt>()?;
    let (id, uuid) = (id.to_owned(), data.cluster_uuid.clone());
    let seconds = i64::try_from(cx.now().since_unix().as_secs()).unwrap_or(i64::MAX);
    beside(async move {
        let outcome = match prepared {
            Ok((archive, file)) => {
                let put = archive.put(&uuid, &name::of(seconds), file).await;
                put.map_err(|error| failed(&error))
            }
            Err(error) => Err(error),
        };
        let now = later.now();
        drop(busy);
        later.change(&id, |attempt| attempt.spec.end(now, outcome.clone()));
    });
    Ok(())
}

/// Omni's words for a file that did not reach the shelf.
fn failed(error: &dyn std::error::Error) -> String {
    format!("failed to upload etcd snapshot for cluster: failed in wrapped uploader: {error}")
}
