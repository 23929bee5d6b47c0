//! Walking over a value with paths.
//!
//! Paths are built only as deep as the walk stands, and each value is visited once, parents before children.

use std::ops::ControlFlow;

use super::{Path, Step, Value};

/// What to do below a visited value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descend {
    /// Visit its parts too.
    Into,
    /// Leave its parts out.
    Past,
}

impl Value {
    /// The part at `path`; none where a step leads nowhere or through null or unknown.
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.steps()
            .iter()
            .try_fold(self, |value, step| value.step(step))
    }

    fn step(&self, step: &Step) -> Option<&Value> {
        match (self, step) {
            (Self::Dynamic(inner), step) => inner.1.step(step),
            (Self::Object(fields), Step::Attribute(name)) => fields.get(name),
            (Self::Map(elements), Step::Key(key)) => elements.get(key),
            (Self::List(elements) | Self::Tuple(elements), Step::Index(index)) => {
                elements.get(*index)
            }
            (Self::Set(elements), Step::Element(element)) => elements.get(element),
            _ => None,
        }
    }

    /// Calls `visit` for the value and for each of its parts, parents first.
    pub fn walk(&self, mut visit: impl FnMut(&Path, &Value) -> Descend) {
        let never_stops =
            &mut |path: &Path, value: &Value| ControlFlow::<(), _>::Continue(visit(path, value));
        let _ = walk(self, &mut Path::root(), never_stops);
    }

    /// The path of the first part that `wanted` holds for, parents first.
    pub fn find(&self, mut wanted: impl FnMut(&Path, &Value) -> bool) -> Option<Path> {
        let visit = &mut |path: &Path, value: &Value| {
            if wanted(path, value) {
                ControlFlow::Break(path.clone())
            } else {
                ControlFlow::Continue(Descend::Into)
            }
        };
        walk(self, &mut Path::root(), visit).break_value()
    }

    /// Rebuilds the value: `change` sees each part after the parts inside it have been changed.
    #[must_use]
    pub fn transform(self, mut change: impl FnMut(&Path, Value) -> Value) -> Value {
        transform(self, &mut Path::root(), &mut change)
    }
}

fn walk<B>(
    value: &Value,
    path: &mut Path,
    visit: &mut impl FnMut(&Path, &Value) -> ControlFlow<B, Descend>,
) -> ControlFlow<B> {
    if visit(path, value)? == Descend::Past {
        return ControlFlow::Continue(());
    }
    let mut below = |step: Step, part: &Value| {
        path.push(step);
        let flow = walk(part, path, visit);
        path.pop();
        flow
    };
    match value {
        Value::List(elements) | Value::Tuple(elements) => elements
            .iter()
            .enumerate()
            .try_for_each(|(index, part)| below(Step::Index(index), part)),
        Value::Set(elements) => elements
            .iter()
            .try_for_each(|part| below(Step::Element(Box::new(part.clone())), part)),
        Value::Map(elements) => elements
            .iter()
            .try_for_each(|(key, part)| below(Step::Key(key.clone()), part)),
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(name, part)| below(Step::Attribute(name.clone()), part)),
        Value::Dynamic(inner) => walk(&inner.1, path, visit),
        Value::Null | Value::Unknown | Value::Bool(_) | Value::String(_) | Value::Number(_) => {
            ControlFlow::Continue(())
        }
    }
}

fn transform(
    value: Value,
    path: &mut Path,
    change: &mut impl FnMut(&Path, Value) -> Value,
) -> Value {
    let mut below = |step: Step, part: Value| {
        path.push(step);
        let part = transform(part, path, change);
        path.pop();
        part
    };
    let mut in_order = |parts: Vec<Value>| -> Vec<Value> {
        parts
            .into_iter()
            .enumerate()
            .map(|(index, part)| below(Step::Index(index), part))
            .collect()
    };
    let rebuilt = match value {
        Value::List(elements) => Value::List(in_order(elements)),
        Value::Tuple(elements) => Value::Tuple(in_order(elements)),
        Value::Set(elements) => Value::set(
            elements
                .into_iter()
                .map(|part| below(Step::Element(Box::new(part.clone())), part)),
        ),
        Value::Map(elements) => Value::map(elements.into_iter().map(|(key, part)| {
            let part = below(Step::Key(key.clone()), part);
            (key, part)
        })),
        Value::Object(fields) => Value::object(fields.into_iter().map(|(name, part)| {
            let part = below(Step::Attribute(name.clone()), part);
            (name, part)
        })),
        Value::Dynamic(inner) => Value::dynamic(inner.0, transform(inner.1, path, change)),
        leaf => leaf,
    };
    change(path, rebuilt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        Value::object([
            ("ids", Value::list([Value::from("a"), Value::Unknown])),
            ("labels", Value::map([("k", Value::from("v"))])),
            ("tags", Value::set([Value::from("t")])),
        ])
    }

    #[test]
    fn every_part_is_visited_under_the_path_that_finds_it() {
        let value = sample();
        let mut paths = Vec::new();
        value.walk(|path, part| {
            assert_eq!(value.at(path), Some(part));
            paths.push(path.to_string());
            Descend::Into
        });
        assert_eq!(
            paths,
            [
                "",
                "ids",
                "ids[0]",
                "ids[1]",
                "labels",
                r#"labels["k"]"#,
                "tags",
                "tags[...]"
            ]
        );
    }

    #[test]
    fn what_is_passed_is_not_entered() {
        let mut visited = 0;
        sample().walk(|path, _| {
            visited += 1;
            if path.is_root() {
                Descend::Into
            } else {
                Descend::Past
            }
        });
        assert_eq!(visited, 4);
    }

    #[test]
    fn the_first_unknown_part_is_found() {
        let path = sample().find(|_, part| part.is_unknown()).unwrap();
        assert_eq!(path, Path::of("ids").index(1));
        assert_eq!(sample().find(|_, part| part.as_bool().is_some()), None);
    }

    #[test]
    fn a_transformation_reaches_every_depth() {
        let known = sample().transform(|_, part| {
            if part.is_unknown() {
                Value::from("b")
            } else {
                part
            }
        });
        assert!(known.is_wholly_known());
        assert_eq!(known.at(&Path::of("ids").index(1)), Some(&Value::from("b")));
    }

    #[test]
    fn a_step_through_nothing_leads_nowhere() {
        assert_eq!(sample().at(&Path::of("ids").index(1).attribute("x")), None);
        assert_eq!(sample().at(&Path::of("ids").key("0")), None);
    }
}
