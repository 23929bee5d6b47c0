//! What Terraform's core does with a provider's answers, for tests and for the client that plays core.
//!
//! Core proposes a new state ([`proposed_new`]), then judges the plan ([`plan_problems`]), the second plan and the
//! new state ([`change_problems`]), and that no write-only value was stored ([`write_only_problems`]). The rules are
//! core's; schemas with nested blocks are not covered. A [`Problem`] carries a path and never a value.

mod compatible;
mod config;
mod from_proto;
mod plan_valid;
mod prior_match;
mod proposed;
mod schema;

use std::fmt;

use crate::values::{Path, Value};

pub use compatible::change_problems;
pub use config::{config_problems, unknown_problems, write_only_problems};
pub use from_proto::SchemaError;
pub use plan_valid::plan_problems;
pub use proposed::proposed_new;
pub use schema::{CoreAttribute, CoreKind, CoreSchema};

/// A rule that is broken, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, from the root of the object.
    pub path: Path,
    /// What is wrong there, without the value.
    pub message: String,
}

impl Problem {
    fn new(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.clone(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// An attribute of an object that may itself be null or unknown.
fn part<'v>(object: &'v Value, name: &str) -> &'v Value {
    match object {
        Value::Unknown => &Value::Unknown,
        other => other.get(name).unwrap_or(&Value::Null),
    }
}
