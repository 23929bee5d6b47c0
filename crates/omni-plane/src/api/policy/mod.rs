//! The access policy: who may do more on which clusters, and tests of it inside the document.
//!
//! One document for the gate, which applies it, and for validation, which runs its tests: both ask the same [`check`]. Users and clusters are
//! named one by one or by groups; what counts is the highest role of the rules that apply.

mod check;
mod pattern;
mod validate;

use omni_api::Role;
use omni_api::selector::ParseError;

use crate::release::{Release, Rule};

pub(crate) use check::check;
use pattern::matches;
pub(crate) use validate::validate;

/// The one policy's id.
pub(crate) const POLICY: &str = "access-policy";

/// The beginning of an entry that names a group.
const GROUP: &str = "group/";

/// Roles that a policy or a rule for SAML may give: neither the one for the audit log, nor the one that programs have.
const ASSIGNABLE: [Role; 4] = [Role::None, Role::Reader, Role::Operator, Role::Admin];

/// Whether a policy or a rule for SAML may give a role, to a release.
pub(crate) fn assignable(release: Release, role: Role) -> bool {
    !release.keeps(Rule::PolicyRoles) || ASSIGNABLE.contains(&role)
}

/// What a policy says about a user on a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The highest role of the rules that apply.
    pub(crate) role: Role,
    /// Groups that Kubernetes sees, in the order of the rules.
    pub(crate) groups: Vec<String>,
    /// Whether one of the rules is about all clusters.
    pub(crate) all_clusters: bool,
}

/// A policy that cannot be evaluated. `Display` is Omni's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PolicyError {
    /// A pattern is broken.
    #[error("invalid match pattern {pattern:?} for {resource}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What it was held against.
        resource: String,
    },
    /// The label selectors of a user are broken.
    #[error("rpc error: code = InvalidArgument desc = {0}")]
    Selector(ParseError),
    /// A rule gives a role that does not exist.
    #[error("unknown role to parse: {0:?}")]
    Role(String),
}
