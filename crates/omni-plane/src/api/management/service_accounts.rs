//! Service accounts: made, renewed, listed, removed.

use omni_api::{Resource, Role, kind, labels, management as api};
use tonic::{Request, Status};

use super::account::{Account, acceptable, role};
use super::{Management, context, invalid, names, not_there, refused};
use crate::Store;
use crate::api::validation;
use crate::release::Release;
use crate::store::{Key, Query, StoreError};

impl Management {
    pub(super) async fn add_service_account(
        &self,
        request: Request<api::CreateServiceAccountRequest>,
    ) -> Result<api::CreateServiceAccountResponse, Status> {
        context::with_role(&request, Role::Admin)?;
        let request = request.into_inner();
        let role = role(Release::of(&self.store), &request)?;
        let account = Account::new(&request.name, role);
        if self
            .store
            .peek::<kind::Identity>(&account.identity)
            .is_some()
        {
            return Err(exists(&account.identity));
        }
        let key = acceptable(&self.store, request.armored_pgp_public_key.as_bytes())?;
        let identity = account.identity_resource();
        let wrong = validation::create(&self.store, &identity.to_any());
        if !wrong.is_empty() {
            return Err(Status::invalid_argument(invalid(&wrong)));
        }
        let first_key = account.first_key(&key, &request.armored_pgp_public_key);
        let made = self.store.transaction(|tx| {
            tx.create(first_key.to_any(), "")?;
            tx.create(identity.to_any(), "")?;
            tx.create(account.user_resource().to_any(), "")?;
            tx.put::<kind::IdentityLastActive>("", &account.identity, |_| {})
                .map(|_| ())
        });
        made.map_err(|error| match error {
            error @ StoreError::AlreadyExists(_) => {
                Status::already_exists(format!("failed to create: {error}"))
            }
            other => refused(&other),
        })?;
        self.acknowledge().await?;
        Ok(api::CreateServiceAccountResponse {
            public_key_id: key.fingerprint,
        })
    }

    /// Renewing adds a key; the former ones stay valid until they expire. What goes wrong has no code of its own in Omni.
    pub(super) async fn add_key(
        &self,
        request: Request<api::RenewServiceAccountRequest>,
    ) -> Result<api::RenewServiceAccountResponse, Status> {
        context::with_role(&request, Role::Admin)?;
        let request = request.into_inner();
        let id = names::identity(&request.name);
        let identity = self.store.peek::<kind::Identity>(&id);
        let identity = identity.ok_or_else(|| Status::unknown(not_there::<kind::Identity>(&id)))?;
        let user_id = identity.spec.user_id.clone();
        let user = self.store.peek::<kind::User>(&user_id);
        let user = user.ok_or_else(|| Status::unknown(not_there::<kind::User>(&user_id)))?;
        let key = acceptable(&self.store, request.armored_pgp_public_key.as_bytes())?;
        let role = user.spec.role.parse().unwrap_or(Role::None);
        let account = Account {
            identity: id,
            user_id,
            role,
            provider: names::is_provider(&request.name),
        };
        let stored = account.key_resource(&key, &request.armored_pgp_public_key);
        self.store
            .create(stored.to_any(), "")
            .map_err(|error| Status::unknown(format!("failed to create: {error}")))?;
        self.acknowledge().await?;
        Ok(api::RenewServiceAccountResponse {
            public_key_id: key.fingerprint,
        })
    }

    /// The list is that of the statuses: it comes a moment after the accounts, and has none of infrastructure providers.
    pub(super) fn service_accounts(
        &self,
        request: &Request<()>,
    ) -> Result<api::ListServiceAccountsResponse, Status> {
        context::with_role(request, Role::Admin)?;
        let statuses = self
            .store
            .peek_all::<kind::ServiceAccountStatus>(&Query::all());
        let service_accounts = statuses.iter().map(|status| self.described(status));
        Ok(api::ListServiceAccountsResponse {
            service_accounts: service_accounts.collect(),
        })
    }

    fn described(
        &self,
        status: &Resource<kind::ServiceAccountStatus>,
    ) -> api::list_service_accounts_response::ServiceAccount {
        use api::list_service_accounts_response::service_account::PgpPublicKey;
        let keys = status.spec.public_keys.iter().cloned();
        let keys = keys.map(|key| PgpPublicKey {
            id: key.id,
            armored: key.armored,
            expiration: key.expiration,
            created: key.created,
            last_used: key.last_used,
        });
        let seen = self.store.peek::<kind::IdentityStatus>(status.id());
        api::list_service_accounts_response::ServiceAccount {
            name: names::name(status.id()),
            pgp_public_keys: keys.collect(),
            role: status.spec.role.clone(),
            last_active: seen
                .map(|seen| seen.spec.last_active.clone())
                .unwrap_or_default(),
        }
    }

    pub(super) async fn remove_service_account(
        &self,
        request: Request<api::DestroyServiceAccountRequest>,
    ) -> Result<(), Status> {
        let caller = context::with_role(&request, Role::Admin)?;
        let name = request.into_inner().name;
        let id = names::identity(&name);
        if caller.identity.eq_ignore_ascii_case(&id) {
            return Err(Status::invalid_argument(
                "destroying your own service account is not allowed",
            ));
        }
        let identity = self.store.peek::<kind::Identity>(&id);
        let identity = identity
            .filter(|identity| {
                identity
                    .metadata
                    .label(labels::IDENTITY_TYPE_SERVICE_ACCOUNT)
                    .is_some()
            })
            .ok_or_else(|| not_found(&name))?;
        self.remove_account(&id, &identity.spec.user_id).await
    }

    /// Removes an account: first its keys, so that nobody enters any more, then the rest.
    pub(super) async fn remove_account(&self, identity: &str, user_id: &str) -> Result<(), Status> {
        let keys = keys_of(&self.store, user_id);
        let keys = keys.iter().map(|key| Key::of::<kind::PublicKey>(key.id()));
        let account = [
            Key::of::<kind::Identity>(identity),
            Key::of::<kind::User>(user_id),
        ];
        for key in keys.chain(account) {
            match self.store.tear_down_and_destroy(&key, "").await {
                Ok(()) | Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(refused(&error)),
            }
        }
        self.acknowledge().await
    }
}

fn keys_of(store: &Store, user_id: &str) -> Vec<std::sync::Arc<Resource<kind::PublicKey>>> {
    store.peek_all::<kind::PublicKey>(&Query::label(labels::PUBLIC_KEY_USER_ID, user_id))
}

fn exists(identity: &str) -> Status {
    Status::already_exists(format!("service account {identity:?} already exists"))
}

fn not_found(name: &str) -> Status {
    Status::not_found(format!("service account {name:?} not found"))
}
