//! Whole lives of objects, with everything checked on the way.

use super::error::{CoreError, Rule};
use super::plan::{Action, Plan};
use super::resource::{Resource, differences};
use super::state::State;
use crate::objchange::CoreAttribute;
use crate::values::{Path, Step, Value};

impl Resource<'_> {
    /// Brings an object from `prior`, or from nothing, to `config` and settles there: plan, apply,
    /// and what [`settled`](Self::settled) checks. Returns the state as the next run would find it.
    ///
    /// # Errors
    /// [`CoreError`] at the first step that fails or breaks a rule.
    pub async fn settle(&self, prior: Option<&State>, config: &Value) -> Result<State, CoreError> {
        let plan = self.plan(prior, config).await?;
        let state = self.apply(&plan, config).await?;
        let state = state.ok_or_else(|| Rule::ValidObject.broken("no object is there"))?;
        self.settled(&state, config).await
    }

    /// Checks that a state is at rest: it survives being stored, a read changes nothing but what
    /// the provider computes by itself, and the plan for `config` is empty. Returns what was read.
    ///
    /// # Errors
    /// [`Rule::StoredState`], [`Rule::StableRead`] or [`Rule::EmptyPlan`].
    pub async fn settled(&self, state: &State, config: &Value) -> Result<State, CoreError> {
        let state = self.reload(state).await?;
        let Some(read) = self.refresh(&state).await? else {
            return Err(Rule::StableRead.broken("the object is gone"));
        };
        let mut changes = differences(&state.value, &read.value);
        changes.retain(|change| !self.is_observed(&change.path, config));
        Rule::StableRead.holds_without(changes)?;
        if read.identity != state.identity {
            return Err(Rule::StableRead.broken("the identity changed"));
        }
        self.empty_plan(&read, config).await?;
        Ok(read)
    }

    /// Whether the provider alone decides about the attribute, so that it may move by itself.
    fn is_observed(&self, path: &Path, config: &Value) -> bool {
        let [Step::Attribute(name), ..] = path.steps() else {
            return false;
        };
        let attribute = self.schema.core.attributes.get(name);
        let configured = config.get(name).is_some_and(|value| !value.is_null());
        attribute.is_some_and(CoreAttribute::is_computed) && !configured
    }

    /// Plans from `state` to `config` and expects nothing to do.
    ///
    /// # Errors
    /// [`Rule::EmptyPlan`] with the attributes that would change.
    pub async fn empty_plan(&self, state: &State, config: &Value) -> Result<Plan, CoreError> {
        let plan = self.plan(Some(state), config).await?;
        if plan.action != Action::NoOp {
            Rule::EmptyPlan.holds_without(differences(&state.value, &plan.planned))?;
        }
        Ok(plan)
    }

    /// Plans the end of the object and carries it out.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or something is left.
    pub async fn destroy(&self, state: &State) -> Result<(), CoreError> {
        let plan = self.plan_destroy(state).await?;
        self.apply(&plan, &Value::Null).await.map(drop)
    }

    /// A whole life: made as the first configuration says, changed to each further one, destroyed,
    /// and then really gone. Returns the states in between.
    ///
    /// # Errors
    /// [`CoreError`] at the first step that fails or breaks a rule.
    pub async fn lifecycle(&self, configs: &[Value]) -> Result<Vec<State>, CoreError> {
        let mut states: Vec<State> = Vec::new();
        for config in configs {
            let state = self.settle(states.last(), config).await?;
            states.push(state);
        }
        if let Some(last) = states.last() {
            self.destroy(last).await?;
            if self.refresh(last).await?.is_some() {
                return Err(Rule::ValidObject.broken("the object can be read after its end"));
            }
        }
        Ok(states)
    }
}
