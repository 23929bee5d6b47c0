//! Is the cluster ready, and if not, what is missing?
//!
//! Ready is not one flag. The server's `ready` flickers true before it means anything, lags a change by some 50 ms, and is true
//! for a cluster that has lost its control plane. A cluster is ready here when all of this holds at once: every set has the
//! machines that were asked for, every machine is RUNNING, ready and has its configuration, extensions and kernel arguments, the control plane's conditions are
//! Ready, the Kubernetes API is healthy, both upgrades are Done at the wanted versions, and the server's summary agrees. That
//! it held for a settle time is the waiter's business ([`super::wait`]).
//!
//! One predicate serves the readiness resource, upgrades, the data source and the tree; what it lists is the explanation.

use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::control_plane_status_spec::condition::Status as ConditionStatus;
use omni_api::specs::{
    ConditionType, MachineSetPhase, cluster_status_spec, kubernetes_upgrade_status_spec,
    talos_upgrade_status_spec,
};
use omni_api::{Resource, kind, labels};

use super::blocker::{Blocker, Subject};
use super::images::images;
use super::observed::Observed;

/// The versions that a cluster must run; `None` leaves one to what the cluster's own spec says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Kubernetes version without `v`.
    pub kubernetes_version: Option<String>,
    /// Talos version without `v`.
    pub talos_version: Option<String>,
}

/// Everything that is missing, most specific first; empty when the cluster is ready.
pub fn blockers(observed: &Observed, wanted: &Wanted) -> Vec<Blocker> {
    let Some(cluster) = &observed.cluster else {
        return vec![Blocker::new(Subject::Cluster, "it does not exist")];
    };
    if cluster.metadata.tearing_down() {
        return vec![Blocker::new(Subject::Cluster, "it is being destroyed")];
    }
    let mut found = Vec::new();
    machines(observed, &mut found);
    images(observed, &mut found);
    machine_sets(observed, &mut found);
    control_plane(observed, &mut found);
    talos(
        observed,
        wanted
            .talos_version
            .as_deref()
            .unwrap_or(&cluster.spec.talos_version),
        &mut found,
    );
    kubernetes(
        observed,
        wanted
            .kubernetes_version
            .as_deref()
            .unwrap_or(&cluster.spec.kubernetes_version),
        &mut found,
    );
    summary(observed, &mut found);
    found.sort();
    found
}

fn machines(observed: &Observed, found: &mut Vec<Blocker>) {
    for (id, machine) in &observed.machines {
        if let Some(reason) = machine_reason(machine) {
            found.push(Blocker::new(Subject::Machine(id.clone()), reason));
        }
    }
    for (id, node) in &observed.machine_set_nodes {
        if !observed.machines.contains_key(id) {
            let reason = if node.metadata.tearing_down() {
                "it is leaving the cluster"
            } else {
                "it was assigned to the cluster but has not been seen: is it connected to this account?"
            };
            found.push(Blocker::new(Subject::Machine(id.clone()), reason));
        }
    }
    for (id, request) in &observed.machine_requests {
        let spec = &request.spec;
        if request
            .metadata
            .labels
            .contains_key(labels::MACHINE_REQUEST_IN_USE)
        {
            continue;
        }
        let error = if spec.error.is_empty() {
            String::new()
        } else {
            format!(": {}", spec.error)
        };
        found.push(Blocker::new(
            Subject::MachineRequest(id.clone()),
            format!("{}{error}", spec.status),
        ));
    }
}

fn machine_reason(machine: &Resource<kind::ClusterMachineStatus>) -> Option<String> {
    let spec = &machine.spec;
    let error = if spec.last_config_error.is_empty() {
        String::new()
    } else {
        format!(", last error: {}", spec.last_config_error)
    };
    if !machine
        .metadata
        .labels
        .contains_key(labels::MACHINE_CONNECTED)
    {
        return Some(format!(
            "it is not connected (stage {}){error}",
            spec.stage().as_str_name()
        ));
    }
    match spec.stage() {
        Stage::Running if !spec.ready => {
            Some(format!("RUNNING, its services are not healthy yet{error}"))
        }
        Stage::Running if !spec.config_up_to_date => {
            Some(format!("its configuration is being applied{error}"))
        }
        Stage::Running => None,
        stage => Some(format!("stage {}{error}", stage.as_str_name())),
    }
}

fn machine_sets(observed: &Observed, found: &mut Vec<Blocker>) {
    for (id, set) in &observed.machine_sets {
        let subject = || Subject::MachineSet(id.clone());
        if set.metadata.tearing_down() {
            found.push(Blocker::new(subject(), "it is being destroyed"));
            continue;
        }
        match observed.machine_set_statuses.get(id) {
            None => found.push(Blocker::new(
                subject(),
                "the server has not looked at it yet",
            )),
            Some(status) => {
                if let Some(reason) = machine_set_reason(status) {
                    found.push(Blocker::new(subject(), reason));
                }
            }
        }
    }
}

fn machine_set_reason(status: &Resource<kind::MachineSetStatus>) -> Option<String> {
    let spec = &status.spec;
    if !spec.error.is_empty() {
        return Some(spec.error.clone());
    }
    let machines = spec.machines.unwrap_or_default();
    if machines.total != machines.requested {
        let (total, requested) = (machines.total, machines.requested);
        return Some(format!(
            "{total} of {requested} machines: no more match, or they are still joining or leaving"
        ));
    }
    if machines.connected != machines.total || machines.healthy != machines.total {
        let (healthy, connected, total) = (machines.healthy, machines.connected, machines.total);
        return Some(format!(
            "{healthy} of {total} machines are healthy, {connected} connected"
        ));
    }
    if spec.locked_updates > 0 {
        return Some(format!(
            "{} locked machines have updates waiting",
            spec.locked_updates
        ));
    }
    let phase = spec.phase();
    (phase != MachineSetPhase::Running || !spec.ready)
        .then(|| format!("phase {}", phase.as_str_name()))
}

fn control_plane(observed: &Observed, found: &mut Vec<Blocker>) {
    let sets = observed
        .machine_sets
        .iter()
        .filter(|(_, set)| set.metadata.labels.contains_key(labels::CONTROL_PLANE_ROLE));
    let Some((id, _)) = sets.into_iter().next() else {
        found.push(Blocker::new(
            Subject::ControlPlane,
            "the cluster has no control plane machine set",
        ));
        return;
    };
    let conditions = observed
        .control_planes
        .get(id)
        .map(|status| status.spec.conditions.as_slice())
        .unwrap_or_default();
    if conditions.is_empty() {
        found.push(Blocker::new(
            Subject::ControlPlane,
            "its conditions have not been checked yet",
        ));
    }
    for condition in conditions {
        if condition.status() != ConditionStatus::Ready {
            let name = ConditionType::try_from(condition.r#type)
                .map_or("condition", |kind| kind.as_str_name());
            found.push(Blocker::new(
                Subject::ControlPlane,
                format!("{name}: {}", condition.reason),
            ));
        }
    }
    if !observed
        .load_balancer
        .as_ref()
        .is_some_and(|balancer| balancer.spec.healthy)
    {
        found.push(Blocker::new(
            Subject::KubernetesApi,
            "it does not answer yet",
        ));
    }
}

fn talos(observed: &Observed, wanted: &str, found: &mut Vec<Blocker>) {
    let Some(status) = observed.talos_upgrade.as_ref().map(|status| &status.spec) else {
        found.push(Blocker::new(
            Subject::TalosUpgrade,
            "its version is not known yet",
        ));
        return;
    };
    if status.phase() != talos_upgrade_status_spec::Phase::Done {
        found.push(Blocker::new(
            Subject::TalosUpgrade,
            upgrade_reason(
                status.phase().as_str_name(),
                &status.status,
                &status.step,
                &status.error,
            ),
        ));
    } else if status.last_upgrade_version != wanted {
        found.push(Blocker::new(
            Subject::TalosUpgrade,
            format!("runs {}, not {wanted}", status.last_upgrade_version),
        ));
    }
}

fn kubernetes(observed: &Observed, wanted: &str, found: &mut Vec<Blocker>) {
    let Some(status) = observed
        .kubernetes_upgrade
        .as_ref()
        .map(|status| &status.spec)
    else {
        found.push(Blocker::new(
            Subject::KubernetesUpgrade,
            "its version is not known yet",
        ));
        return;
    };
    if status.phase() != kubernetes_upgrade_status_spec::Phase::Done {
        found.push(Blocker::new(
            Subject::KubernetesUpgrade,
            upgrade_reason(
                status.phase().as_str_name(),
                &status.status,
                &status.step,
                &status.error,
            ),
        ));
    } else if status.last_upgrade_version != wanted {
        found.push(Blocker::new(
            Subject::KubernetesUpgrade,
            format!("runs {}, not {wanted}", status.last_upgrade_version),
        ));
    }
}

fn upgrade_reason(phase: &str, status: &str, step: &str, error: &str) -> String {
    let details = [status, step, error]
        .into_iter()
        .filter(|text| !text.is_empty());
    std::iter::once(phase)
        .chain(details)
        .collect::<Vec<_>>()
        .join(", ")
}

fn summary(observed: &Observed, found: &mut Vec<Blocker>) {
    let Some(status) = observed.cluster_status.as_ref().map(|status| &status.spec) else {
        found.push(Blocker::new(
            Subject::Cluster,
            "the server has not looked at it yet",
        ));
        return;
    };
    let agrees = status.phase() == cluster_status_spec::Phase::Running
        && status.ready
        && status.controlplane_ready
        && status.kubernetes_api_ready;
    // The summary has no reasons; it is named only where nothing more specific was found.
    if !agrees && found.is_empty() {
        found.push(Blocker::new(
            Subject::Cluster,
            format!("phase {}", status.phase().as_str_name()),
        ));
    }
}
