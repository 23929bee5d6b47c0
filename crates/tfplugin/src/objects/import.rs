//! Import by id: the values of the identity attributes, joined with `/`.

use super::{Diagnostic, Diagnostics};
use crate::schema::{Object, ObjectSchema};
use crate::values::{Number, Type, Value};

/// A state in which only the identity is set.
///
/// # Errors
/// The id has the wrong number of parts; the message shows the right form.
pub(crate) fn by_id<M: Object>(id: &str) -> Result<M, Diagnostics> {
    let state = state_of_id(M::SCHEMA, id)?;
    Ok(M::decode(&state).map_err(|mismatch| mismatch.diagnostic(&crate::values::Path::root()))?)
}

fn state_of_id(schema: &ObjectSchema, id: &str) -> Result<Value, Diagnostics> {
    let names = schema.identity;
    // The last part takes the rest: names may hold slashes, scopes do not.
    let parts: Vec<&str> = id.splitn(names.len().max(1), '/').collect();
    if names.is_empty() || parts.len() != names.len() || parts.contains(&"") {
        return Err(wrong_form(schema, id).into());
    }
    let mut state = schema.null_object();
    if let Value::Object(fields) = &mut state {
        for (name, part) in names.iter().zip(parts) {
            let value = part_value(schema, name, part).ok_or_else(|| wrong_form(schema, id))?;
            fields.insert((*name).to_owned(), value);
        }
    }
    Ok(state)
}

fn part_value(schema: &ObjectSchema, name: &str, part: &str) -> Option<Value> {
    match schema.attribute(name)?.implied_type() {
        Type::String => Some(Value::from(part)),
        Type::Number => part.parse::<Number>().ok().map(Value::from),
        Type::Bool => part.parse::<bool>().ok().map(Value::from),
        _ => None,
    }
}

fn wrong_form(schema: &ObjectSchema, id: &str) -> Diagnostic {
    if schema.identity.is_empty() {
        return Diagnostic::error("Import not possible")
            .detail("This object has no identity to import it by.");
    }
    let form: Vec<String> = schema
        .identity
        .iter()
        .map(|name| format!("<{name}>"))
        .collect();
    Diagnostic::error("Wrong import id")
        .detail(format!(
            "{id:?} does not have the form of an import id of this object."
        ))
        .remedy(format!("Write \"{}\".", form.join("/")))
}
