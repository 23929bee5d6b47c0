//! A message as the tree that Go's YAML library makes of the struct.

use prost_reflect::{DynamicMessage, FieldDescriptor, MapKey, ReflectMessage as _, Value};

use super::go_name;
use crate::known::Knows;

/// A YAML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// A nil pointer.
    Null,
    /// A number or a truth value, as it is written.
    Plain(String),
    /// A text; it is quoted where it must be.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// Keys and their values, in the order in which they are written.
    Map(Vec<(String, Tree)>),
}

/// The tree of a message: every field that is known, in the order of the declaration.
pub(super) fn of(message: &DynamicMessage, knows: Knows<'_>) -> Tree {
    let descriptor = message.descriptor();
    // Two messages with a rendering of their own in Omni's source.
    let only = match descriptor.full_name() {
        "specs.ClusterMachineSpec" => Some("kubernetes_version"),
        "specs.ClusterMachineConfigPatchesSpec" => Some("patches"),
        _ => None,
    };
    if let Some(name) = only {
        let field = descriptor.get_field_by_name(name);
        let entry = |field| (name.to_owned(), value(&message.get_field(&field), knows));
        return Tree::Map(field.map(entry).into_iter().collect());
    }
    Tree::Map(
        descriptor
            .fields()
            .filter(|field| knows(descriptor.full_name(), field.name()))
            .filter_map(|field| entry(message, &field, knows))
            .collect(),
    )
}

/// The entry of a field; of a union there is one, where its first field stands.
fn entry(
    message: &DynamicMessage,
    field: &FieldDescriptor,
    knows: Knows<'_>,
) -> Option<(String, Tree)> {
    let Some(union) = field
        .containing_oneof()
        .filter(|union| !union.is_synthetic())
    else {
        let set = !field.supports_presence() || message.has_field(field);
        let tree = if set {
            value(&message.get_field(field), knows)
        } else {
            Tree::Null
        };
        return Some((key(field), tree));
    };
    if union.fields().next().as_ref() != Some(field) {
        return None;
    }
    let set = union.fields().find(|one| message.has_field(one));
    let tree = set.map_or(Tree::Null, |one| {
        Tree::Map(vec![(
            go_name(one.name()),
            value(&message.get_field(&one), knows),
        )])
    });
    Some((go_name(union.name()), tree))
}

/// COSI's own two types name their keys in the source; Omni's take the Go names.
fn key(field: &FieldDescriptor) -> String {
    if field.parent_message().package_name() == "cosi.resource.meta" {
        field.json_name().to_owned()
    } else {
        go_name(field.name())
    }
}

fn value(value: &Value, knows: Knows<'_>) -> Tree {
    match value {
        Value::Bool(value) => Tree::Plain(value.to_string()),
        Value::I32(value) | Value::EnumNumber(value) => Tree::Plain(value.to_string()),
        Value::I64(value) => Tree::Plain(value.to_string()),
        Value::U32(value) => Tree::Plain(value.to_string()),
        Value::U64(value) => Tree::Plain(value.to_string()),
        Value::F32(value) => float(f64::from(*value)),
        Value::F64(value) => float(*value),
        Value::String(value) => Tree::Text(value.clone()),
        Value::Bytes(value) => Tree::List(
            value
                .iter()
                .map(|byte| Tree::Plain(byte.to_string()))
                .collect(),
        ),
        Value::Message(value) => of(value, knows),
        Value::List(values) => Tree::List(
            values
                .iter()
                .map(|value| self::value(value, knows))
                .collect(),
        ),
        Value::Map(values) => {
            let mut entries: Vec<_> = values.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries = entries
                .into_iter()
                .map(|(key, value)| (map_key(key), self::value(value, knows)));
            Tree::Map(entries.collect())
        }
    }
}

fn float(value: f64) -> Tree {
    Tree::Plain(match value {
        value if value.is_nan() => ".nan".to_owned(),
        f64::INFINITY => ".inf".to_owned(),
        f64::NEG_INFINITY => "-.inf".to_owned(),
        value => value.to_string(),
    })
}

fn map_key(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}
