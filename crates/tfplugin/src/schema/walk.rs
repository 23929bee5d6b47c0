//! Walks over a value by its schema.
//!
//! The functions descend into nested attributes and stop at plain ones, whose type then decides for itself.

use std::collections::BTreeMap;

use super::{AttrKind, Attribute, Nesting, ObjectSchema};
use crate::objects::Diagnostics;
use crate::values::{Path, Value};

/// The value with each attribute in the form that all its spellings share.
pub(crate) fn meaning(schema: &ObjectSchema, value: &Value) -> Value {
    map_object(schema, value, &|attribute, value| attribute.meaning(value))
}

/// The object with the defaults of its attributes where nothing is set.
pub(crate) fn with_defaults(schema: &ObjectSchema, value: &Value) -> Value {
    map_object(schema, value, &|attribute, value| match attribute.default {
        Some(default) if value.is_null() => default(),
        _ => value.clone(),
    })
}

/// The object with null in place of every write-only value, wherever it stands.
pub(crate) fn without_write_only(schema: &ObjectSchema, value: &Value) -> Value {
    let Value::Object(fields) = value else {
        return value.clone();
    };
    let stored = schema.attributes.iter().map(|attribute| {
        let value = fields.get(attribute.name).unwrap_or(&Value::Null);
        let stored = match attribute.kind() {
            _ if attribute.write_only => Value::Null,
            AttrKind::Plain(_) => value.clone(),
            AttrKind::Nested(_, object) => each(value, &|e| without_write_only(object, e)),
        };
        (attribute.name.to_owned(), stored)
    });
    Value::Object(stored.collect())
}

/// The meaning of one attribute, nested or plain.
pub(crate) fn meaning_of(attribute: &Attribute, value: &Value) -> Value {
    map_attribute(attribute, value, &|attribute, value| {
        attribute.meaning(value)
    })
}

/// Whether two values of an attribute mean the same, nested or plain.
pub(crate) fn same_meaning(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    left == right || meaning_of(attribute, left) == meaning_of(attribute, right)
}

/// Rebuilds an object, `leaf` deciding each attribute that is not nested.
fn map_object(
    schema: &ObjectSchema,
    value: &Value,
    leaf: &dyn Fn(&Attribute, &Value) -> Value,
) -> Value {
    let Value::Object(fields) = value else {
        return value.clone();
    };
    let mapped = schema.attributes.iter().map(|attribute| {
        let value = fields.get(attribute.name).unwrap_or(&Value::Null);
        (
            attribute.name.to_owned(),
            map_attribute(attribute, value, leaf),
        )
    });
    Value::Object(mapped.collect::<BTreeMap<_, _>>())
}

fn map_attribute(
    attribute: &Attribute,
    value: &Value,
    leaf: &dyn Fn(&Attribute, &Value) -> Value,
) -> Value {
    let AttrKind::Nested(_, object) = attribute.kind() else {
        return leaf(attribute, value);
    };
    each(value, &|element| map_object(object, element, leaf))
}

/// The objects of a nested attribute, each changed.
pub(crate) fn each(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(_) => change(value),
        Value::List(elements) => Value::list(elements.iter().map(change)),
        Value::Set(elements) => Value::set(elements.iter().map(change)),
        Value::Map(elements) => {
            Value::map(elements.iter().map(|(key, value)| (key, change(value))))
        }
        other => other.clone(),
    }
}

/// Reports what is wrong with a configuration.
pub(crate) fn check(
    schema: &ObjectSchema,
    value: &Value,
    at: &Path,
    diagnostics: &mut Diagnostics,
) {
    let Value::Object(fields) = value else { return };
    for attribute in schema.attributes {
        let value = fields.get(attribute.name).unwrap_or(&Value::Null);
        let at = at.clone().attribute(attribute.name);
        match attribute.kind() {
            AttrKind::Plain(_) => attribute.check(value, &at, diagnostics),
            AttrKind::Nested(nesting, object) => {
                for (at, element) in elements(nesting, value, &at) {
                    check(object, element, &at, diagnostics);
                }
            }
        }
    }
}

/// The objects of a nested attribute with their paths.
pub(crate) fn elements<'v>(
    nesting: Nesting,
    value: &'v Value,
    at: &Path,
) -> Vec<(Path, &'v Value)> {
    match (nesting, value) {
        (Nesting::Single, value) => vec![(at.clone(), value)],
        (_, Value::List(elements)) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| (at.clone().index(index), element))
            .collect(),
        (_, Value::Set(elements)) => elements
            .iter()
            .map(|element| (at.clone().element(element.clone()), element))
            .collect(),
        (_, Value::Map(elements)) => elements
            .iter()
            .map(|(key, element)| (at.clone().key(key), element))
            .collect(),
        _ => Vec::new(),
    }
}
