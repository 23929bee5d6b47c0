//! Whether a text is the manifest of a Kubernetes Job, judged as Go's decoder judges it: by the types of its fields.

use serde_json::Value;

use crate::yaml;

/// Why a text is no Job, in Omni's words as far as they are its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoJob {
    /// It is no YAML.
    #[error("failed to convert healthcheck job manifest to JSON: yaml: {0}")]
    Yaml(String),
    /// A field has the wrong type.
    #[error(
        "failed to unmarshal healthcheck job manifest: json: cannot unmarshal {word} into Go {place} of type {wanted}"
    )]
    Type {
        /// What is there, in Go's word.
        word: &'static str,
        /// Where.
        place: String,
        /// What belongs there.
        wanted: &'static str,
    },
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Object,
    Array,
    Text,
}

/// Fields of a Job: pointer, the struct it is in, its type.
const FIELDS: [(&str, &str, Shape, &str); 9] = [
    ("", "", Shape::Object, "v1.Job"),
    ("/kind", "Job", Shape::Text, "string"),
    ("/apiVersion", "Job", Shape::Text, "string"),
    ("/metadata", "Job", Shape::Object, "v1.ObjectMeta"),
    ("/metadata/namespace", "ObjectMeta", Shape::Text, "string"),
    ("/spec", "Job", Shape::Object, "v1.JobSpec"),
    (
        "/spec/template",
        "JobSpec",
        Shape::Object,
        "v1.PodTemplateSpec",
    ),
    (
        "/spec/template/spec",
        "PodTemplateSpec",
        Shape::Object,
        "v1.PodSpec",
    ),
    (
        "/spec/template/spec/containers",
        "PodSpec",
        Shape::Array,
        "[]v1.Container",
    ),
];

/// Checks a manifest.
///
/// # Errors
/// What it is not.
pub(super) fn check(text: &str) -> Result<(), NoJob> {
    let job = yaml::read(text).map_err(|error| NoJob::Yaml(error.to_string()))?;
    for (pointer, owner, shape, wanted) in FIELDS {
        let Some(value) = job.pointer(pointer).filter(|value| !value.is_null()) else {
            continue;
        };
        let fits = match shape {
            Shape::Object => value.is_object(),
            Shape::Array => value.is_array(),
            Shape::Text => value.is_string(),
        };
        if !fits {
            let path = pointer.trim_start_matches('/').replace('/', ".");
            return Err(NoJob::Type {
                word: word(value),
                place: if owner.is_empty() {
                    "value".to_owned()
                } else {
                    format!("struct field {owner}.{path}")
                },
                wanted,
            });
        }
    }
    Ok(())
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::Object(_) => "object",
        Value::String(_) | Value::Null => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_told_by_the_types_of_its_fields() {
        assert_eq!(
            check("kind: Job\nspec: {template: {spec: {containers: []}}}"),
            Ok(())
        );
        assert_eq!(
            check("spec:\n  template: invalid\n")
                .expect_err("no template")
                .to_string(),
            "failed to unmarshal healthcheck job manifest: json: cannot unmarshal string into Go struct field \
             JobSpec.spec.template of type v1.PodTemplateSpec"
        );
        assert_eq!(
            check("[]").expect_err("a list").to_string(),
            "failed to unmarshal healthcheck job manifest: json: cannot unmarshal array into Go value of type v1.Job"
        );
        assert!(matches!(check("a: ["), Err(NoJob::Yaml(_))));
    }
}
