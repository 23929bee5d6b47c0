//! Rules about one value alone: a configuration, a state.

use super::schema::{CoreAttribute, CoreKind, CoreSchema};
use super::{Problem, part};
use crate::schema::Mode;
use crate::values::{CodecError, Path, Step, Value, conform};

/// What keeps a value from being a configuration of this schema: another type, a required attribute left out, an
/// attribute set that only the provider sets.
pub fn config_problems(schema: &CoreSchema, config: &Value) -> Vec<Problem> {
    let mut problems = type_problems(schema, config);
    if problems.is_empty() {
        each_attribute(
            schema,
            config,
            &mut Path::root(),
            &mut |attribute, value, path| match attribute.mode {
                Mode::Required if value.is_null() => {
                    problems.push(Problem::new(path, "is required, but not set"));
                }
                Mode::Computed if !value.is_null() => {
                    problems.push(Problem::new(path, "is set, but only the provider sets it"));
                }
                _ => {}
            },
        );
    }
    problems
}

/// Write-only attributes that a plan or state holds all the same.
pub fn write_only_problems(schema: &CoreSchema, value: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    each_attribute(
        schema,
        value,
        &mut Path::root(),
        &mut |attribute, value, path| {
            if attribute.write_only && !value.is_null() {
                problems.push(Problem::new(path, "is write-only, but not null"));
            }
        },
    );
    problems
}

/// Parts of a state that are unknown still.
pub fn unknown_problems(state: &Value) -> Vec<Problem> {
    let unknown = state.find(|_, part| part.is_unknown());
    unknown
        .iter()
        .map(|path| Problem::new(path, "must be known now"))
        .collect()
}

/// What keeps a value from being of the schema's type.
pub(super) fn type_problems(schema: &CoreSchema, value: &Value) -> Vec<Problem> {
    let problem = |error: CodecError| Problem::new(&error.path(), error.reason().to_string());
    conform(value, &schema.implied_type())
        .map_err(problem)
        .err()
        .into_iter()
        .collect()
}

/// Calls `visit` for each attribute of the object and of the objects nested in it, parents first.
fn each_attribute(
    schema: &CoreSchema,
    object: &Value,
    path: &mut Path,
    visit: &mut dyn FnMut(&CoreAttribute, &Value, &Path),
) {
    if object.is_null() || object.is_unknown() {
        return;
    }
    for (name, attribute) in &schema.attributes {
        let value = part(object, name);
        path.push(Step::Attribute(name.clone()));
        visit(attribute, value, path);
        if let CoreKind::Nested(_, object) = &attribute.kind {
            for (step, element) in objects(value) {
                let nested = step.is_some();
                path.extend(step);
                each_attribute(object, element, path, visit);
                if nested {
                    path.pop();
                }
            }
        }
        path.pop();
    }
}

/// The objects that a nested attribute holds, and the step to each.
pub(super) fn objects(value: &Value) -> Vec<(Option<Step>, &Value)> {
    match value {
        Value::Object(_) => vec![(None, value)],
        Value::List(elements) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| (Some(Step::Index(index)), element))
            .collect(),
        Value::Set(elements) => elements
            .iter()
            .map(|element| (Some(Step::Element(Box::new(element.clone()))), element))
            .collect(),
        Value::Map(elements) => elements
            .iter()
            .map(|(key, element)| (Some(Step::Key(key.clone())), element))
            .collect(),
        _ => Vec::new(),
    }
}
