//! From an object's answer to the state that core accepts.
//!
//! Known planned values come back unchanged, in the planned spelling; unknown ones become known. Where an object
//! breaks its word, the message names the attribute and both values, instead of core's "inconsistent result".

use super::matcher::Matcher;
use super::read::{keep_in_attribute, keep_spelling, known};
use super::shape::{comparable, most_known_first, set_by_user};
use super::{field, object_of, present};
use crate::objects::{Diagnostic, Diagnostics};
use crate::schema::{AttrKind, Attribute, Nesting, ObjectSchema, walk};
use crate::values::{Path, Set, Value};

/// What surrounds an applied value.
#[derive(Clone, Copy)]
pub(crate) struct Applied<'a> {
    pub(crate) config: &'a Value,
    pub(crate) prior: Option<&'a Value>,
    pub(crate) planned: &'a Value,
    pub(crate) actual: &'a Value,
}

/// One value of an applied object and where it stands.
struct Settle<'d> {
    at: Path,
    /// Whether an attribute around it is sensitive.
    hidden: bool,
    diagnostics: &'d mut Diagnostics,
}

/// The new state.
///
/// A computed value that the plan carried over from the prior state stays as planned even where the remote object
/// has moved on: the next Read tells.
pub(crate) fn settle(
    schema: &ObjectSchema,
    applied: Applied<'_>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let mut settle = Settle {
        at: Path::root(),
        hidden: false,
        diagnostics,
    };
    settle.object(schema, applied)
}

impl Settle<'_> {
    fn object(&mut self, schema: &ObjectSchema, applied: Applied<'_>) -> Value {
        object_of(schema.attributes, |attribute| {
            let part = Applied {
                config: field(Some(applied.config), attribute.name),
                prior: applied
                    .prior
                    .map(|prior| field(Some(prior), attribute.name)),
                planned: field(Some(applied.planned), attribute.name),
                actual: field(Some(applied.actual), attribute.name),
            };
            self.inside(attribute, |settle| settle.attribute(attribute, part))
        })
    }

    fn inside(
        &mut self,
        attribute: &Attribute,
        work: impl FnOnce(&mut Settle<'_>) -> Value,
    ) -> Value {
        let mut inner = Settle {
            at: self.at.clone().attribute(attribute.name),
            hidden: self.hidden || attribute.sensitive,
            diagnostics: self.diagnostics,
        };
        work(&mut inner)
    }

    fn attribute(&mut self, attribute: &Attribute, part: Applied<'_>) -> Value {
        if attribute.write_only {
            return Value::Null;
        }
        if part.planned.is_unknown() {
            return self.filled_in(attribute, part);
        }
        let kept =
            attribute.is_computed() && part.config.is_null() && part.prior == Some(part.planned);
        if kept || walk::same_meaning(attribute, part.planned, part.actual) {
            return part.planned.clone();
        }
        match attribute.kind() {
            AttrKind::Nested(nesting, object) => self.nested(nesting, object, part),
            AttrKind::Plain(_) => self.plain(part),
        }
    }

    /// A value that the plan left open: whatever the object says, but known.
    fn filled_in(&mut self, attribute: &Attribute, part: Applied<'_>) -> Value {
        if let Some(path) = part.actual.find(|_, value| value.is_unknown()) {
            self.diagnostics
                .push(still_unknown(self.at.clone().join(&path)));
            return known(part.actual.clone());
        }
        let spelled = part
            .prior
            .map(|prior| keep_in_attribute(attribute, prior, part.actual));
        spelled.unwrap_or_else(|| part.actual.clone())
    }

    fn plain(&mut self, part: Applied<'_>) -> Value {
        if let Some(path) = part.actual.find(|_, value| value.is_unknown()) {
            self.diagnostics
                .push(still_unknown(self.at.clone().join(&path)));
            return known(part.actual.clone());
        }
        if !completes(part.planned, part.actual) {
            self.broken(part.planned, part.actual);
        }
        part.actual.clone()
    }

    fn nested(&mut self, nesting: Nesting, object: &ObjectSchema, part: Applied<'_>) -> Value {
        match (nesting, part.planned, part.actual) {
            (Nesting::Single, Value::Object(_), Value::Object(_)) => self.object(object, part),
            (_, Value::List(planned), Value::List(actual)) if planned.len() == actual.len() => {
                let each = (0..planned.len()).map(|index| {
                    self.element(
                        object,
                        part,
                        |value| value.as_list()?.get(index),
                        |at| at.index(index),
                    )
                });
                Value::List(each.collect())
            }
            (_, Value::Map(planned), Value::Map(actual)) if planned.keys().eq(actual.keys()) => {
                let each = planned.keys().map(|key| {
                    (
                        key.clone(),
                        self.element(object, part, |value| value.get(key), |at| at.key(key)),
                    )
                });
                Value::Map(each.collect())
            }
            (_, Value::Set(planned), Value::Set(actual)) => self.set(object, part, planned, actual),
            (_, planned, actual) => {
                self.broken(planned, actual);
                known(keep_spelling(object, planned, actual))
            }
        }
    }

    fn element(
        &mut self,
        object: &ObjectSchema,
        part: Applied<'_>,
        get: impl for<'v> Fn(&'v Value) -> Option<&'v Value>,
        step: impl FnOnce(Path) -> Path,
    ) -> Value {
        let element = Applied {
            config: get(part.config).unwrap_or(&super::NULL),
            prior: part.prior.and_then(&get).and_then(present),
            planned: get(part.planned).unwrap_or(&super::NULL),
            actual: get(part.actual).unwrap_or(&super::NULL),
        };
        let mut inner = Settle {
            at: step(self.at.clone()),
            hidden: self.hidden,
            diagnostics: self.diagnostics,
        };
        inner.object(object, element)
    }

    /// Elements are paired by what the plan knows of them, those that it knows most of first; and where the remote object
    /// has moved on meanwhile, by what the user has set in them.
    fn set(
        &mut self,
        object: &ObjectSchema,
        part: Applied<'_>,
        planned: &Set,
        actual: &Set,
    ) -> Value {
        let answers: Vec<&Value> = actual.iter().collect();
        let mut matcher = Matcher::new(answers.iter().map(|element| comparable(object, element)));
        let (mut pairs, mut moved) = (Vec::with_capacity(answers.len()), Vec::new());
        for element in origins(object, part, planned) {
            match matcher.take(&comparable(object, element.planned)) {
                Some(position) => pairs.push((element, position)),
                None => moved.push(element),
            }
        }
        let expected = pairs.len() + moved.len();
        for element in moved {
            if let Some(position) = matcher.take(&set_by_user(object, element.config)) {
                pairs.push((element, position));
            }
        }
        if pairs.len() < expected || matcher.left().next().is_some() {
            self.broken(part.planned, part.actual);
            return known(part.actual.clone());
        }
        let settled = pairs.into_iter().map(|(element, position)| {
            let actual = answers[position];
            self.object(object, Applied { actual, ..element })
        });
        Value::Set(settled.collect())
    }

    fn broken(&mut self, planned: &Value, actual: &Value) {
        let shown = |value: &Value| {
            if self.hidden {
                "(sensitive)".to_owned()
            } else {
                format!("{:?}", value.reveal())
            }
        };
        tracing::debug!(path = %self.at, "the object answered another value than was planned");
        self.diagnostics.push(
            Diagnostic::error("Result differs from the plan")
                .detail(format!("{} was planned as {}, but is {} after the apply.", self.at, shown(planned), shown(actual)))
                .remedy("The object exists and its real values are in the state. Plan again to see what is left to do; where this happens each time, it is a bug in the provider.")
                .at(self.at.clone()),
        );
    }
}

/// The elements of a planned set, each with what the user wrote and with what was there before.
fn origins<'a>(object: &ObjectSchema, part: Applied<'a>, planned: &'a Set) -> Vec<Applied<'a>> {
    let planned = most_known_first(planned.iter().collect());
    let mut elements: Vec<Applied<'a>> = planned
        .iter()
        .map(|planned| Applied {
            config: &super::NULL,
            prior: None,
            planned,
            actual: &super::NULL,
        })
        .collect();
    let mut by_plan = Matcher::new(planned.iter().map(|element| comparable(object, element)));
    let before: Vec<&Value> = part
        .prior
        .and_then(Value::as_set)
        .into_iter()
        .flat_map(Set::iter)
        .collect();
    let mut by_prior = Matcher::new(before.iter().map(|element| comparable(object, element)));
    for config in part.config.as_set().into_iter().flat_map(Set::iter) {
        let shape = set_by_user(object, config);
        if let Some(position) = by_plan.take(&shape) {
            let prior = by_prior.take(&shape).map(|position| before[position]);
            elements[position] = Applied {
                config,
                prior,
                ..elements[position]
            };
        }
    }
    elements
}

/// Whether `actual` says the same as `planned` wherever `planned` is known.
fn completes(planned: &Value, actual: &Value) -> bool {
    match (planned, actual) {
        (Value::Unknown, _) => true,
        (Value::List(planned), Value::List(actual))
        | (Value::Tuple(planned), Value::Tuple(actual)) => {
            planned.len() == actual.len()
                && planned.iter().zip(actual).all(|(p, a)| completes(p, a))
        }
        (Value::Map(planned), Value::Map(actual))
        | (Value::Object(planned), Value::Object(actual)) => {
            planned.len() == actual.len()
                && planned
                    .iter()
                    .all(|(key, p)| actual.get(key).is_some_and(|a| completes(p, a)))
        }
        (Value::Set(planned), Value::Set(actual)) => {
            // Unknown elements may turn out equal, so that the set gets smaller, never larger.
            actual.len() <= planned.len()
                && planned
                    .iter()
                    .filter(|p| p.is_wholly_known())
                    .all(|p| actual.contains(p))
        }
        (Value::Dynamic(planned), Value::Dynamic(actual)) => completes(&planned.1, &actual.1),
        (planned, actual) => planned == actual,
    }
}

fn still_unknown(at: Path) -> Diagnostic {
    Diagnostic::error("Value missing after apply")
        .detail(format!("The provider left {at} unknown. This is a bug in the provider; the state has null there."))
        .at(at)
}
