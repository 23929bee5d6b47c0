//! What a core finds wrong, and with which of its rules.

use std::fmt;

use tonic::Status;

use super::state::State;
use crate::objchange::{Problem, SchemaError};
use crate::proto;
use crate::values::CodecError;

/// Why an operation did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoreError {
    /// The call itself failed: not answered, or not implemented.
    #[error("{call} failed")]
    Call {
        /// The call.
        call: &'static str,
        /// What came instead of an answer.
        source: Box<Status>,
    },
    /// The provider answered with errors of its own, as it may.
    #[error("{call}: {}", summaries(diagnostics))]
    Refused {
        /// The call.
        call: &'static str,
        /// Errors and warnings as they came.
        diagnostics: Vec<proto::Diagnostic>,
        /// What a failed apply left behind, to be saved.
        state: Option<Box<State>>,
    },
    /// The answer breaks a rule, which Terraform would report as a bug in the provider.
    #[error("{rule}: {}", listed(problems))]
    Broken {
        /// The rule.
        rule: Rule,
        /// Where and what.
        problems: Vec<Problem>,
    },
    /// A value does not fit its schema: ours on the way out, the provider's on the way in.
    #[error("{call}: a value does not fit its schema")]
    Value {
        /// The call.
        call: &'static str,
        /// Where and what.
        source: CodecError,
    },
    /// A schema that a core refuses.
    #[error("the schema of {name} is not valid")]
    Schema {
        /// The object.
        name: String,
        /// Why.
        source: SchemaError,
    },
    /// A type in the schema answer that is none.
    #[error("a type in the schema of {name} cannot be read")]
    Type {
        /// The object or function.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The provider does not announce what was asked for.
    #[error("the provider has no {kind} named {name}")]
    Missing {
        /// Resource, data source, and so on.
        kind: &'static str,
        /// Its name.
        name: String,
    },
}

/// A rule of core, by the heading under which Terraform reports its breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// What the test gave is no configuration of this schema: a mistake in the test.
    Configuration,
    /// The plan departs from configuration and prior state.
    ValidPlan,
    /// The second plan, with more values known, departs from the first.
    ConsistentFinalPlan,
    /// The new state departs from the plan.
    ConsistentResult,
    /// An object that must be known, present or absent is not.
    ValidObject,
    /// A write-only value was kept.
    WriteOnly,
    /// The provider deferred although it may not.
    Deferral,
    /// The identity is missing, unknown, or not of its schema.
    Identity,
    /// The state saved as JSON did not come back as it was.
    StoredState,
    /// Reading an object that nobody changed gave another value where the provider decides nothing.
    StableRead,
    /// The plan right after an apply or import is not empty.
    EmptyPlan,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "the test's configuration is not valid",
            Self::ValidPlan => "invalid plan",
            Self::ConsistentFinalPlan => "inconsistent final plan",
            Self::ConsistentResult => "inconsistent result after apply",
            Self::ValidObject => "invalid object",
            Self::WriteOnly => "a write-only value was kept",
            Self::Deferral => "deferred without leave",
            Self::Identity => "invalid identity",
            Self::StoredState => "the stored state changed",
            Self::StableRead => "reading changed an object that nobody changed",
            Self::EmptyPlan => "the plan is not empty",
        })
    }
}

impl CoreError {
    /// The rule that was broken, if one was.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Broken { rule, .. } => Some(*rule),
            _ => None,
        }
    }
}

impl Rule {
    /// Nothing where there are no problems.
    pub(super) fn holds_without(self, problems: Vec<Problem>) -> Result<(), CoreError> {
        if problems.is_empty() {
            return Ok(());
        }
        Err(CoreError::Broken {
            rule: self,
            problems,
        })
    }

    /// A breach that concerns the whole object.
    pub(super) fn broken(self, message: impl Into<String>) -> CoreError {
        CoreError::Broken {
            rule: self,
            problems: vec![Problem {
                path: crate::values::Path::root(),
                message: message.into(),
            }],
        }
    }
}

fn summaries(diagnostics: &[proto::Diagnostic]) -> String {
    let texts = diagnostics
        .iter()
        .map(|one| format!("{}: {}", one.summary, one.detail));
    texts.collect::<Vec<_>>().join("; ")
}

fn listed(problems: &[Problem]) -> String {
    let texts = problems.iter().map(Problem::to_string);
    texts.collect::<Vec<_>>().join("; ")
}
