//! Whether a cluster may be upgraded to a version of Kubernetes.
//!
//! The server asks the cluster itself for removed API versions and the health of its nodes. Nothing runs on the plane's machines; what can be
//! asked is the path and whether the control plane is there and ready, and so that is asked.

use omni_api::selector::Term;
use omni_api::{Role, Version, kind, labels, management as api};
use tonic::{Request, Status};

use super::{Management, context, refused};
use crate::api::caller::Caller;
use crate::api::validation::kubernetes_path_supported;
use crate::audit::AuditLog;
use crate::store::{Key, Query};

const METHOD: &str = "management.ManagementService/KubernetesUpgradePreChecks";

impl Management {
    pub(super) fn check_upgrade(
        &self,
        request: &Request<api::KubernetesUpgradePreChecksRequest>,
    ) -> Result<api::KubernetesUpgradePreChecksResponse, Status> {
        let cluster = context::cluster(request);
        let cluster =
            cluster.ok_or_else(|| Status::invalid_argument("unable to extract request context"))?;
        let caller = self.on_cluster(request, Some(&cluster), Role::Operator)?;
        let status = self
            .store
            .peek::<kind::KubernetesUpgradeStatus>(&cluster)
            .ok_or_else(|| {
                let missing =
                    Key::of::<kind::KubernetesUpgradeStatus>(&cluster).at(Version::UNDEFINED);
                Status::not_found(format!("resource {missing} doesn't exist"))
            })?;
        let current = &status.spec.last_upgrade_version;
        if current.is_empty() {
            return Err(Status::failed_precondition(
                "current version is not known yet",
            ));
        }
        let wanted = &request.get_ref().new_version;
        match kubernetes_path_supported(current, wanted) {
            Ok(true) => {}
            Ok(false) => {
                let text = format!("unsupported upgrade path: {current}->{wanted}");
                return Err(Status::invalid_argument(text));
            }
            Err(reason) => {
                return Err(Status::invalid_argument(format!(
                    "invalid upgrade path: {reason}"
                )));
            }
        }
        self.note_access(&caller, &cluster)?;
        let waiting = self.not_ready(&cluster);
        Ok(api::KubernetesUpgradePreChecksResponse {
            ok: waiting.is_empty(),
            reason: waiting.join("\n"),
        })
    }

    /// Each control plane is asked.
    fn note_access(&self, caller: &Caller, cluster: &str) -> Result<(), Status> {
        let query = Query::cluster(cluster).and(Term::exists(labels::CONTROL_PLANE_ROLE));
        let log = AuditLog::new(self.store.clone());
        for machine in self.store.peek_all::<kind::ClusterMachine>(&query) {
            log.talos_access(&caller.author(), METHOD, cluster, machine.id())
                .map_err(|error| refused(&error))?;
        }
        Ok(())
    }

    fn not_ready(&self, cluster: &str) -> Vec<String> {
        let machines = self
            .store
            .peek_all::<kind::ClusterMachineStatus>(&Query::cluster(cluster));
        let masters = machines
            .iter()
            .filter(|one| one.metadata.label(labels::CONTROL_PLANE_ROLE).is_some());
        let waiting = masters.filter(|machine| !machine.spec.ready);
        waiting
            .map(|machine| format!("control plane machine {} is not ready", machine.id()))
            .collect()
    }
}
