//! Which planned changes replace the object instead of updating it.

use super::field;
use crate::schema::{AttrKind, Nesting, ObjectSchema};
use crate::values::{Path, Value};

/// The paths of the attributes with `replace` whose value changes.
///
/// Inside a set, the path is that of the set: its elements have no path of their own on the wire.
pub(crate) fn replacements(schema: &ObjectSchema, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    walk(
        schema,
        Some(prior),
        Some(planned),
        &Path::root(),
        &mut paths,
    );
    paths
}

fn walk(
    schema: &ObjectSchema,
    prior: Option<&Value>,
    planned: Option<&Value>,
    at: &Path,
    paths: &mut Vec<Path>,
) {
    for attribute in schema.attributes {
        let (prior, planned) = (field(prior, attribute.name), field(planned, attribute.name));
        if prior == planned {
            continue;
        }
        let at = at.clone().attribute(attribute.name);
        if attribute.replace {
            paths.push(at);
        } else if let AttrKind::Nested(nesting, object) = attribute.kind() {
            walk_nested(nesting, object, prior, planned, &at, paths);
        }
    }
}

fn walk_nested(
    nesting: Nesting,
    object: &ObjectSchema,
    prior: &Value,
    planned: &Value,
    at: &Path,
    paths: &mut Vec<Path>,
) {
    let (old, new) = (
        prior.as_list().unwrap_or_default(),
        planned.as_list().unwrap_or_default(),
    );
    match nesting {
        Nesting::Single => walk(object, Some(prior), Some(planned), at, paths),
        Nesting::List => {
            for index in 0..old.len().max(new.len()) {
                let at = at.clone().index(index);
                walk(object, old.get(index), new.get(index), &at, paths);
            }
        }
        Nesting::Map => {
            let keys = [prior, planned]
                .into_iter()
                .filter_map(Value::as_map)
                .flatten()
                .map(|(key, _)| key);
            for key in keys.collect::<std::collections::BTreeSet<_>>() {
                walk(
                    object,
                    prior.get(key),
                    planned.get(key),
                    &at.clone().key(key),
                    paths,
                );
            }
        }
        Nesting::Set if has_replace(object) => paths.push(at.clone()),
        Nesting::Set => {}
    }
}

fn has_replace(object: &ObjectSchema) -> bool {
    object
        .attributes
        .iter()
        .any(|attribute| match attribute.kind() {
            AttrKind::Nested(_, nested) => attribute.replace || has_replace(nested),
            AttrKind::Plain(_) => attribute.replace,
        })
}
