//! A string, number or bool inside a JSON text.

use super::super::{CodecError, Number, Reason, Type, Value};

/// Reads the JSON token as the primitive type `ty`.
///
/// Terraform itself takes a number or bool for text, and text for a number or bool.
pub(super) fn read(token: &str, ty: &Type) -> Result<Value, CodecError> {
    let found = match token.as_bytes().first() {
        Some(b'n') => return Ok(Value::Null),
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'[') => "list",
        Some(b'{') => "object",
        _ => "number",
    };
    match (ty, found) {
        (Type::String, "string") => Ok(Value::String(text(token)?)),
        (Type::String, "bool" | "number") => Ok(Value::from(token)),
        (Type::Number, "number") => number(token),
        (Type::Number, "string") => number(&text(token)?),
        (Type::Bool, "bool") => Ok(Value::Bool(token == "true")),
        (Type::Bool, "string") => match text(token)?.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(CodecError::mismatch(ty, found)),
        },
        _ => Err(CodecError::mismatch(ty, found)),
    }
}

fn number(text: &str) -> Result<Value, CodecError> {
    Ok(Value::Number(
        text.parse::<Number>().map_err(Reason::Number)?,
    ))
}

fn text(token: &str) -> Result<String, CodecError> {
    Ok(serde_json::from_str(token).map_err(Reason::Json)?)
}
