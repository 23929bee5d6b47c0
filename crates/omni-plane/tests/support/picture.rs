//! A plane at rest, without what is drawn at random or tells of the way there.

use std::collections::{BTreeMap, BTreeSet};

use omni_api::{AnyResource, Kind as _, kind, labels};
use omni_plane::Store;
use omni_plane::store::Query;

/// Ids of these are drawn at random, or follow from what is; or they tell of what was before: differences of configurations, images that were
/// pulled for an upgrade.
const NAMELESS: &[&str] = &[
    "ImagePullRequests.omni.sidero.dev",
    "ImagePullStatuses.omni.sidero.dev",
    "JoinTokens.omni.sidero.dev",
    "JoinTokenStatuses.omni.sidero.dev",
    "MachineConfigDiffs.omni.sidero.dev",
    "PublicKeyLastActives.omni.sidero.dev",
    "PublicKeys.omni.sidero.dev",
    "Schematics.plane.internal",
    "Users.omni.sidero.dev",
];

/// What it has written stays when an upgrade is over.
const UPGRADER: &str = "KubernetesUpgradeStatusController";

/// Every resource by type and id, and what can be compared of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Picture(BTreeMap<(String, String), Line>);

#[derive(Debug, PartialEq)]
struct Line {
    phase: &'static str,
    owner: String,
    finalizers: BTreeSet<String>,
    labels: BTreeMap<String, String>,
}

/// What there is.
pub(crate) fn picture(store: &Store) -> Picture {
    let mut lines = BTreeMap::new();
    for holding in store.holdings() {
        if NAMELESS.contains(&&*holding.type_name) {
            continue;
        }
        let found = store.list(&holding.namespace, &holding.type_name, &Query::all());
        let patches = &*holding.type_name == kind::ConfigPatch::TYPE;
        for resource in found {
            if patches && resource.metadata.owner == UPGRADER {
                continue;
            }
            let name = (
                holding.type_name.to_string(),
                resource.metadata.id.to_string(),
            );
            lines.insert(name, line(&resource));
        }
    }
    Picture(lines)
}

fn line(resource: &AnyResource) -> Line {
    let metadata = &resource.metadata;
    let mut marks = metadata.labels.clone();
    for random in [labels::CLUSTER_UUID, labels::PUBLIC_KEY_USER_ID] {
        marks.remove(random);
    }
    Line {
        phase: metadata.phase.as_str(),
        owner: metadata.owner.clone(),
        finalizers: metadata.finalizers.iter().cloned().collect(),
        labels: marks,
    }
}

// === impl Picture ===

impl Picture {
    /// Where the other one differs, for people; empty where it does not.
    pub(crate) fn difference(&self, other: &Self) -> String {
        let names: BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let differing = names
            .into_iter()
            .map(|name| (name, self.0.get(name), other.0.get(name)))
            .filter(|(_, ours, theirs)| ours != theirs);
        differing
            .map(|(name, ours, theirs)| format!("\n{name:?}: {ours:?}, but {theirs:?}"))
            .collect()
    }
}
