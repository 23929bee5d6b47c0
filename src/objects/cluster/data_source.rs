//! The data source `omni_cluster`: a cluster as it is now, to depend on.

use std::collections::BTreeMap;

use omni_api::kind;
use tfplugin::objects::{Cx, DataSource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object};

use super::{Cluster, Features, Machines, convert};
use crate::readiness::{self, Wanted};
use crate::session::{Session, defer, explain};
use crate::values::{BackupInterval, Version};

/// A cluster as it is now.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "cluster")]
pub struct ClusterData {
    /// Name of the cluster.
    #[attr(required)]
    pub name: Attr<String>,
    /// Kubernetes version that the cluster is to run.
    #[attr(computed)]
    pub kubernetes_version: Attr<Version>,
    /// Talos version that the cluster is to run.
    #[attr(computed)]
    pub talos_version: Attr<Version>,
    /// How often etcd is backed up; `0s` when backups are off.
    #[attr(computed)]
    pub backup_interval: Attr<BackupInterval>,
    /// Features of the cluster.
    #[attr(computed)]
    pub features: Attr<Features>,
    /// Labels of the cluster.
    #[attr(computed)]
    pub labels: Attr<BTreeMap<String, Attr<String>>>,
    /// Annotations of the cluster.
    #[attr(computed)]
    pub annotations: Attr<BTreeMap<String, Attr<String>>>,
    /// Whether the cluster is locked.
    #[attr(computed)]
    pub locked: Attr<bool>,
    /// What the cluster is doing: `SCALING_UP`, `SCALING_DOWN`, `RUNNING`, `DESTROYING` or `UNKNOWN`.
    #[attr(computed)]
    pub phase: Attr<String>,
    /// Whether everything in the cluster is there, runs the wanted versions and is ready; stricter than Omni's own flag.
    #[attr(computed)]
    pub ready: Attr<bool>,
    /// What stands between the cluster and ready, one sentence each.
    #[attr(computed)]
    pub blockers: Attr<Vec<Attr<String>>>,
    /// How many machines the cluster has.
    #[attr(computed)]
    pub machines: Attr<Machines>,
    /// UUID of the cluster.
    #[attr(computed)]
    pub uuid: Attr<String>,
}

/// The data source `omni_cluster`.
#[derive(Debug, Default)]
pub struct ClusterDataSource;

// === impl ClusterDataSource ===

impl DataSource for ClusterDataSource {
    type Session = Session;
    type Model = ClusterData;

    async fn read(
        &self,
        cx: &Cx<Session>,
        config: ClusterData,
    ) -> Result<ClusterData, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(config);
        }
        let client = cx.session().client().await?;
        let id = config.name.as_str().unwrap_or_default();
        let failed = |error| explain::failed(&format!("read the cluster {id:?}"), &error);
        let Some(cluster) = client
            .cache()
            .get::<kind::Cluster>(id, None)
            .await
            .map_err(failed)?
        else {
            return Err(missing(id).into());
        };
        let status = client
            .cache()
            .get::<kind::ClusterStatus>(id, None)
            .await
            .map_err(failed)?;
        let uuid = client
            .cache()
            .get::<kind::ClusterUuid>(id, None)
            .await
            .map_err(failed)?;
        let observed = readiness::wait::look(client, id).await.map_err(failed)?;
        let blockers = readiness::blockers(&observed, &Wanted::default());
        // An empty model reads like an import: it shows everything that there is.
        let mut state = Cluster::default();
        convert::read(&cluster, &mut state);
        convert::read_status(status.as_ref(), uuid.as_ref(), &mut state);
        Ok(ClusterData {
            name: config.name,
            kubernetes_version: state.kubernetes_version,
            talos_version: state.talos_version,
            backup_interval: state.backup_interval,
            features: state.features,
            labels: state.labels,
            annotations: state.annotations,
            locked: state.locked,
            phase: state.phase,
            ready: Attr::Known(blockers.is_empty()),
            blockers: Attr::Known(
                blockers
                    .iter()
                    .map(|blocker| Attr::Known(blocker.to_string()))
                    .collect(),
            ),
            machines: state.machines,
            uuid: state.uuid.or_null(),
        })
    }
}

fn missing(id: &str) -> Diagnostic {
    Diagnostic::error("No such cluster")
        .detail(format!("There is no cluster {id:?} in this account."))
        .remedy("Check the name, or read it from the resource that creates the cluster so that Terraform waits for it.")
        .at_attribute("name")
}
