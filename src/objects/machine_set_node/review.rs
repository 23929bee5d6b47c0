//! What is wrong with a node before it is written: does the machine exist, is it free, is it accepted, does it fit?
//!
//! The server accepts a node for a machine that does not exist and waits for ever; a plan should say so. Pure: what is known of the
//! machine comes in, messages go out.

use omni_api::{Resource, kind, labels};
use tfplugin::Diagnostic;

use crate::objects::shared;

/// What is known about the machine.
pub struct Machine {
    /// The machine as it checked in.
    pub status: Option<Resource<kind::MachineStatus>>,
    /// What its bare-metal provider holds of it, accepted or not.
    pub infra: Option<Resource<kind::InfraMachine>>,
    /// The node that holds the machine already.
    pub node: Option<Resource<kind::MachineSetNode>>,
}

/// Checks a machine that is to join a cluster.
pub fn joining(id: &str, cluster: &str, machine: &Machine) -> Option<Diagnostic> {
    if let Some(node) = &machine.node {
        return taken(id, cluster, node);
    }
    shared::machine::missing(id, machine.status.as_ref(), machine.infra.as_ref())
}

/// Refuses a lock where Omni does.
pub fn lock(control_plane: bool, locked: bool) -> Option<Diagnostic> {
    (control_plane && locked).then(|| {
        Diagnostic::error("A control plane machine cannot be locked")
            .detail("Omni locks workers only.")
            .remedy("Remove `locked`, or lock the whole cluster (`omni_cluster.….locked`).")
            .at_attribute("locked")
    })
}

fn taken(id: &str, cluster: &str, node: &Resource<kind::MachineSetNode>) -> Option<Diagnostic> {
    let owner = node.metadata.label(labels::CLUSTER).unwrap_or_default();
    // A node of the same cluster is met at create, with the import block.
    (owner != cluster).then(|| {
        Diagnostic::error("Machine is taken")
            .detail(format!("The machine {id} belongs to the cluster {owner:?}."))
            .remedy("Choose a free machine (`omni_machines` with `available = true`), or take this one out of its cluster first.")
            .at_attribute("machine_id")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs;

    const ID: &str = "10001802-c798-4da7-a410-f09abb48c8d8";

    fn machine() -> Machine {
        Machine {
            status: Some(Resource::new(ID, specs::MachineStatusSpec::default())),
            infra: None,
            node: None,
        }
    }

    fn summary(machine: &Machine) -> Option<String> {
        joining(ID, "prod", machine).map(|diagnostic| diagnostic.summary().to_owned())
    }

    #[test]
    fn a_free_machine_may_join() {
        assert_eq!(summary(&machine()), None);
    }

    #[test]
    fn a_machine_that_never_connected_is_refused() {
        assert_eq!(
            summary(&Machine {
                status: None,
                ..machine()
            })
            .as_deref(),
            Some("No such machine")
        );
    }

    #[test]
    fn a_machine_of_another_cluster_is_refused() {
        let mut node = Resource::new(ID, specs::MachineSetNodeSpec {});
        node.metadata
            .labels
            .insert(labels::CLUSTER.into(), "other".into());
        assert_eq!(
            summary(&Machine {
                node: Some(node),
                ..machine()
            })
            .as_deref(),
            Some("Machine is taken")
        );
    }

    #[test]
    fn a_machine_that_waits_for_acceptance_says_so() {
        let mut infra = Resource::new(ID, specs::InfraMachineSpec::default());
        infra
            .metadata
            .labels
            .insert(labels::MACHINE_PENDING_ACCEPT.into(), String::new());
        let pending = Machine {
            status: None,
            infra: Some(infra),
            node: None,
        };
        assert_eq!(
            summary(&pending).as_deref(),
            Some("Machine is not accepted yet")
        );
    }

    #[test]
    fn a_control_plane_machine_is_not_locked() {
        assert!(lock(true, true).is_some());
        assert!(lock(false, true).is_none());
        assert!(lock(true, false).is_none());
    }
}
