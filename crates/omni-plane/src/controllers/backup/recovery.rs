//! What a cluster is restored from: fetched from the shelf before its secrets are drawn and its etcd is begun.
//!
//! An internal kind, [`Recovered`], holds what came: the secrets that the contents are encrypted with, and the contents. While it is
//! not there the cluster waits; why it is not there is noted in it and tried again.

use std::time::Duration;

use omni_api::kind::{BackupData, ClusterUuid, EtcdBackupS3Conf, Facts, MachineSet};
use omni_api::specs::BackupDataSpec;
use omni_api::specs::machine_set_spec::BootstrapSpec;
use omni_api::{Kind, Resource, labels};

use super::snapshot::Snapshot;
use crate::backups::sealed::{self, Secrets};
use crate::backups::{Depot, S3_CONF, Shelf, beside};
use crate::controllers::common::{cluster_of_control_plane, control_planes_of};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::internal;
use crate::machines::workload::Object;
use crate::store::Query;

/// Fetches backups.
#[derive(Debug)]
pub(super) struct EtcdRecovery {
    depot: Depot,
}

/// The kind of [`RecoveredSpec`]; its id is the cluster's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovered {}

/// What a cluster is restored from.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RecoveredSpec {
    /// The UUID of the cluster that it was a backup of.
    #[prost(string, tag = "1")]
    pub(crate) cluster_uuid: String,
    /// The name of the snapshot.
    #[prost(string, tag = "2")]
    pub(crate) snapshot: String,
    /// Whether it has been fetched.
    #[prost(bool, tag = "3")]
    pub(crate) fetched: bool,
    /// Why it has not.
    #[prost(string, tag = "4")]
    pub(crate) error: String,
    /// The encryption secrets of the cluster that it was a backup of.
    #[prost(string, tag = "5")]
    pub(crate) aes_cbc: String,
    /// The encryption secrets of the cluster that it was a backup of.
    #[prost(string, tag = "6")]
    pub(crate) secretbox: String,
    /// The objects that it brings back.
    #[prost(message, repeated, tag = "7")]
    pub(crate) objects: Vec<Object>,
}

/// How long after a failure the next try is.
const AGAIN: Duration = Duration::from_mins(1);
/// How long fetching may take.
const PATIENCE: Duration = Duration::from_mins(5);

// === impl Recovered ===

impl Kind for Recovered {
    type Spec = RecoveredSpec;
    const FACTS: &'static Facts =
        &internal::secret("EtcdRecoveries.plane.internal", "plane.EtcdRecovery");
}

// === impl EtcdRecovery ===

impl EtcdRecovery {
    pub(super) const fn new(depot: Depot) -> Self {
        Self { depot }
    }

    fn fetch(&self, cx: &Context<'_>, id: &str, wanted: &BootstrapSpec) -> Result<Next, Error> {
        let what = format!("restore of {id}");
        let Some(busy) = self.depot.begin(&what) else {
            return Ok(Next::After(PATIENCE));
        };
        let source = self.source(cx, wanted)?;
        cx.put::<Recovered>(id, |recovered| {
            recovered.spec = RecoveredSpec {
                cluster_uuid: wanted.cluster_uuid.clone(),
                snapshot: wanted.snapshot.clone(),
                error: recovered.spec.error.clone(),
                ..RecoveredSpec::default()
            };
        })?;
        let later = cx.later::<Recovered>()?;
        let (id, wanted) = (id.to_owned(), wanted.clone());
        beside(async move {
            let outcome = match source {
                Ok((archive, data)) => read(&archive, &data, &wanted).await,
                Err(why) => Err(why),
            };
            drop(busy);
            later.change(&id, |recovered| fill(&mut recovered.spec, outcome.clone()));
        });
        Ok(Next::Idle(AGAIN))
    }

    /// Where the backup lies, and what it is opened with.
    fn source(
        &self,
        cx: &Context<'_>,
        wanted: &BootstrapSpec,
    ) -> Result<Result<(Shelf, BackupDataSpec), String>, Error> {
        let of_uuid = Query::label(labels::CLUSTER_UUID, &wanted.cluster_uuid);
        let found = cx.list::<ClusterUuid>(&of_uuid)?;
        let [cluster] = found.as_slice() else {
            let count = found.len();
            return Ok(Err(format!(
                "expected exactly one cluster uuid, got {count}"
            )));
        };
        let Some(data) = cx.get::<BackupData>(cluster.id())? else {
            let id = cluster.id();
            return Ok(Err(format!("failed to get backup data for cluster {id:?}")));
        };
        let settings = cx.running::<EtcdBackupS3Conf>(S3_CONF)?;
        let archive = self.depot.shelf(settings.as_ref().map(|conf| &conf.spec));
        Ok(match archive {
            Ok(archive) => Ok((archive, data.spec.clone())),
            Err(error) => Err(format!("failed to get backup store: {error}")),
        })
    }
}

impl Controller for EtcdRecovery {
    fn name(&self) -> &'static str {
        "EtcdRecoveryController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<MachineSet>(cluster_of_control_plane),
            Input::by_id::<Recovered>(),
            Input::quiet::<ClusterUuid>(),
            Input::quiet::<BackupData>(),
            Input::quiet::<EtcdBackupS3Conf>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<Recovered>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let set = cx.running::<MachineSet>(&control_planes_of(id))?;
        let wanted = set
            .as_ref()
            .and_then(|set| set.spec.bootstrap_spec.as_ref());
        let known = cx.get::<Recovered>(id)?;
        let Some(wanted) = wanted else {
            if known.is_some() {
                cx.remove::<Recovered>(id)?;
            }
            return Ok(Next::Done);
        };
        match known {
            Some(known) if known.spec.fetched && known.spec.is_of(wanted) => Ok(Next::Done),
            // What has failed is tried again when its time has come, not because it was written down.
            Some(known) if !known.spec.error.is_empty() && !is_over(cx, &known) => {
                Ok(Next::Idle(AGAIN))
            }
            _ => self.fetch(cx, id, wanted),
        }
    }
}

/// Whether a failure is old enough to try again.
fn is_over(cx: &Context<'_>, known: &Resource<Recovered>) -> bool {
    let written = known.metadata.updated.or(known.metadata.created);
    let written = written.map(crate::Moment::from).unwrap_or_default();
    cx.now().since(written) >= AGAIN
}

/// Reads and opens a backup.
///
/// # Errors
/// Omni's words, as far as they are its own.
pub(crate) async fn read(
    archive: &Shelf,
    data: &BackupDataSpec,
    wanted: &BootstrapSpec,
) -> Result<(Secrets, Snapshot), String> {
    let file = archive.get(&wanted.cluster_uuid, &wanted.snapshot).await;
    let file = file.map_err(|error| format!("failed to download backup: {error}"))?;
    let (secrets, bytes) = sealed::open(&data.encryption_key, &file)
        .map_err(|error| format!("error decrypting backup: {error}"))?;
    if secrets.aes_cbc != data.aes_cbc_encryption_secret {
        return Err(MISMATCH[0].to_owned());
    }
    if secrets.secretbox != data.secretbox_encryption_secret {
        return Err(MISMATCH[1].to_owned());
    }
    let snapshot = Snapshot::of(&bytes).ok_or("the snapshot is damaged")?;
    Ok((secrets, snapshot))
}

/// Omni's words for secrets that are not the cluster's.
pub(crate) const MISMATCH: [&str; 2] = [
    "aes cbc encryption secret mismatch",
    "secretbox encryption secret mismatch",
];

fn fill(spec: &mut RecoveredSpec, outcome: Result<(Secrets, Snapshot), String>) {
    match outcome {
        Ok((secrets, snapshot)) => {
            spec.fetched = true;
            spec.error.clear();
            spec.aes_cbc = secrets.aes_cbc;
            spec.secretbox = secrets.secretbox;
            spec.objects = snapshot.objects;
        }
        Err(why) => spec.error = why,
    }
}

// === impl RecoveredSpec ===

impl RecoveredSpec {
    /// Whether it is the backup that is wanted.
    pub(crate) fn is_of(&self, wanted: &BootstrapSpec) -> bool {
        self.cluster_uuid == wanted.cluster_uuid && self.snapshot == wanted.snapshot
    }
}
