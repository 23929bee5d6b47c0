//! List resources: finding objects that exist.

use super::call::Call;
use super::error::{CoreError, Rule};
use super::host::Core;
use super::schemas::{Kind, ObjectSchema};
use crate::objchange::{config_problems, unknown_problems, write_only_problems};
use crate::proto;
use crate::values::{Type, Value};

/// An object that a list found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// By what it can be imported.
    pub identity: Value,
    /// What a person reads.
    pub display_name: String,
    /// The object itself, where it was asked for.
    pub value: Option<Value>,
}

impl Core {
    /// Lists up to `limit` objects, with their values where `whole` is set.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or an answer is not valid.
    pub async fn list(
        &self,
        name: &str,
        config: &Value,
        whole: bool,
        limit: usize,
    ) -> Result<Vec<Listed>, CoreError> {
        let schema = self.schemas.find(Kind::List, name)?;
        let resource = self.schemas.find(Kind::Resource, name)?;
        let Some(identity) = &resource.identity else {
            return Err(Rule::Identity.broken("a resource that is listed needs an identity"));
        };
        Rule::Configuration.holds_without(config_problems(&schema.core, config))?;
        self.validate_list(name, schema, config, (whole, limit))
            .await?;
        let call = Call("ListResource");
        let request = proto::list_resource::Request {
            type_name: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
            include_resource_object: whole,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let mut events = call.answer(self.client().list_resource(request).await)?;
        let mut listed = Vec::new();
        while listed.len() < limit {
            let message = events.message().await;
            let Some(event) = call.answer(message.map(tonic::Response::new))? else {
                break;
            };
            let warned = !call.accepted(event.diagnostic.clone())?.is_empty();
            if warned && event.identity.is_none() {
                continue;
            }
            listed.push(read_event(call, resource, identity, event, whole)?);
        }
        Ok(listed)
    }

    async fn validate_list(
        &self,
        name: &str,
        schema: &ObjectSchema,
        config: &Value,
        (whole, limit): (bool, usize),
    ) -> Result<(), CoreError> {
        let call = Call("ValidateListResourceConfig");
        let limit = Value::Number(i64::try_from(limit).unwrap_or(i64::MAX).into());
        let request = proto::validate_list_resource_config::Request {
            type_name: name.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
            include_resource_object: Some(call.encode(&Value::Bool(whole), &Type::Bool)?),
            limit: Some(call.encode(&limit, &Type::Number)?),
        };
        let answer = call.answer(self.client().validate_list_resource_config(request).await)?;
        call.accepted(answer.diagnostics).map(drop)
    }
}

fn read_event(
    call: Call,
    resource: &ObjectSchema,
    identity: &Type,
    event: proto::list_resource::Event,
    whole: bool,
) -> Result<Listed, CoreError> {
    let found = call.decode_identity(event.identity, Some(identity))?;
    let found = found.ok_or_else(|| Rule::Identity.broken("a listed object has none"))?;
    Rule::Identity.holds_without(unknown_problems(&found))?;
    let value = event.resource_object.filter(|_| whole);
    let value = value.map(|value| call.decode(Some(&value), &resource.ty));
    let value = value.transpose()?;
    if let Some(value) = &value {
        Rule::ValidObject.holds_without(unknown_problems(value))?;
        Rule::WriteOnly.holds_without(write_only_problems(&resource.core, value))?;
    }
    Ok(Listed {
        identity: found,
        display_name: event.display_name,
        value,
    })
}
