//! The framework's rules of planning on their own, for property tests.
//!
//! They are what a resource of the framework goes through between core and its verbs, without a provider, a
//! session or a wire.

use crate::objects::{Diagnostics, rules};
use crate::schema::ObjectSchema;
use crate::values::{Path, Value};

/// The planned state of a change from `prior`, `None` for a new object, to `config`.
pub fn plan(schema: &ObjectSchema, config: &Value, prior: Option<&Value>) -> Value {
    rules::plan(schema, config, prior)
}

/// The paths whose planned change replaces the object.
pub fn replacements(schema: &ObjectSchema, prior: &Value, planned: &Value) -> Vec<Path> {
    rules::replacements(schema, prior, planned)
}

/// The new state after a verb has answered `actual`, and what the user is told about it.
pub fn settle(
    schema: &ObjectSchema,
    config: &Value,
    prior: Option<&Value>,
    planned: &Value,
    actual: &Value,
) -> (Value, Diagnostics) {
    let mut told = Diagnostics::new();
    let applied = rules::Applied {
        config,
        prior,
        planned,
        actual,
    };
    let state = rules::settle(schema, applied, &mut told);
    (state, told)
}

/// The state after a read has answered `actual`.
pub fn keep_spelling(schema: &ObjectSchema, prior: &Value, actual: &Value) -> Value {
    rules::keep_spelling(schema, prior, actual)
}
