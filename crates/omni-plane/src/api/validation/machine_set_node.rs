//! Rules of machine set nodes: which machine stands in which set.

use std::sync::Arc;

use omni_api::{Metadata, Resource, kind, labels};

use super::machine_set::allocation;
use super::version::parse_tolerant;
use super::{Outcome, refuse};
use crate::Store;

type Node = Resource<kind::MachineSetNode>;

pub(super) fn create(store: &Store, new: &Node) -> Outcome {
    let set = set_of(store, &new.metadata);
    let id = new.metadata.label(labels::MACHINE_SET).unwrap_or_default();
    let prefix = format!("adding machine set node to the machine set {id:?} is not allowed: ");
    let set = usable_set(set, &prefix)?;
    if allocation(&set.spec).is_some() && !takes_removal_back(store, new) {
        return refuse(format!(
            "{prefix}the machine set is using automated machine allocation"
        ));
    }
    let cluster = usable_cluster(store, &new.metadata, &prefix)?;
    compatible(store, new.id(), &cluster)?;
    no_locked_control_plane(&set, new)
}

pub(super) fn update(store: &Store, old: &Node, new: &Node) -> Outcome {
    if new.metadata.tearing_down() {
        return Ok(());
    }
    let id = old.metadata.label(labels::MACHINE_SET).unwrap_or_default();
    let prefix = format!("updating machine set node on the machine set {id:?} is not allowed: ");
    let set = usable_set(set_of(store, &old.metadata), &prefix)?;
    let cluster = usable_cluster(store, &old.metadata, &prefix)?;
    let Some(target) = new.metadata.label(labels::MACHINE_SET) else {
        return refuse("missing machine set label");
    };
    if target != id {
        compatible(store, old.id(), &cluster)?;
    }
    no_locked_control_plane(&set, new)
}

pub(super) fn destroy(store: &Store, node: &Node) -> Outcome {
    let id = node.metadata.label(labels::MACHINE_SET).unwrap_or_default();
    let name = node.metadata.label(labels::CLUSTER).unwrap_or_default();
    let gone = |metadata: Option<&Metadata>| metadata.is_none_or(Metadata::tearing_down);
    let set = set_of(store, &node.metadata);
    let cluster = store.peek::<kind::Cluster>(name);
    // What is on its way out does not hold its parts back.
    if gone(set.as_ref().map(|set| &set.metadata))
        || gone(cluster.as_ref().map(|one| &one.metadata))
    {
        return Ok(());
    }
    let prefix = format!("removing machine set node from the machine set {id:?} is not allowed: ");
    if node.metadata.annotation(labels::MACHINE_LOCKED).is_some() {
        return refuse(format!("{prefix}machine set node is locked"));
    }
    if cluster.is_some_and(|cluster| {
        cluster
            .metadata
            .annotation(labels::CLUSTER_LOCKED)
            .is_some()
    }) {
        return refuse(format!("{prefix}the cluster {name:?} is locked"));
    }
    Ok(())
}

fn set_of(store: &Store, metadata: &Metadata) -> Option<Arc<Resource<kind::MachineSet>>> {
    store.peek::<kind::MachineSet>(metadata.label(labels::MACHINE_SET).unwrap_or_default())
}

fn usable_set(
    set: Option<Arc<Resource<kind::MachineSet>>>,
    prefix: &str,
) -> Result<Arc<Resource<kind::MachineSet>>, super::Invalid> {
    let Some(set) = set else {
        return refuse(format!("{prefix}the machine set does not exist"));
    };
    if set.metadata.tearing_down() {
        return refuse(format!("{prefix}the machine set is tearing down"));
    }
    Ok(set)
}

fn usable_cluster(
    store: &Store,
    metadata: &Metadata,
    prefix: &str,
) -> Result<Arc<Resource<kind::Cluster>>, super::Invalid> {
    let name = metadata.label(labels::CLUSTER).unwrap_or_default();
    let Some(cluster) = store.peek::<kind::Cluster>(name) else {
        return refuse(format!("{prefix}the cluster {name:?} does not exist"));
    };
    if cluster.metadata.tearing_down() {
        return refuse(format!("{prefix}the cluster {name:?} is tearing down"));
    }
    let annotated = |key| cluster.metadata.annotation(key).is_some();
    if annotated(labels::CLUSTER_LOCKED) && !annotated(labels::CLUSTER_IMPORT_IS_IN_PROGRESS) {
        return refuse(format!("{prefix}the cluster {name:?} is locked"));
    }
    Ok(cluster)
}

/// A node that the server had made and that was removed may be made again while its machine still runs.
fn takes_removal_back(store: &Store, new: &Node) -> bool {
    new.metadata
        .label(labels::MANAGED_BY_MACHINE_SET_NODE_CONTROLLER)
        .is_some()
        && store
            .peek::<kind::ClusterMachine>(new.id())
            .is_some_and(|machine| !machine.metadata.tearing_down())
}

fn no_locked_control_plane(set: &Resource<kind::MachineSet>, node: &Node) -> Outcome {
    let locked = node.metadata.annotation(labels::MACHINE_LOCKED).is_some();
    if locked && set.metadata.label(labels::CONTROL_PLANE_ROLE).is_some() {
        return refuse("locking controlplanes is not allowed");
    }
    Ok(())
}

/// Whether the machine's Talos fits the cluster's. A machine that nobody knows yet fits.
fn compatible(store: &Store, machine: &str, cluster: &Resource<kind::Cluster>) -> Outcome {
    let Some(status) = store.peek::<kind::MachineStatus>(machine) else {
        return Ok(());
    };
    let version = status.spec.talos_version.trim_start_matches('v');
    if semver::Version::parse(version).is_err() {
        return Ok(());
    }
    let wanted = match semver::Version::parse(&cluster.spec.talos_version) {
        Ok(wanted) => wanted,
        Err(error) => return refuse(error.to_string()),
    };
    let in_agent_mode = status
        .spec
        .schematic
        .as_ref()
        .is_some_and(|schematic| schematic.in_agent_mode);
    if in_agent_mode {
        return Ok(());
    }
    let Some(version) = status.metadata.label(labels::MACHINE_TALOS_VERSION) else {
        return refuse("the machine has no Talos version label");
    };
    let Ok(has) = parse_tolerant(version) else {
        return refuse("the machine's Talos version could not be determined");
    };
    let installed = status.metadata.label(labels::MACHINE_INSTALLED).is_some();
    versions_fit(&has, installed, &wanted)
}

fn versions_fit(has: &semver::Version, installed: bool, wanted: &semver::Version) -> Outcome {
    let (has, wanted) = ((has.major, has.minor), (wanted.major, wanted.minor));
    if has > wanted {
        return refuse(
            "the machine has a newer Talos version installed: downgrade is not allowed. Upgrade the machine or change \
             the cluster Talos version",
        );
    }
    // From 1.13 on Omni installs by itself, whatever the machine runs from.
    let by_omni = has >= (1, 13) && wanted >= (1, 13);
    if installed || by_omni || has == wanted {
        return Ok(());
    }
    refuse(
        "the machine running from ISO or PXE must have the same major and minor version as the cluster it is going to \
         be added to. Please use another ISO or change the cluster Talos version",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_joins_where_its_talos_fits() {
        let version = |text: &str| semver::Version::parse(text).expect("a version");
        for (has, installed, wanted, fits) in [
            ("1.14.0", true, "1.13.7", false),
            ("1.12.0", true, "1.13.7", true),
            ("1.13.7", true, "1.13.7", true),
            ("1.13.0", false, "1.14.1", true),
            ("1.12.3", false, "1.12.9", true),
            ("1.11.0", false, "1.12.9", false),
            ("1.12.0", false, "1.13.7", false),
        ] {
            let outcome = versions_fit(&version(has), installed, &version(wanted));
            assert_eq!(
                outcome.is_ok(),
                fits,
                "{has} ({installed}) into {wanted}: {outcome:?}"
            );
        }
    }
}
