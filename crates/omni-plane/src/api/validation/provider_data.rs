//! What an infrastructure provider wants to know about a machine, judged by the schema that the provider publishes.

use omni_api::{Version, kind, labels};
use serde_json::Value;

use super::{Invalid, Outcome, refuse, schema_errors};
use crate::Store;
use crate::store::Key;

pub(super) fn check(store: &Store, provider: &str, data: &str) -> Outcome {
    let Some(status) = store.peek::<kind::InfraProviderStatus>(provider) else {
        let missing = Key::of::<kind::InfraProviderStatus>(provider).at(Version::UNDEFINED);
        return refuse(format!(
            "failed to get provider: failed to get: resource {missing} doesn't exist"
        ));
    };
    if status
        .metadata
        .label(labels::IS_STATIC_INFRA_PROVIDER)
        .is_some()
    {
        return refuse("cannot use static provider in the auto-provisioned machine class");
    }
    if status.spec.schema.is_empty() {
        return Ok(());
    }
    let unusable = |reason: String| {
        Invalid(vec![format!(
            "failed to load json schema for provider {provider:?}: {reason}"
        )])
    };
    let schema: Value =
        serde_json::from_str(&status.spec.schema).map_err(|error| unusable(error.to_string()))?;
    let validator =
        jsonschema::validator_for(&schema).map_err(|error| unusable(error.to_string()))?;
    let data: Value = match crate::yaml::read(data) {
        Ok(Value::Null) => Value::Object(serde_json::Map::new()),
        Ok(data) => data,
        Err(error) => return refuse(format!("failed to unmarshal YAML {error}")),
    };
    let texts: Vec<String> = schema_errors::describe(&schema, validator.iter_errors(&data));
    let texts: Vec<String> = texts.into_iter().map(|text| format!("- {text}")).collect();
    if texts.is_empty() {
        Ok(())
    } else {
        refuse(texts.join("\n"))
    }
}
