//! Values and diagnostics on their way over the wire, as core handles them.

use prost::bytes::Bytes;
use tonic::{Response, Status};

use super::error::{CoreError, Rule};
use crate::proto;
use crate::values::{Type, Value, json, msgpack};

/// The name of a call, and what every answer to it goes through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call(pub(super) &'static str);

impl Call {
    /// The answer, or the failure with its call.
    pub(super) fn answer<T>(self, answer: Result<Response<T>, Status>) -> Result<T, CoreError> {
        answer
            .map(Response::into_inner)
            .map_err(|source| CoreError::Call {
                call: self.0,
                source: Box::new(source),
            })
    }

    /// The warnings, unless an error is among them.
    pub(super) fn accepted(
        self,
        diagnostics: Vec<proto::Diagnostic>,
    ) -> Result<Vec<proto::Diagnostic>, CoreError> {
        if diagnostics.iter().any(is_error) {
            return Err(CoreError::Refused {
                call: self.0,
                diagnostics,
                state: None,
            });
        }
        Ok(diagnostics)
    }

    /// A value on the way out.
    pub(super) fn encode(self, value: &Value, ty: &Type) -> Result<proto::DynamicValue, CoreError> {
        let msgpack = msgpack::encode(value, ty).map_err(|source| CoreError::Value {
            call: self.0,
            source,
        })?;
        Ok(proto::DynamicValue {
            msgpack: msgpack.into(),
            json: Bytes::new(),
        })
    }

    /// A value on the way in; nothing at all is null.
    pub(super) fn decode(
        self,
        value: Option<&proto::DynamicValue>,
        ty: &Type,
    ) -> Result<Value, CoreError> {
        let decoded = match value {
            Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, ty),
            Some(value) if !value.json.is_empty() => json::decode(&value.json, ty),
            _ => Ok(Value::Null),
        };
        decoded.map_err(|source| CoreError::Value {
            call: self.0,
            source,
        })
    }

    /// An identity on the way out.
    pub(super) fn encode_identity(
        self,
        identity: Option<&Value>,
        ty: Option<&Type>,
    ) -> Result<Option<proto::ResourceIdentityData>, CoreError> {
        let (Some(identity), Some(ty)) = (identity, ty) else {
            return Ok(None);
        };
        let identity_data = Some(self.encode(identity, ty)?);
        Ok(Some(proto::ResourceIdentityData { identity_data }))
    }

    /// An identity on the way in.
    pub(super) fn decode_identity(
        self,
        identity: Option<proto::ResourceIdentityData>,
        ty: Option<&Type>,
    ) -> Result<Option<Value>, CoreError> {
        let Some(data) = identity.and_then(|identity| identity.identity_data) else {
            return Ok(None);
        };
        let Some(ty) = ty else {
            return Err(Rule::Identity.broken("the resource has no identity schema"));
        };
        let value = self.decode(Some(&data), ty)?;
        Ok((!value.is_null()).then_some(value))
    }
}

/// Whether the diagnostic makes the call a failure.
pub(super) fn is_error(diagnostic: &proto::Diagnostic) -> bool {
    diagnostic.severity() == proto::diagnostic::Severity::Error
}

/// Refuses a deferral, which nothing here allows.
pub(super) fn not_deferred(deferred: Option<&proto::Deferred>) -> Result<(), CoreError> {
    deferred.map_or(Ok(()), |deferred| {
        Err(Rule::Deferral.broken(deferred.reason().as_str_name()))
    })
}
