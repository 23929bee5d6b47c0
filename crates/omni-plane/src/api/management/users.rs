//! Users: people, as opposed to service accounts.
//!
//! They exist in full, roles and policies know them; what the plane lacks is a page on which they could log in.

use omni_api::selector::Term;
use omni_api::{Resource, Role, kind, labels, management as api, specs};
use tonic::{Request, Status};
use uuid::Uuid;

use super::account::known_role;
use super::{Management, context, invalid, not_there, refused};
use crate::api::validation;
use crate::release::Release;
use crate::store::{Query, StoreError};

const SAML_PREFIX: &str = "saml.omni.sidero.dev/";

impl Management {
    pub(super) async fn add_user(
        &self,
        request: Request<api::CreateUserRequest>,
    ) -> Result<api::CreateUserResponse, Status> {
        context::with_role(&request, Role::Admin)?;
        let request = request.into_inner();
        let email = request.email.to_lowercase();
        let role = known_role(Release::of(&self.store), &request.role)?;
        if self.store.peek::<kind::Identity>(&email).is_some() {
            return Err(in_use(&email));
        }
        let user_id = Uuid::new_v4().to_string();
        let identity = identity(&email, &user_id);
        let wrong = validation::create(&self.store, &identity.to_any());
        if !wrong.is_empty() {
            return Err(Status::invalid_argument(format!(
                "failed to create Identity resource {email}: {}",
                invalid(&wrong)
            )));
        }
        let made = self.store.transaction(|tx| {
            tx.create(identity.to_any(), "")?;
            tx.put::<kind::User>("", &user_id, |user| {
                role.as_str().clone_into(&mut user.spec.role);
            })?;
            tx.put::<kind::IdentityLastActive>("", &email, |_| {})
                .map(|_| ())
        });
        made.map_err(|error| match error {
            StoreError::AlreadyExists(_) => in_use(&email),
            other => refused(&other),
        })?;
        self.acknowledge().await?;
        Ok(api::CreateUserResponse { user_id })
    }

    pub(super) fn users(&self, request: &Request<()>) -> Result<api::ListUsersResponse, Status> {
        context::with_role(request, Role::Admin)?;
        let people =
            Query::all().and(Term::exists(labels::IDENTITY_TYPE_SERVICE_ACCOUNT).inverted());
        let identities = self.store.peek_all::<kind::Identity>(&people);
        let users = identities
            .iter()
            .map(|identity| self.described_user(identity));
        Ok(api::ListUsersResponse {
            users: users.collect(),
        })
    }

    fn described_user(
        &self,
        identity: &Resource<kind::Identity>,
    ) -> api::list_users_response::User {
        let user = self.store.peek::<kind::User>(&identity.spec.user_id);
        let status = self.store.peek::<kind::IdentityStatus>(identity.id());
        let labels = identity.metadata.labels.iter();
        let from_saml =
            labels.filter_map(|(key, value)| Some((key.strip_prefix(SAML_PREFIX)?, value)));
        api::list_users_response::User {
            id: identity.spec.user_id.clone(),
            email: identity.id().to_owned(),
            role: user.map(|user| user.spec.role.clone()).unwrap_or_default(),
            saml_labels: from_saml
                .map(|(key, value)| (key.to_owned(), value.clone()))
                .collect(),
            last_active: status
                .map(|status| status.spec.last_active.clone())
                .unwrap_or_default(),
        }
    }

    pub(super) async fn change_user(
        &self,
        request: Request<api::UpdateUserRequest>,
    ) -> Result<(), Status> {
        let caller = context::with_role(&request, Role::Admin)?;
        let request = request.into_inner();
        if caller.identity.eq_ignore_ascii_case(&request.email) {
            return Err(Status::invalid_argument(
                "updating your own role is not allowed",
            ));
        }
        let email = request.email.to_lowercase();
        let role = known_role(Release::of(&self.store), &request.role)?;
        let identity = self
            .store
            .peek::<kind::Identity>(&email)
            .ok_or_else(|| Status::not_found(not_there::<kind::Identity>(&email)))?;
        let changed = self
            .store
            .put::<kind::User>("", &identity.spec.user_id, |user| {
                role.as_str().clone_into(&mut user.spec.role);
            });
        changed.map_err(|error| refused(&error))?;
        self.acknowledge().await
    }

    pub(super) async fn remove_user(
        &self,
        request: Request<api::DestroyUserRequest>,
    ) -> Result<(), Status> {
        let caller = context::with_role(&request, Role::Admin)?;
        let email = request.into_inner().email;
        if caller.identity.eq_ignore_ascii_case(&email) {
            return Err(Status::invalid_argument(
                "destroying your own account is not allowed",
            ));
        }
        let identity = self.store.peek::<kind::Identity>(&email.to_lowercase());
        let identity =
            identity.ok_or_else(|| Status::not_found(format!("user {email:?} not found")))?;
        if identity
            .metadata
            .label(labels::IDENTITY_TYPE_SERVICE_ACCOUNT)
            .is_some()
        {
            return Err(Status::invalid_argument(format!(
                "identity {:?}: identity is a service account, not a user",
                identity.id()
            )));
        }
        self.remove_account(identity.id(), &identity.spec.user_id)
            .await
    }
}

fn identity(email: &str, user_id: &str) -> Resource<kind::Identity> {
    let spec = specs::IdentitySpec {
        user_id: user_id.to_owned(),
    };
    let mut identity = Resource::new(email, spec);
    let mark = (labels::PUBLIC_KEY_USER_ID.to_owned(), user_id.to_owned());
    identity.metadata.labels.extend([mark]);
    identity
}

/// Omni has no code for it.
fn in_use(email: &str) -> Status {
    Status::unknown(format!("user with email {email:?} already exists"))
}
