//! One resource type: validation, reading and the stored state.

use prost::bytes::Bytes;

use super::call::{Call, not_deferred};
use super::error::{CoreError, Rule};
use super::host::{Core, capabilities};
use super::schemas::ObjectSchema;
use super::state::State;
use crate::objchange::{Problem, config_problems, unknown_problems, write_only_problems};
use crate::proto;
use crate::values::{Path, Value, json};

/// A resource type of a provider.
#[derive(Debug, Clone)]
pub struct Resource<'c> {
    pub(super) core: &'c Core,
    pub(super) name: String,
    pub(super) schema: &'c ObjectSchema,
}

impl<'c> Resource<'c> {
    pub(super) fn new(core: &'c Core, name: &str, schema: &'c ObjectSchema) -> Self {
        Self {
            core,
            name: name.to_owned(),
            schema,
        }
    }

    /// Validates a configuration, in which anything may be unknown. Returns the warnings.
    ///
    /// # Errors
    /// [`CoreError::Refused`] where the provider does not accept it.
    pub async fn validate(&self, config: &Value) -> Result<Vec<proto::Diagnostic>, CoreError> {
        Rule::Configuration.holds_without(config_problems(&self.schema.core, config))?;
        let call = Call("ValidateResourceConfig");
        let request = proto::validate_resource_config::Request {
            type_name: self.name.clone(),
            config: Some(call.encode(config, &self.schema.ty)?),
            client_capabilities: capabilities(),
        };
        let answer = call.answer(self.core.client().validate_resource_config(request).await)?;
        call.accepted(answer.diagnostics)
    }

    /// Reads the object again; none where it is gone.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or the answer is not valid.
    pub async fn refresh(&self, state: &State) -> Result<Option<State>, CoreError> {
        let call = Call("ReadResource");
        let identity = self.schema.identity.as_ref();
        let request = proto::read_resource::Request {
            type_name: self.name.clone(),
            current_state: Some(call.encode(&state.value, &self.schema.ty)?),
            private: state.private.clone(),
            client_capabilities: capabilities(),
            current_identity: call.encode_identity(state.identity.as_ref(), identity)?,
            ..Default::default()
        };
        let answer = call.answer(self.core.client().read_resource(request).await)?;
        call.accepted(answer.diagnostics)?;
        not_deferred(answer.deferred.as_ref())?;
        let value = call.decode(answer.new_state.as_ref(), &self.schema.ty)?;
        let new_identity = call.decode_identity(answer.new_identity, identity)?;
        if value.is_null() {
            return Ok(None);
        }
        self.saved(value, answer.private, new_identity).map(Some)
    }

    /// Sends the state through its stored form and back, as the next run of core does.
    ///
    /// # Errors
    /// [`Rule::StoredState`] where the object comes back changed.
    pub async fn reload(&self, state: &State) -> Result<State, CoreError> {
        let call = Call("UpgradeResourceState");
        let json =
            json::encode(&state.value, &self.schema.ty).map_err(|source| CoreError::Value {
                call: call.0,
                source,
            })?;
        let value = self.upgrade(self.schema.version, json.into()).await?;
        if value != state.value {
            let problems = differences(&state.value, &value);
            Rule::StoredState.holds_without(problems)?;
        }
        Ok(State {
            value,
            ..state.clone()
        })
    }

    /// Reads an object that was stored as JSON at that version of the schema.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or the answer is not valid.
    pub async fn upgrade(&self, version: i64, json: Bytes) -> Result<Value, CoreError> {
        let call = Call("UpgradeResourceState");
        let request = proto::upgrade_resource_state::Request {
            type_name: self.name.clone(),
            version,
            raw_state: Some(proto::RawState {
                json,
                flatmap: std::collections::HashMap::default(),
            }),
        };
        let answer = call.answer(self.core.client().upgrade_resource_state(request).await)?;
        call.accepted(answer.diagnostics)?;
        let value = call.decode(answer.upgraded_state.as_ref(), &self.schema.ty)?;
        Rule::ValidObject.holds_without(unknown_problems(&value))?;
        Ok(value)
    }

    /// A state that can be saved: present, known, without write-only values, identified.
    pub(super) fn saved(
        &self,
        value: Value,
        private: Bytes,
        identity: Option<Value>,
    ) -> Result<State, CoreError> {
        Rule::WriteOnly.holds_without(write_only_problems(&self.schema.core, &value))?;
        Rule::ValidObject.holds_without(unknown_problems(&value))?;
        match &identity {
            Some(identity) => Rule::Identity.holds_without(unknown_problems(identity))?,
            None if self.schema.identity.is_some() => {
                return Err(Rule::Identity.broken("it is missing"));
            }
            None => {}
        }
        Ok(State {
            value,
            private,
            identity,
        })
    }
}

/// The top-level attributes in which two objects differ, without their values.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<Problem> {
    let differs = |path: Path, message: &str| Problem {
        path,
        message: message.to_owned(),
    };
    let (Some(old), Some(new)) = (before.as_map(), after.as_map()) else {
        let whole = (before != after).then(|| differs(Path::root(), "differs as a whole"));
        return whole.into_iter().collect();
    };
    let keys = old
        .keys()
        .chain(new.keys().filter(|key| !old.contains_key(*key)));
    keys.filter(|key| old.get(*key) != new.get(*key))
        .map(|key| differs(Path::of(key), "differs"))
        .collect()
}
