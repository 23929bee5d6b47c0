//! Applying a plan.

use super::call::{Call, is_error};
use super::error::{CoreError, Rule};
use super::plan::{Action, Plan};
use super::resource::Resource;
use super::state::State;
use crate::objchange::{change_problems, unknown_problems};
use crate::proto;
use crate::values::Value;

impl Resource<'_> {
    /// Plans once more with the final configuration and does what the first plan said.
    ///
    /// `config` is wholly known; it may differ from the planned one where that was unknown. Returns
    /// the new state, none where the object was destroyed.
    ///
    /// # Errors
    /// [`CoreError::Refused`] with what is left to save, or the rule that was broken.
    pub async fn apply(&self, plan: &Plan, config: &Value) -> Result<Option<State>, CoreError> {
        Rule::Configuration.holds_without(unknown_problems(config))?;
        match plan.action {
            Action::NoOp => Ok(plan.prior.clone()),
            Action::Delete => self.carry_out(plan, &Value::Null).await,
            Action::Create | Action::Update => {
                self.apply_again(plan.prior.as_ref(), plan, config).await
            }
            Action::Replace => {
                let end = Plan {
                    action: Action::Delete,
                    planned: Value::Null,
                    identity: None,
                    ..plan.clone()
                };
                self.carry_out(&end, &Value::Null).await?;
                self.apply_again(None, plan, config).await
            }
        }
    }

    async fn apply_again(
        &self,
        prior: Option<&State>,
        first: &Plan,
        config: &Value,
    ) -> Result<Option<State>, CoreError> {
        let second = self.plan_again(prior, config, &first.private).await?;
        self.keeps_promise(first, &second)?;
        match second.action {
            Action::NoOp => Ok(second.prior),
            _ => self.carry_out(&second, config).await,
        }
    }

    /// Makes the call and checks its answer.
    async fn carry_out(&self, plan: &Plan, config: &Value) -> Result<Option<State>, CoreError> {
        let call = Call("ApplyResourceChange");
        let ty = &self.schema.ty;
        let before = plan
            .prior
            .as_ref()
            .map_or(&Value::Null, |state| &state.value);
        let identity = self.schema.identity.as_ref();
        let request = proto::apply_resource_change::Request {
            type_name: self.name.clone(),
            prior_state: Some(call.encode(before, ty)?),
            planned_state: Some(call.encode(&plan.planned, ty)?),
            config: Some(call.encode(config, ty)?),
            planned_private: plan.private.clone(),
            provider_meta: None,
            planned_identity: call.encode_identity(plan.identity.as_ref(), identity)?,
        };
        let answer = call.answer(self.core.client().apply_resource_change(request).await)?;
        let left = State {
            value: call.decode(answer.new_state.as_ref(), ty)?,
            private: answer.private,
            identity: call.decode_identity(answer.new_identity, identity)?,
        };
        if answer.diagnostics.iter().any(is_error) {
            return Err(CoreError::Refused {
                call: call.0,
                diagnostics: answer.diagnostics,
                state: Some(Box::new(left)).filter(|state| !state.value.is_null()),
            });
        }
        self.kept(plan, left)
    }

    /// Checks that the object is what the plan promised.
    fn kept(&self, plan: &Plan, left: State) -> Result<Option<State>, CoreError> {
        match (plan.action == Action::Delete, left.value.is_null()) {
            (true, true) => return Ok(None),
            (true, false) => {
                return Err(Rule::ValidObject.broken("an object is left after its end"));
            }
            (false, true) => {
                return Err(Rule::ValidObject.broken("no object is there after the apply"));
            }
            (false, false) => {}
        }
        let problems = change_problems(&self.schema.core, &plan.planned, &left.value);
        let state = self.saved(left.value, left.private, left.identity)?;
        Rule::ConsistentResult.holds_without(problems)?;
        Ok(Some(state))
    }
}
