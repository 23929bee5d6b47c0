//! Messages as Go's plain writer of JSON sees them, which knows nothing of protobuf.
//!
//! Original field names, default values left out, enums and 64-bit numbers as numbers, spans of time in their parts. Omni's audit log has
//! parts of specs in this form; everything else is protojson ([`crate::reflect`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::{DynamicMessage, MapKey, Value};
use serde_json::Value as Json;

use crate::reflect::{self, ReflectError};

/// The JSON of a message, by its full name.
///
/// # Errors
/// [`ReflectError::UnknownMessage`], [`ReflectError::Decode`].
pub fn of(message: &str, bytes: &[u8]) -> Result<Json, ReflectError> {
    Ok(object(&reflect::decode(message, bytes)?))
}

fn object(message: &DynamicMessage) -> Json {
    let fields = message.fields();
    let members = fields.map(|(field, value)| (field.name().to_owned(), json(value)));
    Json::Object(members.collect())
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::I32(value) | Value::EnumNumber(value) => (*value).into(),
        Value::I64(value) => (*value).into(),
        Value::U32(value) => (*value).into(),
        Value::U64(value) => (*value).into(),
        Value::F32(value) => (*value).into(),
        Value::F64(value) => (*value).into(),
        Value::String(value) => value.clone().into(),
        Value::Bytes(value) => STANDARD.encode(value).into(),
        Value::Message(value) => object(value),
        Value::List(values) => values.iter().map(json).collect(),
        Value::Map(values) => {
            let members = values.iter().map(|(key, value)| (name(key), json(value)));
            Json::Object(members.collect())
        }
    }
}

fn name(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specs;
    use prost::Message as _;

    #[test]
    fn a_span_of_time_is_shown_in_its_parts() {
        let backups = specs::EtcdBackupConf {
            interval: Some(prost_types::Duration {
                seconds: 3600,
                nanos: 0,
            }),
            enabled: true,
        };
        let json = of("specs.EtcdBackupConf", &backups.encode_to_vec()).expect("a message");
        assert_eq!(
            json,
            serde_json::json!({ "interval": { "seconds": 3600 }, "enabled": true })
        );
    }
}
