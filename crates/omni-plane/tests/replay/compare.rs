//! Two runs side by side.
//!
//! Per resource and field the values must follow each other in the same order. Per resource the changes of different fields
//! must not stand in the opposite order, where the recording shows them in different writes and clearly apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::project::{Change, Course, Courses, FIELDS, LIFE};

/// Changes that are closer than this may come in either order: the recorder saw them in the haste of one reconciliation.
const APART: f64 = 0.25;

/// A difference.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) kind: String,
    pub(crate) id: String,
    /// The field; two with a `<` between them where their order is meant.
    pub(crate) field: String,
    recorded: String,
    ours: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            id,
            field,
            recorded,
            ours,
        } = self;
        write!(
            f,
            "{kind}/{id} {field}\n      recorded: {recorded}\n      ours:     {ours}"
        )
    }
}

/// All differences, and how many sequences were compared.
pub(crate) fn compare(recorded: &Courses, ours: &Courses) -> (Vec<Finding>, usize) {
    let keys: BTreeSet<_> = recorded.keys().chain(ours.keys()).collect();
    let mut findings = Vec::new();
    let mut compared = 0;
    let nothing = Course::default();
    for key in keys {
        let (theirs, ours) = (recorded.get(key), ours.get(key));
        let pair = (theirs.unwrap_or(&nothing), ours.unwrap_or(&nothing));
        for field in fields(&key.0) {
            compared += 1;
            findings.extend(field_differs(key, field, pair));
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
) -> Option<Finding> {
    let (recorded, ours) = (theirs.values(field), ours.values(field));
    (recorded != ours).then(|| Finding {
        kind: key.0.clone(),
        id: key.1.clone(),
        field: field.to_owned(),
        recorded: recorded.join(" → "),
        ours: ours.join(" → "),
    })
}

/// Pairs of changes of two fields that stand the other way round, one finding for each pair of fields.
fn order_differs(key: &(String, String), (theirs, ours): (&Course, &Course)) -> Vec<Finding> {
    let (theirs, ours) = (numbered(theirs), numbered(ours));
    let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
    for (first, early) in &theirs {
        for (second, late) in &theirs {
            let apart = late.write > early.write && late.t - early.t > APART;
            let (Some(our_first), Some(our_second)) = (ours.get(first), ours.get(second)) else {
                continue;
            };
            if first.0 != second.0 && apart && our_second.write < our_first.write {
                let field = format!("{} < {}", first.0, second.0);
                findings.entry(field.clone()).or_insert_with(|| Finding {
                    kind: key.0.clone(),
                    id: key.1.clone(),
                    field,
                    recorded: format!(
                        "{}={} at {:.2}, {}={} at {:.2}",
                        first.0, early.value, early.t, second.0, late.value, late.t
                    ),
                    ours: format!("at {:.2}, at {:.2}", our_first.t, our_second.t),
                });
            }
        }
    }
    findings.into_values().collect()
}

/// The changes by field and their number within it; only of fields whose values agree it makes sense to compare the order.
fn numbered(course: &Course) -> BTreeMap<(String, usize, String), &Change> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut numbered = BTreeMap::new();
    for change in &course.changes {
        let count = counts.entry(&change.field).or_default();
        *count += 1;
        numbered.insert((change.field.clone(), *count, change.value.clone()), change);
    }
    numbered
}
