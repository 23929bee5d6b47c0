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
    let mut impose = Impose { diagnostics };
    impose.object(schema, config, actual, &Path::root())
}

struct Impose<'d> {
    diagnostics: &'d mut Diagnostics,
}

impl Impose<'_> {
    fn object(
        &mut self,
        schema: &ObjectSchema,
        config: &Value,
        actual: &Value,
        at: &Path,
    ) -> Value {
        object_of(schema.attributes, |attribute| {
            let config = field(Some(config), attribute.name);
            let actual = field(Some(actual), attribute.name);
            let at = at.clone().attribute(attribute.name);
            match attribute.kind() {
                _ if attribute.write_only => Value::Null,
                _ if config.is_null() => self.computed(attribute, actual, &at),
                AttrKind::Plain(_) => config.clone(),
                AttrKind::Nested(nesting, object) => {
                    self.nested(nesting, object, config, actual, &at)
                }
            }
        })
    }

    /// What the object answers where the user has set nothing.
    fn computed(&mut self, attribute: &Attribute, actual: &Value, at: &Path) -> Value {
        if !actual.is_null() && !attribute.is_computed() {
            self.diagnostics.push(not_computed(at));
            return Value::Null;
        }
        if let Some(path) = actual.find(|_, value| value.is_unknown()) {
            self.diagnostics.push(left_unknown(at.clone().join(&path)));
        }
        super::known(actual.clone())
    }

    fn nested(
        &mut self,
        nesting: Nesting,
        object: &ObjectSchema,
        config: &Value,
        actual: &Value,
        at: &Path,
    ) -> Value {
        let mut one = |config: &Value, actual: Option<&Value>, at: Path| match config {
            Value::Object(_) => self.object(object, config, actual.unwrap_or(&super::NULL), &at),
            other => other.clone(),
        };
        match (nesting, config) {
            (Nesting::Single, config) => one(config, Some(actual), at.clone()),
            (_, Value::List(elements)) => {
                let actual = actual.as_list().unwrap_or_default();
                let each =
                    |(index, config)| one(config, actual.get(index), at.clone().index(index));
                Value::List(elements.iter().enumerate().map(each).collect())
            }
            (_, Value::Map(elements)) => {
                let each = |(key, config): (&String, _)| {
                    (
                        key.clone(),
                        one(config, actual.get(key), at.clone().key(key)),
                    )
                };
                Value::Map(elements.iter().map(each).collect())
            }
            (_, other) => other.clone(),
        }
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
