//! What of a set element is compared to find it again.
//!
//! Elements have no name. Two versions of one are compared by meaning; what the provider fills in is unknown in the
//! version that the user wrote. A set inside an element has no positions to leave open either: there, what the
//! provider may set is left out on both sides.

use super::{field, object_of};
use crate::schema::walk::each;
use crate::schema::{AttrKind, Attribute, Nesting, ObjectSchema};
use crate::values::{Descend, Value};

/// An element as it is compared, wherever it comes from.
pub(super) fn comparable(object: &ObjectSchema, element: &Value) -> Value {
    compare(object, element, &|_, _| false)
}

/// An element of a configuration as it is compared: what the user leaves to the provider is unknown.
pub(super) fn set_by_user(object: &ObjectSchema, element: &Value) -> Value {
    compare(object, element, &|attribute, value| {
        value.is_null() && attribute.is_computed()
    })
}

fn compare(
    object: &ObjectSchema,
    element: &Value,
    open: &dyn Fn(&Attribute, &Value) -> bool,
) -> Value {
    if !matches!(element, Value::Object(_)) {
        return element.clone();
    }
    object_of(object.attributes, |attribute| {
        let value = field(Some(element), attribute.name);
        match attribute.kind() {
            _ if open(attribute, value) => Value::Unknown,
            AttrKind::Plain(_) => attribute.meaning(value),
            AttrKind::Nested(Nesting::Set, nested) => {
                each(value, &|element| without_computed(nested, element))
            }
            AttrKind::Nested(_, nested) => each(value, &|element| compare(nested, element, open)),
        }
    })
}

fn without_computed(object: &ObjectSchema, element: &Value) -> Value {
    if !matches!(element, Value::Object(_)) {
        return element.clone();
    }
    object_of(object.attributes, |attribute| {
        let value = field(Some(element), attribute.name);
        match attribute.kind() {
            _ if attribute.is_computed() => Value::Null,
            AttrKind::Plain(_) => attribute.meaning(value),
            AttrKind::Nested(_, nested) => {
                each(value, &|element| without_computed(nested, element))
            }
        }
    })
}

/// The elements in the order in which they are to be paired: one that leaves much open must not take the partner of
/// one that leaves little.
pub(super) fn most_known_first(mut elements: Vec<&Value>) -> Vec<&Value> {
    elements.sort_by_cached_key(|element| {
        let mut unknown = 0_usize;
        element.walk(|_, part| {
            unknown += usize::from(part.is_unknown());
            Descend::Into
        });
        unknown
    });
    elements
}
