//! Differences that are accepted, each with its reason.

use serde::Deserialize;

use crate::compare::Finding;

const FILE: &str = include_str!("accepted.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    accepted: Vec<Accepted>,
}

/// A difference that may occur, and unless chance decides, must.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepted {
    /// Numbers of the recordings.
    pub(crate) recordings: Vec<String>,
    /// The kind, without its domain.
    pub(crate) kind: String,
    /// The fields, as findings name them.
    pub(crate) fields: Vec<String>,
    /// Why it is all right.
    pub(crate) why: String,
    /// Whether chance decides: then it need not occur.
    #[serde(default)]
    pub(crate) by_chance: bool,
}

/// The list for one recording.
pub(crate) fn accepted(number: &str) -> Vec<Accepted> {
    let file: File = toml::from_str(FILE).expect("accepted.toml has this form");
    let of_recording =
        |entry: &Accepted| entry.recordings.iter().any(|recording| recording == number);
    let list: Vec<_> = file.accepted.into_iter().filter(of_recording).collect();
    assert!(
        list.iter().all(|entry| entry.why.len() > 20),
        "every accepted difference has its reason"
    );
    list
}

impl Accepted {
    fn covers(&self, finding: &Finding, field: &str) -> bool {
        self.kind == finding.kind && field == finding.field
    }
}

/// Parts the findings in those that are not accepted, and the entries that did not occur.
pub(crate) fn judge(list: &[Accepted], findings: &[Finding]) -> (Vec<Finding>, Vec<String>) {
    let covered = |finding: &Finding| {
        list.iter().any(|entry| {
            entry
                .fields
                .iter()
                .any(|field| entry.covers(finding, field))
        })
    };
    let new = findings
        .iter()
        .filter(|finding| !covered(finding))
        .cloned()
        .collect();
    let certain = list.iter().filter(|entry| !entry.by_chance);
    let entries = certain.flat_map(|entry| entry.fields.iter().map(move |field| (entry, field)));
    let stale = entries
        .filter(|(entry, field)| !findings.iter().any(|finding| entry.covers(finding, field)))
        .map(|(entry, field)| format!("{} {field}", entry.kind))
        .collect();
    (new, stale)
}
