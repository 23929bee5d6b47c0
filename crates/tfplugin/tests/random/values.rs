//! Random values of a type.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use tfplugin::values::{Number, Type, Value};

use super::types::static_type;

/// A value of the type; parts of it are null, and unknown too where `unknowns` says so.
pub(crate) fn value_of(ty: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let holes = prop_oneof![
        Just(Value::Null),
        Just(if unknowns {
            Value::Unknown
        } else {
            Value::Null
        })
    ];
    prop_oneof![6 => known(ty, unknowns), 1 => holes].boxed()
}

fn known(ty: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let elements = |ty: &Type| vec(value_of(ty, unknowns), 0..5);
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::String => text().prop_map(Value::from).boxed(),
        Type::Number => number().prop_map(Value::from).boxed(),
        Type::List(element) => elements(element).prop_map(Value::List).boxed(),
        Type::Set(element) => elements(element).prop_map(Value::set).boxed(),
        Type::Map(element) => btree_map(text(), value_of(element, unknowns), 0..5)
            .prop_map(Value::Map)
            .boxed(),
        Type::Tuple(types) => {
            let elements: Vec<_> = types.iter().map(|ty| value_of(ty, unknowns)).collect();
            elements.prop_map(Value::Tuple).boxed()
        }
        Type::Object(object) => {
            let fields = object
                .attributes
                .iter()
                .map(|(name, ty)| (Just(name.clone()), value_of(ty, unknowns)));
            fields.collect::<Vec<_>>().prop_map(Value::object).boxed()
        }
        Type::Dynamic => {
            let pair = move |ty: Type| {
                value_of(&ty, unknowns).prop_map(move |value| Value::dynamic(ty.clone(), value))
            };
            static_type().prop_flat_map(pair).boxed()
        }
    }
}

/// Text as people and programs write it, escapes and other scripts included.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,2}", "\\PC{0,40}", any::<String>()]
}

/// Integers of every width, big integers and decimals.
pub(crate) fn number() -> impl Strategy<Value = Number> {
    let parsed = |text: String| text.parse::<Number>().expect("the pattern is a number");
    prop_oneof![
        (-200_i64..200).prop_map(Number::from),
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        "-?[0-9]{1,40}".prop_map(parsed),
        "-?[0-9]{1,20}\\.[0-9]{1,30}".prop_map(parsed),
        "-?[0-9]{1,3}e-?[0-9]{1,2}".prop_map(parsed),
        proptest::num::f64::NORMAL
            .prop_map(|float| Number::from_f64(float).expect("normal floats are finite")),
    ]
}
