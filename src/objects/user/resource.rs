//! The verbs of `omni_user`.

use omni_api::{Role, kind};
use omni_client::{Client, Error};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::{User, convert, review};
use crate::objects::shared::verbs::{self, Name};
use crate::objects::shared::{accounts, roles};
use crate::session::{Session, defer, explain};
use crate::values::Email;

/// The resource `omni_user`.
#[derive(Debug, Default)]
pub struct UserResource;

// === impl UserResource ===

impl Resource for UserResource {
    type Session = Session;
    type Model = User;

    fn validate(&self, config: &User, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(&self, cx: &Cx<Session>, change: &mut Change<User>) -> Result<(), Diagnostics> {
        if change.prior.is_some()
            && verbs::replace_leaving(cx, change, "id", |planned| &mut planned.id)
        {
            return Ok(());
        }
        if let Some(prior) = &change.prior {
            if prior.email != change.planned.email {
                keep_own(cx, prior, "destroy", "email").await?;
            } else if prior.role != change.planned.role {
                keep_own(cx, prior, "change the role of", "role").await?;
            }
        }
        let prior = change.prior.as_ref().map(|prior| &prior.role);
        roles::check(cx, prior, &change.planned.role).await?;
        if !change.is_create() {
            return Ok(());
        }
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        if let Attr::Known(email) = &change.planned.email
            && !email.is_address()
        {
            let failed = |error| explain::failed("read how people sign in to this Omni", &error);
            let auth = client
                .cache()
                .get::<kind::AuthConfig>("auth-config", None)
                .await
                .map_err(failed)?;
            cx.report(review::address(email, auth.as_ref()).into_iter().collect())?;
        }
        Ok(())
    }

    async fn review_destroy(&self, cx: &Cx<Session>, state: &User) -> Result<(), Diagnostics> {
        keep_own(cx, state, "destroy", "email").await
    }

    async fn create(&self, cx: &Cx<Session>, plan: Plan<User>) -> Result<User, Failure<User>> {
        let client = cx.session().client().await?;
        let email = canonical(&plan.planned);
        let role = role(&plan.planned)?;
        let created = client.management().create_user(&email, role).await;
        let user_id = match created {
            Ok(user_id) => user_id,
            Err(error) => return Err(not_created(client, &email, &error).await.into()),
        };
        let mut state = plan.planned;
        state.id = Attr::Known(user_id);
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        Ok(state)
    }

    async fn read(&self, cx: &Cx<Session>, mut state: User) -> Result<Option<User>, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(Some(state));
        }
        let client = cx.session().client().await?;
        cx.session().check_account(cx, client).await?;
        let email = canonical(&state);
        let failed = |error| explain::failed(&format!("read the user {email:?}"), &error);
        let Some(account) = accounts::read(client, &email).await.map_err(failed)? else {
            return Ok(None);
        };
        if convert::is_service_account(&account) {
            return Err(review::service_account(&email).into());
        }
        verbs::note_phase(cx, name(&email), &account.identity.metadata);
        convert::read(&account, &mut state);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: User,
        plan: Plan<User>,
    ) -> Result<User, Failure<User>> {
        if prior.role == plan.planned.role {
            return Ok(plan.planned);
        }
        let client = cx.session().client().await?;
        let email = canonical(&prior);
        let role = role(&plan.planned)?;
        match client.management().update_user(&email, role).await {
            Ok(()) => Ok(plan.planned),
            Err(Error::NotFound { .. }) => Err(verbs::gone(name(&email)).into()),
            Err(error) => {
                keep_own(cx, &prior, "change the role of", "role").await?;
                Err(
                    explain::failed(&format!("change the role of the user {email:?}"), &error)
                        .into(),
                )
            }
        }
    }

    async fn delete(&self, cx: &Cx<Session>, state: User) -> Result<(), Failure<User>> {
        let client = cx.session().client().await?;
        let email = canonical(&state);
        match client.management().destroy_user(&email).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => {
                keep_own(cx, &state, "destroy", "email").await?;
                Err(explain::failed(&format!("delete the user {email:?}"), &error).into())
            }
        }
    }
}

/// Why a user was not created. An address in use has no code of its own, so it is looked at whether it is in use now.
async fn not_created(client: &Client, email: &str, error: &Error) -> Diagnostic {
    match accounts::read_now(client, email).await {
        Ok(Some(_)) => explain::already_exists("omni_user", email),
        Ok(None) | Err(_) => explain::failed(&format!("create the user {email:?}"), error),
    }
}

/// Refuses to touch the account that Terraform itself uses.
async fn keep_own(
    cx: &Cx<Session>,
    state: &User,
    verb: &str,
    attribute: &str,
) -> Result<(), Diagnostics> {
    let Some(client) = cx.session().client_if_known().await? else {
        return Ok(());
    };
    let email = canonical(state);
    let failed = |error| explain::failed("read who Terraform signs in as", &error);
    if accounts::is_own(client, &email).await.map_err(failed)? {
        return Err(accounts::own(&email, verb, attribute).into());
    }
    Ok(())
}

fn canonical(user: &User) -> String {
    let email = user.email.as_known().map(Email::canonical);
    email.unwrap_or_default()
}

fn role(user: &User) -> Result<Role, Diagnostic> {
    let role = roles::read(&user.role, &roles::ALL)?;
    Ok(role.unwrap_or(Role::None))
}

fn name(email: &str) -> Name<'_> {
    Name {
        resource: "omni_user",
        noun: "user",
        id: email,
    }
}
