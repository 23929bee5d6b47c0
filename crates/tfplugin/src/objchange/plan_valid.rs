//! Whether a plan respects the configuration.
//!
//! Where the configuration is not null, the plan is the configuration, or the prior state where both mean the same.
//! Only computed attributes that the configuration leaves null may be invented. Elements of a nested set cannot be
//! told apart by name, so only their number is checked.

use super::config::type_problems;
use super::schema::{CoreAttribute, CoreKind, CoreSchema};
use super::{Problem, part};
use crate::schema::Nesting;
use crate::values::{Path, Set, Step, Value};

/// What core finds wrong with the plan from `prior` to `config`; empty for a valid plan.
pub fn plan_problems(
    schema: &CoreSchema,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Vec<Problem> {
    let mut judge = Judge {
        path: Path::root(),
        problems: type_problems(schema, planned),
    };
    if judge.problems.is_empty() && judge.present(config, planned) {
        judge.attributes(
            schema,
            &Change {
                prior,
                config,
                planned,
            },
        );
    }
    judge.problems
}

/// The three values of one place.
struct Change<'v> {
    prior: &'v Value,
    config: &'v Value,
    planned: &'v Value,
}

impl Change<'_> {
    fn part(&self, name: &str) -> Self {
        Self {
            prior: part(self.prior, name),
            config: part(self.config, name),
            planned: part(self.planned, name),
        }
    }
}

struct Judge {
    path: Path,
    problems: Vec<Problem>,
}

impl Judge {
    fn report(&mut self, message: impl Into<String>) {
        self.problems.push(Problem::new(&self.path, message));
    }

    /// Reports a plan that is there without the configuration or the other way round; whether both are there.
    fn present(&mut self, config: &Value, planned: &Value) -> bool {
        match (config.is_null(), planned.is_null()) {
            (false, true) => self.report("is configured, but planned to be absent"),
            (true, false) => self.report("is not configured, but planned to be present"),
            (true, true) => {}
            (false, false) => return true,
        }
        false
    }

    fn attributes(&mut self, schema: &CoreSchema, change: &Change<'_>) {
        for (name, attribute) in &schema.attributes {
            self.inside(Step::Attribute(name.clone()), |judge| {
                judge.attribute(attribute, &change.part(name));
            });
        }
    }

    fn inside(&mut self, step: Step, judge: impl FnOnce(&mut Self)) {
        self.path.push(step);
        judge(self);
        self.path.pop();
    }

    fn attribute(&mut self, attribute: &CoreAttribute, change: &Change<'_>) {
        let Change {
            prior,
            config,
            planned,
        } = *change;
        let keeps_prior = planned == prior && !prior.is_null() && !config.is_null();
        if planned == config || keeps_prior {
            return;
        }
        if attribute.write_only {
            if !planned.is_null() {
                self.report("is write-only, but its plan is not null");
            }
            return;
        }
        let invented = attribute.is_computed() && (config.is_null() || !attribute.is_optional());
        match &attribute.kind {
            _ if invented => {}
            _ if config.is_null() => {
                self.report("is not computed, but planned without a configuration");
            }
            CoreKind::Nested(nesting, schema) => self.nested(*nesting, schema, change),
            CoreKind::Plain(_) if prior.is_null() => {
                self.report("the plan is not the configuration");
            }
            CoreKind::Plain(_) => {
                self.report("the plan is neither the configuration nor the prior state");
            }
        }
    }

    fn nested(&mut self, nesting: Nesting, schema: &CoreSchema, change: &Change<'_>) {
        let Change {
            prior,
            config,
            planned,
        } = *change;
        if !self.present(config, planned) {
            return;
        }
        if planned.is_unknown() {
            return self.report("is configured, but planned to be unknown");
        }
        match (nesting, config, planned) {
            (Nesting::Single, ..) => self.attributes(schema, change),
            // The number of elements in an unknown set is not known either; that of a list or map is taken to differ.
            (Nesting::Set, Value::Unknown, _) => {}
            (_, Value::Unknown, _) => {
                self.report("the configuration is unknown, but the plan is not");
            }
            (Nesting::List, Value::List(config), Value::List(planned)) => {
                let prior = prior.as_list().unwrap_or_default();
                self.list(schema, prior, config, planned);
            }
            (Nesting::Map, config, planned) => self.map(schema, prior, config, planned),
            (Nesting::Set, Value::Set(config), Value::Set(planned)) => self.set(config, planned),
            _ => {}
        }
    }

    fn list(&mut self, schema: &CoreSchema, prior: &[Value], config: &[Value], planned: &[Value]) {
        if config.len() != planned.len() {
            return self.report(count(config.len(), planned.len()));
        }
        for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
            let prior = prior.get(index).unwrap_or(&Value::Null);
            self.inside(Step::Index(index), |judge| {
                judge.attributes(
                    schema,
                    &Change {
                        prior,
                        config,
                        planned,
                    },
                );
            });
        }
    }

    fn map(&mut self, schema: &CoreSchema, prior: &Value, config: &Value, planned: &Value) {
        let (Some(configs), Some(plans)) = (config.as_map(), planned.as_map()) else {
            return;
        };
        if configs.len() != plans.len() {
            return self.report(count(configs.len(), plans.len()));
        }
        for (key, planned) in plans {
            self.inside(Step::Key(key.clone()), |judge| match configs.get(key) {
                Some(config) => judge.attributes(
                    schema,
                    &Change {
                        prior: part(prior, key),
                        config,
                        planned,
                    },
                ),
                None => judge.report("is planned, but not configured"),
            });
        }
    }

    fn set(&mut self, config: &Set, planned: &Set) {
        let (fewest, most) = lengths(planned);
        let (config_fewest, config_most) = lengths(config);
        if config_most < fewest || config_fewest > most {
            self.report(count(config.len(), planned.len()));
        }
    }
}

fn count(config: usize, planned: usize) -> String {
    format!("{config} elements are configured, but {planned} are planned")
}

/// Fewest and most elements of a set: elements with unknown parts may turn out equal to others.
fn lengths(set: &Set) -> (usize, usize) {
    let certain = set.len() <= 1 || set.iter().all(Value::is_wholly_known);
    (if certain { set.len() } else { 1 }, set.len())
}
