//! Bringing the bootstrap manifests of a cluster up to date.
//!
//! Emulated control planes have no manifests, and [`kind::KubernetesUpgradeManifestStatus`] says of every cluster that none is out of date:
//! the call checks what Omni checks, finds nothing to do, and says nothing.

use std::pin::Pin;

use futures::stream::{self, Stream};
use omni_api::management as api;
use omni_api::{Role, Version, kind};
use tonic::{Request, Status};

use super::{Management, context, refused};
use crate::audit::AuditLog;
use crate::store::Key;

const METHOD: &str = "management.ManagementService/KubernetesSyncManifests";
/// Marks when manifests were last rolled out.
const ROLLOUT: &str = "manifest-rollout";

type Answers =
    Pin<Box<dyn Stream<Item = Result<api::KubernetesSyncManifestResponse, Status>> + Send>>;

impl Management {
    pub(super) async fn sync_manifests(
        &self,
        request: Request<api::KubernetesSyncManifestRequest>,
    ) -> Result<Answers, Status> {
        let cluster = context::cluster(&request);
        let cluster =
            cluster.ok_or_else(|| Status::invalid_argument("unable to extract request context"))?;
        let caller = self.on_cluster(&request, Some(&cluster), Role::Operator)?;
        let status = self.store.peek::<kind::ClusterStatus>(&cluster);
        let status = status.ok_or_else(|| {
            let missing = Key::of::<kind::Cluster>(&cluster).at(Version::UNDEFINED);
            Status::unknown(format!(
                "failed to fetch cluster data: resource {missing} doesn't exist"
            ))
        })?;
        if !status.spec.kubernetes_api_ready {
            return Err(Status::unknown(
                "failed to get kubeconfig: the cluster's Kubernetes API does not answer yet",
            ));
        }
        AuditLog::new(self.store.clone())
            .talos_access(&caller.author(), METHOD, &cluster, "")
            .map_err(|error| refused(&error))?;
        self.mark_rollout(&cluster)?;
        self.acknowledge().await?;
        Ok(Box::pin(stream::empty()))
    }

    /// Has the upgrade's status looked at again, as Omni does it.
    fn mark_rollout(&self, cluster: &str) -> Result<(), Status> {
        let Some(status) = self.store.peek::<kind::KubernetesUpgradeStatus>(cluster) else {
            return Ok(());
        };
        let now = self
            .store
            .clock()
            .moment()
            .since_unix()
            .as_secs()
            .to_string();
        let owner = status.metadata.owner.clone();
        let marked = self
            .store
            .put::<kind::KubernetesUpgradeStatus>(&owner, cluster, |status| {
                let annotations = &mut status.metadata.annotations;
                annotations.insert(ROLLOUT.to_owned(), now.clone());
            });
        marked.map(|_| ()).map_err(|error| refused(&error))
    }
}
