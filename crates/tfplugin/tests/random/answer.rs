//! A remote system: it fills in what the plan left open and spells everything its own way.

use tfplugin::schema::Nesting;
use tfplugin::values::{Set, Value};

use super::build::{Built, build};
use super::leaf::Leaf;
use super::schemas::{Column, Kind};

/// Whether two elements of a set have become one in the answer: the next plan then has a new element.
pub(crate) fn merges_elements(columns: &[Column], planned: &Value) -> bool {
    let names = build(columns, false)
        .schema
        .attributes
        .iter()
        .map(|attribute| attribute.name);
    let part = |name: &str| planned.get(name).cloned().unwrap_or_default();
    let merges = |column: &Column, planned: Value| {
        let Kind::Nested(_, inner) = &column.kind else {
            return false;
        };
        match &planned {
            Value::Object(_) => merges_elements(inner, &planned),
            Value::List(elements) => elements
                .iter()
                .any(|element| merges_elements(inner, element)),
            Value::Map(elements) => elements
                .values()
                .any(|element| merges_elements(inner, element)),
            Value::Set(elements) => {
                let answers: Set = elements
                    .iter()
                    .map(|element| answer(inner, element))
                    .collect();
                answers.len() < elements.len()
                    || elements
                        .iter()
                        .any(|element| merges_elements(inner, element))
            }
            _ => false,
        }
    };
    names
        .zip(columns)
        .any(|(name, column)| merges(column, part(name)))
}

/// What the remote object looks like after the planned change.
pub(crate) fn answer(columns: &[Column], planned: &Value) -> Value {
    let names = build(columns, false)
        .schema
        .attributes
        .iter()
        .map(|attribute| attribute.name);
    let part = |name: &str| planned.get(name).cloned().unwrap_or_default();
    Value::object(
        names
            .zip(columns)
            .map(|(name, column)| (name, attribute(column, part(name)))),
    )
}

fn attribute(column: &Column, planned: Value) -> Value {
    match &column.kind {
        Kind::Leaf(leaf) => leaf.respell(filled(*leaf, planned), false),
        Kind::Nested(nesting, inner) => nested(*nesting, inner, planned),
    }
}

fn filled(leaf: Leaf, planned: Value) -> Value {
    match planned {
        Value::Unknown => leaf.value(5),
        planned => planned.transform(|_, part| {
            if part.is_unknown() {
                Value::from("x")
            } else {
                part
            }
        }),
    }
}

fn nested(nesting: Nesting, inner: &[Column], planned: Value) -> Value {
    let one = |element: &Value| answer(inner, element);
    match planned {
        Value::Unknown => {
            let Built { versions, .. } = build(inner, nesting == Nesting::Set);
            let state = one(&versions[0].state);
            match nesting {
                Nesting::Single => state,
                Nesting::List => Value::list([state]),
                Nesting::Set => Value::set([state]),
                Nesting::Map => Value::map([("k", state)]),
            }
        }
        Value::Object(_) => one(&planned),
        Value::List(elements) => Value::list(elements.iter().map(one)),
        Value::Set(elements) => Value::set(elements.iter().map(one)),
        Value::Map(elements) => {
            Value::map(elements.iter().map(|(key, element)| (key, one(element))))
        }
        other => other,
    }
}
