//! The verbs of `omni_infra_provider`.

use jiff::{SignedDuration, Timestamp};
use omni_api::specs::InfraProviderSpec;
use omni_api::{Resource as OmniResource, Role, kind};
use omni_client::management::AccountRole;
use omni_client::{AccountName, Client, Error, GeneratedKey, Key, Query};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::types::Secret;
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::convert::Statuses;
use super::{InfraProvider, convert, review};
use crate::objects::shared::metadata;
use crate::objects::shared::verbs::{self, Name};
use crate::readiness::wait::capital;
use crate::session::{Session, defer, explain};

/// The resource `omni_infra_provider`.
#[derive(Debug, Default)]
pub struct InfraProviderResource;

/// The key of an account: its public half to register, and its private half where it was made here.
struct NewKey {
    public: String,
    private: Option<Secret>,
}

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
        let (planned, config) = (&mut change.planned, &change.config);
        if let Some(name) = planned.name.as_str() {
            let account = AccountName::InfraProvider(name.to_owned());
            planned.service_account_id = Attr::Known(account.full_id());
        }
        let own_key = config.key_wo_version.is_null() && config.key_wo.is_null();
        match &change.prior {
            None if own_key => {
                cx.warn(review::key_in_state(
                    planned.name.as_str().unwrap_or_default(),
                ));
            }
            None => planned.key = Attr::Null,
            Some(prior) if verbs::is_leaving(cx) => {
                let _ = prior;
                planned.connected = Attr::Unknown;
                change.replace(Path::of("connected"));
            }
            Some(prior) if renews(prior, planned) => {
                planned.public_key_id = Attr::Unknown;
                planned.key = if own_key { Attr::Unknown } else { Attr::Null };
            }
            Some(_) => {}
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
        let key = new_key(&plan)?;
        let mut provider =
            OmniResource::<kind::InfraProvider>::new(&id, InfraProviderSpec::default());
        metadata::mark_managed(&mut provider.metadata);
        verbs::create(client, name(&id), &provider).await?;
        let mut state = plan.planned;
        convert::read_statuses(&Statuses::default(), &mut state);
        state.key = key.private.map_or(Attr::Null, Attr::Known);
        state.public_key_id = Attr::Null;
        // From here on the provider exists: whatever fails now, Terraform knows it.
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        let account = AccountName::InfraProvider(id.clone());
        let role = AccountRole::Exactly(Role::InfraProvider);
        let registered = client
            .management()
            .create_service_account(&account, role, &key.public)
            .await;
        state.public_key_id = Attr::Known(registered.map_err(|error| account_failed(&id, &error))?);
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
        state.service_account_id = Attr::Known(AccountName::InfraProvider(id.clone()).full_id());
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
        let renews = renews(&prior, &plan.planned);
        let mut state = plan.planned.clone();
        if renews {
            let key = new_key(&plan)?;
            let account = AccountName::InfraProvider(id.clone());
            let registered = client
                .management()
                .renew_service_account(&account, &key.public)
                .await;
            state.public_key_id =
                Attr::Known(registered.map_err(|error| account_failed(&id, &error))?);
            state.key = key.private.map_or(Attr::Null, Attr::Known);
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
            .destroy_service_account(&AccountName::InfraProvider(id.to_owned()))
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

/// Whether a change needs a new key.
fn renews(prior: &InfraProvider, planned: &InfraProvider) -> bool {
    let own_lifetime = planned.key_wo_version.is_null() && prior.ttl != planned.ttl;
    own_lifetime
        || prior.renew_trigger != planned.renew_trigger
        || prior.key_wo_version != planned.key_wo_version
}

/// The key to register: the user's, or one made here.
fn new_key(plan: &Plan<InfraProvider>) -> Result<NewKey, Diagnostic> {
    let id = plan.planned.name.as_str().unwrap_or_default();
    let account = AccountName::InfraProvider(id.to_owned());
    if let Attr::Known(text) = &plan.config.key_wo {
        return users_key(text, &account);
    }
    if plan.config.key_wo_version.is_known() {
        return Err(Diagnostic::error("No key")
            .detail("`key_wo_version` is set and `key_wo` is null: there is no key to register.")
            .remedy("Set `key_wo` to a key, such as `ephemeral.omni_service_account_key.….key`.")
            .at_attribute("key_wo"));
    }
    let ttl = plan
        .planned
        .ttl
        .as_known()
        .map(tfplugin::types::Duration::get)
        .unwrap_or_default();
    let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
    let key = GeneratedKey::new(&account, ttl, Timestamp::now()).map_err(|error| {
        Diagnostic::error("Could not make a key")
            .detail(format!("{error}."))
            .at_attribute("ttl")
    })?;
    Ok(NewKey {
        public: key.public,
        private: Some(Secret::new(key.text.expose())),
    })
}

fn users_key(text: &Secret, account: &AccountName) -> Result<NewKey, Diagnostic> {
    let broken = |why: String| {
        Diagnostic::error("The key cannot be registered")
            .detail(why)
            .at_attribute("key_wo")
    };
    let key = Key::parse(text.expose()).map_err(|error| broken(format!("{error}.")))?;
    key.check(Timestamp::now())
        .map_err(|error| broken(format!("{error}.")))?;
    if key.account().as_ref() != Some(account) {
        let found = key.identity();
        return Err(broken(format!(
            "It was made for {found:?}, not for {:?}.",
            account.to_string()
        ))
        .remedy(format!("Make it with `name = \"{account}\"`.")));
    }
    let public = key.public().map_err(|error| broken(format!("{error}.")))?;
    Ok(NewKey {
        public,
        private: None,
    })
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
