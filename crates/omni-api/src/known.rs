//! Messages as a server has them that knows fewer fields.
//!
//! Which fields those are is the caller's to say, by a message's full name and the field's.

use std::collections::HashSet;

use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, ReflectMessage as _, Value};

use crate::reflect::{self, ReflectError};

/// Whether a server knows a field.
pub type Knows<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Whether a message, or one inside it, has a field that the server does not know.
///
/// # Errors
/// [`ReflectError::UnknownMessage`].
pub fn differs(message: &str, knows: Knows<'_>) -> Result<bool, ReflectError> {
    let mut seen = HashSet::new();
    Ok(reaches(&reflect::descriptor(message)?, knows, &mut seen))
}

/// The message without what the server does not know.
///
/// # Errors
/// [`ReflectError`]: the message is unknown, or the bytes are not it.
pub fn only(message: &str, bytes: &[u8], knows: Knows<'_>) -> Result<Vec<u8>, ReflectError> {
    let mut decoded = reflect::decode(message, bytes)?;
    forget(&mut decoded, knows);
    Ok(decoded.encode_to_vec())
}

fn reaches(descriptor: &MessageDescriptor, knows: Knows<'_>, seen: &mut HashSet<String>) -> bool {
    let name = descriptor.full_name();
    if !seen.insert(name.to_owned()) {
        return false;
    }
    descriptor.fields().any(|field| {
        !knows(name, field.name())
            || matches!(field.kind(), Kind::Message(inner) if reaches(&inner, knows, seen))
    })
}

fn forget(message: &mut DynamicMessage, knows: Knows<'_>) {
    let descriptor = message.descriptor();
    let name = descriptor.full_name();
    for field in descriptor.fields() {
        if !knows(name, field.name()) {
            message.clear_field(&field);
        }
    }
    for (_, value) in message.fields_mut() {
        forget_in(value, knows);
    }
}

fn forget_in(value: &mut Value, knows: Knows<'_>) {
    match value {
        Value::Message(message) => forget(message, knows),
        Value::List(values) => values.iter_mut().for_each(|value| forget_in(value, knows)),
        Value::Map(values) => values
            .values_mut()
            .for_each(|value| forget_in(value, knows)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specs::{ClusterSpec, cluster_spec::Features};

    fn older(message: &str, field: &str) -> bool {
        (message, field)
            != (
                "specs.ClusterSpec.Features",
                "disable_public_discovery_service",
            )
    }

    #[test]
    fn what_an_older_server_does_not_know_is_gone_at_every_level() {
        let features = Features {
            disable_public_discovery_service: true,
            use_embedded_discovery_service: true,
            ..Features::default()
        };
        let spec = ClusterSpec {
            talos_version: "1.13.8".into(),
            features: Some(features),
            ..ClusterSpec::default()
        };
        let bytes = only("specs.ClusterSpec", &spec.encode_to_vec(), &older).expect("a spec");
        let left = ClusterSpec::decode(bytes.as_slice()).expect("a spec");
        let features = left.features.expect("features");
        assert!(!features.disable_public_discovery_service);
        assert!(features.use_embedded_discovery_service);
        assert_eq!(left.talos_version, "1.13.8");
    }

    #[test]
    fn a_message_differs_by_what_is_inside_it() {
        assert!(differs("specs.ClusterSpec", &older).expect("a message"));
        assert!(!differs("specs.ConfigPatchSpec", &older).expect("a message"));
    }
}
