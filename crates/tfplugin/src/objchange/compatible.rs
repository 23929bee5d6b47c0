//! Whether what came of a plan is what was planned.
//!
//! Every known part of the plan comes back unchanged; an unknown part may become anything of its type. The elements
//! of a set are matched by hash where they are known, and pairwise only where they hold unknowns.

use super::config::type_problems;
use super::schema::CoreSchema;
use super::{Problem, part};
use crate::values::{Path, Set, Step, Type, Value};

/// What core finds wrong with a new state, or a second plan, after this plan; empty where the plan was kept.
pub fn change_problems(schema: &CoreSchema, planned: &Value, actual: &Value) -> Vec<Problem> {
    let mut judge = Judge {
        path: Path::root(),
        problems: type_problems(schema, actual),
    };
    if judge.problems.is_empty() && judge.present(planned, actual) {
        for (name, attribute) in &schema.attributes {
            let (planned, actual) = (part(planned, name), part(actual, name));
            let before = judge.problems.len();
            judge.inside(Step::Attribute(name.clone()), |judge| {
                judge.value(&attribute.kind.implied_type(), planned, actual);
                if attribute.sensitive && judge.problems.len() > before {
                    judge.problems.truncate(before);
                    judge.report("the sensitive value changed");
                }
            });
        }
    }
    judge.problems
}

struct Judge {
    path: Path,
    problems: Vec<Problem>,
}

impl Judge {
    fn report(&mut self, message: impl Into<String>) {
        self.problems.push(Problem::new(&self.path, message));
    }

    fn inside(&mut self, step: Step, judge: impl FnOnce(&mut Self)) {
        self.path.push(step);
        judge(self);
        self.path.pop();
    }

    /// Reports what vanished or appeared; whether both are there.
    fn present(&mut self, planned: &Value, actual: &Value) -> bool {
        match (planned.is_null(), actual.is_null()) {
            (false, true) => self.report(format!("was {}, but is null now", planned.kind())),
            (true, false) => self.report(format!("was null, but is {} now", actual.kind())),
            (true, true) => {}
            (false, false) => return true,
        }
        false
    }

    fn value(&mut self, ty: &Type, planned: &Value, actual: &Value) {
        if let (Type::Dynamic, Value::Null) | (_, Value::Unknown) = (ty, planned) {
            return;
        }
        if *ty == Type::Dynamic {
            return self.dynamic(planned, actual);
        }
        if !self.present(planned, actual) {
            return;
        }
        if actual.is_unknown() {
            return self.report("was known, but is unknown now");
        }
        match (ty, planned, actual) {
            (Type::List(element), Value::List(planned), Value::List(actual)) => {
                self.in_order(|_| Some(element), planned, actual);
            }
            (Type::Tuple(types), Value::Tuple(planned), Value::Tuple(actual)) => {
                self.in_order(|index| types.get(index), planned, actual);
            }
            (Type::Map(_) | Type::Object(_), planned, actual) => self.keyed(ty, planned, actual),
            (Type::Set(element), Value::Set(planned), Value::Set(actual)) => {
                self.set(element, planned, actual);
            }
            (_, planned, actual) if planned == actual => {}
            _ => self.report(format!("the planned {} has changed", planned.kind())),
        }
    }

    /// The type that was planned is kept as well as the value.
    fn dynamic(&mut self, planned: &Value, actual: &Value) {
        match (planned, actual) {
            (Value::Dynamic(planned), Value::Dynamic(actual))
                if conforms(&actual.0, &planned.0) =>
            {
                self.value(&planned.0, &planned.1, &actual.1);
            }
            _ => self.report("the type of the dynamic value changed"),
        }
    }

    fn in_order<'t>(
        &mut self,
        ty: impl Fn(usize) -> Option<&'t Type>,
        planned: &[Value],
        actual: &[Value],
    ) {
        if planned.len() != actual.len() {
            self.report(format!(
                "{} elements were planned, but {} came",
                planned.len(),
                actual.len()
            ));
        }
        for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
            let Some(ty) = ty(index) else { return };
            self.inside(Step::Index(index), |judge| judge.value(ty, planned, actual));
        }
    }

    fn keyed(&mut self, ty: &Type, planned: &Value, actual: &Value) {
        let (Some(plans), Some(actuals)) = (planned.as_map(), actual.as_map()) else {
            return;
        };
        for (key, planned) in plans {
            let (ty, step) = match ty {
                Type::Map(element) => (Some(&**element), Step::Key(key.clone())),
                Type::Object(object) => (object.attributes.get(key), Step::Attribute(key.clone())),
                _ => return,
            };
            self.inside(step, |judge| match (ty, actuals.get(key)) {
                (Some(ty), Some(actual)) => judge.value(ty, planned, actual),
                _ => judge.report("has vanished"),
            });
        }
        for key in actuals.keys().filter(|key| !plans.contains_key(*key)) {
            self.inside(Step::Key(key.clone()), |judge| judge.report("has appeared"));
        }
    }

    fn set(&mut self, element: &Type, planned: &Set, actual: &Set) {
        let fits = |planned: &Value, actual: &Value| {
            let mut judge = Judge {
                path: Path::root(),
                problems: Vec::new(),
            };
            judge.value(element, planned, actual);
            judge.problems.is_empty()
        };
        // What is known fits nothing but itself; a dynamic null may become anything, like an unknown.
        let settled = |planned: &Value| planned.is_wholly_known() && !element.has_dynamic();
        let open: Vec<&Value> = planned.iter().filter(|element| !settled(element)).collect();
        for planned in planned.iter().filter(|planned| !actual.contains(planned)) {
            if settled(planned) || !actual.iter().any(|actual| fits(planned, actual)) {
                self.report("a planned element came back in no form");
            }
        }
        for actual in actual.iter().filter(|actual| !planned.contains(actual)) {
            if !open.iter().any(|planned| fits(planned, actual)) {
                self.report("an element came that was not planned");
            }
        }
        // Elements may turn out equal and become one, but never more.
        if planned.len() < actual.len() {
            self.report(format!(
                "{} elements were planned, but {} came",
                planned.len(),
                actual.len()
            ));
        }
    }
}

/// Whether a type is another, where dynamic stands for any.
fn conforms(given: &Type, wanted: &Type) -> bool {
    match (given, wanted) {
        (_, Type::Dynamic) => true,
        (Type::List(given), Type::List(wanted))
        | (Type::Set(given), Type::Set(wanted))
        | (Type::Map(given), Type::Map(wanted)) => conforms(given, wanted),
        (Type::Tuple(given), Type::Tuple(wanted)) => {
            given.len() == wanted.len()
                && given
                    .iter()
                    .zip(wanted)
                    .all(|(given, wanted)| conforms(given, wanted))
        }
        (Type::Object(given), Type::Object(wanted)) => {
            let (given, wanted) = (&given.attributes, &wanted.attributes);
            given.keys().eq(wanted.keys())
                && given
                    .values()
                    .zip(wanted.values())
                    .all(|(g, w)| conforms(g, w))
        }
        (given, wanted) => given == wanted,
    }
}
