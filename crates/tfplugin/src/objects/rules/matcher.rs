//! Finding the element of a set that another one stands for.
//!
//! Elements of a set have no name, so two versions of one are recognised by the parts that both know. Every
//! lookup is by hash: pairing two sets costs time linear in their elements, for each way in which shapes are
//! incomplete (which is one way in practice).

use std::collections::HashMap;

use crate::values::Value;

/// Candidates, each of which is taken once.
pub(crate) struct Matcher {
    candidates: Vec<Value>,
    taken: Vec<bool>,
    /// By the unknown parts of the shapes: candidates with those parts hidden, latest first.
    indices: HashMap<Value, HashMap<Value, Vec<usize>>>,
}

impl Matcher {
    pub(crate) fn new(candidates: impl IntoIterator<Item = Value>) -> Self {
        let candidates: Vec<Value> = candidates.into_iter().collect();
        Self {
            taken: vec![false; candidates.len()],
            candidates,
            indices: HashMap::new(),
        }
    }

    /// The first free candidate that equals `shape` wherever `shape` is known.
    pub(crate) fn take(&mut self, shape: &Value) -> Option<usize> {
        let index = self.indices.entry(skeleton(shape)).or_insert_with(|| {
            let mut index: HashMap<Value, Vec<usize>> = HashMap::new();
            for (position, candidate) in self.candidates.iter().enumerate().rev() {
                index
                    .entry(hide(shape, candidate))
                    .or_default()
                    .push(position);
            }
            index
        });
        let positions = index.get_mut(shape)?;
        while let Some(position) = positions.pop() {
            if !std::mem::replace(&mut self.taken[position], true) {
                return Some(position);
            }
        }
        None
    }

    /// The candidates that nobody took.
    pub(crate) fn left(&self) -> impl Iterator<Item = usize> {
        self.taken
            .iter()
            .enumerate()
            .filter(|(_, taken)| !**taken)
            .map(|(position, _)| position)
    }
}

/// `value` with the parts hidden that are unknown in `shape`.
fn hide(shape: &Value, value: &Value) -> Value {
    match (shape, value) {
        (Value::Unknown, _) => Value::Unknown,
        (Value::Object(shapes), Value::Object(values)) => {
            let part = |(name, value): (&String, &Value)| {
                let hidden = shapes
                    .get(name)
                    .map_or_else(|| value.clone(), |shape| hide(shape, value));
                (name.clone(), hidden)
            };
            Value::Object(values.iter().map(part).collect())
        }
        (Value::Map(shapes), Value::Map(values)) => {
            let part = |(key, value): (&String, &Value)| {
                let hidden = shapes
                    .get(key)
                    .map_or_else(|| value.clone(), |shape| hide(shape, value));
                (key.clone(), hidden)
            };
            Value::Map(values.iter().map(part).collect())
        }
        (Value::List(shapes), Value::List(values)) if shapes.len() == values.len() => Value::List(
            shapes
                .iter()
                .zip(values)
                .map(|(shape, value)| hide(shape, value))
                .collect(),
        ),
        (_, value) => value.clone(),
    }
}

/// Which parts of a shape are unknown, and nothing else about it.
fn skeleton(shape: &Value) -> Value {
    match shape {
        Value::Unknown => Value::Unknown,
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, shape)| (name.clone(), skeleton(shape)))
                .collect(),
        ),
        Value::Map(elements) if !shape.is_wholly_known() => Value::Map(
            elements
                .iter()
                .map(|(key, shape)| (key.clone(), skeleton(shape)))
                .collect(),
        ),
        Value::List(elements) if !shape.is_wholly_known() => {
            Value::List(elements.iter().map(skeleton).collect())
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(name: &str, id: Value) -> Value {
        Value::object([("name", Value::from(name)), ("id", id)])
    }

    #[test]
    fn an_element_is_recognised_by_what_is_known_of_it() {
        let candidates = [
            element("a", Value::from("1")),
            element("b", Value::from("2")),
        ];
        let mut matcher = Matcher::new(candidates);
        assert_eq!(matcher.take(&element("b", Value::Unknown)), Some(1));
        assert_eq!(matcher.take(&element("b", Value::Unknown)), None);
        assert_eq!(matcher.take(&element("a", Value::from("9"))), None);
        assert_eq!(matcher.left().collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn twins_are_taken_one_after_the_other() {
        let mut matcher = Matcher::new([
            element("a", Value::from("1")),
            element("a", Value::from("2")),
        ]);
        assert_eq!(matcher.take(&element("a", Value::Unknown)), Some(0));
        assert_eq!(matcher.take(&element("a", Value::from("2"))), Some(1));
    }

    #[test]
    fn pairing_large_sets_is_quick() {
        let all = |id: &Value| {
            (0..20_000)
                .map(|n| element(&n.to_string(), id.clone()))
                .collect::<Vec<_>>()
        };
        let mut matcher = Matcher::new(all(&Value::from("x")));
        assert!(
            all(&Value::Unknown)
                .iter()
                .rev()
                .all(|shape| matcher.take(shape).is_some())
        );
        assert_eq!(matcher.left().count(), 0);
    }
}
