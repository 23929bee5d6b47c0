//! Resources that exist only when somebody looks: who am I, what may I do, which labels are there.
//!
//! They live in the namespace `virtual` beside the lists of platforms, which are stored. What cannot be computed is answered as Omni answers an
//! operation that a kind does not support.

use std::collections::BTreeMap;

use omni_api::kind::namespace::{DEFAULT, VIRTUAL};
use omni_api::specs::{self, labels_completion_spec};
use omni_api::{AnyResource, Kind, Resource, Role, Version, kind};
use tonic::Status;

use super::StateService;
use crate::api::caller::Caller;
use crate::api::gate;
use crate::release::Release;
use crate::store::{Key, Query};

/// The one id of the credentials for the image factory, where there can be one only.
const FACTORY_AUTH: &str = "image-factory-auth";

/// Kinds of the namespace that are stored like others.
const STORED: [&str; 4] = [
    kind::MetalPlatformConfig::TYPE,
    kind::CloudPlatformConfig::TYPE,
    kind::SbcConfig::TYPE,
    kind::Quirks::TYPE,
];

/// Whether resources of this kind are computed.
pub(super) fn computes(namespace: &str, type_name: &str) -> bool {
    namespace == VIRTUAL && !STORED.contains(&type_name)
}

/// The refusal of an operation that computed kinds do not have.
pub(super) fn unsupported(operation: &str) -> Status {
    Status::unimplemented(operation.to_owned())
}

impl StateService {
    /// One computed resource; `None` when there is none of that id. The caller may read the kind.
    pub(super) fn compute(
        &self,
        caller: &Caller,
        key: &Key,
    ) -> Result<Option<AnyResource>, Status> {
        let id = &*key.id;
        let found = match &*key.type_name {
            kind::CurrentUser::TYPE if id == "current" => {
                any::<kind::CurrentUser>(id, current_user(caller))
            }
            kind::Permissions::TYPE => {
                any::<kind::Permissions>("permissions", self.permissions(caller))
            }
            kind::ClusterPermissions::TYPE => {
                let role = gate::role_on(&self.store, caller, id)?;
                any::<kind::ClusterPermissions>(id, cluster_permissions(role))
            }
            kind::LabelsCompletion::TYPE => {
                unversioned(any::<kind::LabelsCompletion>(id, self.completion(id)))
            }
            kind::AdvertisedEndpoints::TYPE if id == "current" => {
                let grpc_api_url = self.endpoints.api.clone();
                unversioned(any::<kind::AdvertisedEndpoints>(
                    id,
                    specs::AdvertisedEndpointsSpec { grpc_api_url },
                ))
            }
            kind::VersionContract::TYPE => {
                let contract = contract(id).ok_or_else(|| {
                    let text = format!(
                        "failed to parse contract from version: error parsing version {id:?}"
                    );
                    Status::unknown(text)
                })?;
                any::<kind::VersionContract>(id, contract)
            }
            kind::ImageFactoryAuth::TYPE if id == FACTORY_AUTH && self.has_one_factory() => {
                let mut auth = any::<kind::ImageFactoryAuth>(id, self.factory_auth());
                auth.metadata.namespace = VIRTUAL.into();
                auth
            }
            kind::Support::TYPE if id == "support" => {
                any::<kind::Support>(id, specs::SupportSpec::default())
            }
            kind::CurrentUser::TYPE | kind::AdvertisedEndpoints::TYPE | kind::Support::TYPE => {
                return Ok(None);
            }
            other => {
                return Err(unsupported(&format!(
                    "unsupported resource type for get {other:?}"
                )));
            }
        };
        Ok(Some(found))
    }

    /// The list of a computed kind, of those few that have one.
    pub(super) fn compute_all(
        &self,
        caller: &Caller,
        type_name: &str,
        query: &Query,
    ) -> Result<Vec<AnyResource>, Status> {
        if !query.selector.0.is_empty() {
            return Err(unsupported("label queries are not supported"));
        }
        if query.id.is_some() {
            return Err(unsupported("id query is not supported"));
        }
        match type_name {
            kind::CurrentUser::TYPE => Ok(vec![any::<kind::CurrentUser>(
                "current",
                current_user(caller),
            )]),
            kind::Permissions::TYPE => Ok(vec![any::<kind::Permissions>(
                "permissions",
                self.permissions(caller),
            )]),
            other => Err(unsupported(&format!(
                "unsupported resource type for list {other:?}"
            ))),
        }
    }

    fn permissions(&self, caller: &Caller) -> specs::PermissionsSpec {
        let reads = caller.role >= Role::Reader;
        let operates = caller.role >= Role::Operator;
        let manages = caller.role >= Role::Admin;
        // Whether a policy lets somebody create a cluster is seen when the cluster has a name.
        let policy = self.store.count(DEFAULT, kind::AccessPolicy::TYPE) > 0;
        specs::PermissionsSpec {
            can_read_clusters: reads,
            can_read_machines: reads,
            can_read_machine_logs: reads,
            can_read_machine_config_patches: reads,
            can_read_join_tokens: reads,
            can_read_installation_media: reads,
            can_remove_machines: operates,
            can_create_clusters: operates || policy,
            can_manage_machine_config_patches: operates,
            can_access_maintenance_nodes: operates,
            can_manage_installation_media: operates,
            can_manage_users: manages,
            can_manage_backup_store: manages,
            can_manage_join_tokens: manages,
            can_read_audit_log: [Role::Auditor, Role::Admin].contains(&caller.role),
        }
    }

    /// Before there could be two image factories, the credentials of the one had one place, which was computed.
    fn has_one_factory(&self) -> bool {
        let field = "secondary_image_factory_base_url";
        !Release::of(&self.store).has_field("specs.FeaturesConfigSpec", field)
    }

    fn factory_auth(&self) -> specs::ImageFactoryAuthSpec {
        let features = self.store.peek::<kind::FeaturesConfig>("features-config");
        let base = features.map(|features| features.spec.image_factory_base_url.clone());
        let base = base.unwrap_or_default();
        let auth = self
            .store
            .peek::<kind::ImageFactoryAuth>(base.trim_end_matches('/'));
        auth.map(|auth| auth.spec.clone()).unwrap_or_default()
    }

    /// The labels of a kind with all their values.
    fn completion(&self, type_name: &str) -> specs::LabelsCompletionSpec {
        let mut items: BTreeMap<String, labels_completion_spec::Values> = BTreeMap::new();
        for resource in self.store.list(DEFAULT, type_name, &Query::all()) {
            for (key, value) in &resource.metadata.labels {
                let values = &mut items.entry(key.clone()).or_default().items;
                if let Err(place) = values.binary_search(value) {
                    values.insert(place, value.clone());
                }
            }
        }
        specs::LabelsCompletionSpec { items }
    }
}

/// Which documents the configuration of a cluster consists of that was made with a version of Talos.
fn contract(version: &str) -> Option<specs::VersionContractSpec> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let mut parts = version.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        return None;
    };
    let from = |first: u32| (major, minor) >= (1, first);
    Some(specs::VersionContractSpec {
        kube_span_multidoc_config: from(11),
        multidoc_network_config_supported: from(12),
        multidoc_kubernetes_config_supported: from(14),
        discovery_service_multidoc_config: from(14),
    })
}

fn current_user(caller: &Caller) -> specs::CurrentUserSpec {
    specs::CurrentUserSpec {
        identity: caller.identity.clone(),
        role: caller.role.as_str().to_owned(),
        user_id: caller.user_id.clone(),
    }
}

fn cluster_permissions(role: Role) -> specs::ClusterPermissionsSpec {
    let reads = role >= Role::Reader;
    let operates = role >= Role::Operator;
    specs::ClusterPermissionsSpec {
        can_download_kubeconfig: reads,
        can_download_talosconfig: reads,
        can_read_config_patches: reads,
        can_read_machine_config: reads,
        can_read_kernel_args: reads,
        can_read_machine_pending_updates: reads,
        can_reboot_machines: operates,
        can_add_machines: operates,
        can_remove_machines: operates,
        can_update_kubernetes: operates,
        can_update_talos: operates,
        can_manage_config_patches: operates,
        can_sync_kubernetes_manifests: operates,
        can_read_kubernetes_manifests: operates,
        can_manage_cluster_features: operates,
        can_download_support_bundle: operates,
        can_manage_machine_config: operates,
        can_manage_kernel_args: operates,
    }
}

fn any<K: Kind>(id: &str, spec: K::Spec) -> AnyResource {
    let mut resource = Resource::<K>::new(id, spec);
    resource.metadata.version = Version::FIRST;
    resource.to_any()
}

fn unversioned(mut resource: AnyResource) -> AnyResource {
    resource.metadata.version = Version::UNDEFINED;
    resource
}
