//! The verbs of `omni_machine_class`.

use omni_api::specs::MachineClassSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::Client;
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::{MachineClass, convert, review};
use crate::objects::shared::verbs::{self, Name};
use crate::session::{Session, defer, explain};

/// The resource `omni_machine_class`.
#[derive(Debug, Default)]
pub struct MachineClassResource;

// === impl MachineClassResource ===

impl Resource for MachineClassResource {
    type Session = Session;
    type Model = MachineClass;

    fn validate(&self, config: &MachineClass, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<MachineClass>,
    ) -> Result<(), Diagnostics> {
        if let Some(prior) = &change.prior {
            // The server cannot turn one kind of class into the other.
            if prior.auto_provision.is_null() != change.planned.auto_provision.is_null() {
                change.replace(Path::of("auto_provision"));
            }
            if verbs::is_leaving(cx) {
                change.planned.matched_machines = Attr::Unknown;
                change.replace(Path::of("matched_machines"));
            }
        }
        let Attr::Known(provision) = &change.planned.auto_provision else {
            return Ok(());
        };
        let same = change
            .prior
            .as_ref()
            .is_some_and(|prior| prior.auto_provision == change.planned.auto_provision);
        let (false, Attr::Known(id)) = (same, &provision.provider_id) else {
            return Ok(());
        };
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        let provider = provider(client, id).await?;
        // A provider that this very plan creates is not there yet: the server checks when it is.
        if provider.is_none() && change.prior.is_none() {
            return Ok(());
        }
        cx.report(review::provider_data(provider.as_ref(), provision))
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<MachineClass>,
    ) -> Result<MachineClass, Failure<MachineClass>> {
        let client = cx.session().client().await?;
        let id = plan.planned.name.as_str().unwrap_or_default();
        if let Attr::Known(provision) = &plan.config.auto_provision {
            let provider =
                provider(client, provision.provider_id.as_str().unwrap_or_default()).await?;
            cx.report(review::provider_data(provider.as_ref(), provision))?;
        }
        let mut class = OmniResource::new(id, MachineClassSpec::default());
        convert::write(&plan.config, &mut class);
        let class = verbs::create(client, name(id), &class).await?;
        let mut state = plan.planned.clone();
        convert::read(&class, &mut state);
        state.matched_machines = Attr::Null;
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        state.matched_machines = matched(client, &state).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        mut state: MachineClass,
    ) -> Result<Option<MachineClass>, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(Some(state));
        }
        let client = cx.session().client().await?;
        cx.session().check_account(cx, client).await?;
        let id = state.name.as_str().unwrap_or_default().to_owned();
        let failed = |error| explain::failed(&format!("read the machine class {id:?}"), &error);
        let Some(class) = client
            .cache()
            .get::<kind::MachineClass>(&id, None)
            .await
            .map_err(failed)?
        else {
            return Ok(None);
        };
        verbs::note_phase(cx, name(&id), &class.metadata);
        convert::read(&class, &mut state);
        state.matched_machines = matched(client, &state).await?;
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: MachineClass,
        plan: Plan<MachineClass>,
    ) -> Result<MachineClass, Failure<MachineClass>> {
        let client = cx.session().client().await?;
        let id = prior.name.as_str().unwrap_or_default().to_owned();
        let class = verbs::update(client, name(&id), |class| {
            convert::write(&plan.config, class);
        })
        .await?;
        let mut state = plan.planned.clone();
        convert::read(&class, &mut state);
        Ok(state)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: MachineClass,
    ) -> Result<(), Failure<MachineClass>> {
        let client = cx.session().client().await?;
        let id = state.name.as_str().unwrap_or_default();
        let blocked = || async { "Machine sets still use it.".to_owned() };
        Ok(verbs::delete::<kind::MachineClass, _>(cx, client, name(id), blocked).await?)
    }
}

/// How many machines of the account the selectors match; null for a class that has machines made.
async fn matched(client: &Client, state: &MachineClass) -> Result<Attr<i64>, Diagnostic> {
    let Attr::Known(selectors) = &state.match_labels else {
        return Ok(Attr::Null);
    };
    let failed = |error| explain::failed("count the machines of a class", &error);
    let machines = client
        .cache()
        .list::<kind::MachineStatus>(None)
        .await
        .map_err(failed)?;
    let queries: Vec<_> = selectors
        .iter()
        .filter_map(|selector| selector.as_known()?.query())
        .collect();
    let matches = |machine: &&OmniResource<kind::MachineStatus>| {
        queries
            .iter()
            .any(|query| query.matches(&machine.metadata.labels))
    };
    Ok(Attr::from(
        i64::try_from(machines.iter().filter(matches).count()).ok(),
    ))
}

async fn provider(
    client: &Client,
    id: &str,
) -> Result<Option<OmniResource<kind::InfraProviderStatus>>, Diagnostic> {
    let failed =
        |error| explain::failed(&format!("read the infrastructure provider {id:?}"), &error);
    client
        .state()
        .find::<kind::InfraProviderStatus>(id)
        .await
        .map_err(failed)
}

fn name(id: &str) -> Name<'_> {
    Name {
        resource: "omni_machine_class",
        noun: "machine class",
        id,
    }
}
