//! The verbs of `omni_config_patch`.

use omni_api::specs::ConfigPatchSpec;
use omni_api::{Resource as OmniResource, kind};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::{ConfigPatch, convert, review};
use crate::objects::shared::ordered;
use crate::objects::shared::verbs::{self, Name};
use crate::session::{Session, defer, explain};

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
        if verbs::is_leaving(cx) {
            change.planned.id = Attr::Unknown;
            change.replace(Path::of("id"));
            return Ok(());
        }
        // The id follows from what the user has set.
        if let Some(id) = convert::patch_id(&change.planned) {
            change.planned.id = Attr::Known(id);
        }
        let same = change
            .prior
            .as_ref()
            .is_some_and(|prior| prior.data == change.planned.data);
        let (false, Attr::Known(data)) = (same, &change.planned.data) else {
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
        ordered::refuse_collision(client, name(&id), |existing| other(existing, &plan.planned))
            .await?;
        let mut patch = OmniResource::new(&id, ConfigPatchSpec::default());
        convert::write(&plan.config, &mut patch);
        let patch = verbs::create(client, name(&id), &patch).await?;
        let mut state = plan.planned;
        convert::read(&patch, &mut state);
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        mut state: ConfigPatch,
    ) -> Result<Option<ConfigPatch>, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(Some(state));
        }
        let client = cx.session().client().await?;
        cx.session().check_account(cx, client).await?;
        let id = state.id.as_str().unwrap_or_default().to_owned();
        let failed = |error| explain::failed(&format!("read the config patch {id:?}"), &error);
        // Patches are read without the cluster's scope: one that has lost its cluster label must still be found.
        let Some(patch) = client
            .cache()
            .get::<kind::ConfigPatch>(&id, None)
            .await
            .map_err(failed)?
        else {
            return Ok(None);
        };
        verbs::note_phase(cx, name(&id), &patch.metadata);
        convert::read(&patch, &mut state);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: ConfigPatch,
        plan: Plan<ConfigPatch>,
    ) -> Result<ConfigPatch, Failure<ConfigPatch>> {
        let client = cx.session().client().await?;
        let id = prior.id.as_str().unwrap_or_default().to_owned();
        let patch = verbs::update(client, name(&id), |patch| {
            convert::write(&plan.config, patch);
        })
        .await?;
        let mut state = plan.planned.clone();
        convert::read(&patch, &mut state);
        Ok(state)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: ConfigPatch,
    ) -> Result<(), Failure<ConfigPatch>> {
        let client = cx.session().client().await?;
        let id = state.id.as_str().unwrap_or_default();
        let blocked =
            || async { "Machines are still taking it out of their configuration.".to_owned() };
        Ok(verbs::delete::<kind::ConfigPatch, _>(cx, client, name(id), blocked).await?)
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
    Diagnostic::error("Omni refuses the patch")
        .detail(format!("{}.", problems.join("; ")))
        .at_attribute("data")
}

fn name(id: &str) -> Name<'_> {
    Name {
        resource: "omni_config_patch",
        noun: "config patch",
        id,
    }
}
