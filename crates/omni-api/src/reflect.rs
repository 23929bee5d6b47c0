//! Specs as JSON, by their descriptors.
//!
//! JSON is protojson with the original field names and without default values, the form of Omni's recordings. It is for
//! people, golden files and comparisons; typed code uses the messages themselves.

use std::sync::OnceLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};

/// Why a spec has no JSON form, or JSON no spec.
#[derive(Debug, thiserror::Error)]
pub enum ReflectError {
    /// No message of that name is known.
    #[error("unknown message {0}")]
    UnknownMessage(String),
    /// The bytes are not that message.
    #[error("the bytes are no {message}")]
    Decode {
        /// The message's full name.
        message: String,
        /// What the decoder met.
        #[source]
        source: prost::DecodeError,
    },
    /// The JSON does not fit the message.
    #[error("the JSON does not fit {message}")]
    Json {
        /// The message's full name.
        message: String,
        /// What the reader met.
        #[source]
        source: serde_json::Error,
    },
}

/// The descriptors of all messages of this crate.
///
/// # Panics
/// Never: the bytes come from the build script, which compiled them.
pub fn pool() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| {
        let bytes: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/omni.binpb"));
        DescriptorPool::decode(bytes).expect("written by the build script from files that compiled")
    })
}

/// The descriptor of a message, by its full name (`specs.ClusterSpec`).
///
/// # Errors
/// [`ReflectError::UnknownMessage`].
pub fn descriptor(message: &str) -> Result<MessageDescriptor, ReflectError> {
    pool()
        .get_message_by_name(message)
        .ok_or_else(|| ReflectError::UnknownMessage(message.to_owned()))
}

/// Decodes bytes as a message of that name.
///
/// # Errors
/// [`ReflectError::UnknownMessage`], [`ReflectError::Decode`].
pub fn decode(message: &str, bytes: &[u8]) -> Result<DynamicMessage, ReflectError> {
    DynamicMessage::decode(descriptor(message)?, bytes).map_err(|source| ReflectError::Decode {
        message: message.to_owned(),
        source,
    })
}

/// The JSON of a spec: original field names, defaults left out.
///
/// # Errors
/// [`ReflectError::UnknownMessage`], [`ReflectError::Decode`].
pub fn to_json(message: &str, bytes: &[u8]) -> Result<serde_json::Value, ReflectError> {
    let options = SerializeOptions::new().use_proto_field_name(true);
    serialize(message, bytes, &options)
}

/// The same with enums as numbers, the form that Omni's browser API has.
///
/// # Errors
/// As [`to_json`].
pub fn to_json_with_numbers(
    message: &str,
    bytes: &[u8],
) -> Result<serde_json::Value, ReflectError> {
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .use_enum_numbers(true);
    serialize(message, bytes, &options)
}

fn serialize(
    message: &str,
    bytes: &[u8],
    options: &SerializeOptions,
) -> Result<serde_json::Value, ReflectError> {
    decode(message, bytes)?
        .serialize_with_options(serde_json::value::Serializer, options)
        .map_err(|source| ReflectError::Json {
            message: message.to_owned(),
            source,
        })
}

/// The bytes of a spec given as JSON.
///
/// # Errors
/// [`ReflectError::UnknownMessage`], [`ReflectError::Json`].
pub fn from_json(message: &str, json: &serde_json::Value) -> Result<Vec<u8>, ReflectError> {
    let dynamic = DynamicMessage::deserialize(descriptor(message)?, json).map_err(|source| {
        ReflectError::Json {
            message: message.to_owned(),
            source,
        }
    })?;
    Ok(prost::Message::encode_to_vec(&dynamic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specs;
    use prost::Message as _;

    #[test]
    fn json_has_original_names_and_no_defaults() {
        let spec = specs::ClusterSpec {
            talos_version: "1.13.7".into(),
            ..Default::default()
        };
        let json = to_json("specs.ClusterSpec", &spec.encode_to_vec()).expect("a known message");
        assert_eq!(json, serde_json::json!({ "talos_version": "1.13.7" }));
        let bytes = from_json("specs.ClusterSpec", &json).expect("it fits");
        assert_eq!(specs::ClusterSpec::decode(bytes.as_slice()), Ok(spec));
    }

    #[test]
    fn every_kind_has_its_message() {
        for facts in crate::kind::ALL {
            assert!(
                facts.spec == "google.protobuf.Empty" || descriptor(facts.spec).is_ok(),
                "{} names {}",
                facts.type_name,
                facts.spec
            );
        }
    }

    #[test]
    fn random_bytes_are_an_error_or_a_message_never_a_panic() {
        for seed in 0_u32..2_000 {
            let bytes: Vec<u8> = (0..40)
                .flat_map(|turn| {
                    seed.wrapping_mul(2_654_435_761)
                        .rotate_left(turn)
                        .to_le_bytes()
                })
                .collect();
            let _ = to_json("specs.MachineStatusSpec", &bytes);
        }
    }
}
