//! One step of applying: what is wanted and not there is taken in, what is there and not wanted is pruned.
//!
//! Objects are judged as Kubernetes judges them, as far as the emulated one can: those of built-in kinds that live in a namespace need
//! one, and custom ones need their definition, in the cluster or beside them. An inventory with an object that fails is not applied.

use std::collections::BTreeSet;

use super::status::Wanted;
use super::{RETRY, TAKES_IN, after, keep};
use crate::Moment;
use crate::engine::Next;
use crate::machines::workload::{Inventory, Object, WorkloadSpec};

/// What may be wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    /// It stays wrong: Omni says what it is and waits for another manifest.
    Fatal(String),
    /// It may come right: Omni tries again.
    Retryable,
}

/// Omni's words for a fault that may come right.
const RETRYABLE: &str = "retryable error occurred while applying manifests";

/// Kinds of Kubernetes itself that live in a namespace.
const NAMESPACED: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Endpoints"),
    ("", "Event"),
    ("", "LimitRange"),
    ("", "PersistentVolumeClaim"),
    ("", "Pod"),
    ("", "PodTemplate"),
    ("", "ReplicationController"),
    ("", "ResourceQuota"),
    ("", "Secret"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("apps", "ControllerRevision"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("coordination.k8s.io", "Lease"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("events.k8s.io", "Event"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
];

/// Takes the step; answers when to look again, and Omni's words where an inventory fails.
pub(super) fn step(
    there: &mut WorkloadSpec,
    wanted: &[Wanted],
    now: Moment,
) -> (Next, Option<String>) {
    let all: Vec<&Object> = wanted.iter().flat_map(|group| &group.objects).collect();
    let (mut fatal, mut retry) = (None, false);
    let mut sound = BTreeSet::new();
    for inventory in [Inventory::System, Inventory::User, Inventory::OneTime] {
        let ours = all.iter().filter(|object| object.inventory() == inventory);
        let fault = ours.copied().find_map(|object| fault(object, &all, there));
        match fault {
            None => {
                sound.insert(inventory);
            }
            Some(Fault::Fatal(why)) => fatal = Some(why),
            Some(Fault::Retryable) => retry = true,
        }
    }
    let failure = fatal.or_else(|| retry.then(|| RETRYABLE.to_owned()));
    let next = take_in(there, &all, &sound, now);
    match next {
        Some(next) => (next, failure),
        None if retry => (Next::Idle(RETRY), failure),
        None => (Next::Done, failure),
    }
}

/// Begins or ends taking objects in; `None` when nothing is on its way.
fn take_in(
    there: &mut WorkloadSpec,
    all: &[&Object],
    sound: &BTreeSet<Inventory>,
    now: Moment,
) -> Option<Next> {
    let changes = |there: &WorkloadSpec| {
        let differs = |object: &&&Object| {
            sound.contains(&object.inventory())
                && there
                    .object(object.inventory(), &object.id)
                    .is_none_or(|held| held.sha256 != object.sha256)
        };
        all.iter().any(|object| differs(&object))
            || there.objects.iter().any(|held| is_pruned(held, all, sound))
    };
    if !changes(there) {
        there.applied_at = 0;
        return None;
    }
    if there.applied_at == 0 {
        there.applied_at = keep(now + TAKES_IN);
    }
    if there.applied_at > keep(now) {
        return Some(after(there.applied_at, now));
    }
    there.applied_at = 0;
    there.objects.retain(|held| !is_pruned(held, all, sound));
    for object in all
        .iter()
        .filter(|object| sound.contains(&object.inventory()))
    {
        there.put((*object).clone());
    }
    None
}

/// Whether an object is to go: nobody wants it, and its inventory is one that is kept in order.
fn is_pruned(held: &Object, all: &[&Object], sound: &BTreeSet<Inventory>) -> bool {
    let inventory = held.inventory();
    inventory != Inventory::OneTime
        && sound.contains(&inventory)
        && !all.iter().any(|object| object.id == held.id)
}

fn fault(object: &Object, all: &[&Object], there: &WorkloadSpec) -> Option<Fault> {
    let (group, kind) = (object.group.as_str(), object.kind.as_str());
    if object.name.is_empty() {
        return Some(Fault::Fatal(format!(
            "{} is invalid: metadata.name: Required value: name or generateName is required",
            object.id
        )));
    }
    if object.namespace.is_empty() && NAMESPACED.contains(&(group, kind)) {
        return Some(Fault::Fatal(format!(
            "{} namespace not specified",
            object.id
        )));
    }
    // A group with a dot that Kubernetes does not keep for itself is somebody's own.
    let custom = group.contains('.') && !group.ends_with(".k8s.io");
    (custom && !is_defined(group, all, there)).then_some(Fault::Retryable)
}

/// Whether the group's kinds are defined: definitions are called `<plural>.<group>`.
fn is_defined(group: &str, all: &[&Object], there: &WorkloadSpec) -> bool {
    let defines = |object: &Object| {
        let name = object.name.split_once('.').map(|(_, group)| group);
        object.kind == "CustomResourceDefinition" && name == Some(group)
    };
    all.iter().copied().chain(&there.objects).any(defines)
}
