//! Planning: what core asks, what it checks, and what it concludes.

use prost::bytes::Bytes;

use super::call::{Call, not_deferred};
use super::error::{CoreError, Rule};
use super::host::capabilities;
use super::resource::Resource;
use super::state::State;
use crate::objchange::{
    change_problems, plan_problems, proposed_new, unknown_problems, write_only_problems,
};
use crate::proto;
use crate::proto::attribute_path::step::Selector;
use crate::values::{Path, Step, Value};

/// What an apply of the plan would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Make a new object.
    Create,
    /// Change the object in place.
    Update,
    /// Destroy the object and make a new one.
    Replace,
    /// Destroy the object.
    Delete,
}

/// A plan for one object.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What an apply would do.
    pub action: Action,
    /// The state before.
    pub prior: Option<State>,
    /// The object after, with unknowns; null where it is to be destroyed.
    pub planned: Value,
    /// The identity after, as far as it is known.
    pub identity: Option<Value>,
    /// The attributes because of which the object is replaced.
    pub replaced_by: Vec<Path>,
    /// What the provider warns of.
    pub warnings: Vec<proto::Diagnostic>,
    /// What the provider keeps for the apply.
    pub private: Bytes,
}

/// The provider's answer to one call, checked as far as each answer must be.
struct Answer {
    planned: Value,
    identity: Option<Value>,
    requires_replace: Vec<Path>,
    warnings: Vec<proto::Diagnostic>,
    private: Bytes,
}

impl Resource<'_> {
    /// Plans the way from `prior`, or from nothing, to `config`.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or the plan is not valid.
    pub async fn plan(&self, prior: Option<&State>, config: &Value) -> Result<Plan, CoreError> {
        self.plan_again(prior, config, &Bytes::new()).await
    }

    /// Plans a second time, with what the first plan kept.
    pub(super) async fn plan_again(
        &self,
        prior: Option<&State>,
        config: &Value,
        planned_private: &Bytes,
    ) -> Result<Plan, CoreError> {
        let mut warnings = self.validate(config).await?;
        let mut answer = self.ask(prior, config, planned_private).await?;
        let (action, replaced_by) = conclude(prior, &answer)?;
        if action == Action::Replace {
            // What will be is a new object, which the provider plans from nothing.
            let successor = State {
                value: Value::Null,
                private: answer.private,
                identity: answer.identity,
            };
            answer = self.ask(Some(&successor), config, &Bytes::new()).await?;
        } else if action != Action::Create {
            let unknown = answer.identity.iter().flat_map(unknown_problems);
            Rule::Identity.holds_without(unknown.collect())?;
        }
        warnings.extend(answer.warnings);
        Ok(Plan {
            action,
            prior: prior.cloned(),
            planned: answer.planned,
            identity: answer.identity,
            replaced_by,
            warnings,
            private: answer.private,
        })
    }

    /// Plans the end of the object.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or the plan is not valid.
    pub async fn plan_destroy(&self, prior: &State) -> Result<Plan, CoreError> {
        let answer = self.ask(Some(prior), &Value::Null, &Bytes::new()).await?;
        if !answer.planned.is_null() {
            return Err(Rule::ValidPlan.broken("an object is planned after its end"));
        }
        Ok(Plan {
            action: Action::Delete,
            prior: Some(prior.clone()),
            planned: Value::Null,
            identity: answer.identity,
            replaced_by: Vec::new(),
            warnings: answer.warnings,
            private: answer.private,
        })
    }

    async fn ask(
        &self,
        prior: Option<&State>,
        config: &Value,
        planned_private: &Bytes,
    ) -> Result<Answer, CoreError> {
        let call = Call("PlanResourceChange");
        let (schema, ty) = (&self.schema.core, &self.schema.ty);
        let before = prior.map_or(&Value::Null, |state| &state.value);
        let proposed = match config {
            Value::Null => Value::Null,
            config => proposed_new(schema, before, config),
        };
        let identity = prior.and_then(|state| state.identity.as_ref());
        let request = proto::plan_resource_change::Request {
            type_name: self.name.clone(),
            prior_state: Some(call.encode(before, ty)?),
            proposed_new_state: Some(call.encode(&proposed, ty)?),
            config: Some(call.encode(config, ty)?),
            prior_private: prior.map(|state| state.private.clone()).unwrap_or_default(),
            client_capabilities: capabilities(),
            prior_identity: call.encode_identity(identity, self.schema.identity.as_ref())?,
            planned_private: planned_private.clone(),
            provider_meta: None,
        };
        let answer = call.answer(self.core.client().plan_resource_change(request).await)?;
        let answer = self.read_answer(call, answer)?;
        Rule::WriteOnly.holds_without(write_only_problems(schema, &answer.planned))?;
        Rule::ValidPlan.holds_without(plan_problems(schema, before, config, &answer.planned))?;
        Ok(answer)
    }

    fn read_answer(
        &self,
        call: Call,
        answer: proto::plan_resource_change::Response,
    ) -> Result<Answer, CoreError> {
        let warnings = call.accepted(answer.diagnostics)?;
        not_deferred(answer.deferred.as_ref())?;
        if answer.legacy_type_system {
            return Err(Rule::ValidPlan.broken("the legacy type system is asked for"));
        }
        let identity = self.schema.identity.as_ref();
        let paths = answer.requires_replace.into_iter().map(read_path);
        Ok(Answer {
            planned: call.decode(answer.planned_state.as_ref(), &self.schema.ty)?,
            identity: call.decode_identity(answer.planned_identity, identity)?,
            requires_replace: paths.collect::<Option<_>>().ok_or_else(|| {
                Rule::ValidPlan.broken("a path that requires replacement has an empty step")
            })?,
            warnings,
            private: answer.planned_private,
        })
    }

    /// Checks that a second plan keeps what the first one promised.
    pub(super) fn keeps_promise(&self, first: &Plan, second: &Plan) -> Result<(), CoreError> {
        let quieter = (first.action, second.action) == (Action::Update, Action::NoOp);
        let created = (first.action, second.action) == (Action::Replace, Action::Create);
        if first.action != second.action && !quieter && !created {
            let message = format!("{:?} became {:?}", first.action, second.action);
            return Err(Rule::ConsistentFinalPlan.broken(message));
        }
        let problems = change_problems(&self.schema.core, &first.planned, &second.planned);
        Rule::ConsistentFinalPlan.holds_without(problems)
    }
}

/// What core makes of the answer: the action, and the paths that force a replacement.
fn conclude(prior: Option<&State>, answer: &Answer) -> Result<(Action, Vec<Path>), CoreError> {
    let Some(State { value: before, .. }) = prior.filter(|state| !state.value.is_null()) else {
        return Ok((Action::Create, Vec::new()));
    };
    let mut forcing = Vec::new();
    for path in &answer.requires_replace {
        let (old, new) = (before.at(path), answer.planned.at(path));
        if old.is_none() && new.is_none() {
            let message = format!("{path} requires replacement, but does not exist");
            return Err(Rule::ValidPlan.broken(message));
        }
        // An unknown value may become another one.
        if old != new || new.is_some_and(|new| !new.is_wholly_known()) {
            forcing.push(path.clone());
        }
    }
    let action = if !forcing.is_empty() {
        Action::Replace
    } else if answer.planned == *before {
        Action::NoOp
    } else {
        Action::Update
    };
    Ok((action, forcing))
}

/// A path from the wire; none where a step says nothing.
pub(super) fn read_path(path: proto::AttributePath) -> Option<Path> {
    let step = |step: proto::attribute_path::Step| match step.selector? {
        Selector::AttributeName(name) => Some(Step::Attribute(name)),
        Selector::ElementKeyString(key) => Some(Step::Key(key)),
        Selector::ElementKeyInt(index) => usize::try_from(index).ok().map(Step::Index),
    };
    let steps: Option<Vec<Step>> = path.steps.into_iter().map(step).collect();
    steps.map(Path::from)
}
