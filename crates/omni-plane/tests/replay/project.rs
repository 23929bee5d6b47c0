//! What matters of each kind, and how it changes.
//!
//! One table says which fields of which kinds are compared. Everything else (versions of resources, finalizers, hashes,
//! addresses, times) may differ.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::names::Names;
use crate::recording::Line;

/// `created`, `running`, `tearingDown` and `destroyed`, as one more field of every kind.
pub(crate) const LIFE: &str = "life";

/// Kind, and the fields that matter: of the spec, or after `#` a label. `life` always matters.
pub(crate) const FIELDS: &[(&str, &[&str])] = &[
    ("Clusters", &[]),
    ("MachineSets", &[]),
    ("MachineSetNodes", &[]),
    ("ClusterMachines", &[]),
    ("MachineRequests", &[]),
    ("Links", &[]),
    ("Machines", &[]),
    ("ClusterConfigVersions", &["version"]),
    (
        "ClusterStatuses",
        &[
            "phase",
            "ready",
            "available",
            "controlplaneReady",
            "kubernetesAPIReady",
            "has_connected_control_planes",
            "machines.requested",
            "machines.total",
            "machines.connected",
            "machines.healthy",
            "talos_version",
            "kubernetes_version",
        ],
    ),
    (
        "MachineSetStatuses",
        &[
            "phase",
            "ready",
            "error",
            "machines.requested",
            "machines.total",
            "machines.connected",
            "machines.healthy",
            "locked_updates",
        ],
    ),
    ("ControlPlaneStatuses", &["conditions"]),
    (
        "ClusterMachineStatuses",
        &[
            "stage",
            "ready",
            "config_apply_status",
            "config_up_to_date",
            "#omni.sidero.dev/connected",
            "#omni.sidero.dev/locked-update",
        ],
    ),
    (
        "MachineStatuses",
        &[
            "cluster",
            "role",
            "talos_version",
            "#omni.sidero.dev/available",
            "#omni.sidero.dev/cluster",
            "#omni.sidero.dev/machine-set",
            "#omni.sidero.dev/installed",
            "#omni.sidero.dev/connected",
        ],
    ),
    ("ClusterMachineTalosVersions", &["talos_version"]),
    ("ClusterBootstrapStatuses", &["bootstrapped"]),
    ("LoadBalancerStatuses", &["healthy", "stopped"]),
    (
        "TalosUpgradeStatuses",
        &[
            "phase",
            "status",
            "step",
            "current_upgrade_version",
            "last_upgrade_version",
        ],
    ),
    (
        "KubernetesUpgradeStatuses",
        &[
            "phase",
            "status",
            "step",
            "current_upgrade_version",
            "last_upgrade_version",
        ],
    ),
    ("MachineRequestSets", &["machine_count", "provider_id"]),
    ("MachineRequestStatuses", &["stage", "status", "id"]),
    (
        "ClusterMachineRequestStatuses",
        &[
            "stage",
            "status",
            "machine_uuid",
            "#omni.sidero.dev/machine-request-in-use",
        ],
    ),
    ("ClusterDestroyStatuses", &["phase"]),
    ("MachineSetDestroyStatuses", &["phase"]),
    ("OngoingTasks", &["title"]),
];

/// A change of one field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// When, in seconds since the start.
    pub(crate) t: f64,
    /// Which write it was part of, counted per resource.
    pub(crate) write: usize,
    pub(crate) field: String,
    pub(crate) value: String,
}

/// How one resource changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Course {
    /// The fields before the first change; empty where it was not there.
    pub(crate) before: BTreeMap<String, String>,
    pub(crate) changes: Vec<Change>,
    now: BTreeMap<String, String>,
    writes: usize,
}

/// Courses by kind and plain id.
pub(crate) type Courses = BTreeMap<(String, String), Course>;

/// The courses of everything that matters.
pub(crate) fn courses(existing: &[Line], events: &[Line]) -> Courses {
    let names = Names::of(events);
    let mut courses = Courses::new();
    for line in existing {
        if let Some((key, fields)) = project(&names, line) {
            let course = courses.entry(key).or_default();
            course.before.clone_from(&fields);
            course.now = fields;
        }
    }
    for line in events {
        if let Some((key, fields)) = project(&names, line) {
            courses.entry(key).or_default().take(line.t, fields);
        }
    }
    courses.retain(|_, course| !course.changes.is_empty());
    courses
}

fn project(names: &Names, seen: &Line) -> Option<((String, String), BTreeMap<String, String>)> {
    let kind = seen.type_name.strip_suffix(".omni.sidero.dev")?;
    let (_, fields) = FIELDS.iter().find(|(known, _)| *known == kind)?;
    let life = match seen.event.as_str() {
        "destroyed" => "destroyed",
        _ if seen.phase == "tearingDown" => "tearingDown",
        _ => "running",
    };
    let mut found = BTreeMap::from([(LIFE.to_owned(), life.to_owned())]);
    if life != "destroyed" {
        for field in *fields {
            let text = names.plain(&text(seen, field));
            found.insert((*field).to_owned(), text);
        }
    }
    Some(((kind.to_owned(), names.plain(&seen.id)), found))
}

/// The field as text; `∅` where it has its default.
fn text(line: &Line, field: &str) -> String {
    let value = match field.strip_prefix('#') {
        Some(label) => line.labels.get(label).map_or(Value::Null, |value| {
            Value::from(format!("={}", value.as_str().unwrap_or_default()))
        }),
        None => field
            .split('.')
            .try_fold(&line.spec, |value, part| value.get(part))
            .cloned()
            .unwrap_or_default(),
    };
    match value {
        Value::Null => "∅".to_owned(),
        Value::String(text) => text,
        Value::Array(items) if field == "conditions" => items
            .iter()
            .map(|item| {
                format!(
                    "{}={}",
                    item["type"].as_str().unwrap_or("?"),
                    item["status"].as_str().unwrap_or("Unknown")
                )
            })
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    }
}

/// Whether three counts in a row go in one direction.
///
/// A controller looks at what there is: of a count on its way up or down a watcher sees those values on which a reconciliation
/// happened to fall, and another run shows others. Where a count turns is what counts.
fn goes_on(before: &str, last: &str, next: &str) -> bool {
    let (Some(before), Some(last), Some(next)) = (count(before), count(last), count(next)) else {
        return false;
    };
    (before < last && last < next) || (before > last && last > next)
}

/// The count in a text: a number, or the last number of `Destroying: 2 machines`; none is none.
fn count(text: &str) -> Option<u64> {
    if text == "∅" {
        return Some(0);
    }
    if let Some(rest) = text.strip_prefix("Destroying: ") {
        return rest
            .split(|digit: char| !digit.is_ascii_digit())
            .filter_map(|part| part.parse().ok())
            .next_back();
    }
    text.parse().ok()
}

// === impl Course ===

impl Course {
    fn take(&mut self, t: f64, fields: BTreeMap<String, String>) {
        self.writes += 1;
        let gone = fields[LIFE] == "destroyed";
        for (field, value) in &fields {
            if self.now.get(field) != Some(value) {
                self.changes.push(Change {
                    t,
                    write: self.writes,
                    field: field.clone(),
                    value: value.clone(),
                });
            }
        }
        self.now = if gone { BTreeMap::new() } else { fields };
    }

    /// The changes of a field, one after the other; of a count its turning points.
    pub(crate) fn turns(&self, field: &str) -> Vec<&Change> {
        let mut turns: Vec<&Change> = Vec::new();
        for change in self.changes.iter().filter(|change| change.field == field) {
            let before = match turns[..] {
                [.., before, _] => Some(before.value.as_str()),
                _ => self.before.get(field).map(String::as_str),
            };
            if let (Some(before), Some(last)) = (before, turns.last())
                && goes_on(before, &last.value, &change.value)
            {
                turns.pop();
            }
            turns.push(change);
        }
        turns
    }

    /// The values of a field, one after the other; of a count its turning points.
    pub(crate) fn values(&self, field: &str) -> Vec<&str> {
        let before = self.before.get(field).map(String::as_str);
        let turns = self.turns(field);
        let turns = turns.iter().map(|change| change.value.as_str());
        before.into_iter().chain(turns).collect()
    }
}
