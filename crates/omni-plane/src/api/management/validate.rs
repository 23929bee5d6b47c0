//! Checks of what is not stored yet: config patches, data against a JSON schema.

use omni_api::management as api;
use serde_json::Value;
use tonic::{Request, Status};

use super::context;
use crate::api::gate::list_errors;
use crate::api::validation::check_config_patch;
use crate::release::Release;

const SCHEMA_BYTES: usize = 1_000_000;

pub(super) fn config(
    release: Release,
    request: &Request<api::ValidateConfigRequest>,
) -> Result<(), Status> {
    context::signed(request)?;
    check_config_patch(release.forbids(), &request.get_ref().config).map_err(|invalid| {
        let texts = invalid.0;
        // One text alone is the loader's; the rules' own texts come as a list.
        let text = match texts.as_slice() {
            [one] if !one.contains("is not allowed in") => one.clone(),
            several => list_errors(several),
        };
        Status::invalid_argument(text)
    })
}

pub(super) fn json_schema(
    request: &Request<api::ValidateJsonSchemaRequest>,
) -> Result<api::ValidateJsonSchemaResponse, Status> {
    context::signed(request)?;
    let request = request.get_ref();
    if request.schema.len() > SCHEMA_BYTES {
        return Err(Status::unknown("json schema can not be bigger than 1MB"));
    }
    let unusable = |error: &dyn std::fmt::Display| Status::unknown(error.to_string());
    let schema: Value = serde_json::from_str(&request.schema).map_err(|error| unusable(&error))?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| unusable(&error))?;
    let data = match crate::yaml::read(&request.data) {
        Ok(Value::Null) => Value::Object(serde_json::Map::new()),
        Ok(data) => data,
        Err(error) => return Err(Status::unknown(format!("failed to unmarshal YAML {error}"))),
    };
    let errors = validator.iter_errors(&data).map(|error| described(&error));
    Ok(api::ValidateJsonSchemaResponse {
        errors: errors.collect(),
    })
}

fn described(error: &jsonschema::ValidationError<'_>) -> api::validate_json_schema_response::Error {
    use jsonschema::error::ValidationErrorKind;
    let place = error.instance_path().to_string();
    let (data_path, cause) = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            (
                format!("{place}/{property}"),
                "property is required".to_owned(),
            )
        }
        _ => (
            if place.is_empty() {
                "/".to_owned()
            } else {
                place
            },
            error.to_string(),
        ),
    };
    api::validate_json_schema_response::Error {
        schema_path: format!("untitled-schema.json#{}", error.schema_path()),
        cause,
        data_path,
        errors: Vec::new(),
    }
}
