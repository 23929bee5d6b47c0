//! Whether a machine is there: what every object that names a machine asks at plan time. Pure.

use omni_api::{Resource, kind, labels};
use tfplugin::Diagnostic;

/// Tells a machine that has checked in from one that waits to be accepted and from one that nobody knows. `None` is all right.
///
/// A machine of a bare-metal provider that is accepted and has not booted yet is all right, too.
pub fn missing(
    id: &str,
    status: Option<&Resource<kind::MachineStatus>>,
    infra: Option<&Resource<kind::InfraMachine>>,
) -> Option<Diagnostic> {
    let pending = |infra: &Resource<kind::InfraMachine>| {
        infra
            .metadata
            .labels
            .contains_key(labels::MACHINE_PENDING_ACCEPT)
    };
    match (status, infra) {
        (None, Some(infra)) if pending(infra) => Some(not_accepted(id)),
        (None, None) => Some(unknown(id)),
        (Some(_), _) | (None, Some(_)) => None,
    }
}

fn not_accepted(id: &str) -> Diagnostic {
    Diagnostic::error("Machine is not accepted yet")
        .detail(format!(
            "The machine {id} has booted and waits to be accepted into the account."
        ))
        .remedy("Accept it (`omnictl machine accept`), then apply again.")
        .at_attribute("machine_id")
}

fn unknown(id: &str) -> Diagnostic {
    Diagnostic::error("No such machine")
        .detail(format!("No machine {id} has ever connected to this account."))
        .remedy("Check the id, boot the machine from an image of this account, or find machines with the data source omni_machines.")
        .at_attribute("machine_id")
}
