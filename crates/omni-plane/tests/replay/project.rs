//! How what matters of each resource changes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fields::{FIELDS, LIFE, NOT_WATCHED};
use crate::names::Names;
use crate::recording::Line;
use crate::tolerance::{family, goes_on, passed};

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

/// The courses of everything that matters and was watched in a recording.
pub(crate) fn watched(recording: &str, existing: &[Line], events: &[Line]) -> Courses {
    let mut courses = courses(existing, events);
    let missed = NOT_WATCHED.iter().find(|(number, _)| *number == recording);
    if let Some((_, kinds)) = missed {
        courses.retain(|(kind, _), _| !kinds.contains(&kind.as_str()));
    }
    courses
}

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
        Value::String(text) => family(text),
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
            if turns.last().is_some_and(|last| passed(last, change)) {
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
