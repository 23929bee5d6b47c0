//! Omni's management service: accounts, configuration files, join tokens, images, checks.
//!
//! What needs machines with a real Talos or a real Kubernetes behind them answers Unimplemented, with a sentence that says what is missing.

mod account;
mod audit_log;
mod break_glass;
mod configs;
mod context;
mod endpoints;
mod join;
mod kubeconfig;
mod machine_logs;
mod maintenance;
mod manifests;
mod media;
mod names;
mod power;
mod prechecks;
mod schematics;
mod service_accounts;
mod signing_key;
mod support;
mod users;
mod validate;

use std::pin::Pin;

use futures::Stream;
use omni_api::management as api;
use omni_api::management::management_service_server::{ManagementService, ManagementServiceServer};
use omni_api::{Kind, Version};
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

use super::state::MAX_MESSAGE;
use crate::Store;
use crate::release::{Release, without_unknown};
use crate::store::{Key, StoreError};

pub use endpoints::Endpoints;

type Never<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The management service over a store.
#[derive(Debug, Clone)]
pub struct Management {
    store: Store,
    endpoints: Endpoints,
}

// === impl Management ===

impl Management {
    /// The service over these resources.
    pub fn new(store: Store, endpoints: Endpoints) -> Self {
        Self { store, endpoints }
    }

    /// The service as tonic serves it: gzip both ways, 32 MiB.
    pub fn into_server(self) -> ManagementServiceServer<Self> {
        ManagementServiceServer::new(self)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    /// The service in the hands of whoever signed the request.
    fn by<T>(&self, request: &Request<T>) -> Self {
        let caller = super::caller::of(request.extensions());
        Self {
            store: super::caller::hands(&self.store, caller.as_deref()),
            ..self.clone()
        }
    }

    /// Refuses a call that the release does not have, as gRPC refuses it.
    fn has_call(&self, call: &str) -> Result<(), Status> {
        if Release::of(&self.store).has_call(call) {
            return Ok(());
        }
        Err(Status::unimplemented(format!(
            "unknown method {call} for service management.ManagementService"
        )))
    }

    /// The request as the release reads it: fields that it does not know are not there.
    fn known<T: prost::Message + Default>(&self, message: &str, request: Request<T>) -> Request<T> {
        let release = Release::of(&self.store);
        request.map(|sent| {
            let known = without_unknown(release, message, &sent.encode_to_vec());
            let known = known.and_then(|bytes| T::decode(bytes.as_slice()).ok());
            known.unwrap_or(sent)
        })
    }

    /// Waits until what was written survives a crash.
    async fn acknowledge(&self) -> Result<(), Status> {
        let committed = self.store.committed().await;
        committed.map_err(|error| Status::internal(error.to_string()))
    }
}

/// The status of a write that the store refused, where no rule of its own says otherwise.
fn refused(error: &StoreError) -> Status {
    super::status::of_store(super::status::Verb::Create, error)
}

/// What validation found, in one text as Omni gives it.
fn invalid(wrong: &[String]) -> String {
    format!("failed to validate: {}", super::gate::list_errors(wrong))
}

/// Omni's text about a resource that it looked for and did not find.
fn not_there<K: Kind>(id: &str) -> String {
    let missing = StoreError::NotFound(Key::of::<K>(id).at(Version::UNDEFINED));
    format!("failed to get: {missing}")
}

#[tonic::async_trait]
impl ManagementService for Management {
    type MachineLogsStream = Never<omni_api::common::Data>;
    type KubernetesSyncManifestsStream = Never<api::KubernetesSyncManifestResponse>;
    type GetSupportBundleStream = Never<api::GetSupportBundleResponse>;
    type ReadAuditLogStream = Never<api::ReadAuditLogResponse>;
    type MaintenanceLifecycleStream = Never<api::MaintenanceLifecycleResponse>;

    async fn kubeconfig(
        &self,
        request: Request<api::KubeconfigRequest>,
    ) -> Result<Response<api::KubeconfigResponse>, Status> {
        let mine = self.by(&request);
        mine.make_kubeconfig(request).await.map(Response::new)
    }

    async fn talosconfig(
        &self,
        request: Request<api::TalosconfigRequest>,
    ) -> Result<Response<api::TalosconfigResponse>, Status> {
        let mine = self.by(&request);
        mine.make_talosconfig(request).await.map(Response::new)
    }

    async fn omniconfig(
        &self,
        request: Request<()>,
    ) -> Result<Response<api::OmniconfigResponse>, Status> {
        self.make_omniconfig(&request).map(Response::new)
    }

    async fn validate_config(
        &self,
        request: Request<api::ValidateConfigRequest>,
    ) -> Result<Response<()>, Status> {
        validate::config(Release::of(&self.store), &request).map(Response::new)
    }

    async fn validate_json_schema(
        &self,
        request: Request<api::ValidateJsonSchemaRequest>,
    ) -> Result<Response<api::ValidateJsonSchemaResponse>, Status> {
        validate::json_schema(&request).map(Response::new)
    }

    async fn create_service_account(
        &self,
        request: Request<api::CreateServiceAccountRequest>,
    ) -> Result<Response<api::CreateServiceAccountResponse>, Status> {
        let mine = self.by(&request);
        mine.add_service_account(request).await.map(Response::new)
    }

    async fn renew_service_account(
        &self,
        request: Request<api::RenewServiceAccountRequest>,
    ) -> Result<Response<api::RenewServiceAccountResponse>, Status> {
        let mine = self.by(&request);
        mine.add_key(request).await.map(Response::new)
    }

    async fn list_service_accounts(
        &self,
        request: Request<()>,
    ) -> Result<Response<api::ListServiceAccountsResponse>, Status> {
        self.service_accounts(&request).map(Response::new)
    }

    async fn destroy_service_account(
        &self,
        request: Request<api::DestroyServiceAccountRequest>,
    ) -> Result<Response<()>, Status> {
        let mine = self.by(&request);
        mine.remove_service_account(request)
            .await
            .map(Response::new)
    }

    async fn create_user(
        &self,
        request: Request<api::CreateUserRequest>,
    ) -> Result<Response<api::CreateUserResponse>, Status> {
        let mine = self.by(&request);
        mine.add_user(request).await.map(Response::new)
    }

    async fn list_users(
        &self,
        request: Request<()>,
    ) -> Result<Response<api::ListUsersResponse>, Status> {
        self.users(&request).map(Response::new)
    }

    async fn update_user(
        &self,
        request: Request<api::UpdateUserRequest>,
    ) -> Result<Response<()>, Status> {
        let mine = self.by(&request);
        mine.change_user(request).await.map(Response::new)
    }

    async fn destroy_user(
        &self,
        request: Request<api::DestroyUserRequest>,
    ) -> Result<Response<()>, Status> {
        let mine = self.by(&request);
        mine.remove_user(request).await.map(Response::new)
    }

    async fn kubernetes_upgrade_pre_checks(
        &self,
        request: Request<api::KubernetesUpgradePreChecksRequest>,
    ) -> Result<Response<api::KubernetesUpgradePreChecksResponse>, Status> {
        self.check_upgrade(&request).map(Response::new)
    }

    async fn get_machine_join_config(
        &self,
        request: Request<api::GetMachineJoinConfigRequest>,
    ) -> Result<Response<api::GetMachineJoinConfigResponse>, Status> {
        self.join_config(&request).map(Response::new)
    }

    async fn create_join_token(
        &self,
        request: Request<api::CreateJoinTokenRequest>,
    ) -> Result<Response<api::CreateJoinTokenResponse>, Status> {
        let mine = self.by(&request);
        mine.add_join_token(request).await.map(Response::new)
    }

    async fn reset_node_unique_token(
        &self,
        request: Request<api::ResetNodeUniqueTokenRequest>,
    ) -> Result<Response<api::ResetNodeUniqueTokenResponse>, Status> {
        let mine = self.by(&request);
        mine.reset_token(request).await.map(Response::new)
    }

    async fn machine_logs(
        &self,
        request: Request<api::MachineLogsRequest>,
    ) -> Result<Response<Self::MachineLogsStream>, Status> {
        self.logs(request).await.map(Response::new)
    }

    async fn kubernetes_sync_manifests(
        &self,
        request: Request<api::KubernetesSyncManifestRequest>,
    ) -> Result<Response<Self::KubernetesSyncManifestsStream>, Status> {
        self.sync_manifests(request).await.map(Response::new)
    }

    async fn create_schematic(
        &self,
        request: Request<api::CreateSchematicRequest>,
    ) -> Result<Response<api::CreateSchematicResponse>, Status> {
        let request = self.known("management.CreateSchematicRequest", request);
        self.make_schematic(request).await.map(Response::new)
    }

    async fn create_schematic_from_raw(
        &self,
        request: Request<api::CreateSchematicFromRawRequest>,
    ) -> Result<Response<api::CreateSchematicResponse>, Status> {
        let request = self.known("management.CreateSchematicFromRawRequest", request);
        self.make_raw_schematic(request).await.map(Response::new)
    }

    async fn get_boot_asset_url(
        &self,
        request: Request<api::BootAssetUrlRequest>,
    ) -> Result<Response<api::BootAssetUrlResponse>, Status> {
        self.has_call("GetBootAssetURL")?;
        self.boot_asset(&request).map(Response::new)
    }

    async fn get_installation_media_url(
        &self,
        request: Request<api::InstallationMediaUrlRequest>,
    ) -> Result<Response<api::InstallationMediaUrlResponse>, Status> {
        self.has_call("GetInstallationMediaURL")?;
        self.installation_media(&request).map(Response::new)
    }

    async fn get_support_bundle(
        &self,
        request: Request<api::GetSupportBundleRequest>,
    ) -> Result<Response<Self::GetSupportBundleStream>, Status> {
        let request = self.known("management.GetSupportBundleRequest", request);
        self.support_bundle(request).await.map(Response::new)
    }

    async fn read_audit_log(
        &self,
        request: Request<api::ReadAuditLogRequest>,
    ) -> Result<Response<Self::ReadAuditLogStream>, Status> {
        let request = self.known("management.ReadAuditLogRequest", request);
        self.audit_log(request).await.map(Response::new)
    }

    async fn maintenance_upgrade(
        &self,
        request: Request<api::MaintenanceUpgradeRequest>,
    ) -> Result<Response<api::MaintenanceUpgradeResponse>, Status> {
        let mine = self.by(&request);
        mine.upgrade_in_maintenance(request)
            .await
            .map(Response::new)
    }

    async fn maintenance_lifecycle(
        &self,
        request: Request<api::MaintenanceLifecycleRequest>,
    ) -> Result<Response<Self::MaintenanceLifecycleStream>, Status> {
        self.has_call("MaintenanceLifecycle")?;
        let mine = self.by(&request);
        mine.change_in_maintenance(request).await.map(Response::new)
    }

    async fn machine_power_off(
        &self,
        request: Request<api::MachinePowerOffRequest>,
    ) -> Result<Response<api::MachinePowerOffResponse>, Status> {
        let mine = self.by(&request);
        mine.power_off(request).await.map(Response::new)
    }

    async fn machine_power_on(
        &self,
        request: Request<api::MachinePowerOnRequest>,
    ) -> Result<Response<api::MachinePowerOnResponse>, Status> {
        let mine = self.by(&request);
        mine.power_on(request).await.map(Response::new)
    }
}
