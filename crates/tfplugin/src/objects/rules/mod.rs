//! The rules that core enforces on every object, obeyed once for all of them.
//!
//! Each file is one rule over values and a schema; none knows an object, a session or the wire. The words:
//! *config* is what the user wrote, *prior* the state before, *planned* what an apply will bring about, *actual* what an
//! object has answered.

mod apply;
mod changes;
mod generate;
mod impose;
mod limits;
mod matcher;
mod plan;
mod read;
mod replace;
mod review;
mod shape;

pub(crate) use apply::{Applied, settle};
pub(crate) use changes::changes;
pub(crate) use generate::configuration;
pub(crate) use impose::impose;
pub(crate) use limits::limit;
pub(crate) use plan::plan;
pub(crate) use read::{keep_spelling, known};
pub(crate) use replace::replacements;
pub(crate) use review::{Reviewed, only_timeouts, reviewed};

use std::collections::BTreeMap;

use crate::schema::Attribute;
use crate::values::Value;

/// What is called where a value is missing.
static NULL: Value = Value::Null;

/// The attribute of an object that may itself be missing, null or unknown.
fn field<'v>(object: Option<&'v Value>, name: &str) -> &'v Value {
    object.and_then(|object| object.get(name)).unwrap_or(&NULL)
}

/// A value that is there: neither missing nor null.
fn present(value: &Value) -> Option<&Value> {
    (!value.is_null()).then_some(value)
}

/// An object from one value for each attribute.
fn object_of(attributes: &[Attribute], mut value: impl FnMut(&Attribute) -> Value) -> Value {
    let fields = attributes
        .iter()
        .map(|attribute| (attribute.name.to_owned(), value(attribute)));
    Value::Object(fields.collect::<BTreeMap<_, _>>())
}
