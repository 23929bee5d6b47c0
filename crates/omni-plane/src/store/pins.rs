//! Which indexes a collection has.
//!
//! Every collection has one for each label that many queries pin. Beyond those, some kinds have narrow ones: of what belongs to a cluster or a
//! machine set, only what somebody looks for again and again, or what only this kind is looked for by; so that finding three control planes among a thousand machines, or the one machine
//! that holds a lock, costs what is found.

use omni_api::labels;
use omni_api::selector::Labels as _;

use super::Query;
use super::packed::Packed;
use super::words::Words;
use crate::controllers::{CONFIG_LOCK, LINE, UPGRADE_LOCK};

/// Labels with an index in every collection: a query that pins one of them costs what it finds, not what there is.
///
/// The rarer ones stand last: a machine set is smaller than its cluster.
pub(super) const INDEXED: [&str; 8] = [
    labels::CLUSTER,
    labels::MACHINE_SET,
    labels::MACHINE_REQUEST_SET,
    labels::INFRA_PROVIDER_ID,
    labels::CLUSTER_MACHINE,
    labels::MACHINE_REQUEST,
    labels::MACHINE,
    LINE,
];

/// The narrow ones.
const NARROW: [Pin; 6] = [
    Pin {
        label: labels::CLUSTER,
        only: Only::With(labels::CONTROL_PLANE_ROLE),
        of: &[
            "ClusterMachines.omni.sidero.dev",
            "ClusterMachineStatuses.omni.sidero.dev",
        ],
    },
    Pin {
        label: labels::CLUSTER,
        only: Only::Without([labels::MACHINE_SET, labels::CLUSTER_MACHINE]),
        of: &[
            "ConfigPatches.omni.sidero.dev",
            "ExtensionsConfigurations.omni.sidero.dev",
        ],
    },
    Pin {
        label: labels::EXTENSIONS_CONFIGURATION,
        only: Only::All,
        of: &["MachineExtensions.omni.sidero.dev"],
    },
    Pin {
        label: labels::EXPOSED_SERVICE_ALIAS,
        only: Only::All,
        of: &["ExposedServices.omni.sidero.dev"],
    },
    Pin {
        label: labels::CLUSTER,
        only: Only::HeldBy(UPGRADE_LOCK),
        of: &["ClusterMachines.omni.sidero.dev"],
    },
    Pin {
        label: labels::MACHINE_SET,
        only: Only::HeldBy(CONFIG_LOCK),
        of: &["ClusterMachines.omni.sidero.dev"],
    },
];

/// An index: ids by the value of a label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    label: &'static str,
    only: Only,
    of: &'static [&'static str],
}

/// Which of the resources that have the label stand in the index.
#[derive(Debug, Clone, Copy)]
enum Only {
    /// All of them.
    All,
    /// Those that have another label, too.
    With(&'static str),
    /// Those that have none of these labels.
    Without([&'static str; 2]),
    /// Those that are held by this finalizer.
    HeldBy(&'static str),
}

// === impl Pin ===

impl Pin {
    /// The indexes of a collection, the narrowest last.
    pub(super) fn of_type(type_name: &str) -> impl Iterator<Item = Self> {
        let plain = INDEXED.map(|label| Self {
            label,
            only: Only::All,
            of: &[],
        });
        let narrow = NARROW
            .into_iter()
            .filter(move |pin| pin.of.contains(&type_name));
        plain.into_iter().chain(narrow)
    }

    /// Whether it is the index of this label that leaves nothing out.
    pub(super) fn is_all_of(&self, label: &str) -> bool {
        self.label == label && matches!(self.only, Only::All)
    }

    /// Where a resource stands in the index; `None` when it does not.
    pub(super) fn place<'a>(&self, packed: &'a Packed, words: &'a Words) -> Option<&'a str> {
        let labels = packed.labels(words);
        let value = labels.find(self.label)?;
        let stands = match self.only {
            Only::All => true,
            Only::With(other) => labels.value(other).is_some(),
            Only::Without(others) => others.iter().all(|other| labels.value(other).is_none()),
            Only::HeldBy(finalizer) => packed.is_held_by(finalizer, words),
        };
        stands.then_some(value)
    }

    /// Where a query finds in this index all that it asks for; `None` when the index may lack some of it.
    pub(super) fn serves<'a>(&self, query: &'a Query) -> Option<&'a str> {
        let [terms] = query.selector.0.as_slice() else {
            return None;
        };
        let asks = |key: &str, for_it: bool| {
            let mut terms = terms.0.iter();
            terms.any(|term| term.key == key && term.is_presence(for_it))
        };
        let covered = match self.only {
            Only::All => true,
            Only::With(other) => asks(other, true),
            Only::Without(others) => others.iter().all(|other| asks(other, false)),
            Only::HeldBy(finalizer) => query.held_by == Some(finalizer),
        };
        terms.pinned(self.label).filter(|_| covered)
    }
}
