//! Objects without their types: what the rules of planning and the server work with.
//!
//! Here, and only here, models become values and back. Everything else is compiled once for all objects.

mod action;
mod data_source;
mod ephemeral;
mod function;
mod list;
mod resource;

use futures::future::BoxFuture;

pub(crate) use action::AnyAction;
pub(crate) use data_source::AnyDataSource;
pub(crate) use ephemeral::AnyEphemeral;
pub(crate) use function::AnyFunction;
pub(crate) use list::{AnyList, Query};
pub(crate) use resource::{AnyResource, RawChange, RawFailure, RawPlan};

use super::Diagnostics;
use crate::schema::Object;
use crate::values::{Path, Value};

/// The answer of a verb.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, Diagnostics>>;

/// A model from a value; what does not fit is told with its path.
pub(crate) fn decode<M: Object>(value: &Value) -> Result<M, Diagnostics> {
    M::decode(value).map_err(|mismatch| mismatch.diagnostic(&Path::root()).into())
}
