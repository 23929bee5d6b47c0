//! Whether a value fits a type.
//!
//! The check costs time linear in the value, and names the first part that does not fit.

use super::{CodecError, Reason, Step, Type, Value};

/// Checks that a value fits a type: every part of the right kind, every attribute there.
///
/// # Errors
/// The first part that does not fit.
pub fn conform(value: &Value, ty: &Type) -> Result<(), CodecError> {
    match (value, ty) {
        (Value::Null | Value::Unknown, _)
        | (Value::Bool(_), Type::Bool)
        | (Value::String(_), Type::String)
        | (Value::Number(_), Type::Number) => Ok(()),
        (Value::Dynamic(inner), Type::Dynamic) => conform(&inner.1, &inner.0),
        (Value::List(elements), Type::List(element)) => in_order(elements, |_| element),
        (Value::Set(elements), Type::Set(element)) => in_order(elements.iter(), |_| element),
        (Value::Tuple(elements), Type::Tuple(types)) => {
            tuple_length(types, elements.len())?;
            in_order(elements, |index| &types[index])
        }
        (Value::Map(elements), Type::Map(element)) => {
            elements.iter().try_for_each(|(key, value)| {
                conform(value, element).map_err(|e| e.inside(Step::Key(key.clone())))
            })
        }
        (Value::Object(fields), Type::Object(object)) => {
            if let Some(extra) = fields
                .keys()
                .find(|name| !object.attributes.contains_key(*name))
            {
                return Err(Reason::UnexpectedAttribute(extra.clone()).into());
            }
            object.attributes.iter().try_for_each(|(name, ty)| {
                let value = fields
                    .get(name)
                    .ok_or_else(|| Reason::MissingAttribute(name.clone()))?;
                conform(value, ty).map_err(|e| e.inside(Step::Attribute(name.clone())))
            })
        }
        (value, ty) => Err(CodecError::mismatch(ty, value.kind())),
    }
}

fn in_order<'a>(
    elements: impl IntoIterator<Item = &'a Value>,
    ty: impl Fn(usize) -> &'a Type,
) -> Result<(), CodecError> {
    let mut elements = elements.into_iter().enumerate();
    elements.try_for_each(|(index, value)| {
        conform(value, ty(index)).map_err(|e| e.inside(Step::Index(index)))
    })
}

/// Checks the length of a tuple against its type.
pub(super) fn tuple_length(types: &[Type], found: usize) -> Result<(), CodecError> {
    if types.len() == found {
        return Ok(());
    }
    Err(Reason::TupleLength {
        wanted: types.len(),
        found,
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_names_the_path_and_both_types() {
        let ty = Type::object([("labels", Type::map(Type::list(Type::Number)))]);
        let value = Value::object([(
            "labels",
            Value::map([("a", Value::list([Value::from("hunter2")]))]),
        )]);
        let error = conform(&value, &ty).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"labels["a"][0]: number is required, but string was given"#
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn an_object_needs_exactly_the_attributes_of_its_type() {
        let ty = Type::object([("a", Type::Bool)]);
        let missing = conform(&Value::object::<String>([]), &ty).unwrap_err();
        assert!(matches!(missing.reason(), Reason::MissingAttribute(name) if name == "a"));
        let extra = Value::object([("a", Value::Null), ("b", Value::Null)]);
        let extra = conform(&extra, &ty).unwrap_err();
        assert!(matches!(extra.reason(), Reason::UnexpectedAttribute(name) if name == "b"));
    }

    #[test]
    fn null_and_unknown_fit_every_type() {
        for ty in [
            Type::Dynamic,
            Type::set(Type::Bool),
            Type::Tuple(vec![Type::String]),
        ] {
            conform(&Value::Null, &ty).unwrap();
            conform(&Value::Unknown, &ty).unwrap();
        }
    }
}
