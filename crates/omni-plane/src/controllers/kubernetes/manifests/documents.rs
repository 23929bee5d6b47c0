//! The objects of a manifest group: its YAML, as Omni reads it.

use std::collections::BTreeMap;

use omni_api::{Resource, kind};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::controllers::kubernetes::exposed::ANNOTATIONS;
use crate::machines::workload::{Inventory, Object};
use crate::yaml;

/// Why a group cannot be read, in Omni's words as far as they are its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// It is no YAML.
    #[error("error converting manifest to JSON: yaml: {0}")]
    Yaml(String),
    /// A document is no mapping.
    #[error(
        "error loading JSON manifest into unstructured: json: cannot unmarshal {0} into Go value of type map[string]interface {{}}"
    )]
    NoMapping(&'static str),
    /// A document does not say what it is.
    #[error("error loading JSON manifest into unstructured: Object 'Kind' is missing in '{0}'")]
    NoKind(String),
}

/// The documents of a text, those without contents left out.
pub(crate) fn read(text: &str) -> Result<Vec<Value>, Unreadable> {
    let documents = yaml::read_all(text).map_err(|error| Unreadable::Yaml(error.to_string()))?;
    let contents = documents.into_iter().filter(|document| {
        !document.is_null() && document.as_object().is_none_or(|map| !map.is_empty())
    });
    contents.map(checked).collect()
}

fn checked(document: Value) -> Result<Value, Unreadable> {
    let word = match &document {
        Value::Object(_) => {
            let kind = document.get("kind").and_then(Value::as_str);
            return match kind.filter(|kind| !kind.is_empty()) {
                Some(_) => Ok(document),
                None => Err(Unreadable::NoKind(document.to_string())),
            };
        }
        Value::Array(_) => "array",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) | Value::Null => "string",
    };
    Err(Unreadable::NoMapping(word))
}

/// The objects of a group, for the inventory that it belongs to.
pub(super) fn objects(
    group: &Resource<kind::KubernetesManifestGroup>,
    inventory: Inventory,
) -> Result<Vec<Object>, Unreadable> {
    let documents = read(&group.spec.data)?;
    Ok(documents
        .iter()
        .map(|document| object(document, inventory))
        .collect())
}

fn object(document: &Value, inventory: Inventory) -> Object {
    let text = |pointer: &str| {
        let value = document.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let version = text("/apiVersion");
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let (kind, namespace, name) = (
        text("/kind"),
        text("/metadata/namespace"),
        text("/metadata/name"),
    );
    Object {
        id: if namespace.is_empty() {
            format!("{kind}/{name}")
        } else {
            format!("{kind}/{namespace}/{name}")
        },
        group: group.to_owned(),
        kind,
        namespace,
        name,
        inventory: inventory.into(),
        sha256: hex::encode(Sha256::digest(document.to_string())),
        annotations: exposing(document),
    }
}

/// The annotations by which a Service is exposed through Omni.
fn exposing(document: &Value) -> BTreeMap<String, String> {
    let annotations = document.pointer("/metadata/annotations");
    let annotations = annotations.and_then(Value::as_object).into_iter().flatten();
    let exposing = annotations.filter(|(key, _)| key.starts_with(ANNOTATIONS));
    exposing
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_without_contents_are_left_out_and_the_rest_must_have_a_kind() {
        let read = |text| super::read(text).map(|documents| documents.len());
        assert_eq!(read("# nothing\n---\n{}\n---\nkind: Pod\n"), Ok(1));
        assert_eq!(
            read("aaa: bbb").expect_err("no kind").to_string(),
            "error loading JSON manifest into unstructured: Object 'Kind' is missing in '{\"aaa\":\"bbb\"}'"
        );
        assert_eq!(read("text"), Err(Unreadable::NoMapping("string")),);
        assert!(matches!(read("a: ["), Err(Unreadable::Yaml(_))));
    }
}
