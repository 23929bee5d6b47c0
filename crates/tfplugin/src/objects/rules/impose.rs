//! What the user has set comes back as written: data sources and ephemeral resources.

use super::{field, object_of};
use crate::objects::{Diagnostic, Diagnostics};
use crate::schema::{AttrKind, Attribute, Nesting, ObjectSchema};
use crate::values::{Path, Value};

/// `actual` with the configuration in its place.
///
/// What an object answers for an attribute that only the user sets is reported: it would be dropped.
pub(crate) fn impose(
    schema: &ObjectSchema,
    config: &Value,
    actual: &Value,
    diagnostics: &mut Diagnostics,
) -> Value {
    impose_object(schema, config, actual, &Path::root(), diagnostics)
}

fn impose_object(
    schema: &ObjectSchema,
    config: &Value,
    actual: &Value,
    at: &Path,
    diagnostics: &mut Diagnostics,
) -> Value {
    object_of(schema.attributes, |attribute| {
        let (config, actual) = (
            field(Some(config), attribute.name),
            field(Some(actual), attribute.name),
        );
        let at = at.clone().attribute(attribute.name);
        impose_attribute(attribute, config, actual, &at, diagnostics)
    })
}

fn impose_attribute(
    attribute: &Attribute,
    config: &Value,
    actual: &Value,
    at: &Path,
    diagnostics: &mut Diagnostics,
) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    if config.is_null() {
        if !actual.is_null() && !attribute.is_computed() {
            diagnostics.push(not_computed(at));
            return Value::Null;
        }
        if let Some(path) = actual.find(|_, value| value.is_unknown()) {
            diagnostics.push(left_unknown(at.clone().join(&path)));
        }
        return super::known(actual.clone());
    }
    let AttrKind::Nested(nesting, object) = attribute.kind() else {
        return config.clone();
    };
    let mut one = |config: &Value, actual: Option<&Value>, at: Path| match config {
        Value::Object(_) => impose_object(
            object,
            config,
            actual.unwrap_or(&super::NULL),
            &at,
            diagnostics,
        ),
        other => other.clone(),
    };
    match (nesting, config) {
        (Nesting::Single, config) => one(config, Some(actual), at.clone()),
        (_, Value::List(elements)) => {
            let actual = actual.as_list().unwrap_or_default();
            let each = elements.iter().enumerate();
            Value::List(
                each.map(|(index, config)| one(config, actual.get(index), at.clone().index(index)))
                    .collect(),
            )
        }
        (_, Value::Map(elements)) => {
            let each = elements.iter();
            Value::Map(
                each.map(|(key, config)| {
                    (
                        key.clone(),
                        one(config, actual.get(key), at.clone().key(key)),
                    )
                })
                .collect(),
            )
        }
        (_, other) => other.clone(),
    }
}

fn not_computed(at: &Path) -> Diagnostic {
    Diagnostic::error("Value for an attribute that only the user sets")
        .detail(format!("The provider answered a value for {at}, which is not computed. This is a bug in the provider."))
        .at(at.clone())
}

fn left_unknown(at: Path) -> Diagnostic {
    Diagnostic::error("Value missing")
        .detail(format!(
            "The provider left {at} unknown. This is a bug in the provider."
        ))
        .at(at)
}
