//! How machines join: tokens, and the configuration with which they find the server.

use omni_api::{Resource, Role, kind, management as api, specs};
use rand::distr::{Alphanumeric, SampleString as _};
use tonic::{Request, Status};

use super::{Management, context, refused};
use crate::store::{Key, StoreError};

const NAME_BYTES: usize = 16;
/// How many letters carry at least 256 random bits.
const TOKEN_LETTERS: usize = 43;
const SIDEROLINK: &str = "siderolink-config";
/// The server's address on the machines' network.
const HOST: &str = "fdae:41e4:649b:9303::1";

impl Management {
    pub(super) fn join_config(
        &self,
        request: &Request<api::GetMachineJoinConfigRequest>,
    ) -> Result<api::GetMachineJoinConfigResponse, Status> {
        context::with_role(request, Role::Reader)?;
        let request = request.get_ref();
        let missing = |what: &str| Status::unknown(format!("failed to get {what}"));
        let settings = self.store.peek::<kind::SiderolinkApiConfig>(SIDEROLINK);
        let settings =
            settings.ok_or_else(|| missing("APIConfig for the extra kernel arguments"))?;
        let token = if request.join_token.is_empty() {
            let default = self.store.peek::<kind::DefaultJoinToken>("default");
            default
                .ok_or_else(|| missing("the default join token"))?
                .spec
                .token_id
                .clone()
        } else {
            request.join_token.clone()
        };
        let spec = &settings.spec;
        let tunnel = if request.use_grpc_tunnel {
            "grpc_tunnel=true&"
        } else {
            ""
        };
        let url = format!(
            "{}?{tunnel}jointoken={token}",
            spec.machine_api_advertised_url
        );
        let events = format!("[{HOST}]:{}", spec.events_port);
        let logs = format!("tcp://[{HOST}]:{}", spec.logs_port);
        Ok(api::GetMachineJoinConfigResponse {
            kernel_args: vec![
                format!("siderolink.api={url}"),
                format!("talos.events.sink={events}"),
                format!("talos.logging.kernel={logs}"),
            ],
            config: format!(
                "apiVersion: v1alpha1\nkind: SideroLinkConfig\napiUrl: {url}\n---\napiVersion: v1alpha1\nkind: \
                 EventSinkConfig\nendpoint: '{events}'\n---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: \
                 omni-kmsg\nurl: {logs}\n"
            ),
        })
    }

    pub(super) async fn add_join_token(
        &self,
        request: Request<api::CreateJoinTokenRequest>,
    ) -> Result<api::CreateJoinTokenResponse, Status> {
        context::with_role(&request, Role::Admin)?;
        let request = request.into_inner();
        if request.name.is_empty() {
            return Err(Status::invalid_argument("token name cannot be empty"));
        }
        if request.name.len() > NAME_BYTES {
            let text = format!("token name cannot be longer than {NAME_BYTES} symbols");
            return Err(Status::invalid_argument(text));
        }
        let id = Alphanumeric.sample_string(&mut rand::rng(), TOKEN_LETTERS);
        let mut token = Resource::<kind::JoinToken>::new(&id, specs::JoinTokenSpec::default());
        token.spec.name = request.name;
        token.spec.expiration_time = request.expiration_time;
        self.store
            .create(token.to_any(), "")
            .map_err(|error| refused(&error))?;
        self.acknowledge().await?;
        Ok(api::CreateJoinTokenResponse { id })
    }

    pub(super) async fn reset_token(
        &self,
        request: Request<api::ResetNodeUniqueTokenRequest>,
    ) -> Result<api::ResetNodeUniqueTokenResponse, Status> {
        context::with_role(&request, Role::Admin)?;
        let id = request.into_inner().id;
        if self.store.peek::<kind::MachineStatus>(&id).is_none() {
            return Err(Status::not_found("machine not found"));
        }
        let key = Key::of::<kind::NodeUniqueToken>(&id);
        let owner = self.store.peek::<kind::NodeUniqueToken>(&id);
        let owner = owner
            .map(|token| token.metadata.owner.clone())
            .unwrap_or_default();
        match self.store.tear_down_and_destroy(&key, &owner).await {
            Ok(()) | Err(StoreError::NotFound(_)) => {}
            Err(error) => return Err(refused(&error)),
        }
        self.acknowledge().await?;
        Ok(api::ResetNodeUniqueTokenResponse {})
    }
}
