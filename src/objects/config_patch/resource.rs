//! The verbs of `omni_config_patch`.

use omni_api::specs::ConfigPatchSpec;
use omni_api::{Resource as OmniResource, forbidden, kind};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::{ConfigPatch, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::ordered;
use crate::objects::shared::verbs;
use crate::session::{Session, explain};

/// The resource `omni_config_patch`.
#[derive(Debug, Default)]
pub struct ConfigPatchResource;

// === impl ConfigPatchResource ===

impl Resource for ConfigPatchResource {
    type Session = Session;
    type Model = ConfigPatch;

    fn validate(&self, config: &ConfigPatch, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<ConfigPatch>,
    ) -> Result<(), Diagnostics> {
        if verbs::replace_leaving(cx, change, "id", |planned| &mut planned.id) {
            return Ok(());
        }
        // The id follows from what the user has set.
        if let Some(id) = convert::patch_id(&change.planned) {
            change.planned.id = Attr::Known(id);
        }
        let prior = change.prior.as_ref().map(|prior| &prior.data);
        let Some(data) = verbs::renewed(prior, &change.planned.data) else {
            return Ok(());
        };
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        match client
            .management()
            .validate_config(tfplugin::Text::spelling(data))
            .await
        {
            Ok(()) => Ok(()),
            Err(omni_client::Error::Validation { problems }) => Err(refused(&problems).into()),
            Err(error) => Err(explain::failed("have Omni check the patch", &error).into()),
        }
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<ConfigPatch>,
    ) -> Result<ConfigPatch, Failure<ConfigPatch>> {
        let client = cx.session().client().await?;
        let id = convert::patch_id(&plan.planned).unwrap_or_default();
        ordered::refuse_collision(client, mirror::name::<ConfigPatch>(&id), |existing| {
            other(existing, &plan.planned)
        })
        .await?;
        let mut patch = OmniResource::new(&id, ConfigPatchSpec::default());
        convert::write(&plan.config, &mut patch);
        Ok(mirror::create(cx, plan.planned, &patch).await?)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: ConfigPatch,
    ) -> Result<Option<ConfigPatch>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: ConfigPatch,
        plan: Plan<ConfigPatch>,
    ) -> Result<ConfigPatch, Failure<ConfigPatch>> {
        let write = |resource: &mut _| convert::write(&plan.config, resource);
        Ok(mirror::update(cx, &prior, plan.planned.clone(), write).await?)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: ConfigPatch,
    ) -> Result<(), Failure<ConfigPatch>> {
        Ok(mirror::delete(
            cx,
            &state,
            "Machines are still taking it out of their configuration.",
        )
        .await?)
    }
}

// === impl Mirror for ConfigPatch ===

impl Mirror for ConfigPatch {
    type Kind = kind::ConfigPatch;

    const RESOURCE: &'static str = "omni_config_patch";
    const NOUN: &'static str = "config patch";

    fn id(&self) -> String {
        self.id.as_str().unwrap_or_default().to_owned()
    }

    fn fill(&mut self, resource: &OmniResource<kind::ConfigPatch>) {
        convert::read(resource, self);
    }
}

/// The patch that has the id already, unless it is ours.
fn other(
    existing: &OmniResource<kind::ConfigPatch>,
    planned: &ConfigPatch,
) -> Option<ordered::Other> {
    let mut other = ConfigPatch::default();
    convert::read(existing, &mut other);
    let same = (&other.cluster, &other.selector, &other.name)
        == (&planned.cluster, &planned.selector, &planned.name);
    (!same).then(|| ordered::Other {
        target: other
            .cluster
            .as_str()
            .map_or_else(|| "a machine".to_owned(), |cluster| format!("{cluster:?}")),
        name: other.name.known().unwrap_or_default(),
    })
}

fn refused(problems: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::error("Omni refuses the patch")
        .detail(format!("{}.", problems.join("; ")))
        .at_attribute("data");
    if problems.contains(&forbidden::field_refused(forbidden::INSTALL_DISK)) {
        return diagnostic.remedy(
            "On this Omni the install disk of a machine is an object of its own, omni_machine_install_disk: move the disk there.",
        );
    }
    diagnostic
}
