//! The verbs of `omni_machine_class`.

use omni_api::specs::MachineClassSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::{Client, Error};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::{MachineClass, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::verbs;
use crate::session::{Session, explain};

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
            verbs::replace_leaving(cx, change, "matched_machines", |planned| {
                &mut planned.matched_machines
            });
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
        let mut state = plan.planned;
        state.matched_machines = Attr::Null;
        let mut state = mirror::create(cx, state, &class).await?;
        let failed = |error| explain::failed("count the machines of a class", &error);
        state.matched_machines = matched(client, &state).await.map_err(failed)?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: MachineClass,
    ) -> Result<Option<MachineClass>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: MachineClass,
        plan: Plan<MachineClass>,
    ) -> Result<MachineClass, Failure<MachineClass>> {
        let write = |resource: &mut _| convert::write(&plan.config, resource);
        Ok(mirror::update(cx, &prior, plan.planned.clone(), write).await?)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: MachineClass,
    ) -> Result<(), Failure<MachineClass>> {
        Ok(mirror::delete(cx, &state, "Machine sets still use it.").await?)
    }
}

// === impl Mirror for MachineClass ===

impl Mirror for MachineClass {
    type Kind = kind::MachineClass;

    const RESOURCE: &'static str = "omni_machine_class";
    const NOUN: &'static str = "machine class";

    fn id(&self) -> String {
        self.name.as_str().unwrap_or_default().to_owned()
    }

    fn fill(&mut self, resource: &OmniResource<kind::MachineClass>) {
        convert::read(resource, self);
    }

    async fn fill_status(
        &mut self,
        client: &Client,
        _class: &OmniResource<kind::MachineClass>,
    ) -> Result<(), Error> {
        self.matched_machines = matched(client, self).await?;
        Ok(())
    }
}

/// How many machines of the account the selectors match; null for a class that has machines made.
async fn matched(client: &Client, state: &MachineClass) -> Result<Attr<i64>, Error> {
    let Attr::Known(selectors) = &state.match_labels else {
        return Ok(Attr::Null);
    };
    let machines = client.cache().list::<kind::MachineStatus>(None).await?;
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
