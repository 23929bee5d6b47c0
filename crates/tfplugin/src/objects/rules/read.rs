//! Telling normalisation from drift.

use super::matcher::Matcher;
use super::shape::{comparable, set_by_user};
use super::{field, object_of};
use crate::schema::{AttrKind, Attribute, Nesting, ObjectSchema, walk};
use crate::values::{Set, Value};

/// `actual`, with the prior spelling wherever it means the same.
///
/// Write-only values are null, and `timeouts` is what the user wrote: no remote object knows it.
pub(crate) fn keep_spelling(schema: &ObjectSchema, prior: &Value, actual: &Value) -> Value {
    let (Value::Object(_), Value::Object(_)) = (prior, actual) else {
        return actual.clone();
    };
    object_of(schema.attributes, |attribute| {
        let prior = field(Some(prior), attribute.name);
        let actual = field(Some(actual), attribute.name);
        let own = !schema.timeouts.is_empty() && attribute.name == "timeouts";
        match (attribute.write_only, own) {
            (true, _) => Value::Null,
            (false, true) => prior.clone(),
            (false, false) => keep_in_attribute(attribute, prior, actual),
        }
    })
}

/// As [`keep_spelling`], for one attribute.
pub(crate) fn keep_in_attribute(attribute: &Attribute, prior: &Value, actual: &Value) -> Value {
    match attribute.kind() {
        _ if walk::same_meaning(attribute, prior, actual) => prior.clone(),
        AttrKind::Plain(_) => actual.clone(),
        AttrKind::Nested(nesting, object) => keep_in_nested(nesting, object, prior, actual),
    }
}

fn keep_in_nested(nesting: Nesting, object: &ObjectSchema, prior: &Value, actual: &Value) -> Value {
    match (nesting, prior, actual) {
        (Nesting::Single, prior, actual) => keep_spelling(object, prior, actual),
        (_, Value::List(prior), Value::List(actual)) => {
            let each = |(index, actual)| {
                prior.get(index).map_or_else(
                    || Value::clone(actual),
                    |prior| keep_spelling(object, prior, actual),
                )
            };
            Value::list(actual.iter().enumerate().map(each))
        }
        (_, Value::Map(prior), Value::Map(actual)) => {
            Value::map(actual.iter().map(|(key, actual)| {
                (
                    key,
                    prior.get(key).map_or_else(
                        || actual.clone(),
                        |prior| keep_spelling(object, prior, actual),
                    ),
                )
            }))
        }
        (_, Value::Set(prior), Value::Set(actual)) => keep_in_set(object, prior, actual),
        (_, _, actual) => actual.clone(),
    }
}

/// Elements are found again by their whole meaning, and failing that by what the user has set in them.
fn keep_in_set(object: &ObjectSchema, prior: &Set, actual: &Set) -> Value {
    let mut elements: Vec<Value> = actual.iter().cloned().collect();
    let meanings = elements
        .iter()
        .map(|element| walk::meaning(object, element));
    let mut matcher = Matcher::new(meanings);
    let mut changed: Vec<&Value> = Vec::new();
    for prior in prior.iter() {
        match matcher.take(&walk::meaning(object, prior)) {
            Some(position) => elements[position] = prior.clone(),
            None => changed.push(prior),
        }
    }
    let left: Vec<usize> = matcher.left().collect();
    let mut matcher = Matcher::new(left.iter().map(|at| comparable(object, &elements[*at])));
    for prior in changed {
        if let Some(position) = matcher.take(&configurable(object, prior)) {
            let element = &mut elements[left[position]];
            *element = keep_spelling(object, prior, element);
        }
    }
    Value::set(elements)
}

/// The meaning of what only the user sets; what the provider may set is unknown.
fn configurable(object: &ObjectSchema, value: &Value) -> Value {
    let shape = set_by_user(object, value);
    object_of(object.attributes, |attribute| {
        if attribute.is_computed() {
            Value::Unknown
        } else {
            field(Some(&shape), attribute.name).clone()
        }
    })
}

/// The value with every unknown part null, as a state needs it.
pub(crate) fn known(value: Value) -> Value {
    value.transform(|_, value| {
        if value.is_unknown() {
            Value::Null
        } else {
            value
        }
    })
}
