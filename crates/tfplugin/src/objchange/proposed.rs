//! The new state that core proposes: the configuration, with computed values carried over from the prior state.

use std::collections::BTreeMap;

use super::part;
use super::prior_match::{Priors, holds_configured};
use super::schema::{CoreAttribute, CoreKind, CoreSchema};
use crate::schema::Nesting;
use crate::values::Value;

/// The proposed new state. `prior` is null for a new object; both values are of the schema's type.
///
/// It does not hold defaults or what the provider will compute: deciding those is the plan.
pub fn proposed_new(schema: &CoreSchema, prior: &Value, config: &Value) -> Value {
    match (prior, config) {
        (Value::Null, Value::Null) => Value::Null,
        (Value::Null, Value::Unknown) => schema.null_object(),
        (prior, Value::Null | Value::Unknown) => prior.clone(),
        (prior, config) => object(schema, prior, config),
    }
}

/// A known object, its parts proposed one by one.
fn object(schema: &CoreSchema, prior: &Value, config: &Value) -> Value {
    let attributes = schema.attributes.iter();
    let proposed = attributes.map(|(name, it)| {
        (
            name.clone(),
            attribute(it, part(prior, name), part(config, name)),
        )
    });
    Value::Object(proposed.collect::<BTreeMap<_, _>>())
}

fn attribute(attribute: &CoreAttribute, prior: &Value, config: &Value) -> Value {
    match &attribute.kind {
        _ if attribute.is_computed() && config.is_null() => {
            // What the user once wrote into an optional object was taken out of the configuration with it.
            let was_configured =
                attribute.is_optional() && holds_configured(&attribute.kind, prior);
            if was_configured {
                config.clone()
            } else {
                prior.clone()
            }
        }
        CoreKind::Plain(_) => config.clone(),
        CoreKind::Nested(nesting, schema) => nested(*nesting, schema, prior, config),
    }
}

fn nested(nesting: Nesting, schema: &CoreSchema, prior: &Value, config: &Value) -> Value {
    match (nesting, config) {
        (_, Value::Null | Value::Unknown) => config.clone(),
        (Nesting::Single, config) => object(schema, prior, config),
        (_, Value::List(elements)) => {
            let prior = prior.as_list().unwrap_or_default();
            let elements = elements.iter().enumerate();
            Value::list(elements.map(|(index, config)| element(schema, prior.get(index), config)))
        }
        (_, Value::Map(elements)) => {
            let proposed = |(key, config): (&String, &Value)| {
                (key.clone(), element(schema, prior.get(key), config))
            };
            Value::map(elements.iter().map(proposed))
        }
        (_, Value::Set(elements)) => {
            let mut priors = Priors::new(schema, prior.as_set());
            Value::set(
                elements
                    .iter()
                    .map(|config| element(schema, priors.take(config), config)),
            )
        }
        (_, other) => other.clone(),
    }
}

fn element(schema: &CoreSchema, prior: Option<&Value>, config: &Value) -> Value {
    match config {
        Value::Null | Value::Unknown => config.clone(),
        config => object(schema, prior.unwrap_or(&Value::Null), config),
    }
}
