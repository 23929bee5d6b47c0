//! What a management call speaks of: the cluster in its metadata, and whether the caller may.

use std::sync::Arc;

use omni_api::{Role, kind, labels};
use tonic::{Request, Status};

use super::Management;
use crate::api::caller::{self, Caller};
use crate::api::gate;
use crate::release::{Release, Rule};

/// The cluster that the metadata names, if any.
pub(super) fn cluster<T>(request: &Request<T>) -> Option<String> {
    let value = |key: &str| {
        request
            .metadata()
            .get(key)?
            .to_str()
            .ok()
            .map(str::to_owned)
    };
    value("cluster")
        .or_else(|| value("context"))
        .filter(|name| !name.is_empty())
}

/// The caller, who must have signed.
pub(super) fn signed<T>(request: &Request<T>) -> Result<Arc<Caller>, Status> {
    with_role(request, Role::None)
}

/// The caller, who must have this role or a higher one.
pub(super) fn with_role<T>(request: &Request<T>, least: Role) -> Result<Arc<Caller>, Status> {
    let caller = caller::of(request.extensions());
    caller::with_role(caller.as_deref(), least)?;
    caller.ok_or_else(|| Status::internal("the caller is lost"))
}

/// The caller, who must have exactly one of these roles.
pub(super) fn with_one_of<T>(
    release: Release,
    request: &Request<T>,
    roles: &[Role],
) -> Result<Arc<Caller>, Status> {
    let caller = signed(request)?;
    if roles.contains(&caller.role) {
        return Ok(caller);
    }
    if !release.keeps(Rule::ExactRoles) {
        return Err(Status::permission_denied(
            "unauthorized: required exact roles not found",
        ));
    }
    let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    Err(Status::permission_denied(format!(
        "unauthorized: role {:?} is not one of the allowed roles [{}]",
        caller.role.as_str(),
        names.join(" ")
    )))
}

impl Management {
    /// The caller, who must have this role on the cluster, by its own or by the access policy.
    pub(super) fn on_cluster<T>(
        &self,
        request: &Request<T>,
        cluster: Option<&str>,
        least: Role,
    ) -> Result<Arc<Caller>, Status> {
        let caller = signed(request)?;
        let role = match cluster {
            Some(cluster) => gate::role_on(&self.store, &caller, cluster)?,
            None => caller.role,
        };
        let caller = Arc::new(Caller {
            role,
            ..(*caller).clone()
        });
        caller::with_role(Some(&caller), least)?;
        Ok(caller)
    }

    /// The caller, who must have this role on the cluster of a machine; and that cluster's name, empty where there is none.
    pub(super) fn on_machine<T>(
        &self,
        request: &Request<T>,
        machine: &str,
        least: Role,
    ) -> Result<(Arc<Caller>, String), Status> {
        let member = self.store.peek::<kind::ClusterMachine>(machine);
        let cluster = match &member {
            Some(member) => member.metadata.label(labels::CLUSTER).ok_or_else(|| {
                Status::failed_precondition(format!(
                    "cluster label not found on cluster machine {machine:?}"
                ))
            })?,
            None => "",
        };
        let named = Some(cluster).filter(|cluster| !cluster.is_empty());
        let caller = self.on_cluster(request, named, least)?;
        Ok((caller, cluster.to_owned()))
    }

    /// The account's name, which the names of contexts begin with.
    pub(super) fn account(&self) -> String {
        let features = self.store.peek::<kind::FeaturesConfig>("features-config");
        let account = features.and_then(|features| features.spec.account.clone());
        account.unwrap_or_default().name
    }
}
