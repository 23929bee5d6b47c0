//! Random types.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use tfplugin::Type;

/// A type, dynamic parts included.
pub(crate) fn any_type() -> impl Strategy<Value = Type> {
    compound(prop_oneof![4 => primitive(), 1 => Just(Type::Dynamic)].boxed())
}

/// A type whose values carry no types of their own.
pub(crate) fn static_type() -> impl Strategy<Value = Type> {
    compound(primitive().boxed())
}

fn primitive() -> impl Strategy<Value = Type> {
    prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool)]
}

fn compound(leaf: BoxedStrategy<Type>) -> impl Strategy<Value = Type> {
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            btree_map("[a-e]", inner, 0..4).prop_map(Type::object),
        ]
    })
}
