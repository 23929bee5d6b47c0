//! Users: people, as opposed to service accounts.
//!
//! They exist in full, roles and policies know them; what the plane lacks is a page on which they could log in.

use omni_api::selector::Term;
use omni_api::{Resource, Role, kind, labels, management as api, specs};
use tonic::{Request, Status};
use uuid::Uuid;

use super::service_accounts::last_active;
use super::{Management, context, refused};
use crate::api::validation;
use crate::store::Query;

const SAML_PREFIX: &str = "saml.omni.sidero.dev/";

impl Management {
    pub(super) async fn add_user(
        &self,
        request: Request<api::CreateUserRequest>,
    ) -> Result<api::CreateUserResponse, Status> {
        context::with_role(&request, Role::Admin)?;
        let request = request.into_inner();
        let email = request.email.to_lowercase();
        let role = known(&request.role)?;
        if self.store.peek::<kind::Identity>(&email).is_some() {
            return Err(Status::unknown(format!(
                "user with email {email:?} already exists"
            )));
        }
        let user_id = Uuid::new_v4().to_string();
        let mut identity = Resource::<kind::Identity>::new(
            &email,
            specs::IdentitySpec {
                user_id: user_id.clone(),
            },
        );
        let mark = (labels::PUBLIC_KEY_USER_ID.to_owned(), user_id.clone());
        identity.metadata.labels.extend([mark]);
        let wrong = validation::create(&self.store, &identity.to_any());
        if !wrong.is_empty() {
            return Err(Status::invalid_argument(wrong.join("; ")));
        }
        let made = self.store.transaction(|tx| {
            tx.create(identity.to_any(), "")?;
            tx.put::<kind::User>("", &user_id, |user| {
                role.as_str().clone_into(&mut user.spec.role);
            })?;
            tx.put::<kind::IdentityLastActive>("", &email, |_| {})
                .map(|_| ())
        });
        made.map_err(|error| refused(&error))?;
        self.acknowledge().await?;
        Ok(api::CreateUserResponse { user_id })
    }

    pub(super) fn users(&self, request: &Request<()>) -> Result<api::ListUsersResponse, Status> {
        context::with_role(request, Role::Admin)?;
        let people =
            Query::all().and(Term::exists(labels::IDENTITY_TYPE_SERVICE_ACCOUNT).inverted());
        let identities = self.store.peek_all::<kind::Identity>(&people);
        let users = identities.iter().map(|identity| {
            let user = self.store.peek::<kind::User>(&identity.spec.user_id);
            let seen = self.store.peek::<kind::IdentityLastActive>(identity.id());
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
                last_active: last_active(seen.and_then(|seen| seen.spec.last_active)),
            }
        });
        Ok(api::ListUsersResponse {
            users: users.collect(),
        })
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
        let role = known(&request.role)?;
        let identity = self.identity_of(&request.email)?;
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
        let identity = self.identity_of(&email)?;
        if identity
            .metadata
            .label(labels::IDENTITY_TYPE_SERVICE_ACCOUNT)
            .is_some()
        {
            return Err(Status::invalid_argument(format!(
                "{email:?} is a service account"
            )));
        }
        self.remove_account(identity.id(), &identity.spec.user_id)
            .await
    }

    fn identity_of(&self, email: &str) -> Result<std::sync::Arc<Resource<kind::Identity>>, Status> {
        let identity = self.store.peek::<kind::Identity>(&email.to_lowercase());
        identity.ok_or_else(|| Status::not_found(format!("user {email:?} not found")))
    }
}

fn known(role: &str) -> Result<Role, Status> {
    role.parse()
        .map_err(|_| Status::invalid_argument(format!("unknown role: {role:?}")))
}
