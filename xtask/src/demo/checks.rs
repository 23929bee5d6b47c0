//! What must hold, by the plane's own listing.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Failure;
use super::plane::Plane;

/// How many machines the quickstart has.
const MACHINES: usize = 6;
/// How many of them the infrastructure provider makes.
const REQUESTED: usize = 3;
/// Everything that exists for a cluster only, and what is asked of infrastructure providers.
const OF_CLUSTERS: [&str; 12] = [
    "Clusters.omni.sidero.dev",
    "ClusterStatuses.omni.sidero.dev",
    "MachineSets.omni.sidero.dev",
    "MachineSetStatuses.omni.sidero.dev",
    "MachineSetNodes.omni.sidero.dev",
    "ClusterMachines.omni.sidero.dev",
    "ClusterMachineStatuses.omni.sidero.dev",
    "RedactedClusterMachineConfigs.omni.sidero.dev",
    "ConfigPatches.omni.sidero.dev",
    "MachineRequestSets.omni.sidero.dev",
    "MachineRequests.omni.sidero.dev",
    "MachineRequestStatuses.omni.sidero.dev",
];

/// All machines run and are ready, and so many come from requests.
pub(super) fn machines(plane: &Plane<'_>) -> Result<(), Failure> {
    let statuses = plane.list("ClusterMachineStatuses.omni.sidero.dev")?;
    let lagging = statuses
        .iter()
        .filter(|status| status["spec"]["stage"] != "RUNNING" || status["spec"]["ready"] != true);
    let lagging: Vec<_> = lagging
        .map(|status| format!("{} {}", id(status), status["spec"]))
        .collect();
    if !lagging.is_empty() {
        return Err(format!("not RUNNING and ready: {}", lagging.join(", ")).into());
    }
    expect(statuses.len(), MACHINES, "machines")?;
    let members: BTreeSet<_> = statuses.iter().map(id).collect();
    let requests = plane.list("MachineRequestStatuses.omni.sidero.dev")?;
    let made: BTreeSet<_> = requests
        .iter()
        .filter_map(|request| request["spec"]["id"].as_str())
        .collect();
    expect(
        members.intersection(&made).count(),
        REQUESTED,
        "requested machines in the cluster",
    )
}

/// The patch has reached the configuration of every machine.
pub(super) fn patched(plane: &Plane<'_>) -> Result<(), Failure> {
    let configs = plane.list("RedactedClusterMachineConfigs.omni.sidero.dev")?;
    expect(configs.len(), MACHINES, "machine configurations")?;
    for config in &configs {
        let text = config["spec"]["data"].as_str().unwrap_or_default();
        let document: Json = serde_saphyr::from_str(first_document(text))?;
        if document["machine"]["network"]["kubespan"]["enabled"] != true {
            return Err(format!(
                "the configuration of machine {} has no KubeSpan",
                id(config)
            )
            .into());
        }
    }
    Ok(())
}

/// Nothing is left of the cluster.
pub(super) fn nothing_left(plane: &Plane<'_>) -> Result<(), Failure> {
    for kind in OF_CLUSTERS {
        let left = plane.list(kind)?;
        if let Some(first) = left.first() {
            return Err(
                format!("{} of {kind} left, the first is {}", left.len(), id(first)).into(),
            );
        }
    }
    Ok(())
}

fn expect(found: usize, wanted: usize, what: &str) -> Result<(), Failure> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("{found} {what}, not {wanted}").into())
    }
}

fn id(resource: &Json) -> &str {
    resource["metadata"]["id"].as_str().unwrap_or_default()
}

/// The v1alpha1 part of a configuration; other documents may follow.
fn first_document(text: &str) -> &str {
    let text = text.strip_prefix("---\n").unwrap_or(text);
    text.split_once("\n---").map_or(text, |(first, _)| first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_document_is_found_with_and_without_marks() {
        assert_eq!(first_document("a: 1\n"), "a: 1\n");
        assert_eq!(first_document("---\na: 1\n---\nb: 2\n"), "a: 1");
        assert_eq!(first_document("a: 1\n--- # next\nb: 2\n"), "a: 1");
    }
}
