//! Violations of a JSON schema in words for the person who wrote the data.
//!
//! The words are Omni's. Two keywords of its own in a schema improve them: `x-cli-flag` names the flag that sets a value, and
//! `x-pattern-message` says what a pattern means.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

/// Describes violations, in their order; missing values of one place in one text.
pub(crate) fn describe<'a>(
    schema: &Value,
    errors: impl Iterator<Item = ValidationError<'a>>,
) -> Vec<String> {
    let mut texts = Texts {
        schema,
        found: Vec::new(),
        missing_in: None,
    };
    for error in errors {
        texts.add(&error);
    }
    texts.found
}

struct Texts<'s> {
    schema: &'s Value,
    found: Vec<String>,
    /// Where the last text says that something is missing.
    missing_in: Option<String>,
}

impl Texts<'_> {
    /// A choice between schemas says nothing by itself: what is wrong with each of them does.
    fn add(&mut self, error: &ValidationError<'_>) {
        if let ValidationErrorKind::AnyOf { context }
        | ValidationErrorKind::OneOfNotValid { context } = error.kind()
        {
            context.iter().flatten().for_each(|cause| self.add(cause));
            return;
        }
        let place = error.instance_path().to_string();
        let text = one(self.schema, error);
        let is_missing = matches!(error.kind(), ValidationErrorKind::Required { .. });
        match self.found.last_mut() {
            Some(last) if is_missing && self.missing_in.as_deref() == Some(&place) => {
                last.push_str("; ");
                last.push_str(&text);
            }
            _ => self.found.push(text),
        }
        self.missing_in = is_missing.then_some(place);
    }
}

fn one(schema: &Value, error: &ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    let message = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let child = format!("{path}/{}", property.as_str().unwrap_or_default());
            return value(schema, &child, "is required");
        }
        ValidationErrorKind::Type { kind } => wrong_type(kind, error.instance()),
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let options: Vec<String> = options
                .iter()
                .map(|option| format!("'{}'", plain(option)))
                .collect();
            format!("must be one of {}", options.join(", "))
        }
        ValidationErrorKind::Constant { expected_value } => {
            format!("must be {}", plain(expected_value))
        }
        ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters")
        }
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be greater than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ValidationErrorKind::MultipleOf { multiple_of } => {
            format!("must be a multiple of {multiple_of}")
        }
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} items"),
        ValidationErrorKind::Format { format } => format!("must be a valid {format}"),
        ValidationErrorKind::Pattern { pattern } => {
            match extension(schema, &path, "x-pattern-message") {
                Some(message) => message,
                None => format!("does not match the expected pattern '{pattern}'"),
            }
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("has unknown properties: {}", unexpected.join(", "))
        }
        _ => return format!("at '{path}': {error}"),
    };
    value(schema, &path, &message)
}

fn value(schema: &Value, path: &str, message: &str) -> String {
    let dotted = path.replace('/', ".");
    let dotted = if dotted.is_empty() { "." } else { &dotted };
    match extension(schema, path, "x-cli-flag") {
        Some(flag) => format!("config value {dotted:?} or flag \"--{flag}\": {message}"),
        None => format!("config value {dotted:?}: {message}"),
    }
}

fn wrong_type(kind: &TypeKind, instance: &Value) -> String {
    if instance.is_null() {
        return "is required but was not set".to_owned();
    }
    let name = |one: JsonType| one.to_string();
    let wanted: Vec<String> = match kind {
        TypeKind::Single(one) => vec![name(*one)],
        TypeKind::Multiple(several) => several.iter().map(name).collect(),
    };
    let got = match instance {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("must be of type {}, but got {got}", wanted.join(" or "))
}

/// A keyword at the place of the schema that describes the value at `path`.
fn extension(schema: &Value, path: &str, keyword: &str) -> Option<String> {
    let mut place = schema;
    for name in path.split('/').skip(1) {
        let local = place.get("properties")?.get(name)?;
        if local.get(keyword).is_some() && path.ends_with(&format!("/{name}")) {
            return local[keyword].as_str().map(str::to_owned);
        }
        place = match local.get("$ref").and_then(Value::as_str) {
            Some(reference) => schema.pointer(reference.strip_prefix('#')?)?,
            None => local,
        };
    }
    place
        .get(keyword)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(schema: &Value, data: &Value) -> Vec<String> {
        let validator = jsonschema::validator_for(schema).expect("a schema");
        describe(schema, validator.iter_errors(data))
    }

    #[test]
    fn violations_read_like_omnis() {
        let schema = json!({
            "type": "object",
            "required": ["size", "zone"],
            "additionalProperties": false,
            "properties": {
                "size": { "type": "string", "enum": ["small", "large"], "x-cli-flag": "size" },
                "cores": { "type": "integer", "minimum": 1 },
                "name": { "type": "string", "pattern": "^[a-z]+$", "x-pattern-message": "must be lower case" },
                "disk": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
            },
        });
        assert_eq!(
            texts(&schema, &json!({})),
            [
                "config value \".size\" or flag \"--size\": is required; config value \".zone\": is required"
            ]
        );
        let mut wrong = texts(
            &schema,
            &json!({ "size": "huge", "zone": "a", "cores": "x", "name": "A", "disk": true, "odd": 1 }),
        );
        wrong.sort();
        assert_eq!(
            wrong,
            [
                "config value \".\": has unknown properties: odd, zone",
                "config value \".cores\": must be of type integer, but got string",
                "config value \".disk\": must be of type integer, but got boolean",
                "config value \".disk\": must be of type string, but got boolean",
                "config value \".name\": must be lower case",
                "config value \".size\" or flag \"--size\": must be one of 'small', 'large'",
            ]
        );
    }
}
