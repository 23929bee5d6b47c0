//! Provider data: what a machine class asks of a provider, and whether that makes sense to it.

use serde_json::Value;

/// The schema of the provider data that the plane's own dynamic provider understands.
pub(crate) const SCHEMA: &str = include_str!("schema.json");

/// Why provider data is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// The data is no YAML.
    #[error("the provider data is no YAML: {0}")]
    Yaml(#[from] serde_saphyr::Error),
    /// The provider's own schema is none.
    #[error("the provider's schema cannot be used: {0}")]
    Schema(String),
    /// The data does not fit the schema.
    #[error("the provider data does not fit the schema: {0}")]
    Misfit(String),
}

/// The data of a request, checked against the provider's schema; an empty text is an empty object.
pub(crate) fn check(schema: &str, data: &str) -> Result<Value, DataError> {
    let data: Value = match data.trim() {
        "" => Value::Object(serde_json::Map::new()),
        text => crate::yaml::read(text)?,
    };
    if schema.trim().is_empty() {
        return Ok(data);
    }
    let schema: Value =
        serde_json::from_str(schema).map_err(|error| DataError::Schema(error.to_string()))?;
    let validator =
        jsonschema::validator_for(&schema).map_err(|error| DataError::Schema(error.to_string()))?;
    let faults: Vec<_> = validator
        .iter_errors(&data)
        .map(|fault| format!("{}: {fault}", place(fault.instance_path().as_str())))
        .collect();
    if faults.is_empty() {
        Ok(data)
    } else {
        Err(DataError::Misfit(faults.join("; ")))
    }
}

fn place(pointer: &str) -> &str {
    match pointer.trim_start_matches('/') {
        "" => "the whole",
        place => place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_size_fits_and_an_unknown_one_is_named() {
        let data = check(SCHEMA, "size: small\n").expect("it fits");
        assert_eq!(data["size"], "small");
        assert!(check(SCHEMA, "").is_ok());
        let error = check(SCHEMA, "size: huge").expect_err("no such size");
        assert_eq!(
            error.to_string(),
            "the provider data does not fit the schema: size: \"huge\" is not one of \"small\", \"medium\" or \"large\""
        );
        let error = check(SCHEMA, "color: red").expect_err("no such field");
        assert!(error.to_string().contains("the whole: "), "{error}");
    }

    #[test]
    fn what_is_no_yaml_or_no_schema_is_an_error() {
        assert!(matches!(check(SCHEMA, "a: [b"), Err(DataError::Yaml(_))));
        assert!(matches!(check("{", "a: b"), Err(DataError::Schema(_))));
        assert!(check("", "anything: goes").is_ok());
    }
}
