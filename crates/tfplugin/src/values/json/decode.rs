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
