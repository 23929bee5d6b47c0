//! A configuration from a state, for objects that were imported or found.

use super::{field, object_of};
use crate::schema::{AttrKind, Attribute, Mode, ObjectSchema, walk};
use crate::values::Value;

/// What a user would have to write to get this state.
///
/// Left out are values that only the provider sets, write-only and deprecated attributes, what equals its default, and
/// `timeouts`.
pub(crate) fn configuration(schema: &ObjectSchema, state: &Value) -> Value {
    let Value::Object(_) = state else {
        return state.clone();
    };
    object_of(schema.attributes, |attribute| {
        let own = !schema.timeouts.is_empty() && attribute.name == "timeouts";
        if own || left_out(attribute) {
            return Value::Null;
        }
        attribute_configuration(attribute, field(Some(state), attribute.name))
    })
}

fn left_out(attribute: &Attribute) -> bool {
    attribute.mode == Mode::Computed
        || attribute.write_only
        || attribute.deprecated.is_some() && attribute.mode != Mode::Required
}

fn attribute_configuration(attribute: &Attribute, value: &Value) -> Value {
    if attribute
        .default
        .is_some_and(|default| attribute.same_meaning(&default(), value))
    {
        return Value::Null;
    }
    let AttrKind::Nested(_, object) = attribute.kind() else {
        return value.clone();
    };
    walk::each(value, &|element| configuration(object, element))
}
