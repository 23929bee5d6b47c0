//! Actions: something done once, with its progress told.

use super::call::{Call, is_error, not_deferred};
use super::error::{CoreError, Rule};
use super::host::{Core, capabilities};
use super::schemas::Kind;
use crate::objchange::{config_problems, unknown_problems};
use crate::proto;
use crate::proto::invoke_action::event::Type as Event;
use crate::values::Value;

/// What an action told.
#[derive(Debug, Clone, Default)]
pub struct Invoked {
    /// What it said while it ran, in order.
    pub progress: Vec<String>,
    /// What it warned of at its end.
    pub warnings: Vec<proto::Diagnostic>,
}

impl Core {
    /// Validates, plans and invokes an action, until it says that it is complete.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or the stream ends without completion.
    pub async fn invoke(&self, name: &str, config: &Value) -> Result<Invoked, CoreError> {
        Rule::Configuration.holds_without(unknown_problems(config))?;
        self.plan_action(name, config).await?;
        let schema = self.schemas.find(Kind::Action, name)?;
        let call = Call("InvokeAction");
        let request = proto::invoke_action::Request {
            action_type: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
            client_capabilities: capabilities(),
        };
        let mut events = call.answer(self.client().invoke_action(request).await)?;
        let mut invoked = Invoked::default();
        loop {
            let message = events.message().await;
            let event = call.answer(message.map(tonic::Response::new))?;
            match event.and_then(|event| event.r#type) {
                Some(Event::Progress(progress)) => invoked.progress.push(progress.message),
                Some(Event::Completed(end)) if end.diagnostics.iter().any(is_error) => {
                    return call.accepted(end.diagnostics).map(|_| invoked);
                }
                Some(Event::Completed(end)) => {
                    invoked.warnings = end.diagnostics;
                    return Ok(invoked);
                }
                None => return Err(Rule::ValidObject.broken("the action ended incomplete")),
            }
        }
    }

    /// Validates and plans an action, whose configuration may be unknown in part.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses.
    pub async fn plan_action(&self, name: &str, config: &Value) -> Result<(), CoreError> {
        let schema = self.schemas.find(Kind::Action, name)?;
        Rule::Configuration.holds_without(config_problems(&schema.core, config))?;
        let call = Call("ValidateActionConfig");
        let request = proto::validate_action_config::Request {
            type_name: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
        };
        let answer = call.answer(self.client().validate_action_config(request).await)?;
        call.accepted(answer.diagnostics)?;
        let call = Call("PlanAction");
        let request = proto::plan_action::Request {
            action_type: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
            client_capabilities: capabilities(),
        };
        let answer = call.answer(self.client().plan_action(request).await)?;
        not_deferred(answer.deferred.as_ref())?;
        call.accepted(answer.diagnostics).map(drop)
    }
}
