//! The verbs of `omni_machine_extensions`.

use omni_api::specs::ExtensionsConfigurationSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::Client;
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::{MachineExtensions, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::verbs;
use crate::session::{Session, explain};

/// The resource `omni_machine_extensions`.
#[derive(Debug, Default)]
pub struct MachineExtensionsResource;

// === impl MachineExtensionsResource ===

impl Resource for MachineExtensionsResource {
    type Session = Session;
    type Model = MachineExtensions;

    fn validate(&self, config: &MachineExtensions, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<MachineExtensions>,
    ) -> Result<(), Diagnostics> {
        let leaves = verbs::replace_leaving(cx, change, "id", |planned| &mut planned.id);
        if let (false, Some(id)) = (leaves, convert::id(&change.planned)) {
            // The id follows from what the user has set.
            change.planned.id = Attr::Known(id);
        }
        let same = change
            .prior
            .as_ref()
            .is_some_and(|prior| convert::names(prior) == convert::names(&change.planned));
        let (false, Some(cluster)) = (same, change.planned.cluster.as_str()) else {
            return Ok(());
        };
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        cx.report(check(client, cluster, &change.planned).await?)
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<MachineExtensions>,
    ) -> Result<MachineExtensions, Failure<MachineExtensions>> {
        let client = cx.session().client().await?;
        let id = convert::id(&plan.planned).unwrap_or_default();
        colliding(client, &id, &plan.planned).await?;
        let mut resource = OmniResource::new(&id, ExtensionsConfigurationSpec::default());
        convert::write(&plan.config, &mut resource);
        Ok(mirror::create(cx, plan.planned, &resource).await?)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: MachineExtensions,
    ) -> Result<Option<MachineExtensions>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: MachineExtensions,
        plan: Plan<MachineExtensions>,
    ) -> Result<MachineExtensions, Failure<MachineExtensions>> {
        let write = |resource: &mut _| convert::write(&plan.config, resource);
        Ok(mirror::update(cx, &prior, plan.planned.clone(), write).await?)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: MachineExtensions,
    ) -> Result<(), Failure<MachineExtensions>> {
        Ok(mirror::delete(
            cx,
            &state,
            "Machines are still taking the extensions out of their images.",
        )
        .await?)
    }
}

// === impl Mirror for MachineExtensions ===

impl Mirror for MachineExtensions {
    type Kind = kind::ExtensionsConfiguration;

    const RESOURCE: &'static str = "omni_machine_extensions";
    const NOUN: &'static str = "machine extensions";

    fn id(&self) -> String {
        self.id.as_str().unwrap_or_default().to_owned()
    }

    fn fill(&mut self, resource: &OmniResource<kind::ExtensionsConfiguration>) {
        convert::read(resource, self);
    }
}

/// Checks the extensions against the list for the cluster's Talos, where the cluster is there already.
async fn check(
    client: &Client,
    cluster: &str,
    planned: &MachineExtensions,
) -> Result<Diagnostics, Diagnostic> {
    let failed = |error| explain::failed("look for the extensions of the cluster's Talos", &error);
    let found = client.state().find::<kind::Cluster>(cluster).await;
    let Some(cluster) = found.map_err(failed)? else {
        // It comes with the same apply; the second review, just before the write, finds it.
        return Ok(Diagnostics::new());
    };
    let talos = &cluster.spec.talos_version;
    let list = client.state().find::<kind::TalosExtensions>(talos).await;
    let list = list.map_err(failed)?;
    Ok(review::catalogue(planned, talos, list.as_ref()))
}

/// Tells two objects with one id apart from one that exists already.
async fn colliding(
    client: &Client,
    id: &str,
    planned: &MachineExtensions,
) -> Result<(), Diagnostic> {
    let failed = |error| explain::failed(&format!("look for the extensions {id:?}"), &error);
    let state = client.state();
    let found = state.find::<kind::ExtensionsConfiguration>(id).await;
    let Some(existing) = found.map_err(failed)? else {
        return Ok(());
    };
    let mut other = MachineExtensions::default();
    convert::read(&existing, &mut other);
    if (&other.cluster, &other.selector) == (&planned.cluster, &planned.selector) {
        return Ok(());
    }
    Err(review::collision(id, &other))
}
