//! Reading JSON.
//!
//! The text is read once, straight into values: no tree of JSON stands between, and a number keeps its digits.
//! Why a value does not fit travels beside `serde`'s own errors, which would print the value.

use std::cell::RefCell;

use serde::de::DeserializeSeed as _;

use super::super::{CodecError, Path, Reason, Step, Type, Value};
use super::seed::Seed;

/// What [`adapt`] made of a foreign state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapted {
    /// The value, of the wanted type.
    pub value: Value,
    /// Where something was left out: an attribute that the type lacks, or one whose value does not fit and is
    /// null now.
    pub dropped: Vec<Path>,
}

/// What one reading collects beside the value.
#[derive(Default)]
pub(super) struct Context {
    /// Whether what does not fit is dropped instead of refused.
    pub(super) adapt: bool,
    /// Why the reading stops, innermost step first.
    pub(super) failure: RefCell<Option<CodecError>>,
    /// What was left out, innermost step first.
    pub(super) dropped: RefCell<Vec<Vec<Step>>>,
}

/// Reads a value of type `ty`.
///
/// # Errors
/// The text is no JSON, or holds a value of another type: a missing or an additional attribute too.
pub fn decode(json: &[u8], ty: &Type) -> Result<Value, CodecError> {
    read(json, ty, &Context::default())
}

/// Reads the state of another schema as well as it fits `ty`: missing attributes become null, additional ones are
/// left out, and an attribute whose value does not fit becomes null. For a state that another provider or an
/// earlier schema wrote.
///
/// # Errors
/// The text is no JSON, or the whole of it is of another kind than `ty`.
pub fn adapt(json: &[u8], ty: &Type) -> Result<Adapted, CodecError> {
    let context = Context {
        adapt: true,
        ..Context::default()
    };
    let value = read(json, ty, &context)?;
    let outermost_first = |steps: Vec<Step>| steps.into_iter().rev().collect::<Vec<_>>().into();
    let dropped = context
        .dropped
        .into_inner()
        .into_iter()
        .map(outermost_first)
        .collect();
    Ok(Adapted { value, dropped })
}

fn read(json: &[u8], ty: &Type, context: &Context) -> Result<Value, CodecError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let seed = Seed {
        ty,
        context,
        depth: 0,
    };
    let value = seed
        .deserialize(&mut deserializer)
        .map_err(|error| context.failed(error))?;
    deserializer.end().map_err(|_| Reason::Trailing)?;
    Ok(value)
}

impl Context {
    /// The reason that was put down, or what the JSON reader says of the text.
    pub(super) fn failed(&self, error: serde_json::Error) -> CodecError {
        self.failure.take().unwrap_or_else(|| {
            if error.is_eof() {
                Reason::Truncated
            } else {
                Reason::Json(error)
            }
            .into()
        })
    }

    /// Puts down why the reading stops.
    pub(super) fn fail<E: serde::de::Error>(&self, error: impl Into<CodecError>) -> E {
        *self.failure.borrow_mut() = Some(error.into());
        E::custom("the value does not fit its type")
    }

    /// Adds a step to the failure that is on its way outwards.
    pub(super) fn outwards<E>(&self, error: E, step: impl FnOnce() -> Step) -> E {
        let mut failure = self.failure.borrow_mut();
        *failure = failure.take().map(|failure| failure.inside(step()));
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster() -> Type {
        let features = Type::object([("disk_encryption", Type::Bool)]);
        Type::object([
            ("name", Type::String),
            ("nodes", Type::Number),
            ("features", Type::list(features)),
        ])
    }

    #[test]
    fn a_state_must_have_exactly_the_attributes_of_its_type() {
        let missing = decode(br#"{"name":"a","nodes":1}"#, &cluster()).unwrap_err();
        assert!(matches!(missing.reason(), Reason::MissingAttribute(name) if name == "features"));
        let extra = br#"{"name":"a","nodes":1,"features":[{"disk_encryption":true,"x":1}]}"#;
        let extra = decode(extra, &cluster()).unwrap_err();
        assert_eq!(
            extra.to_string(),
            "features[0]: an attribute named \"x\" is not expected here"
        );
    }

    #[test]
    fn a_foreign_state_is_cut_to_the_type_and_the_cuts_are_told() {
        let json =
            br#"{"name":"a","id":"x","features":[{"disk_encryption":{"on":true},"kubespan":1}]}"#;
        let adapted = adapt(json, &cluster()).unwrap();
        let features = Value::object([("disk_encryption", Value::Null)]);
        let expected = [
            ("name", Value::from("a")),
            ("nodes", Value::Null),
            ("features", Value::list([features])),
        ];
        assert_eq!(adapted.value, Value::object(expected));
        let dropped: Vec<_> = adapted.dropped.iter().map(Path::to_string).collect();
        assert_eq!(
            dropped,
            ["id", "features[0].disk_encryption", "features[0].kubespan"]
        );
    }

    #[test]
    fn a_state_that_is_no_object_cannot_be_adapted() {
        let error = adapt(b"[1]", &cluster()).unwrap_err();
        assert_eq!(error.to_string(), "object is required, but list was given");
        assert!(matches!(
            adapt(b"{\"name\":", &cluster()).unwrap_err().reason(),
            Reason::Truncated
        ));
        assert_eq!(adapt(b"null", &cluster()).unwrap().value, Value::Null);
    }

    #[test]
    fn primitives_are_read_as_terraform_reads_them() {
        let read = |json: &str, ty: &Type| decode(json.as_bytes(), ty).ok();
        let rows = [
            ("\"7\"", Type::Number, Some(Value::from(7_i64))),
            ("7", Type::String, Some(Value::from("7"))),
            ("0.10", Type::String, Some(Value::from("0.10"))),
            ("true", Type::String, Some(Value::from("true"))),
            ("\"false\"", Type::Bool, Some(Value::from(false))),
            ("\"yes\"", Type::Bool, None),
            ("1", Type::Bool, None),
            ("[]", Type::String, None),
            ("\"a\\u00e9\\n\"", Type::String, Some(Value::from("aé\n"))),
        ];
        for (json, ty, expected) in rows {
            assert_eq!(read(json, &ty), expected, "{json} as {ty}");
        }
    }

    #[test]
    fn numbers_keep_the_digits_that_a_float_would_lose() {
        let value = decode(b"18014398509481985.10", &Type::Number).unwrap();
        assert_eq!(
            value.as_number().unwrap().to_string(),
            "18014398509481985.1"
        );
    }

    #[test]
    fn what_is_no_json_is_told_without_its_content() {
        for json in [
            "",
            "{",
            "[1",
            "nul",
            "{\"name\":hunter2}",
            "1 2",
            "\"\\ud800\"",
        ] {
            let error = decode(json.as_bytes(), &Type::list(Type::String)).unwrap_err();
            assert!(
                !format!("{error:?} {error}").contains("hunter2"),
                "{error:?}"
            );
        }
    }

    #[test]
    fn a_hostile_depth_is_an_error() {
        let json = "[".repeat(100_000);
        let mut ty = Type::Bool;
        for _ in 0..200 {
            ty = Type::list(ty);
        }
        assert!(decode(json.as_bytes(), &ty).is_err());
        assert!(adapt(json.as_bytes(), &ty).is_err());
    }
}
