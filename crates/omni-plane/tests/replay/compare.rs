//! Two runs side by side.
//!
//! Per resource and field the values must follow each other in the same order. Per resource the changes of different fields
//! must not stand in the opposite order, where the recording shows them in different writes and clearly apart.

use std::collections::BTreeSet;
use std::fmt;

use crate::accepted::Difference;
use crate::fields::{FIELDS, LIFE};
use crate::project::{Change, Course, Courses};
use crate::tolerance::goes_on;

/// Changes that are closer than this may come in either order: the recorder saw them in the haste of one reconciliation.
const APART: f64 = 0.25;

/// A difference that was found.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) difference: Difference,
    /// When the changes of an order came; nothing otherwise.
    times: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            of,
            field,
            recorded,
            ours,
        } = &self.difference;
        let times = &self.times;
        write!(
            f,
            "{of} {field}{times}\n      recorded: {recorded}\n      ours:     {ours}"
        )
    }
}

/// Where a recording ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// When all was at rest.
    Rest,
    /// In the middle of something: what it shows is how it begins, and the other run goes on from there.
    CutOff,
}

/// All differences, and how many sequences were compared.
pub(crate) fn compare(recorded: &Courses, ours: &Courses, end: End) -> (Vec<Finding>, usize) {
    let keys: BTreeSet<_> = recorded.keys().chain(ours.keys()).collect();
    let mut findings = Vec::new();
    let mut compared = 0;
    let nothing = Course::default();
    for key in keys {
        let (theirs, ours) = (recorded.get(key), ours.get(key));
        let pair = (theirs.unwrap_or(&nothing), ours.unwrap_or(&nothing));
        for field in fields(&key.0) {
            compared += 1;
            findings.extend(field_differs(key, field, pair, end));
        }
        if theirs.is_some() && ours.is_some() {
            findings.extend(order_differs(key, pair));
        }
    }
    (findings, compared)
}

fn fields(kind: &str) -> impl Iterator<Item = &'static str> {
    let fields = FIELDS.iter().find(|(known, _)| *known == kind);
    let fields = fields.map_or(&[] as &[&str], |(_, fields)| fields);
    std::iter::once(LIFE).chain(fields.iter().copied())
}

fn field_differs(
    key: &(String, String),
    field: &str,
    (theirs, ours): (&Course, &Course),
    end: End,
) -> Option<Finding> {
    let (recorded, ours) = (theirs.values(field), ours.values(field));
    let same = match end {
        End::Rest => recorded == ours,
        End::CutOff => begins(&ours, &recorded),
    };
    (!same).then(|| Finding {
        difference: Difference {
            of: name(key),
            field: field.to_owned(),
            recorded: recorded.join(" → "),
            ours: ours.join(" → "),
        },
        times: String::new(),
    })
}

/// Whether the values begin with these; a count may go on beyond the last of them.
fn begins(values: &[&str], beginning: &[&str]) -> bool {
    if values.starts_with(beginning) {
        return true;
    }
    let [before @ .., last] = beginning else {
        return true;
    };
    let (Some(previous), Some(next)) = (before.last(), values.get(before.len())) else {
        return false;
    };
    values.starts_with(before) && goes_on(previous, last, next)
}

/// Pairs of changes of two fields that stand the other way round, one finding for each pair of fields.
fn order_differs(key: &(String, String), (theirs, ours): (&Course, &Course)) -> Vec<Finding> {
    let agreed: Vec<_> = fields(&key.0)
        .filter(|field| theirs.values(field) == ours.values(field))
        .collect();
    let mut findings = Vec::new();
    for first in &agreed {
        for second in agreed.iter().filter(|second| *second != first) {
            let swapped = pairs(theirs, ours, first, second).find(|(early, late)| {
                let apart = late.recorded.write > early.recorded.write
                    && late.recorded.t - early.recorded.t > APART;
                apart && late.ours.write < early.ours.write
            });
            findings.extend(swapped.map(|twins| swap(key, (first, second), twins)));
        }
    }
    findings
}

/// The finding that these changes of two fields have changed places.
fn swap(
    key: &(String, String),
    (first, second): (&str, &str),
    (early, late): (Twin<'_>, Twin<'_>),
) -> Finding {
    Finding {
        difference: Difference {
            of: name(key),
            field: format!("{first} < {second}"),
            recorded: format!("{}, then {}", early.recorded.value, late.recorded.value),
            ours: format!("{}, then {}", late.ours.value, early.ours.value),
        },
        times: format!(
            " (recorded at {:.2} and {:.2}, here at {:.2} and {:.2})",
            early.recorded.t, late.recorded.t, late.ours.t, early.ours.t
        ),
    }
}

fn name((kind, id): &(String, String)) -> String {
    format!("{kind}/{id}")
}

/// The same change in both runs.
#[derive(Clone, Copy)]
struct Twin<'a> {
    recorded: &'a Change,
    ours: &'a Change,
}

/// Every change of the first field with every change of the second.
fn pairs<'a>(
    theirs: &'a Course,
    ours: &'a Course,
    first: &str,
    second: &str,
) -> impl Iterator<Item = (Twin<'a>, Twin<'a>)> {
    let twins = |field: &str| -> Vec<Twin<'a>> {
        let pairs = theirs.turns(field).into_iter().zip(ours.turns(field));
        pairs
            .map(|(recorded, ours)| Twin { recorded, ours })
            .collect()
    };
    let second = twins(second);
    twins(first)
        .into_iter()
        .flat_map(move |early| second.clone().into_iter().map(move |late| (early, late)))
}
