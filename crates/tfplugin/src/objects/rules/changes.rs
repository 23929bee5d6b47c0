//! Where a plan differs from the state before: for the log, since core hides it for sensitive attributes.

use crate::values::{Descend, Path, Value};

/// The paths of the smallest parts of `planned` that are not the same in `prior`. Never a value.
pub(crate) fn changes(prior: &Value, planned: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    planned.walk(|path, value| {
        let before = prior.at(path);
        if before == Some(value) {
            return Descend::Past;
        }
        let has_parts = matches!(value, Value::Object(_) | Value::Map(_) | Value::List(_));
        if has_parts && before.is_some_and(|before| before.kind() == value.kind()) {
            return Descend::Into;
        }
        paths.push(path.clone());
        Descend::Past
    });
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_part_that_changes_is_named() {
        let value = |serial: &str, tags: Vec<Value>| {
            Value::object([
                ("name", Value::from("a")),
                (
                    "sensor",
                    Value::object([("model", "m".into()), ("serial", serial.into())]),
                ),
                ("tags", Value::list(tags)),
            ])
        };
        let paths = changes(
            &value("1", vec!["x".into()]),
            &value("2", vec!["x".into(), "y".into()]),
        );
        let shown: Vec<String> = paths.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["sensor.serial", "tags[1]"]);
    }
}
