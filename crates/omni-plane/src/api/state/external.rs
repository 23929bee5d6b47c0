//! The namespace `external`: backups, read from where they are kept each time somebody asks.
//!
//! Lists must name one cluster. Nothing tells when a backup comes or goes, so that there is no watch.

use omni_api::kind::namespace::EXTERNAL;
use omni_api::selector::{Condition, Query as Terms};
use omni_api::specs::EtcdBackupSpec;
use omni_api::{AnyResource, Kind as _, Resource, Version, kind, labels};
use prost_types::Timestamp;
use tonic::Status;

use super::StateService;
use crate::api::gate::Gate;
use crate::backups::{S3_CONF, Stored};
use crate::store::{Key, Query, StoreError};

/// The most backups of one list.
const MOST: usize = 1000;

impl StateService {
    /// Whether resources of this namespace are kept elsewhere. COSI's own service knows no such thing.
    pub(super) fn is_external(&self, namespace: &str) -> bool {
        matches!(self.gate, Gate::Omni(_)) && namespace == EXTERNAL
    }

    /// One backup.
    pub(super) async fn backup(&self, key: &Key) -> Result<AnyResource, Status> {
        let id = &*key.id;
        if *key.type_name != *kind::EtcdBackup::TYPE {
            return Err(unsupported("get", key));
        }
        let Some((cluster, number)) = id.rsplit_once('-') else {
            return Err(invalid(&format!("invalid ID {id:?}")));
        };
        if number.parse::<i64>().is_err() {
            return Err(invalid(&format!(
                "invalid timestamp in ID {id:?}: strconv.Atoi: parsing {number:?}: invalid syntax"
            )));
        }
        let found = self.backups_of(cluster).await?;
        let found = found.into_iter().find(|backup| *backup.metadata.id == *id);
        found.ok_or_else(|| {
            Status::not_found(format!(
                "resource doesn't exist: etcd backup {id:?} for cluster {cluster:?} not found"
            ))
        })
    }

    /// The backups of the cluster that the query names.
    pub(super) async fn backups(
        &self,
        type_name: &str,
        query: &Query,
    ) -> Result<Vec<AnyResource>, Status> {
        if type_name != kind::EtcdBackup::TYPE {
            let key = Key::new(EXTERNAL, type_name, "");
            return Err(unsupported("list", &key));
        }
        if query.id.is_some() {
            return Err(invalid("ID query is not supported"));
        }
        let cluster = cluster_of(&query.selector.0)?;
        self.backups_of(cluster).await
    }

    async fn backups_of(&self, cluster: &str) -> Result<Vec<AnyResource>, Status> {
        let Some(uuid) = self.store.peek::<kind::ClusterUuid>(cluster) else {
            let missing = Key::of::<kind::ClusterUuid>(cluster).at(Version::UNDEFINED);
            let missing = StoreError::NotFound(missing);
            return Err(Status::not_found(format!(
                "failed to get cluster UUID by ID: failed to get: {missing}"
            )));
        };
        let settings = self.store.peek::<kind::EtcdBackupS3Conf>(S3_CONF);
        let archive = self.depot().shelf(settings.as_ref().map(|conf| &conf.spec));
        let archive =
            archive.map_err(|error| Status::unknown(format!("failed to get store: {error}")))?;
        let stored = archive.list(&uuid.spec.uuid).await.map_err(|error| {
            Status::unknown(format!(
                "failed to list backups for cluster {cluster:?}: {error}"
            ))
        })?;
        let backup = |one: &Stored| backup(cluster, &uuid.spec.uuid, one);
        Ok(stored.iter().take(MOST).map(backup).collect())
    }
}

fn backup(cluster: &str, uuid: &str, stored: &Stored) -> AnyResource {
    let created = Timestamp {
        seconds: stored.seconds,
        nanos: 0,
    };
    let mut backup = Resource::<kind::EtcdBackup>::new(
        format!("{cluster}-{}", stored.seconds).as_str(),
        EtcdBackupSpec {
            created_at: Some(created),
            snapshot: stored.snapshot.clone(),
            size: stored.size,
        },
    );
    let marks = &mut backup.metadata.labels;
    marks.insert(labels::CLUSTER.to_owned(), cluster.to_owned());
    marks.insert(labels::CLUSTER_UUID.to_owned(), uuid.to_owned());
    backup.to_any()
}

/// The one cluster that the queries name.
fn cluster_of(queries: &[Terms]) -> Result<&str, Status> {
    let mut named = None;
    for term in queries.iter().flat_map(|query| &query.0) {
        let value = match &term.condition {
            Condition::Equal(value) if term.key == labels::CLUSTER && !term.invert => value,
            _ => {
                let key = &term.key;
                return Err(invalid(&format!("unsupported label query term {{{key}}}")));
            }
        };
        if value.is_empty() {
            let key = labels::CLUSTER;
            return Err(invalid(&format!(
                "empty value for {key:?} is not supported"
            )));
        }
        named = Some(value.as_str());
    }
    named.ok_or_else(|| invalid("cluster ID must be specified in query"))
}

/// Omni answers both without a code of its own.
fn invalid(why: &str) -> Status {
    Status::unknown(format!("failed to validate: {why}"))
}

/// What the namespace does not have.
pub(super) fn unsupported(verb: &str, key: &Key) -> Status {
    let reference = key.at(Version::UNDEFINED);
    Status::unimplemented(format!(
        "unsupported resource type: unsupported resource kind for {verb} \"{reference}\""
    ))
}
