//! What a review may do to a plan, and what it may not.

use super::field;
use crate::objects::{Diagnostic, Diagnostics};
use crate::schema::{AttrKind, Nesting, ObjectSchema, walk};
use crate::values::{Path, Value};

/// A plan before and after a review.
#[derive(Clone, Copy)]
pub(crate) struct Reviewed<'a> {
    pub(crate) config: &'a Value,
    pub(crate) prior: Option<&'a Value>,
    pub(crate) before: &'a Value,
    pub(crate) after: &'a Value,
}

/// Reports each change of a review to an attribute that is not its to change.
///
/// It may change what is computed and not set by the user, and may put back what the prior state says.
pub(crate) fn reviewed(schema: &ObjectSchema, plan: Reviewed<'_>, diagnostics: &mut Diagnostics) {
    check(schema, plan, &Path::root(), diagnostics);
}

fn check(schema: &ObjectSchema, plan: Reviewed<'_>, at: &Path, diagnostics: &mut Diagnostics) {
    for attribute in schema.attributes {
        let part = Reviewed {
            config: field(Some(plan.config), attribute.name),
            prior: plan.prior.map(|prior| field(Some(prior), attribute.name)),
            before: field(Some(plan.before), attribute.name),
            after: field(Some(plan.after), attribute.name),
        };
        let free = attribute.is_computed() && part.config.is_null();
        if part.before == part.after
            || free && !attribute.write_only
            || part.prior == Some(part.after)
        {
            continue;
        }
        let at = at.clone().attribute(attribute.name);
        match attribute.kind() {
            AttrKind::Nested(nesting, object) if same_shape(part.before, part.after) => {
                check_nested(nesting, object, part, &at, diagnostics);
            }
            _ => diagnostics.push(not_yours(at)),
        }
    }
}

fn check_nested(
    nesting: Nesting,
    object: &ObjectSchema,
    part: Reviewed<'_>,
    at: &Path,
    diagnostics: &mut Diagnostics,
) {
    if nesting == Nesting::Set {
        // Elements of a set cannot be told apart; core trusts the provider here, and so do we.
        return;
    }
    let prior = part
        .prior
        .map(|prior| walk::elements(nesting, prior, at))
        .unwrap_or_default();
    let config = walk::elements(nesting, part.config, at);
    let before = walk::elements(nesting, part.before, at);
    let after = walk::elements(nesting, part.after, at);
    for (((at, before), (_, after)), (_, config)) in before.iter().zip(&after).zip(&config) {
        let prior = prior
            .iter()
            .find(|(place, _)| place == at)
            .map(|(_, prior)| *prior);
        check(
            object,
            Reviewed {
                config,
                prior,
                before,
                after,
            },
            at,
            diagnostics,
        );
    }
}

fn same_shape(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(_), Value::Object(_)) => true,
        (Value::List(before), Value::List(after)) => before.len() == after.len(),
        (Value::Set(before), Value::Set(after)) => before.len() == after.len(),
        (Value::Map(before), Value::Map(after)) => before.keys().eq(after.keys()),
        _ => false,
    }
}

fn not_yours(at: Path) -> Diagnostic {
    Diagnostic::error("Plan changed against the configuration")
        .detail(format!(
            "The provider's review changed {at}, which only the configuration sets. This is a bug in the provider."
        ))
        .at(at)
}

/// Whether two states differ in nothing but `timeouts`.
pub(crate) fn only_timeouts(prior: &Value, planned: &Value) -> bool {
    let without = |value: &Value| {
        let mut value = value.clone();
        if let Value::Object(fields) = &mut value {
            fields.remove("timeouts");
        }
        value
    };
    prior == planned || without(prior) == without(planned)
}
