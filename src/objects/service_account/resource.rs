//! The verbs of `omni_service_account`.

use jiff::Timestamp;
use omni_api::{Role, kind};
use omni_client::management::AccountRole;
use omni_client::{AccountName, Client, Error};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::{ServiceAccount, convert, review};
use crate::objects::shared::account_key::{self, NewKey};
use crate::objects::shared::verbs::{self, Name};
use crate::objects::shared::{accounts, roles};
use crate::readiness::wait::capital;
use crate::session::{Session, defer, explain};

/// The resource `omni_service_account`.
#[derive(Debug, Default)]
pub struct ServiceAccountResource;

// === impl ServiceAccountResource ===

impl Resource for ServiceAccountResource {
    type Session = Session;
    type Model = ServiceAccount;

    fn validate(&self, config: &ServiceAccount, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<ServiceAccount>,
    ) -> Result<(), Diagnostics> {
        let account = change.planned.name.as_str().map(account_of);
        if let Some(account) = &account {
            change.planned.id = Attr::Known(account.full_id());
        }
        if change.prior.is_some()
            && verbs::replace_leaving(cx, change, "expiration", |planned| &mut planned.expiration)
        {
            return Ok(());
        }
        if let Some(warning) = account_key::plan(change, account.as_ref(), Timestamp::now()) {
            cx.warn(warning);
        }
        let replaces = change
            .prior
            .as_ref()
            .filter(|prior| prior.name != change.planned.name || prior.role != change.planned.role);
        if let Some(prior) = replaces {
            keep_own(cx, prior).await?;
        }
        let prior = change.prior.as_ref().map(|prior| &prior.role);
        roles::check(cx, prior, &change.planned.role).await?;
        if change.is_create() && change.planned.role.is_unknown() && change.config.role.is_null() {
            change.planned.role = like_creator(cx).await?;
        }
        Ok(())
    }

    async fn review_destroy(
        &self,
        cx: &Cx<Session>,
        state: &ServiceAccount,
    ) -> Result<(), Diagnostics> {
        keep_own(cx, state).await
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<ServiceAccount>,
    ) -> Result<ServiceAccount, Failure<ServiceAccount>> {
        let client = cx.session().client().await?;
        let id = plan.planned.name.as_str().unwrap_or_default().to_owned();
        let account = account_of(&id);
        let key = NewKey::of(&account, &plan)?;
        let role = match roles::read(&plan.planned.role, &review::ROLES)? {
            Some(role) => AccountRole::Exactly(role),
            None => AccountRole::LikeCreator,
        };
        let registered = client
            .management()
            .create_service_account(&account, role, &key.public)
            .await
            .map_err(|error| match error {
                Error::AlreadyExists { .. } => explain::already_exists("omni_service_account", &id),
                error => explain::failed(&format!("create the service account {id:?}"), &error),
            })?;
        let mut state = plan.planned;
        let fingerprint = registered.clone();
        key.note(registered, &mut state);
        // The account exists, and nothing that is still to be read may lose it.
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        listed(cx, client, &account, &fingerprint).await;
        if !state.role.is_known() {
            // The creator's role, and nobody but an Admin creates accounts.
            state.role = Attr::Known(Role::Admin.to_string());
        }
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        mut state: ServiceAccount,
    ) -> Result<Option<ServiceAccount>, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(Some(state));
        }
        let client = cx.session().client().await?;
        cx.session().check_account(cx, client).await?;
        let id = state.name.as_str().unwrap_or_default().to_owned();
        let full_id = review::name(&id)?.full_id();
        let failed = |error| explain::failed(&format!("read the service account {id:?}"), &error);
        let Some(account) = accounts::read(client, &full_id).await.map_err(failed)? else {
            return Ok(None);
        };
        verbs::note_phase(cx, name(&id), &account.identity.metadata);
        let status = client
            .cache()
            .get::<kind::ServiceAccountStatus>(&full_id, None)
            .await
            .map_err(failed)?;
        account_key::complete(&mut state);
        convert::read(&account, status.as_ref(), &mut state);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: ServiceAccount,
        plan: Plan<ServiceAccount>,
    ) -> Result<ServiceAccount, Failure<ServiceAccount>> {
        let mut state = plan.planned.clone();
        if !account_key::renews(&prior, &plan.planned) {
            return Ok(state);
        }
        let client = cx.session().client().await?;
        let id = prior.name.as_str().unwrap_or_default();
        let account = account_of(id);
        let key = NewKey::of(&account, &plan)?;
        let registered = client
            .management()
            .renew_service_account(&account, &key.public)
            .await
            .map_err(|error| {
                explain::failed(&format!("add a key to the service account {id:?}"), &error)
            })?;
        let fingerprint = registered.clone();
        key.note(registered, &mut state);
        cx.keep(&state);
        listed(cx, client, &account, &fingerprint).await;
        Ok(state)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: ServiceAccount,
    ) -> Result<(), Failure<ServiceAccount>> {
        let client = cx.session().client().await?;
        let id = state.name.as_str().unwrap_or_default();
        let account = account_of(id);
        match client.management().destroy_service_account(&account).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => {
                keep_own(cx, &state).await?;
                Err(explain::failed(&format!("delete the service account {id:?}"), &error).into())
            }
        }
    }
}

fn account_of(name: &str) -> AccountName {
    AccountName::ServiceAccount(name.to_owned())
}

/// Refuses to take away the account that Terraform itself uses.
async fn keep_own(cx: &Cx<Session>, state: &ServiceAccount) -> Result<(), Diagnostics> {
    let Some(client) = cx.session().client_if_known().await? else {
        return Ok(());
    };
    let full_id = account_of(state.name.as_str().unwrap_or_default()).full_id();
    let failed = |error| explain::failed("read who Terraform signs in as", &error);
    if accounts::is_own(client, &full_id).await.map_err(failed)? {
        return Err(accounts::own(&full_id, "destroy", "name").into());
    }
    Ok(())
}

/// The role of whoever Terraform signs in as, which a new account without a role of its own gets.
async fn like_creator(cx: &Cx<Session>) -> Result<Attr<String>, Diagnostics> {
    let Some(client) = cx.session().client_if_known().await? else {
        return Ok(Attr::Unknown);
    };
    let failed = |error| explain::failed("read who Terraform signs in as", &error);
    let ourselves = accounts::ourselves(client).await.map_err(failed)?;
    Ok(ourselves.map_or(Attr::Unknown, |own| Attr::Known(own.spec.role)))
}

/// Waits until Omni lists the account with its new key, for whoever reads it next. The account is right without it, so that an
/// early end is a warning.
async fn listed(cx: &Cx<Session>, client: &Client, account: &AccountName, fingerprint: &str) {
    let mut mirror = client
        .state()
        .watch_one::<kind::ServiceAccountStatus>(&account.full_id())
        .mirror();
    let shown = mirror.wait_for(|world| {
        let keys = world.iter().flat_map(|status| &status.spec.public_keys);
        let found = keys.into_iter().any(|key| key.id == fingerprint);
        found.then_some(())
    });
    let why = match cx.wait(shown).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(interrupted) => interrupted.to_string(),
    };
    cx.warn(
        Diagnostic::warning(format!("Omni does not list the key of {account} yet"))
            .detail(format!(
                "{}. The key is registered and valid, and is in the state.",
                capital(&why)
            ))
            .remedy("Nothing: the next plan reads the account again."),
    );
}

fn name(id: &str) -> Name<'_> {
    Name {
        resource: "omni_service_account",
        noun: "service account",
        id,
    }
}
