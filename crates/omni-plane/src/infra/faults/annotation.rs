//! Faults on a resource, as an annotation: YAML or JSON, a list as in a script, without naming whom it is about.

use omni_api::{Kind as _, Metadata, kind};

use super::script::{self, Fault};

/// The annotation. A real Omni keeps it and does nothing with it.
pub const ANNOTATION: &str = "embedded-plane/faults";

/// What the faults on a resource of some kind can be about.
#[derive(Debug, Clone, Copy)]
struct Concern {
    /// Machines: one, those of a set, those of a cluster, those made for requests.
    machines: bool,
    /// Requests to a provider.
    requests: Requests,
}

/// The requests that a resource stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requests {
    None,
    /// It is one.
    One,
    /// Several, which are counted.
    Many,
}

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
    let Some(concern) = concern(type_name) else {
        return Err(format!(
            "the annotation {ANNOTATION} has no meaning here: it belongs on clusters, machine sets, their nodes, machine labels, \
             infrastructure providers, sets of machine requests and machine requests"
        ));
    };
    let unusable = |why: String| format!("the annotation {ANNOTATION} cannot be used: {why}");
    let faults = script::list(text).map_err(unusable)?;
    let wrong = faults.iter().find_map(|fault| fault.misplaced(concern));
    wrong.map_or(Ok(()), |why| Err(unusable(why)))
}

/// What faults on a resource of this kind can be about; none where they cannot be about anything.
fn concern(type_name: &str) -> Option<Concern> {
    let (machines, requests) = match type_name {
        kind::MachineLabels::TYPE
        | kind::MachineSetNode::TYPE
        | kind::MachineSet::TYPE
        | kind::Cluster::TYPE => (true, Requests::None),
        kind::InfraProvider::TYPE => (false, Requests::Many),
        kind::MachineRequestSet::TYPE => (true, Requests::Many),
        kind::MachineRequest::TYPE => (true, Requests::One),
        _ => return None,
    };
    Some(Concern { machines, requests })
}

impl Fault {
    /// Why it cannot be on a resource that is about this, if it cannot.
    fn misplaced(&self, concern: Concern) -> Option<String> {
        let fits = match self {
            Self::InstallFails(_) | Self::MachineDisconnects(_) | Self::UpgradeHangs(_) => {
                concern.machines
            }
            Self::RequestRefused(it) => match concern.requests {
                Requests::One if it.request.is_some() => {
                    return Some(
                        "on a request, request-refused is about that one and has no number"
                            .to_owned(),
                    );
                }
                requests => requests != Requests::None,
            },
            Self::ServerStalls(_) | Self::WatchBreaks(_) => false,
        };
        let foreign = || format!("{} does not belong on this kind of resource", self.name());
        (!fits).then(foreign)
    }
}
