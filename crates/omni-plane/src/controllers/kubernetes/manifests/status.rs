//! From what is wanted and what is there to what is shown: the arithmetic of a manifests' status, pure.
//!
//! An object of which the cluster has nothing yet is pending; one whose contents changed stays applied while it is changed. Objects
//! that nobody wants any more are deleting until they are gone, but for those of groups that are applied once.

use std::collections::{BTreeMap, BTreeSet};

use omni_api::specs::ClusterKubernetesManifestsStatusSpec;
use omni_api::specs::cluster_kubernetes_manifests_status_spec::{
    GroupStatus, ManifestStatus, group_status, manifest_status,
};
use omni_api::specs::kubernetes_manifest_group_spec::Mode;

use crate::machines::workload::{Inventory, Object, WorkloadSpec};

/// A manifest group that is wanted.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Its id.
    pub(super) id: String,
    /// How it is applied.
    pub(super) mode: Mode,
    /// Its objects.
    pub(super) objects: Vec<Object>,
}

/// Brings the status up to date.
pub(super) fn update(
    status: &mut ClusterKubernetesManifestsStatusSpec,
    wanted: &[Wanted],
    there: &WorkloadSpec,
) {
    let ids: BTreeSet<&str> = wanted
        .iter()
        .flat_map(|group| &group.objects)
        .map(|object| object.id.as_str())
        .collect();
    for group in wanted {
        for object in &group.objects {
            set(status, &group.id, object, there);
        }
    }
    for group in status.groups.values_mut() {
        forget(group, &ids, there);
    }
    count(status, wanted);
}

/// The objects that a group still has to see applied: all of a full one; of a one-time one those that never were.
pub(super) fn to_apply(
    status: &ClusterKubernetesManifestsStatusSpec,
    id: &str,
    mode: Mode,
    objects: Vec<Object>,
) -> Vec<Object> {
    let known = status.groups.get(id);
    if mode != Mode::OneTime {
        return objects;
    }
    if known.is_some_and(|group| group.phase() == group_status::Phase::Applied) {
        return Vec::new();
    }
    let applied = |object: &Object| {
        let one = known.and_then(|group| group.manifests.get(&object.id));
        one.is_some_and(|one| one.phase() == manifest_status::Phase::Applied)
    };
    objects
        .into_iter()
        .filter(|object| !applied(object))
        .collect()
}

fn set(
    status: &mut ClusterKubernetesManifestsStatusSpec,
    group: &str,
    object: &Object,
    there: &WorkloadSpec,
) {
    let applied = there.object(object.inventory(), &object.id).is_some();
    let phase = if applied {
        manifest_status::Phase::Applied
    } else {
        manifest_status::Phase::Pending
    };
    let group = status.groups.entry(group.to_owned()).or_default();
    let one = ManifestStatus {
        phase: phase.into(),
        kind: object.kind.clone(),
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        group: object.group.clone(),
    };
    group.manifests.insert(object.id.clone(), one);
}

/// What nobody wants any more is on its way out, or gone.
fn forget(group: &mut GroupStatus, wanted: &BTreeSet<&str>, there: &WorkloadSpec) {
    if group.mode() == Mode::OneTime {
        return;
    }
    group
        .manifests
        .retain(|id, _| wanted.contains(id.as_str()) || there.has(id));
    for (id, one) in &mut group.manifests {
        if !wanted.contains(id.as_str()) {
            one.set_phase(manifest_status::Phase::Deleting);
        }
    }
}

fn count(status: &mut ClusterKubernetesManifestsStatusSpec, wanted: &[Wanted]) {
    let modes: BTreeMap<&str, Mode> = wanted
        .iter()
        .map(|group| (group.id.as_str(), group.mode))
        .collect();
    status.groups.retain(|id, group| {
        modes.contains_key(id.as_str())
            || (!group.manifests.is_empty() && group.mode() != Mode::OneTime)
    });
    let (mut total, mut behind) = (0, 0);
    for (id, group) in &mut status.groups {
        let all = group.manifests.len();
        let Some(mode) = modes.get(id.as_str()) else {
            group.set_phase(group_status::Phase::Deleting);
            (total, behind) = (total + all, behind + all);
            continue;
        };
        let applied = |one: &&ManifestStatus| one.phase() == manifest_status::Phase::Applied;
        let missing = all - group.manifests.values().filter(applied).count();
        group.set_mode(*mode);
        group.set_phase(if missing == 0 {
            group_status::Phase::Applied
        } else {
            group_status::Phase::Progressing
        });
        (total, behind) = (total + all, behind + missing);
    }
    status.total = i32::try_from(total).unwrap_or(i32::MAX);
    status.out_of_sync = i32::try_from(behind).unwrap_or(i32::MAX);
}

/// The inventory of a group.
pub(super) fn inventory(mode: Mode, system: bool) -> Inventory {
    match (mode, system) {
        (Mode::OneTime, _) => Inventory::OneTime,
        (_, true) => Inventory::System,
        (_, false) => Inventory::User,
    }
}
