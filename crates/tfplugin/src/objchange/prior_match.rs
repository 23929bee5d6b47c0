//! Which prior element a configured element of a nested set goes on from.
//!
//! Set elements have no name. A prior element could have come from a configured one when it differs only in
//! computed attributes that the configuration leaves null. Candidates are found by the hash of what cannot differ,
//! so matching costs time linear in the elements as long as they differ in something configured.

use std::collections::{HashMap, VecDeque};

use super::config::objects;
use super::part;
use super::schema::{CoreAttribute, CoreKind, CoreSchema};
use crate::values::{Set, Type, Value};

/// The prior elements of a nested set that no configured element has taken yet.
pub(super) struct Priors<'a> {
    schema: &'a CoreSchema,
    by_key: HashMap<Vec<&'a Value>, VecDeque<&'a Value>>,
}

impl<'a> Priors<'a> {
    pub(super) fn new(schema: &'a CoreSchema, prior: Option<&'a Set>) -> Self {
        let mut by_key = HashMap::<_, VecDeque<_>>::new();
        for element in prior.into_iter().flat_map(Set::iter) {
            by_key
                .entry(key(schema, element))
                .or_default()
                .push_back(element);
        }
        Self { schema, by_key }
    }

    /// Takes the first prior element that could have come from `config`.
    pub(super) fn take(&mut self, config: &'a Value) -> Option<&'a Value> {
        let candidates = self.by_key.get_mut(&key(self.schema, config))?;
        let found = candidates
            .iter()
            .position(|prior| object_derives(self.schema, prior, config))?;
        candidates.remove(found)
    }
}

/// The plain attributes that only the user sets: equal wherever one element derives from the other.
fn key<'v>(schema: &CoreSchema, element: &'v Value) -> Vec<&'v Value> {
    let fixed = |it: &CoreAttribute| !it.is_computed() && matches!(it.kind, CoreKind::Plain(_));
    let attributes = schema
        .attributes
        .iter()
        .filter(|(_, attribute)| fixed(attribute));
    attributes.map(|(name, _)| part(element, name)).collect()
}

/// Whether the prior object is the configured one with computed values filled in.
fn object_derives(schema: &CoreSchema, prior: &Value, config: &Value) -> bool {
    let mut attributes = schema.attributes.iter();
    prior == config
        || attributes.all(|(name, it)| derives(it, part(prior, name), part(config, name)))
}

fn derives(attribute: &CoreAttribute, prior: &Value, config: &Value) -> bool {
    if prior == config {
        return true;
    }
    match (&attribute.kind, prior, config) {
        (CoreKind::Plain(Type::Set(_)), ..) | (_, Value::Set(_), _) | (_, _, Value::Set(_)) => {
            false
        }
        (CoreKind::Plain(_), ..) => attribute.is_computed() && config.is_null(),
        (CoreKind::Nested(..), Value::Null, _) => true,
        (CoreKind::Nested(_, schema), Value::Object(_), Value::Object(_) | Value::Unknown) => {
            object_derives(schema, prior, config)
        }
        (CoreKind::Nested(_, schema), Value::List(priors), config) => {
            let config = config.as_list().unwrap_or_default();
            priors.len() <= config.len()
                && priors
                    .iter()
                    .zip(config)
                    .all(|(p, c)| object_derives(schema, p, c))
        }
        (CoreKind::Nested(_, schema), Value::Map(priors), config) => {
            priors.iter().all(|(key, p)| {
                config
                    .get(key)
                    .is_some_and(|c| object_derives(schema, p, c))
            })
        }
        _ => false,
    }
}

/// Whether a prior value holds anything inside a nested attribute that only the user can have set.
pub(super) fn holds_configured(kind: &CoreKind, prior: &Value) -> bool {
    let CoreKind::Nested(_, schema) = kind else {
        return false;
    };
    objects(prior).into_iter().any(|(_, object)| {
        schema.attributes.iter().any(|(name, attribute)| {
            let value = part(object, name);
            !value.is_null()
                && (!attribute.is_computed() || holds_configured(&attribute.kind, value))
        })
    })
}
