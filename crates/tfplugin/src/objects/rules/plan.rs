//! From configuration and prior state to the planned state.
//!
//! Core sends a proposal of its own; it is a function of the same two values, and follows from these rules where
//! no spelling, default or set is involved.

use super::matcher::Matcher;
use super::shape::{comparable, set_by_user};
use super::{field, object_of, present};
use crate::schema::{AttrKind, Attribute, Nesting, ObjectSchema};
use crate::values::{Set, Value};

/// The planned state.
///
/// # Guarantees
/// - What the user has set is planned as written, or in the prior spelling where that means the same.
/// - A default stands in for what is not set; a computed attribute without one keeps its prior value, and is
///   unknown only where its object is new.
/// - Everything else is null, write-only values included.
pub(crate) fn plan(schema: &ObjectSchema, config: &Value, prior: Option<&Value>) -> Value {
    object_of(schema.attributes, |attribute| {
        let prior = prior.map(|prior| field(Some(prior), attribute.name));
        plan_attribute(attribute, field(Some(config), attribute.name), prior)
    })
}

/// `prior` is `None` where the object that holds the attribute is new.
fn plan_attribute(attribute: &Attribute, config: &Value, prior: Option<&Value>) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    if config.is_null() {
        return plan_unset(attribute, prior);
    }
    match attribute.kind() {
        AttrKind::Nested(nesting, object) if !config.is_unknown() => {
            plan_nested(nesting, object, config, prior.and_then(present))
        }
        _ => in_prior_spelling(attribute, config.clone(), prior),
    }
}

/// What stands where the user sets nothing.
fn plan_unset(attribute: &Attribute, prior: Option<&Value>) -> Value {
    match (attribute.default, prior) {
        (Some(default), prior) => in_prior_spelling(attribute, default(), prior),
        (None, _) if !attribute.is_computed() => Value::Null,
        (None, Some(prior)) => prior.clone(),
        (None, None) => Value::Unknown,
    }
}

fn in_prior_spelling(attribute: &Attribute, value: Value, prior: Option<&Value>) -> Value {
    match prior.and_then(present) {
        Some(prior) if attribute.same_meaning(&value, prior) => prior.clone(),
        _ => value,
    }
}

/// Objects are found again by position or key, as core does it, and in sets by what the user has set in them.
fn plan_nested(
    nesting: Nesting,
    object: &ObjectSchema,
    config: &Value,
    prior: Option<&Value>,
) -> Value {
    let one = |config: &Value, prior: Option<&Value>| match config {
        Value::Object(_) => plan(object, config, prior.and_then(present)),
        other => other.clone(),
    };
    match (nesting, config) {
        (Nesting::Single, config) => one(config, prior),
        (_, Value::List(elements)) => {
            let prior = prior.and_then(Value::as_list).unwrap_or_default();
            Value::list(
                elements
                    .iter()
                    .enumerate()
                    .map(|(index, config)| one(config, prior.get(index))),
            )
        }
        (_, Value::Map(elements)) => Value::map(
            elements
                .iter()
                .map(|(key, config)| (key, one(config, prior.and_then(|p| p.get(key))))),
        ),
        (_, Value::Set(elements)) => plan_set(object, elements, prior.and_then(Value::as_set)),
        (_, other) => other.clone(),
    }
}

fn plan_set(object: &ObjectSchema, elements: &Set, prior: Option<&Set>) -> Value {
    let prior: Vec<&Value> = prior.into_iter().flat_map(Set::iter).collect();
    let mut matcher = Matcher::new(prior.iter().map(|element| comparable(object, element)));
    Value::set(elements.iter().map(|config| {
        // An element with unknown parts may turn out to be any other.
        let known = config.is_wholly_known();
        let found = known
            .then(|| matcher.take(&set_by_user(object, config)))
            .flatten();
        let prior = found.map(|position| as_configured(object, config, prior[position]));
        plan(object, config, prior.as_ref())
    }))
}

/// The prior element in the spelling of the configuration.
///
/// Whether an element is found again can change between the first plan and the second, when its unknown parts have
/// become known. So nothing but what the provider has set may depend on it.
fn as_configured(object: &ObjectSchema, config: &Value, prior: &Value) -> Value {
    object_of(object.attributes, |attribute| {
        let (config, prior) = (
            field(Some(config), attribute.name),
            field(Some(prior), attribute.name),
        );
        match (attribute.kind(), attribute.default) {
            (_, Some(default)) if config.is_null() => default(),
            (AttrKind::Nested(_, nested), _) if !config.is_null() => {
                parts_as_configured(nested, config, prior)
            }
            _ if config.is_null() => prior.clone(),
            _ => config.clone(),
        }
    })
}

fn parts_as_configured(object: &ObjectSchema, config: &Value, prior: &Value) -> Value {
    let one = |config: &Value, prior: &Value| as_configured(object, config, prior);
    match (config, prior) {
        (Value::Object(_), Value::Object(_)) => one(config, prior),
        (Value::List(configs), Value::List(priors)) => {
            Value::list(configs.iter().zip(priors).map(|(c, p)| one(c, p)))
        }
        (Value::Map(configs), Value::Map(priors)) => {
            let both = configs
                .iter()
                .filter_map(|(key, config)| Some((key, config, priors.get(key)?)));
            Value::map(both.map(|(key, config, prior)| (key, one(config, prior))))
        }
        (_, prior) => prior.clone(),
    }
}
