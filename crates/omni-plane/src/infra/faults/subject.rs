//! Whom a fault of a script is about.

use std::sync::Arc;

use omni_api::{Metadata, kind, labels};
use uuid::Uuid;

use crate::Store;
use crate::infra::machine::plain_id;
use crate::store::Query;

/// Machines that a script names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Machines {
    /// The one with this UUID.
    One(String),
    /// All of a machine set.
    OfSet(String),
    /// All of a cluster.
    OfCluster(String),
}

// === impl Machines ===

impl Machines {
    /// The machines of exactly one name.
    pub(super) fn named(
        machine: Option<&str>,
        set: Option<&str>,
        cluster: Option<&str>,
    ) -> Result<Self, String> {
        match (machine, set, cluster) {
            (Some(machine), None, None) => Ok(Self::One(id(machine)?)),
            (None, Some(set), None) => Ok(Self::OfSet(set.to_owned())),
            (None, None, Some(cluster)) => Ok(Self::OfCluster(cluster.to_owned())),
            _ => Err(
                "one of `machine`, `machine-set` and `cluster` says whom it is about".to_owned(),
            ),
        }
    }

    /// Whether a machine is meant, given its node in a cluster if it has one.
    pub(super) fn contain(&self, id: &str, node: Option<&Metadata>) -> bool {
        let of = |key, name: &String| node.and_then(|node| node.label(key)) == Some(name.as_str());
        match self {
            Self::One(machine) => machine == id,
            Self::OfSet(set) => of(labels::MACHINE_SET, set),
            Self::OfCluster(cluster) => of(labels::CLUSTER, cluster),
        }
    }

    /// Ids of the machines that are meant now.
    pub(super) fn ids(&self, store: &Store) -> Vec<Arc<str>> {
        let query = match self {
            Self::One(machine) => return vec![Arc::from(machine.as_str())],
            Self::OfSet(set) => Query::machine_set(set),
            Self::OfCluster(cluster) => Query::cluster(cluster),
        };
        let nodes = store.peek_all::<kind::MachineSetNode>(&query);
        nodes.iter().map(|node| node.metadata.id.clone()).collect()
    }
}

/// A machine by its number, from 1, or by its UUID.
fn id(text: &str) -> Result<String, String> {
    if let Ok(number) = text.parse::<usize>() {
        return match number {
            0 => Err("machines are counted from 1".to_owned()),
            number => Ok(plain_id(number)),
        };
    }
    let id = Uuid::parse_str(text)
        .map_err(|_| format!("{text:?} is neither the number of a machine nor its UUID"))?;
    Ok(id.to_string())
}
