//! The verbs of `omni_machine_set`.

use omni_api::{Resource as OmniResource, kind};
use omni_client::{Client, Error};
use tfplugin::objects::{Change, Cx, Failure, JsonObject, Plan, Resource};
use tfplugin::{Attr, Diagnostics};

use super::{MachineSet, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::verbs;
use crate::readiness;
use crate::session::Session;

/// The resource `omni_machine_set`.
#[derive(Debug, Default)]
pub struct MachineSetResource;

// === impl MachineSetResource ===

impl Resource for MachineSetResource {
    type Session = Session;
    type Model = MachineSet;

    fn validate(&self, config: &MachineSet, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<MachineSet>,
    ) -> Result<(), Diagnostics> {
        let planned = &mut change.planned;
        if change.prior.is_none() {
            planned.labels = std::mem::take(&mut planned.labels).or_null();
            planned.annotations = std::mem::take(&mut planned.annotations).or_null();
            // The id follows from what the user has set: whatever depends on it can be planned.
            if let (Some(cluster), Some(role)) = (planned.cluster.as_str(), planned.role.as_str()) {
                let known = !change.config.name.is_unknown();
                let name = change.config.name.as_str();
                if known {
                    planned.id = Attr::Known(convert::set_id(cluster, role, name));
                    planned.name = Attr::from(convert::short_name(role, name));
                }
            }
        }
        verbs::replace_leaving(cx, change, "phase", |planned| &mut planned.phase);
        let Some(prior) = &change.prior else {
            return Ok(());
        };
        let problems = review::scale_down(prior, &change.planned)
            .into_iter()
            .chain(review::renamed_to_its_id(prior, &change.planned));
        cx.report(problems.collect())
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<MachineSet>,
    ) -> Result<MachineSet, Failure<MachineSet>> {
        let role = plan.planned.role.as_str().unwrap_or_default();
        let id = convert::set_id(
            plan.planned.cluster.as_str().unwrap_or_default(),
            role,
            plan.config.name.as_str(),
        );
        let mut set = OmniResource::new(&id, convert::new_spec());
        convert::write(&plan.planned_allocation(), None, &mut set);
        let mut state = plan.planned;
        convert::read_status(None, &mut state);
        Ok(mirror::create(cx, state, &set).await?)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: MachineSet,
    ) -> Result<Option<MachineSet>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: MachineSet,
        plan: Plan<MachineSet>,
    ) -> Result<MachineSet, Failure<MachineSet>> {
        let config = plan.planned_allocation();
        let write = |set: &mut _| convert::write(&config, Some(&prior), set);
        Ok(mirror::update(cx, &prior, plan.planned, write).await?)
    }

    async fn delete(&self, cx: &Cx<Session>, state: MachineSet) -> Result<(), Failure<MachineSet>> {
        let client = cx.session().client().await?;
        let id = state.id.as_str().unwrap_or_default().to_owned();
        let cluster = state.cluster.as_str().unwrap_or_default().to_owned();
        let blocked = || readiness::wait::destroy_blockers(client, &cluster);
        Ok(verbs::delete::<kind::MachineSet, _>(
            cx,
            client,
            mirror::name::<MachineSet>(&id),
            blocked,
        )
        .await?)
    }

    /// In the official provider's alpha a machine set's `name` was its id, and there was no `id`.
    fn upgrade(&self, version: i64, state: &mut JsonObject) -> Result<(), Diagnostics> {
        if version > 0 || state.get("id").is_some_and(|id| !id.is_null()) {
            return Ok(());
        }
        let (Some(id), Some(cluster)) = (text(state, "name"), text(state, "cluster")) else {
            return Ok(());
        };
        let short = id
            .strip_prefix(&cluster)
            .and_then(|rest| rest.strip_prefix('-'))
            .map(str::to_owned);
        state.insert(
            "name".to_owned(),
            short.unwrap_or_else(|| id.clone()).into(),
        );
        state.insert("id".to_owned(), id.into());
        Ok(())
    }
}

// === impl Mirror for MachineSet ===

impl Mirror for MachineSet {
    type Kind = kind::MachineSet;

    const RESOURCE: &'static str = "omni_machine_set";
    const NOUN: &'static str = "machine set";

    fn id(&self) -> String {
        self.id.as_str().unwrap_or_default().to_owned()
    }

    fn scope(&self) -> Option<&str> {
        self.cluster.as_str()
    }

    fn fill(&mut self, resource: &OmniResource<kind::MachineSet>) {
        convert::read(resource, self);
    }

    async fn fill_status(
        &mut self,
        client: &Client,
        set: &OmniResource<kind::MachineSet>,
    ) -> Result<(), Error> {
        let status = client.cache().get(set.id(), self.scope()).await?;
        convert::read_status(status.as_ref(), self);
        Ok(())
    }
}

// === impl Plan ===

/// What is to be written: the configuration, and the defaults that the plan has filled in.
trait Written {
    fn planned_allocation(&self) -> MachineSet;
}

impl Written for Plan<MachineSet> {
    fn planned_allocation(&self) -> MachineSet {
        MachineSet {
            machine_class: self.planned.machine_class.clone(),
            ..self.config.clone()
        }
    }
}

fn text(state: &JsonObject, key: &str) -> Option<String> {
    state.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn upgraded(state: serde_json::Value) -> JsonObject {
        let serde_json::Value::Object(mut state) = state else {
            unreachable!("the tests give objects")
        };
        MachineSetResource
            .upgrade(0, &mut state)
            .expect("nothing can fail");
        state
    }

    #[test]
    fn the_alphas_name_becomes_the_id() {
        let state = upgraded(json!({ "cluster": "prod", "name": "prod-workers" }));
        assert_eq!(
            (&state["id"], &state["name"]),
            (&json!("prod-workers"), &json!("workers"))
        );
    }

    #[test]
    fn the_betas_state_stays() {
        let state = upgraded(json!({ "cluster": "prod", "name": "workers", "id": "prod-workers" }));
        assert_eq!(
            (&state["id"], &state["name"]),
            (&json!("prod-workers"), &json!("workers"))
        );
    }
}
