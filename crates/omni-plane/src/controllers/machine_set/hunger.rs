//! Which machine sets want more machines than they have: where a machine that becomes free is offered.
//!
//! An internal kind without contents; the id is the machine set's. It spares looking at every machine set whenever a machine
//! becomes free.

use std::sync::Arc;

use omni_api::kind::{ClusterScope, Facts, Kind, Read, Write, namespace};

use crate::Store;
use crate::controllers::common::ids;
use crate::store::Query;

/// A machine set that wants more machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HungryMachineSet {}

impl Kind for HungryMachineSet {
    type Spec = ();
    const FACTS: &'static Facts = &Facts {
        type_name: "HungryMachineSets.plane.internal",
        namespace: namespace::DEFAULT,
        spec: "google.protobuf.Empty",
        read: Read::Denied,
        write: Write::None,
        cluster: ClusterScope::None,
        user_managed: false,
        sensitive: false,
    };
}

/// The machine sets that want more machines.
pub(super) fn hungry(store: &Store) -> Vec<Arc<str>> {
    ids::<HungryMachineSet>(store, &Query::all())
}
