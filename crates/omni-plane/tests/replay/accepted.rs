//! Differences that are accepted, each with its reason.
//!
//! An entry names the very difference: the resource, the field, what was recorded and what the plane shows instead. A replay goes the
//! same way in every run, so each entry must occur, word by word; a course that changes by one step is new again.

use serde::Deserialize;

use crate::compare::Finding;

const FILE: &str = include_str!("accepted.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    accepted: Vec<Accepted>,
}

/// Differences of one recording with one cause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepted {
    /// The number of the recording.
    pub(crate) recording: String,
    /// Why they are all right.
    pub(crate) why: String,
    /// Each of them.
    pub(crate) differences: Vec<Difference>,
}

/// One difference, as the replay prints it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    /// The resource: kind, without its domain, and id.
    pub(crate) of: String,
    /// The field; two with a `<` between them where their order is meant.
    pub(crate) field: String,
    /// What Omni showed.
    pub(crate) recorded: String,
    /// What the plane shows.
    pub(crate) ours: String,
}

/// The list for one recording.
pub(crate) fn accepted(number: &str) -> Vec<Accepted> {
    let file: File = toml::from_str(FILE).expect("accepted.toml has this form");
    let mut list = file.accepted;
    list.retain(|entry| entry.recording == number);
    assert!(
        list.iter().all(|entry| entry.why.len() > 20),
        "every accepted difference has its reason"
    );
    list
}

/// Parts the findings in those that are not accepted, and the accepted ones that did not occur.
pub(crate) fn judge(list: &[Accepted], findings: &[Finding]) -> (Vec<Finding>, Vec<Difference>) {
    let accepted: Vec<&Difference> = list.iter().flat_map(|entry| &entry.differences).collect();
    let new = findings
        .iter()
        .filter(|finding| !accepted.contains(&&finding.difference))
        .cloned()
        .collect();
    let stale = accepted
        .into_iter()
        .filter(|one| !findings.iter().any(|finding| finding.difference == **one))
        .cloned()
        .collect();
    (new, stale)
}
