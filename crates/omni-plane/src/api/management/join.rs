//! How machines join: tokens, and the configuration with which they find the server.

use omni_api::{Resource, Role, kind, management as api, specs};
use tonic::{Request, Status};

use super::{Management, context, refused};
use crate::join::{self, Extra, Join, SIDEROLINK};
use crate::store::{Key, StoreError};

const NAME_BYTES: usize = 16;

impl Management {
    pub(super) fn join_config(
        &self,
        request: &Request<api::GetMachineJoinConfigRequest>,
    ) -> Result<api::GetMachineJoinConfigResponse, Status> {
        context::with_role(request, Role::Reader)?;
        let request = request.get_ref();
        let what = "APIConfig for the extra kernel arguments";
        let account = self.demand::<kind::SiderolinkApiConfig>(SIDEROLINK, what)?;
        let token = self.token_or_default(&request.join_token, "the default join token")?;
        let join = Join::new(
            &account.spec,
            &token,
            request.use_grpc_tunnel,
            &Extra::new(),
        );
        let join = join.map_err(|error| Status::unknown(error.to_string()))?;
        Ok(api::GetMachineJoinConfigResponse {
            kernel_args: join.kernel_args(),
            config: join.documents(),
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
        let id = join::generate();
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
