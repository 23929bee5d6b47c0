//! Data sources.

use super::call::{Call, not_deferred};
use super::error::{CoreError, Rule};
use super::host::{Core, capabilities};
use super::schemas::Kind;
use crate::objchange::{config_problems, plan_problems, unknown_problems};
use crate::proto;
use crate::values::Value;

impl Core {
    /// Reads a data source.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or the answer is not valid.
    pub async fn read_data(&self, name: &str, config: &Value) -> Result<Value, CoreError> {
        let schema = self.schemas.find(Kind::DataSource, name)?;
        Rule::Configuration.holds_without(config_problems(&schema.core, config))?;
        let call = Call("ValidateDataResourceConfig");
        let request = proto::validate_data_resource_config::Request {
            type_name: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
        };
        let answer = call.answer(self.client().validate_data_resource_config(request).await)?;
        call.accepted(answer.diagnostics)?;
        let call = Call("ReadDataSource");
        let request = proto::read_data_source::Request {
            type_name: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
            provider_meta: None,
            client_capabilities: capabilities(),
        };
        let answer = call.answer(self.client().read_data_source(request).await)?;
        call.accepted(answer.diagnostics)?;
        not_deferred(answer.deferred.as_ref())?;
        let value = call.decode(answer.state.as_ref(), &schema.ty)?;
        Rule::ValidObject.holds_without(unknown_problems(&value))?;
        let departures = plan_problems(&schema.core, &Value::Null, config, &value);
        Rule::ValidObject.holds_without(departures)?;
        Ok(value)
    }
}
