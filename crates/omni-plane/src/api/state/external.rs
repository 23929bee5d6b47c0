//! The namespace `external`: backups, read from where they are kept each time somebody asks.
//!
//! Lists must name one cluster. Nothing tells when a backup comes or goes: a watch shows those that are there, and then nothing more. What is not
//! supported has no code of its own, as in Omni.

use std::sync::Arc;

use omni_api::kind::namespace::EXTERNAL;
use omni_api::selector::{Condition, Query as Terms};
use omni_api::specs::EtcdBackupSpec;
use omni_api::{AnyResource, Kind as _, Resource, Version, cosi, kind, labels};
use prost_types::Timestamp;
use tonic::Status;

use super::StateService;
use crate::api::caller::Caller;
use crate::api::gate::Gate;
use crate::api::wire;
use crate::backups::{S3_CONF, Stored};
use crate::store::{Key, Query, StoreError, Watcher};

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
            let reference = key.at(Version::UNDEFINED);
            return Err(unsupported(&format!(
                "unsupported resource type for get \"{reference}\""
            )));
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
            return Err(unsupported_kind("list", &key));
        }
        if query.id.is_some() {
            return Err(invalid("ID query is not supported"));
        }
        let cluster = cluster_of(&query.selector.0).map_err(|why| invalid(&why))?;
        self.backups_of(cluster).await
    }

    /// A watch with COSI's options.
    pub(super) async fn watch_backups(
        &self,
        caller: Option<&Caller>,
        request: &cosi::WatchRequest,
        options: &cosi::WatchOptions,
    ) -> Result<Watcher, Status> {
        let query = wire::query(&options.label_query, options.id_query.as_ref())?;
        if request.id.is_none() {
            self.gate
                .read_kind(caller, EXTERNAL, &request.r#type, &query)?;
            if options.aggregated {
                return Err(unsupported("watch kind aggregated is not supported"));
            }
            if request.r#type == kind::EtcdBackup::TYPE && *options != cosi::WatchOptions::default()
            {
                supported(options, &query)?;
            }
        }
        let (kind, id) = (&request.r#type, request.id.as_deref());
        self.watch_backups_by(caller, kind, id, &query).await
    }

    /// A watch of the backups of the cluster that the query names: those that are there, and nothing more.
    pub(super) async fn watch_backups_by(
        &self,
        caller: Option<&Caller>,
        type_name: &str,
        id: Option<&str>,
        query: &Query,
    ) -> Result<Watcher, Status> {
        if let Some(id) = id {
            self.gate
                .read(caller, &Key::new(EXTERNAL, type_name, id), None)?;
            return Err(unsupported("watch is not supported"));
        }
        self.gate.read_kind(caller, EXTERNAL, type_name, query)?;
        if type_name != kind::EtcdBackup::TYPE {
            let key = Key::new(EXTERNAL, type_name, "");
            return Err(unsupported_kind("watch", &key));
        }
        let found = self.backups(type_name, query).await;
        let found = found.map(|found| found.into_iter().map(Arc::new).collect::<Vec<_>>());
        let shown = found.as_deref();
        let shown = shown.map_err(|status| format!("list error: {}", status.message()));
        Ok(self.store.watch_elsewhere(EXTERNAL, type_name, shown))
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

/// Whether a watch with options has those that it needs, and no others.
fn supported(options: &cosi::WatchOptions, query: &Query) -> Result<(), Status> {
    if !options.bootstrap_contents {
        return Err(unsupported("should pass WithBootstrapContents option"));
    }
    if options.tail_events > 0 {
        return Err(unsupported("tail events is not supported"));
    }
    if query.id.is_some() {
        return Err(unsupported("ID query is not supported"));
    }
    let named = cluster_of(&query.selector.0);
    named.map(drop).map_err(|why| unsupported(&why))
}

/// The one cluster that the queries name, or why they do not.
fn cluster_of(queries: &[Terms]) -> Result<&str, String> {
    let mut named = None;
    for term in queries.iter().flat_map(|query| &query.0) {
        let value = match &term.condition {
            Condition::Equal(value) if term.key == labels::CLUSTER => value,
            other => {
                let (key, operation) = (&term.key, number(other));
                return Err(format!(
                    "unsupported label query term {{{key} {operation}}}"
                ));
            }
        };
        if value.is_empty() {
            let key = labels::CLUSTER;
            return Err(format!("empty value for {key:?} is not supported"));
        }
        named = Some(value.as_str());
    }
    named.ok_or_else(|| "cluster ID must be specified in query".to_owned())
}

/// The number of an operation in Go.
const fn number(condition: &Condition) -> u8 {
    match condition {
        Condition::Exists => 0,
        Condition::Equal(_) => 1,
        Condition::In(_) => 2,
        Condition::Less(_) => 3,
        Condition::LessOrEqual(_) => 4,
        Condition::LessNumeric(_) => 5,
        Condition::LessOrEqualNumeric(_) => 6,
    }
}

/// Omni answers it without a code of its own.
fn invalid(why: &str) -> Status {
    Status::unknown(format!("failed to validate: {why}"))
}

/// Omni answers it without a code of its own, other than what is computed.
fn unsupported(why: &str) -> Status {
    Status::unknown(format!("unsupported resource type: {why}"))
}

/// What the namespace does not have.
fn unsupported_kind(verb: &str, key: &Key) -> Status {
    let reference = key.at(Version::UNDEFINED);
    unsupported(&format!(
        "unsupported resource kind for {verb} \"{reference}\""
    ))
}
