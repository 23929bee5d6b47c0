//! Rules of machine sets.

use omni_api::specs::MachineSetSpec;
use omni_api::specs::machine_set_spec::{MachineAllocation, machine_allocation};
use omni_api::{Metadata, Resource, kind, labels};

use super::{Outcome, refuse};
use crate::Store;
use crate::release::{Release, Rule};
use crate::store::Query;

type MachineSet = Resource<kind::MachineSet>;

const SNAPSHOT_BYTES: usize = 4096;

pub(super) fn write(store: &Store, old: Option<&MachineSet>, new: &MachineSet) -> Outcome {
    let cluster = new.metadata.label(labels::CLUSTER).unwrap_or_default();
    let Some(found) = store.peek::<kind::Cluster>(cluster) else {
        return if new.metadata.tearing_down() {
            Ok(())
        } else {
            refuse(format!("the cluster {cluster:?} does not exist"))
        };
    };
    unlocked(old, new, &found.metadata)?;
    roles(store, old, new, cluster)?;
    bootstrap(store, old, new, cluster)?;
    allocation_of_class(store, old, new)?;
    match old {
        Some(old) => mode_kept(store, old, new),
        None => id(new, cluster),
    }
}

pub(super) fn destroy(store: &Store, set: &MachineSet) -> Outcome {
    let cluster = set.metadata.label(labels::CLUSTER).unwrap_or_default();
    let locked = store.peek::<kind::Cluster>(cluster).is_some_and(|cluster| {
        cluster
            .metadata
            .annotation(labels::CLUSTER_LOCKED)
            .is_some()
            && !cluster.metadata.tearing_down()
    });
    if locked {
        let id = set.id();
        return refuse(format!(
            "removing machine set {id:?} from the cluster {cluster:?} is not allowed: the cluster is locked"
        ));
    }
    Ok(())
}

/// How the set gets its machines: from a class, or none where nodes are named by hand.
pub(super) fn allocation(spec: &MachineSetSpec) -> Option<&MachineAllocation> {
    #[allow(deprecated, reason = "old clients still set the class here")]
    spec.machine_allocation
        .as_ref()
        .or(spec.machine_class.as_ref())
}

fn unlocked(old: Option<&MachineSet>, new: &MachineSet, cluster: &Metadata) -> Outcome {
    let (id, name) = (new.id(), &cluster.id);
    let locked = cluster.annotation(labels::CLUSTER_LOCKED).is_some()
        && cluster
            .annotation(labels::CLUSTER_IMPORT_IS_IN_PROGRESS)
            .is_none();
    if old.is_none() && cluster.tearing_down() {
        return refuse(format!("the cluster {name:?} is tearing down"));
    }
    if old.is_none() && locked {
        return refuse(format!(
            "adding machine set {id:?} to the cluster {name:?} is not allowed: the cluster is locked"
        ));
    }
    if locked && !new.metadata.tearing_down() {
        return refuse(format!(
            "updating machine set {id:?} on the cluster {name:?} is not allowed: the cluster is locked"
        ));
    }
    Ok(())
}

fn is_control_plane(set: &MachineSet) -> bool {
    set.metadata.label(labels::CONTROL_PLANE_ROLE).is_some()
}

fn roles(store: &Store, old: Option<&MachineSet>, new: &MachineSet, cluster: &str) -> Outcome {
    if !is_control_plane(new) && new.metadata.label(labels::WORKER_ROLE).is_none() {
        let (one, other) = (labels::CONTROL_PLANE_ROLE, labels::WORKER_ROLE);
        return refuse(format!(
            "machine set must have either {one:?} or {other:?} label"
        ));
    }
    if is_control_plane(new) && old.is_none() && bootstrapped(store, cluster) {
        return refuse(
            "adding control plane machine set to an already bootstrapped cluster is not allowed",
        );
    }
    Ok(())
}

fn bootstrapped(store: &Store, cluster: &str) -> bool {
    let status = store.peek::<kind::ClusterBootstrapStatus>(cluster);
    status.is_some_and(|status| status.spec.bootstrapped)
}

fn bootstrap(store: &Store, old: Option<&MachineSet>, new: &MachineSet, cluster: &str) -> Outcome {
    let wanted = new.spec.bootstrap_spec.as_ref();
    if wanted.is_some() && !is_control_plane(new) {
        return refuse("bootstrap spec is not allowed for worker machine sets");
    }
    if let Some(old) = old {
        let removable = Release::of(store).keeps(Rule::BootstrapRemoval);
        return match (&old.spec.bootstrap_spec, wanted) {
            (Some(_), None) if removable && bootstrapped(store, cluster) => Ok(()),
            (Some(_), None) if removable => {
                refuse("bootstrap spec can only be removed after the cluster is bootstrapped")
            }
            (before, now) if before.as_ref() == now => Ok(()),
            _ => refuse("bootstrap spec is immutable after creation"),
        };
    }
    let Some(wanted) = wanted else { return Ok(()) };
    if Release::of(store).keeps(Rule::SnapshotPaths) {
        snapshot(&wanted.snapshot)?;
    }
    let uuid = &wanted.cluster_uuid;
    let found = store.peek_all::<kind::ClusterUuid>(&Query::label(labels::CLUSTER_UUID, uuid));
    match found.as_slice() {
        [] => refuse(format!("invalid cluster UUID {uuid:?}")),
        [cluster] if store.peek::<kind::BackupData>(cluster.id()).is_some() => Ok(()),
        [cluster] => {
            let missing = crate::store::Key::of::<kind::BackupData>(cluster.id())
                .at(omni_api::Version::UNDEFINED);
            refuse(format!(
                "error getting backup data: failed to get: resource {missing} doesn't exist"
            ))
        }
        _ => refuse(format!("inconsistent state on cluster UUID {uuid:?}")),
    }
}

fn snapshot(path: &str) -> Outcome {
    if path.len() > SNAPSHOT_BYTES {
        let length = path.len();
        return refuse(format!(
            "bootstrap snapshot path is too long: {length} bytes (max {SNAPSHOT_BYTES})"
        ));
    }
    let inside = path == "." || path.split('/').all(|part| !["", ".", ".."].contains(&part));
    if !path.is_empty() && !inside {
        return refuse(
            "bootstrap snapshot must be a relative path without parent-directory references",
        );
    }
    Ok(())
}

fn allocation_of_class(store: &Store, old: Option<&MachineSet>, new: &MachineSet) -> Outcome {
    let Some(wanted) = allocation(&new.spec) else {
        return Ok(());
    };
    if wanted.name.is_empty() {
        return refuse("machine allocation source name is not set");
    }
    let unlimited = wanted.allocation_type() == machine_allocation::Type::Unlimited;
    if wanted.machine_count != 0 && unlimited {
        return refuse("machine count can be set only if static allocation type is used");
    }
    // A switch from named nodes to a class is not looked at, as on the server.
    let changed = match old.map(|old| allocation(&old.spec)) {
        None => true,
        Some(before) => before.is_some_and(|before| before.name != wanted.name),
    };
    if !changed {
        return Ok(());
    }
    let Some(class) = store.peek::<kind::MachineClass>(&wanted.name) else {
        return refuse(format!(
            "machine class with name {:?} doesn't exist",
            wanted.name
        ));
    };
    if class.spec.auto_provision.is_some() && unlimited {
        return refuse(format!(
            "machine class {:?} is using autoprovision, so unlimited machine set allocation is not supported",
            wanted.name
        ));
    }
    Ok(())
}

fn mode_kept(store: &Store, old: &MachineSet, new: &MachineSet) -> Outcome {
    let (before, now) = (
        allocation(&old.spec).is_some(),
        allocation(&new.spec).is_some(),
    );
    if before == now
        || store
            .peek_all::<kind::MachineSetNode>(&Query::machine_set(new.id()))
            .is_empty()
    {
        return Ok(());
    }
    refuse(if now {
        "machine set is not empty and is using manual nodes management, updating to machine class mode is not allowed"
    } else {
        "machine set is not empty and is using machine class based node management, updating to manual mode is not \
         allowed"
    })
}

fn id(new: &MachineSet, cluster: &str) -> Outcome {
    let prefix = format!("{cluster}-");
    if !new.id().starts_with(&prefix) {
        return refuse(format!(
            "machine set of cluster {cluster:?} ID must have {prefix:?} as prefix"
        ));
    }
    let reserved = format!("{cluster}-control-planes");
    match (is_control_plane(new), new.id() == reserved) {
        (true, false) => refuse(format!(
            "control plane machine set must have ID {reserved:?}"
        )),
        (false, true) => refuse(format!("worker machine set must not have ID {reserved:?}")),
        _ => Ok(()),
    }
}
