//! The verbs of `omni_infra_provider`.

use jiff::Timestamp;
use omni_api::specs::InfraProviderSpec;
use omni_api::{Resource as OmniResource, Role, kind};
use omni_client::management::AccountRole;
use omni_client::{AccountName, Client, Error, Query};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::convert::Statuses;
use super::{InfraProvider, convert, review};
use crate::objects::shared::account_key::{self, NewKey};
use crate::objects::shared::metadata;
use crate::objects::shared::verbs::{self, Name};
use crate::readiness::wait::capital;
use crate::session::{Session, defer, explain};

/// The resource `omni_infra_provider`.
#[derive(Debug, Default)]
pub struct InfraProviderResource;

// === impl InfraProviderResource ===

impl Resource for InfraProviderResource {
    type Session = Session;
    type Model = InfraProvider;

    fn validate(&self, config: &InfraProvider, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<InfraProvider>,
    ) -> Result<(), Diagnostics> {
        let account = change.planned.name.as_str().map(account_of);
        if let Some(account) = &account {
            change.planned.service_account_id = Attr::Known(account.full_id());
        }
        if change.prior.is_some()
            && verbs::replace_leaving(cx, change, "connected", |planned| &mut planned.connected)
        {
            return Ok(());
        }
        if let Some(warning) = account_key::plan(change, account.as_ref(), Timestamp::now()) {
            cx.warn(warning);
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<InfraProvider>,
    ) -> Result<InfraProvider, Failure<InfraProvider>> {
        let client = cx.session().client().await?;
        let id = plan.planned.name.as_str().unwrap_or_default().to_owned();
        let account = account_of(&id);
        let key = NewKey::of(&account, &plan)?;
        let mut provider =
            OmniResource::<kind::InfraProvider>::new(&id, InfraProviderSpec::default());
        metadata::mark_managed(&mut provider.metadata);
        verbs::create(client, name(&id), &provider).await?;
        let mut state = plan.planned;
        convert::read_statuses(&Statuses::default(), &mut state);
        // From here on the provider exists: whatever fails now, Terraform knows it.
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        let role = AccountRole::Exactly(Role::InfraProvider);
        let registered = client
            .management()
            .create_service_account(&account, role, &key.public)
            .await;
        let registered = registered.map_err(|error| account_failed(&id, &error))?;
        key.note(registered, &mut state);
        cx.keep(&state);
        if state.wait_connected == Attr::Known(true) {
            connected(cx, client, &id).await?;
        }
        convert::read_statuses(&statuses(client, &id).await?, &mut state);
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        mut state: InfraProvider,
    ) -> Result<Option<InfraProvider>, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(Some(state));
        }
        let client = cx.session().client().await?;
        cx.session().check_account(cx, client).await?;
        let id = state.name.as_str().unwrap_or_default().to_owned();
        let Some(provider) = find(client, &id).await? else {
            return Ok(None);
        };
        verbs::note_phase(cx, name(&id), &provider.metadata);
        state.service_account_id = Attr::Known(account_of(&id).full_id());
        account_key::complete(&mut state);
        convert::read_defaults(&mut state);
        convert::read_statuses(&statuses(client, &id).await?, &mut state);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: InfraProvider,
        plan: Plan<InfraProvider>,
    ) -> Result<InfraProvider, Failure<InfraProvider>> {
        let client = cx.session().client().await?;
        let id = prior.name.as_str().unwrap_or_default().to_owned();
        let mut state = plan.planned.clone();
        if account_key::renews(&prior, &plan.planned) {
            let account = account_of(&id);
            let key = NewKey::of(&account, &plan)?;
            let registered = client
                .management()
                .renew_service_account(&account, &key.public)
                .await;
            let registered = registered.map_err(|error| account_failed(&id, &error))?;
            key.note(registered, &mut state);
            cx.keep(&state);
        }
        if state.wait_connected == Attr::Known(true) {
            connected(cx, client, &id).await?;
        }
        Ok(state)
    }

    /// Omni removes the account together with its provider; where it has not, the account goes here.
    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: InfraProvider,
    ) -> Result<(), Failure<InfraProvider>> {
        let client = cx.session().client().await?;
        let id = state.name.as_str().unwrap_or_default();
        let blocked = || async { "Machines that it made still exist.".to_owned() };
        verbs::delete::<kind::InfraProvider, _>(cx, client, name(id), blocked).await?;
        match client
            .management()
            .destroy_service_account(&account_of(id))
            .await
        {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(explain::failed(
                &format!("remove the service account of the infrastructure provider {id:?}"),
                &error,
            )
            .into()),
        }
    }
}

fn account_of(id: &str) -> AccountName {
    AccountName::InfraProvider(id.to_owned())
}

/// A provider is found by listing: Omni refuses the single read of one.
async fn find(
    client: &Client,
    id: &str,
) -> Result<Option<OmniResource<kind::InfraProvider>>, Diagnostic> {
    let failed =
        |error| explain::failed(&format!("read the infrastructure provider {id:?}"), &error);
    let all = client
        .cache()
        .list::<kind::InfraProvider>(None)
        .await
        .map_err(failed)?;
    Ok(all.into_iter().find(|provider| provider.id() == id))
}

async fn statuses(client: &Client, id: &str) -> Result<Statuses, Diagnostic> {
    let failed = |error| {
        explain::failed(
            &format!("read the status of the infrastructure provider {id:?}"),
            &error,
        )
    };
    let state = client.state();
    Ok(Statuses {
        status: one(state.list(&Query::all()).await.map_err(failed)?, id),
        health: one(state.list(&Query::all()).await.map_err(failed)?, id),
        combined: one(state.list(&Query::all()).await.map_err(failed)?, id),
    })
}

fn one<K: omni_api::Kind>(all: Vec<OmniResource<K>>, id: &str) -> Option<OmniResource<K>> {
    all.into_iter().find(|resource| resource.id() == id)
}

/// Waits until the provider's program has connected.
async fn connected(cx: &Cx<Session>, client: &Client, id: &str) -> Result<(), Diagnostics> {
    let failed =
        |error| explain::failed(&format!("watch the infrastructure provider {id:?}"), &error);
    let mut mirror = client
        .state()
        .watch_one::<kind::InfraProviderCombinedStatus>(id)
        .mirror();
    let alive = |status: &OmniResource<kind::InfraProviderCombinedStatus>| {
        status
            .spec
            .health
            .as_ref()
            .is_some_and(|health| health.connected)
    };
    let waited = mirror.wait_for(|world| world.iter().any(|status| alive(status)).then_some(()));
    match cx.wait(waited).await {
        Ok(result) => Ok(result.map_err(failed)?),
        Err(why) => Err(Diagnostic::error(format!("The infrastructure provider {id:?} has not connected"))
            .detail(format!("{}. Its program does not run, or cannot reach Omni with its key.", capital(&why.to_string())))
            .remedy(format!("Start the provider's program with the key of infra-provider:{id} and the endpoint of this account, or remove `wait_connected`."))
            .into()),
    }
}

fn account_failed(id: &str, error: &Error) -> Diagnostic {
    match error {
        Error::AlreadyExists { .. } => Diagnostic::error("The service account exists already")
            .detail(format!("There is a service account infra-provider:{id} in Omni already, without a provider. It is not taken over in silence."))
            .remedy(format!("Remove it (`omnictl serviceaccount destroy infra-provider:{id}`), then apply again.")),
        error => explain::failed(&format!("register the key of the infrastructure provider {id:?}"), error),
    }
}

fn name(id: &str) -> Name<'_> {
    Name {
        resource: "omni_infra_provider",
        noun: "infrastructure provider",
        id,
    }
}
