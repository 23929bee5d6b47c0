//! Writing JSON.

use super::super::conform::tuple_length;
use super::super::{CodecError, MAX_DEPTH, Reason, Step, Type, Value};

/// Writes a value of type `ty`, compact.
///
/// # Errors
/// The value does not fit the type, or holds an unknown.
pub fn encode(value: &Value, ty: &Type) -> Result<String, CodecError> {
    let mut output = String::new();
    write(&mut output, value, ty, 0)?;
    Ok(output)
}

fn write(output: &mut String, value: &Value, ty: &Type, depth: usize) -> Result<(), CodecError> {
    if depth > MAX_DEPTH {
        return Err(Reason::TooDeep.into());
    }
    match (value, ty) {
        (Value::Null, _) => output.push_str("null"),
        (Value::Unknown, _) => return Err(Reason::Unknown.into()),
        (Value::Bool(truth), Type::Bool) => output.push_str(if *truth { "true" } else { "false" }),
        (Value::String(text), Type::String) => write_text(output, text),
        (Value::Number(number), Type::Number) => output.push_str(&number.to_string()),
        (Value::Dynamic(inner), Type::Dynamic) => {
            return write_dynamic(output, &inner.0, &inner.1, depth);
        }
        (Value::List(elements), Type::List(element)) => {
            return write_array(output, elements, |_| element, depth);
        }
        (Value::Set(elements), Type::Set(element)) => {
            return write_array(output, elements.iter(), |_| element, depth);
        }
        (Value::Tuple(elements), Type::Tuple(types)) => {
            tuple_length(types, elements.len())?;
            return write_array(output, elements, |index| &types[index], depth);
        }
        (Value::Map(elements), Type::Map(element)) => {
            let fields = elements.iter().map(|(key, value)| (key, value, &**element));
            return write_fields(output, fields, Step::Key, depth);
        }
        (Value::Object(fields), Type::Object(object)) => {
            if let Some(extra) = fields
                .keys()
                .find(|name| !object.attributes.contains_key(*name))
            {
                return Err(Reason::UnexpectedAttribute(extra.clone()).into());
            }
            if let Some(missing) = object
                .attributes
                .keys()
                .find(|name| !fields.contains_key(*name))
            {
                return Err(Reason::MissingAttribute(missing.clone()).into());
            }
            // The names are the same on both sides, and both maps are in their order.
            let fields = fields
                .iter()
                .zip(object.attributes.values())
                .map(|((name, value), ty)| (name, value, ty));
            return write_fields(output, fields, Step::Attribute, depth);
        }
        (value, ty) => return Err(CodecError::mismatch(ty, value.kind())),
    }
    Ok(())
}

fn write_dynamic(
    output: &mut String,
    ty: &Type,
    value: &Value,
    depth: usize,
) -> Result<(), CodecError> {
    if *ty == Type::Dynamic {
        return write(output, value, ty, depth + 1);
    }
    output.push_str("{\"value\":");
    write(output, value, ty, depth + 1)?;
    output.push_str(",\"type\":");
    output.push_str(&ty.to_json());
    output.push('}');
    Ok(())
}

fn write_array<'a>(
    output: &mut String,
    elements: impl IntoIterator<Item = &'a Value>,
    ty: impl Fn(usize) -> &'a Type,
    depth: usize,
) -> Result<(), CodecError> {
    output.push('[');
    for (index, element) in elements.into_iter().enumerate() {
        if index > 0 {
            output.push(',');
        }
        write(output, element, ty(index), depth + 1).map_err(|e| e.inside(Step::Index(index)))?;
    }
    output.push(']');
    Ok(())
}

fn write_fields<'a>(
    output: &mut String,
    fields: impl Iterator<Item = (&'a String, &'a Value, &'a Type)>,
    step: fn(String) -> Step,
    depth: usize,
) -> Result<(), CodecError> {
    output.push('{');
    for (index, (name, value, ty)) in fields.enumerate() {
        if index > 0 {
            output.push(',');
        }
        write_text(output, name);
        output.push(':');
        write(output, value, ty, depth + 1).map_err(|e| e.inside(step(name.clone())))?;
    }
    output.push('}');
    Ok(())
}

fn write_text(output: &mut String, text: &str) {
    output.push_str(&serde_json::to_string(text).expect("a string can always be written as JSON"));
}
