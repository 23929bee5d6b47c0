//! Writing MessagePack.

use rmp::encode;

use super::super::conform::tuple_length;
use super::super::{CodecError, MAX_DEPTH, Number, Reason, Step, Type, Value};

/// Writes a value of type `ty`.
///
/// # Errors
/// The value does not fit the type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut output = Vec::new();
    write(&mut output, value, ty, 0)?;
    Ok(output)
}

fn write(output: &mut Vec<u8>, value: &Value, ty: &Type, depth: usize) -> Result<(), CodecError> {
    if depth > MAX_DEPTH {
        return Err(Reason::TooDeep.into());
    }
    match (value, ty) {
        (Value::Null, _) => infallible(encode::write_nil(output)),
        // Fixed extension of one byte, type 0, payload 0: an unknown without refinements.
        (Value::Unknown, _) => output.extend([0xd4, 0, 0]),
        (Value::Bool(truth), Type::Bool) => infallible(encode::write_bool(output, *truth)),
        (Value::String(text), Type::String) => write_text(output, text)?,
        (Value::Number(number), Type::Number) => write_number(output, number),
        (Value::Dynamic(inner), Type::Dynamic) => {
            return write_dynamic(output, &inner.0, &inner.1, depth);
        }
        (Value::List(elements), Type::List(element)) => {
            return write_array(output, elements, elements.len(), |_| element, depth);
        }
        (Value::Set(elements), Type::Set(element)) => {
            return write_array(output, elements.iter(), elements.len(), |_| element, depth);
        }
        (Value::Tuple(elements), Type::Tuple(types)) => {
            tuple_length(types, elements.len())?;
            return write_array(
                output,
                elements,
                elements.len(),
                |index| &types[index],
                depth,
            );
        }
        (Value::Map(_), Type::Map(_)) | (Value::Object(_), Type::Object(_)) => {
            return write_fields(output, value, ty, depth);
        }
        (value, ty) => return Err(CodecError::mismatch(ty, value.kind())),
    }
    Ok(())
}

/// Integers of 64 bits and binary fractions as such, everything else as decimal text, so that no digit is lost.
fn write_number(output: &mut Vec<u8>, number: &Number) {
    if let Ok(int) = number.to_i64() {
        infallible(encode::write_sint(output, int).map(|_| ()));
        return;
    }
    match number.to_exact_f64() {
        Some(float) if !number.is_whole() => infallible(encode::write_f64(output, float)),
        _ => infallible(encode::write_str(output, &number.to_string())),
    }
}

fn write_dynamic(
    output: &mut Vec<u8>,
    ty: &Type,
    value: &Value,
    depth: usize,
) -> Result<(), CodecError> {
    // A pair whose type is itself dynamic says nothing: the inner pair stands for it.
    if *ty == Type::Dynamic {
        return write(output, value, ty, depth + 1);
    }
    infallible(encode::write_array_len(output, 2).map(|_| ()));
    infallible(encode::write_bin(output, ty.to_json().as_bytes()));
    write(output, value, ty, depth + 1)
}

fn write_array<'a>(
    output: &mut Vec<u8>,
    elements: impl IntoIterator<Item = &'a Value>,
    len: usize,
    ty: impl Fn(usize) -> &'a Type,
    depth: usize,
) -> Result<(), CodecError> {
    infallible(encode::write_array_len(output, length(len)?).map(|_| ()));
    elements
        .into_iter()
        .enumerate()
        .try_for_each(|(index, element)| {
            write(output, element, ty(index), depth + 1).map_err(|e| e.inside(Step::Index(index)))
        })
}

fn write_fields(
    output: &mut Vec<u8>,
    value: &Value,
    ty: &Type,
    depth: usize,
) -> Result<(), CodecError> {
    match (value, ty) {
        (Value::Map(elements), Type::Map(element)) => {
            infallible(encode::write_map_len(output, length(elements.len())?).map(|_| ()));
            elements.iter().try_for_each(|(key, value)| {
                write_text(output, key)?;
                write(output, value, element, depth + 1)
                    .map_err(|e| e.inside(Step::Key(key.clone())))
            })
        }
        (Value::Object(fields), Type::Object(object)) => {
            if let Some(extra) = fields
                .keys()
                .find(|name| !object.attributes.contains_key(*name))
            {
                return Err(Reason::UnexpectedAttribute(extra.clone()).into());
            }
            infallible(encode::write_map_len(output, length(fields.len())?).map(|_| ()));
            object.attributes.iter().try_for_each(|(name, ty)| {
                let value = fields
                    .get(name)
                    .ok_or_else(|| Reason::MissingAttribute(name.clone()))?;
                write_text(output, name)?;
                write(output, value, ty, depth + 1)
                    .map_err(|e| e.inside(Step::Attribute(name.clone())))
            })
        }
        (value, ty) => Err(CodecError::mismatch(ty, value.kind())),
    }
}

fn write_text(output: &mut Vec<u8>, text: &str) -> Result<(), CodecError> {
    length(text.len())?;
    infallible(encode::write_str(output, text));
    Ok(())
}

/// A length as MessagePack has it: 32 bits.
fn length(len: usize) -> Result<u32, CodecError> {
    u32::try_from(len).map_err(|_| Reason::TooLarge.into())
}

fn infallible<E: std::fmt::Debug>(written: Result<(), E>) {
    written.expect("a Vec takes every byte");
}
