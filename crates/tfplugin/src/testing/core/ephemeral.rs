//! Ephemeral resources.

use prost::bytes::Bytes;

use super::call::{Call, not_deferred};
use super::error::{CoreError, Rule};
use super::host::{Core, capabilities};
use super::schemas::Kind;
use crate::objchange::{config_problems, plan_problems, unknown_problems};
use crate::proto;
use crate::values::Value;

/// An ephemeral resource that is open and must be closed.
#[derive(Debug)]
pub struct Opened<'c> {
    core: &'c Core,
    name: String,
    private: Option<Bytes>,
    /// What it gives.
    pub value: Value,
    /// When it wants to be renewed, in seconds since 1970; none for never.
    pub renew_at: Option<i64>,
}

impl Core {
    /// Opens an ephemeral resource.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or the answer is not valid.
    pub async fn open(&self, name: &str, config: &Value) -> Result<Opened<'_>, CoreError> {
        let schema = self.schemas.find(Kind::Ephemeral, name)?;
        Rule::Configuration.holds_without(config_problems(&schema.core, config))?;
        let call = Call("ValidateEphemeralResourceConfig");
        let request = proto::validate_ephemeral_resource_config::Request {
            type_name: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
        };
        let answer = call.answer(
            self.client()
                .validate_ephemeral_resource_config(request)
                .await,
        )?;
        call.accepted(answer.diagnostics)?;
        let call = Call("OpenEphemeralResource");
        let request = proto::open_ephemeral_resource::Request {
            type_name: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
            client_capabilities: capabilities(),
        };
        let answer = call.answer(self.client().open_ephemeral_resource(request).await)?;
        call.accepted(answer.diagnostics)?;
        not_deferred(answer.deferred.as_ref())?;
        let value = call.decode(answer.result.as_ref(), &schema.ty)?;
        Rule::ValidObject.holds_without(unknown_problems(&value))?;
        let departures = plan_problems(&schema.core, &Value::Null, config, &value);
        Rule::ValidObject.holds_without(departures)?;
        Ok(Opened {
            core: self,
            name: name.to_owned(),
            private: answer.private,
            value,
            renew_at: answer.renew_at.map(|time| time.seconds),
        })
    }
}

impl Opened<'_> {
    /// Renews it, as core does when its time comes.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses.
    pub async fn renew(&mut self) -> Result<(), CoreError> {
        let call = Call("RenewEphemeralResource");
        let request = proto::renew_ephemeral_resource::Request {
            type_name: self.name.clone(),
            private: self.private.clone(),
        };
        let answer = call.answer(self.core.client().renew_ephemeral_resource(request).await)?;
        call.accepted(answer.diagnostics)?;
        self.private = answer.private;
        self.renew_at = answer.renew_at.map(|time| time.seconds);
        Ok(())
    }

    /// Closes it.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses.
    pub async fn close(self) -> Result<(), CoreError> {
        let call = Call("CloseEphemeralResource");
        let request = proto::close_ephemeral_resource::Request {
            type_name: self.name,
            private: self.private,
        };
        let answer = call.answer(self.core.client().close_ephemeral_resource(request).await)?;
        call.accepted(answer.diagnostics).map(drop)
    }
}
