//! Small words that many controllers use: roles, labels, and how an event finds those whom it concerns.

use std::sync::Arc;

use omni_api::{Kind, Metadata, Resource, labels};
use rand::RngExt as _;

use crate::Store;
use crate::engine::{Context, Error};
use crate::store::Query;

/// The label of internal kinds that says in which line something stands: of those that wait for the same, only the first is told when it is there.
pub(crate) const LINE: &str = "plane.internal/line";

/// Labels that say where a machine belongs.
pub const PLACE: [&str; 4] = [
    labels::CLUSTER,
    labels::MACHINE_SET,
    labels::CONTROL_PLANE_ROLE,
    labels::WORKER_ROLE,
];

/// A random name of six signs, from those that make no words (Kubernetes' own for names).
pub fn random_name() -> String {
    const SIGNS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut random = rand::rng();
    (0..6)
        .map(|_| char::from(SIGNS[random.random_range(0..SIGNS.len())]))
        .collect()
}

/// Whether it carries the control plane's role.
pub fn is_control_plane(metadata: &Metadata) -> bool {
    metadata.label(labels::CONTROL_PLANE_ROLE).is_some()
}

/// Whether it is held by a finalizer: of what was just read, this need not be asked again.
pub fn is_held(metadata: &Metadata, finalizer: &str) -> bool {
    metadata.finalizers.iter().any(|holder| holder == finalizer)
}

/// The cluster it belongs to.
///
/// # Errors
/// [`Error::Unusable`] when it has no such label.
pub fn cluster_of(metadata: &Metadata) -> Result<&str, Error> {
    label(metadata, labels::CLUSTER)
}

/// The machine set it belongs to.
///
/// # Errors
/// [`Error::Unusable`] when it has no such label.
pub fn machine_set_of(metadata: &Metadata) -> Result<&str, Error> {
    label(metadata, labels::MACHINE_SET)
}

/// The id of a cluster's control planes.
pub fn control_planes_of(cluster: &str) -> String {
    format!("{cluster}-control-planes")
}

/// Copies the labels that are there.
pub fn copy_labels(from: &Metadata, to: &mut Metadata, keys: &[&str]) {
    for key in keys {
        if let Some(value) = from.label(key) {
            to.labels.insert((*key).to_owned(), value.to_owned());
        }
    }
}

/// Copies all labels.
pub fn copy_all_labels(from: &Metadata, to: &mut Metadata) {
    to.labels.extend(from.labels.clone());
}

/// Sets a label without a value, or takes it away.
pub fn flag(metadata: &mut Metadata, key: &str, present: bool) {
    if present {
        metadata.labels.insert(key.to_owned(), String::new());
    } else {
        metadata.labels.remove(key);
    }
}

/// Sets an annotation without a value, or takes it away.
pub fn note(metadata: &mut Metadata, key: &str, present: bool) {
    if present {
        metadata.annotations.insert(key.to_owned(), String::new());
    } else {
        metadata.annotations.remove(key);
    }
}

/// An event about a cluster, or a resource with its id, concerns the cluster's resources of this kind.
pub fn those_of_cluster<K: Kind>(store: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    ids::<K>(store, &Query::cluster(&metadata.id))
}

/// An event about a machine set, or a resource with its id, concerns the set's resources of this kind.
pub fn those_of_machine_set<K: Kind>(store: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    ids::<K>(store, &Query::machine_set(&metadata.id))
}

/// An event about a control plane concerns its machine set.
pub fn set_of_control_plane(_: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    let set = metadata
        .label(labels::MACHINE_SET)
        .filter(|_| is_control_plane(metadata));
    set.map(Arc::from).into_iter().collect()
}

/// An event about a control plane, or its machine set, concerns its cluster.
pub fn cluster_of_control_plane(_: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    let cluster = metadata
        .label(labels::CLUSTER)
        .filter(|_| is_control_plane(metadata));
    cluster.map(Arc::from).into_iter().collect()
}

/// The ids of the resources that a query finds.
pub fn ids<K: Kind>(store: &Store, query: &Query) -> Vec<Arc<str>> {
    store.ids(K::NAMESPACE, K::TYPE, query)
}

/// `1 machine`, `2 machines`.
pub fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Reads a resource by its id, as one of those that have this label.
///
/// # Errors
/// Those of [`Context::get`].
pub fn one_of<K: Kind>(
    cx: &Context<'_>,
    label: &str,
    value: &str,
    id: &str,
) -> Result<Option<Arc<Resource<K>>>, Error> {
    let found = cx.get::<K>(id)?;
    Ok(found.filter(|found| found.metadata.label(label) == Some(value)))
}

/// Whether the cluster must not be touched: locked, and not on its way out.
///
/// # Errors
/// Those of [`Context::get`].
pub fn is_locked(cx: &Context<'_>, cluster: &str) -> Result<bool, Error> {
    let cluster = cx.get::<omni_api::kind::Cluster>(cluster)?;
    Ok(cluster.is_some_and(|cluster| {
        let noted = |key| cluster.metadata.annotation(key).is_some();
        noted(labels::CLUSTER_LOCKED)
            && !noted(labels::CLUSTER_IMPORT_IS_IN_PROGRESS)
            && !cluster.metadata.tearing_down()
    }))
}

fn label<'a>(metadata: &'a Metadata, key: &str) -> Result<&'a str, Error> {
    metadata.label(key).ok_or_else(|| Error::Unusable {
        what: metadata.to_string(),
        reason: format!("it has no label {key}"),
    })
}
