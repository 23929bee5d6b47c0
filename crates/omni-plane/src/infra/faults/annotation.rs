//! Faults on a resource, as an annotation: YAML or JSON, a list as in a script, without naming whom it is about.

use omni_api::{Kind as _, Metadata, kind};

use super::script::{self, Fault};

/// The annotation. A real Omni keeps it and does nothing with it.
pub const ANNOTATION: &str = "embedded-plane/faults";

/// Kinds whose annotation is about machines: one, those of a set, those of a cluster.
const OF_MACHINES: [&str; 4] = [
    kind::MachineLabels::TYPE,
    kind::MachineSetNode::TYPE,
    kind::MachineSet::TYPE,
    kind::Cluster::TYPE,
];

/// The faults that a resource has on it. What is in the store was checked when it was written.
pub(super) fn of(metadata: &Metadata) -> Vec<Fault> {
    let text = metadata.annotation(ANNOTATION);
    text.and_then(|text| script::list(text).ok())
        .unwrap_or_default()
}

/// What is wrong with the annotation of a resource, if it has one.
pub(crate) fn check(metadata: &Metadata) -> Result<(), String> {
    let Some(text) = metadata.annotation(ANNOTATION) else {
        return Ok(());
    };
    let type_name = &*metadata.type_name;
    let of_machines = OF_MACHINES.contains(&type_name);
    if !of_machines && type_name != kind::InfraProvider::TYPE {
        return Err(format!(
            "the annotation {ANNOTATION} has no meaning here: it belongs on clusters, machine sets, their nodes, machine labels and \
             infrastructure providers"
        ));
    }
    let faults = script::list(text)
        .map_err(|error| format!("the annotation {ANNOTATION} cannot be used: {error}"))?;
    let foreign = faults
        .iter()
        .find(|fault| fault.machines_or_provider() != Some(of_machines));
    foreign.map_or(Ok(()), |fault| {
        Err(format!(
            "the annotation {ANNOTATION} cannot be used: {} does not belong on this kind of resource",
            fault.name()
        ))
    })
}

impl Fault {
    /// Whether it is about machines (true) or a provider (false); none where it is about the server.
    const fn machines_or_provider(&self) -> Option<bool> {
        match self {
            Self::InstallFails(_) | Self::MachineDisconnects(_) | Self::UpgradeHangs(_) => {
                Some(true)
            }
            Self::RequestRefused(_) => Some(false),
            Self::ServerStalls(_) | Self::WatchBreaks(_) => None,
        }
    }
}
