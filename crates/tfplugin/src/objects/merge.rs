//! What a review has changed, carried over to the planned value.
//!
//! A model may hold less than its value (a `Vec<String>` cannot hold one unknown element), so the value is not
//! replaced by the model: only what differs between the model before and after is taken over.

use std::collections::BTreeMap;

use crate::values::Value;

/// `original` with everything in which `after` differs from `before`.
pub(crate) fn merge(original: Value, before: &Value, after: Value) -> Value {
    if *before == after {
        return original;
    }
    match (original, before, after) {
        (Value::Object(original), Value::Object(before), Value::Object(after)) => {
            Value::Object(merge_fields(original, before, after))
        }
        (Value::Map(original), Value::Map(before), Value::Map(after)) => {
            Value::Map(merge_fields(original, before, after))
        }
        (Value::List(original), Value::List(before), Value::List(after))
            if original.len() == before.len() && before.len() == after.len() =>
        {
            let parts = original.into_iter().zip(before).zip(after);
            Value::List(
                parts
                    .map(|((original, before), after)| merge(original, before, after))
                    .collect(),
            )
        }
        (_, _, after) => after,
    }
}

/// Field by field; what is new is taken, what is gone goes.
fn merge_fields(
    mut original: BTreeMap<String, Value>,
    before: &BTreeMap<String, Value>,
    after: BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    let part = |(name, after): (String, Value)| {
        let merged = match (original.remove(&name), before.get(&name)) {
            (Some(original), Some(before)) => merge(original, before, after),
            _ => after,
        };
        (name, merged)
    };
    after.into_iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_model_could_not_hold_survives_a_change_elsewhere() {
        let original = Value::object([
            ("ids", Value::list([Value::from("a"), Value::Unknown])),
            ("ready", Value::Null),
        ]);
        let before = Value::object([("ids", Value::Unknown), ("ready", Value::Null)]);
        let after = Value::object([("ids", Value::Unknown), ("ready", Value::Unknown)]);
        let expected = Value::object([
            ("ids", Value::list([Value::from("a"), Value::Unknown])),
            ("ready", Value::Unknown),
        ]);
        assert_eq!(merge(original, &before, after), expected);
    }

    #[test]
    fn a_list_of_another_length_is_taken_as_a_whole() {
        let one = Value::list([Value::from("a")]);
        let two = Value::list([Value::from("b"), Value::from("c")]);
        assert_eq!(merge(one.clone(), &one, two.clone()), two);
    }
}
