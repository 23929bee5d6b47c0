//! The attribute `timeouts`: how long each verb of an object may take.

use std::collections::BTreeMap;
use std::time;

use super::Duration;
use crate::objects::Diagnostics;
use crate::schema::{Attr, AttrKind, AttrType, Mismatch, Nesting};
use crate::values::{Path, Step, Type, Value};

/// What the user has set in `timeouts = { … }`; only the verbs that the object names exist.
///
/// The framework reads it: an object asks [`Cx`](crate::objects::Cx) how long it may take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeouts(BTreeMap<String, Attr<Duration>>);

/// A verb of an object that may take long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Makes the object.
    Create,
    /// Looks at it.
    Read,
    /// Changes it.
    Update,
    /// Removes it.
    Delete,
}

impl Timeouts {
    /// The length that the user has set for a verb.
    pub fn get(&self, verb: Verb) -> Option<time::Duration> {
        Some(self.0.get(verb.name())?.as_known()?.get())
    }
}

impl Verb {
    /// The verb's name in `timeouts`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl AttrType for Timeouts {
    /// With every verb; the schema of an attribute names those of its object.
    fn kind() -> AttrKind {
        let verbs = [Verb::Create, Verb::Read, Verb::Update, Verb::Delete];
        AttrKind::Plain(Type::object(verbs.map(|verb| (verb.name(), Type::String))))
            .collected(Nesting::Single)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let Value::Object(verbs) = value else {
            return Err(Mismatch::wrong(&Self::kind().implied_type(), value));
        };
        let decode = |(verb, value): (&String, &Value)| match Attr::decode(value) {
            Ok(length) => Ok((verb.clone(), length)),
            Err(mismatch) => Err(mismatch.inside(Step::Attribute(verb.clone()))),
        };
        verbs.iter().map(decode).collect::<Result<_, _>>().map(Self)
    }

    fn encode(&self) -> Value {
        Value::object(self.0.iter().map(|(verb, length)| (verb, length.encode())))
    }

    fn canonical(&self) -> Value {
        Value::object(
            self.0
                .iter()
                .map(|(verb, length)| (verb, length.canonical())),
        )
    }

    fn validate(&self, at: &Path, diagnostics: &mut Diagnostics) {
        for (verb, length) in &self.0 {
            length.validate(&at.clone().attribute(verb), diagnostics);
        }
    }
}
