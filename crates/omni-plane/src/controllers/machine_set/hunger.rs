//! Which machine sets want more machines than they have: where a machine that becomes free is offered.
//!
//! An internal kind without contents; the id is the machine set's. It spares looking at every machine set whenever a machine
//! becomes free. Sets that want the same machines stand in a line, so that only the first of them needs to be told of a free one; when it
//! has enough, the next one is.

use std::sync::Arc;

use omni_api::kind::{Facts, Kind, MachineClass};
use omni_api::{Metadata, Resource};

use crate::Store;
use crate::controllers::LINE;
use crate::internal;
use crate::store::Query;

/// A machine set that wants more machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HungryMachineSet {}

impl Kind for HungryMachineSet {
    type Spec = ();
    const FACTS: &'static Facts =
        &internal::kind("HungryMachineSets.plane.internal", internal::EMPTY);
}

/// The line of a set that takes machines of a class for a cluster of this Talos. Machines that are made on request are for one set only.
pub(super) fn line(set: &str, class: &Resource<MachineClass>, talos: &str) -> String {
    match class.spec.auto_provision {
        Some(_) => format!("{}@{talos}@{set}", class.id()),
        None => format!("{}@{talos}", class.id()),
    }
}

/// The first machine set of every line.
pub(super) fn first_of_lines(store: &Store) -> Vec<Arc<str>> {
    store.first_of_each::<HungryMachineSet>(LINE)
}

/// When a set has left a line, its first one is told: there may be machines left.
pub(super) fn next_in_line(store: &Store, hungry: &Metadata) -> Vec<Arc<str>> {
    let line = hungry.label(LINE).filter(|_| {
        let set = store.get(
            HungryMachineSet::NAMESPACE,
            HungryMachineSet::TYPE,
            &hungry.id,
        );
        set.is_none()
    });
    let first = line.and_then(|line| {
        let query = Query::label(LINE, line);
        let sets = store.peek_page::<HungryMachineSet>(&query, None, 1);
        sets.first().map(|set| set.metadata.id.clone())
    });
    first.into_iter().collect()
}
