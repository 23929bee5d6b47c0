//! The management service of the test server: accounts in a map, configurations made of what was asked for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use omni_api::management as api;
use omni_api::management::list_service_accounts_response as list;
use omni_api::management::management_service_server::ManagementService;
use omni_client::Secret;
use tonic::{Request, Response, Status};

use super::connections::Connections;
use super::media::{self, Age};

/// The service accounts: role and public keys by name.
type Accounts = BTreeMap<String, (String, Vec<String>)>;

/// The management service.
#[derive(Clone)]
pub(crate) struct Managing {
    accounts: Arc<Mutex<Accounts>>,
    connections: Connections,
    /// The next change takes place and its answer is lost.
    lose: Arc<AtomicBool>,
    /// Which Omni this is.
    age: Arc<Mutex<Age>>,
}

type Answer<T> = Result<Response<T>, Status>;
type Never<T> = futures::stream::Empty<Result<T, Status>>;

// === impl Managing ===

impl Managing {
    pub(crate) fn new(connections: Connections) -> Self {
        Self {
            accounts: Arc::default(),
            connections,
            lose: Arc::default(),
            age: Arc::default(),
        }
    }

    /// From now on it is an Omni of this age.
    pub(crate) fn become_of(&self, age: Age) {
        *self.age.lock().unwrap_or_else(PoisonError::into_inner) = age;
    }

    fn age(&self) -> Age {
        *self.age.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loses the answer to the next call about accounts.
    pub(crate) fn lose_next_answer(&self) {
        self.lose.store(true, Ordering::Relaxed);
    }

    fn accounts<T>(&self, act: impl FnOnce(&mut Accounts) -> Result<T, Status>) -> Answer<T> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = act(&mut accounts).map(Response::new);
        if self.lose.swap(false, Ordering::Relaxed) {
            self.connections.cut();
        }
        answer
    }
}

/// The cluster that a call is about.
fn context<T>(request: &Request<T>) -> Option<String> {
    let value = request.metadata().get("context")?;
    value.to_str().ok().map(str::to_owned)
}

/// The fingerprint of a public key.
fn key_id(armored: &str) -> Result<String, Status> {
    let read = Secret::new(armored);
    omni_client::Key::from_armored("x", read.expose()).map_or_else(
        |error| match error {
            omni_client::KeyError::PublicKey => Ok(format!("{:040x}", armored.len())),
            other => Err(Status::invalid_argument(other.to_string())),
        },
        |_| Err(Status::invalid_argument("PGP key contains private key")),
    )
}

/// The calls that no test makes.
macro_rules! service {
    ({ $($served:tt)* } unary { $($unary:ident: $ask:ty => $tell:ty;)* } streams { $($stream:ident, $kind:ident: $asks:ty => $tells:ty;)* }) => {
        #[tonic::async_trait]
        impl ManagementService for Managing {
            $($served)*
            $(
                async fn $unary(&self, _: Request<$ask>) -> Answer<$tell> {
                    Err(Status::unimplemented(stringify!($unary)))
                }
            )*
            $(
                type $kind = Never<$tells>;
                async fn $stream(&self, _: Request<$asks>) -> Answer<Self::$kind> {
                    Err(Status::unimplemented(stringify!($stream)))
                }
            )*
        }
    };
}

service! {
    {
        async fn kubeconfig(&self, request: Request<api::KubeconfigRequest>) -> Answer<api::KubeconfigResponse> {
            let cluster = context(&request);
            let cluster = cluster.ok_or_else(|| Status::invalid_argument("cluster name is not in context"))?;
            let request = request.into_inner();
            let ttl = request.service_account_ttl.unwrap_or_default().seconds;
            let (user, groups) = (request.service_account_user, request.service_account_groups.join(","));
            let kind = if request.service_account { "token" } else { "oidc" };
            let kubeconfig = format!("{kind} {cluster} {user} {groups} {ttl}").into_bytes();
            Ok(Response::new(api::KubeconfigResponse { kubeconfig }))
        }

        async fn talosconfig(&self, request: Request<api::TalosconfigRequest>) -> Answer<api::TalosconfigResponse> {
            let talosconfig = format!("talos {:?}", context(&request)).into_bytes();
            Ok(Response::new(api::TalosconfigResponse { talosconfig }))
        }

        async fn omniconfig(&self, _: Request<()>) -> Answer<api::OmniconfigResponse> {
            let omniconfig = vec![0xff, 0xfe];
            Ok(Response::new(api::OmniconfigResponse { omniconfig }))
        }

        async fn validate_config(&self, request: Request<api::ValidateConfigRequest>) -> Answer<()> {
            match request.into_inner().config.as_str() {
                "good" => Ok(Response::new(())),
                _ => Err(Status::invalid_argument("unknown keys found during decoding")),
            }
        }

        async fn create_schematic(&self, request: Request<api::CreateSchematicRequest>) -> Answer<api::CreateSchematicResponse> {
            Ok(Response::new(media::schematic(request.get_ref())))
        }

        async fn get_boot_asset_url(&self, request: Request<api::BootAssetUrlRequest>) -> Answer<api::BootAssetUrlResponse> {
            media::boot_asset(self.age(), request.get_ref()).map(Response::new)
        }

        async fn get_installation_media_url(&self, request: Request<api::InstallationMediaUrlRequest>) -> Answer<api::InstallationMediaUrlResponse> {
            media::installation_media(self.age(), request.get_ref()).map(Response::new)
        }

        async fn create_join_token(&self, request: Request<api::CreateJoinTokenRequest>) -> Answer<api::CreateJoinTokenResponse> {
            let request = request.into_inner();
            let expires = request.expiration_time.map(|time| time.seconds);
            Ok(Response::new(api::CreateJoinTokenResponse { id: format!("{} {expires:?}", request.name) }))
        }

        async fn create_service_account(&self, request: Request<api::CreateServiceAccountRequest>) -> Answer<api::CreateServiceAccountResponse> {
            let request = request.into_inner();
            let public_key_id = key_id(&request.armored_pgp_public_key)?;
            let role = if request.use_user_role { "Admin".to_owned() } else { request.role };
            self.accounts(|accounts| {
                if accounts.contains_key(&request.name) {
                    return Err(Status::already_exists(format!("service account {:?} already exists", request.name)));
                }
                accounts.insert(request.name, (role, vec![request.armored_pgp_public_key]));
                Ok(api::CreateServiceAccountResponse { public_key_id })
            })
        }

        async fn renew_service_account(&self, request: Request<api::RenewServiceAccountRequest>) -> Answer<api::RenewServiceAccountResponse> {
            let request = request.into_inner();
            let public_key_id = key_id(&request.armored_pgp_public_key)?;
            self.accounts(|accounts| {
                let account = accounts.get_mut(&request.name).ok_or_else(|| Status::unknown("no such account"))?;
                account.1.insert(0, request.armored_pgp_public_key);
                Ok(api::RenewServiceAccountResponse { public_key_id })
            })
        }

        async fn list_service_accounts(&self, _: Request<()>) -> Answer<api::ListServiceAccountsResponse> {
            let key = |armored: &String| list::service_account::PgpPublicKey {
                id: key_id(armored).unwrap_or_default(),
                armored: armored.clone(),
                expiration: Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 0 }),
                ..Default::default()
            };
            self.accounts(|accounts| {
                let service_accounts = accounts.iter().map(|(name, (role, keys))| list::ServiceAccount {
                    name: name.clone(),
                    role: role.clone(),
                    pgp_public_keys: keys.iter().map(key).collect(),
                    ..Default::default()
                });
                Ok(api::ListServiceAccountsResponse { service_accounts: service_accounts.collect() })
            })
        }

        async fn destroy_service_account(&self, request: Request<api::DestroyServiceAccountRequest>) -> Answer<()> {
            let name = request.into_inner().name;
            self.accounts(|accounts| {
                let gone = accounts.remove(&name);
                gone.map(|_| ()).ok_or_else(|| Status::not_found(format!("service account {name:?} not found")))
            })
        }
    }
    unary {
        validate_json_schema: api::ValidateJsonSchemaRequest => api::ValidateJsonSchemaResponse;
        create_user: api::CreateUserRequest => api::CreateUserResponse;
        list_users: () => api::ListUsersResponse;
        update_user: api::UpdateUserRequest => ();
        destroy_user: api::DestroyUserRequest => ();
        kubernetes_upgrade_pre_checks: api::KubernetesUpgradePreChecksRequest => api::KubernetesUpgradePreChecksResponse;
        create_schematic_from_raw: api::CreateSchematicFromRawRequest => api::CreateSchematicResponse;
        maintenance_upgrade: api::MaintenanceUpgradeRequest => api::MaintenanceUpgradeResponse;
        get_machine_join_config: api::GetMachineJoinConfigRequest => api::GetMachineJoinConfigResponse;
        reset_node_unique_token: api::ResetNodeUniqueTokenRequest => api::ResetNodeUniqueTokenResponse;
        machine_power_off: api::MachinePowerOffRequest => api::MachinePowerOffResponse;
        machine_power_on: api::MachinePowerOnRequest => api::MachinePowerOnResponse;
    }
    streams {
        machine_logs, MachineLogsStream: api::MachineLogsRequest => omni_api::common::Data;
        kubernetes_sync_manifests, KubernetesSyncManifestsStream: api::KubernetesSyncManifestRequest => api::KubernetesSyncManifestResponse;
        get_support_bundle, GetSupportBundleStream: api::GetSupportBundleRequest => api::GetSupportBundleResponse;
        read_audit_log, ReadAuditLogStream: api::ReadAuditLogRequest => api::ReadAuditLogResponse;
        maintenance_lifecycle, MaintenanceLifecycleStream: api::MaintenanceLifecycleRequest => api::MaintenanceLifecycleResponse;
    }
}
