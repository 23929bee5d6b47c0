//! Service accounts: made, renewed, listed, removed.

use omni_api::{Resource, Role, kind, labels, management as api};
use prost_types::Timestamp;
use tonic::{Request, Status};

use super::account::{Account, acceptable, role};
use super::{Management, context, names, refused};
use crate::Store;
use crate::api::validation;
use crate::store::{Key, Query, StoreError, Transaction};

impl Management {
    pub(super) async fn add_service_account(
        &self,
        request: Request<api::CreateServiceAccountRequest>,
    ) -> Result<api::CreateServiceAccountResponse, Status> {
        context::with_role(&request, Role::Admin)?;
        let request = request.into_inner();
        let role = role(&request)?;
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
            return Err(Status::invalid_argument(wrong.join("; ")));
        }
        let made = self.store.transaction(|tx| {
            tx.create(
                account
                    .key_resource(&key, &request.armored_pgp_public_key)
                    .to_any(),
                "",
            )?;
            tx.create(identity.to_any(), "")?;
            tx.create(account.user_resource().to_any(), "")?;
            tx.put::<kind::IdentityLastActive>("", &account.identity, |_| {})
                .map(|_| ())
        });
        made.map_err(|error| match error {
            StoreError::AlreadyExists(_) => exists(&account.identity),
            other => refused(&other),
        })?;
        self.acknowledge().await?;
        Ok(api::CreateServiceAccountResponse {
            public_key_id: key.fingerprint,
        })
    }

    /// Renewing adds a key; the former ones stay valid until they expire.
    pub(super) async fn add_key(
        &self,
        request: Request<api::RenewServiceAccountRequest>,
    ) -> Result<api::RenewServiceAccountResponse, Status> {
        context::with_role(&request, Role::Admin)?;
        let request = request.into_inner();
        let id = names::identity(&request.name);
        let identity = self.store.peek::<kind::Identity>(&id);
        let identity = identity.ok_or_else(|| not_found(&request.name))?;
        let user_id = identity.spec.user_id.clone();
        let user = self.store.peek::<kind::User>(&user_id);
        let user = user.ok_or_else(|| not_found(&request.name))?;
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
            .map_err(|error| refused(&error))?;
        self.acknowledge().await?;
        Ok(api::RenewServiceAccountResponse {
            public_key_id: key.fingerprint,
        })
    }

    pub(super) fn service_accounts(
        &self,
        request: &Request<()>,
    ) -> Result<api::ListServiceAccountsResponse, Status> {
        context::with_role(request, Role::Admin)?;
        let of_services = Query::all().and(omni_api::selector::Term::exists(
            labels::IDENTITY_TYPE_SERVICE_ACCOUNT,
        ));
        let identities = self.store.peek_all::<kind::Identity>(&of_services);
        let service_accounts = identities
            .iter()
            .map(|identity| self.described(identity))
            .collect();
        Ok(api::ListServiceAccountsResponse { service_accounts })
    }

    fn described(
        &self,
        identity: &Resource<kind::Identity>,
    ) -> api::list_service_accounts_response::ServiceAccount {
        use api::list_service_accounts_response::service_account::PgpPublicKey;
        let user = self.store.peek::<kind::User>(&identity.spec.user_id);
        let keys = keys_of(&self.store, &identity.spec.user_id);
        let keys = keys.into_iter().map(|key| PgpPublicKey {
            id: key.id().to_owned(),
            armored: String::from_utf8_lossy(&key.spec.public_key).into_owned(),
            expiration: key.spec.expiration,
            created: key.metadata.created,
            last_used: self
                .store
                .peek::<kind::PublicKeyLastActive>(key.id())
                .and_then(|seen| seen.spec.last_used),
        });
        let seen = self.store.peek::<kind::IdentityLastActive>(identity.id());
        api::list_service_accounts_response::ServiceAccount {
            name: names::name(identity.id()),
            pgp_public_keys: keys.collect(),
            role: user.map(|user| user.spec.role.clone()).unwrap_or_default(),
            last_active: last_active(seen.and_then(|seen| seen.spec.last_active)),
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

    /// Removes an account: at once its keys, so that nobody enters any more, then the rest.
    pub(super) async fn remove_account(&self, identity: &str, user_id: &str) -> Result<(), Status> {
        let keys = keys_of(&self.store, user_id);
        let keys_gone = self
            .store
            .transaction(|tx| keys.iter().try_for_each(|key| remove_key(tx, key.id())));
        keys_gone.map_err(|error| refused(&error))?;
        for key in [
            Key::of::<kind::Identity>(identity),
            Key::of::<kind::User>(user_id),
        ] {
            match self.store.tear_down_and_destroy(&key, "").await {
                Ok(()) | Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(refused(&error)),
            }
        }
        self.acknowledge().await
    }
}

fn remove_key(tx: &mut Transaction<'_>, id: &str) -> Result<(), StoreError> {
    tx.remove::<kind::PublicKey>("", id).map(|_| ())
}

fn keys_of(store: &Store, user_id: &str) -> Vec<std::sync::Arc<Resource<kind::PublicKey>>> {
    store.peek_all::<kind::PublicKey>(&Query::label(labels::PUBLIC_KEY_USER_ID, user_id))
}

/// When somebody was last active, as Omni's statuses say it.
pub(super) fn last_active(stamp: Option<Timestamp>) -> String {
    let stamp = stamp.and_then(|stamp| jiff::Timestamp::from_second(stamp.seconds).ok());
    stamp.map(|stamp| stamp.to_string()).unwrap_or_default()
}

fn exists(identity: &str) -> Status {
    Status::already_exists(format!("service account {identity:?} already exists"))
}

fn not_found(name: &str) -> Status {
    Status::not_found(format!("service account {name:?} not found"))
}
