//! The end of a request's machine.
//!
//! Keeps true: a machine whose request's status goes loses its node first, and its link when it is no cluster's machine any
//! more; until then the status stays, whoever the provider is.

use omni_api::{Resource, kind, labels};

use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// Takes away the links of machines whose requests are gone.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestCleanup;

impl Controller for RequestCleanup {
    fn name(&self) -> &'static str {
        "MachineRequestStatusCleanupController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::MachineRequestStatus>(),
            Input::mapped::<kind::ClusterMachine>(|store, machine| {
                let link = store.peek::<kind::Link>(&machine.id);
                let request = link.and_then(|link| {
                    let request = link.metadata.label(labels::MACHINE_REQUEST)?;
                    Some(request.into())
                });
                request.into_iter().collect()
            }),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<kind::MachineSetNode>(),
            Output::shared::<kind::Link>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(status) = cx.get::<kind::MachineRequestStatus>(id)? else {
            return Ok(Next::Done);
        };
        if !status.metadata.tearing_down() {
            cx.hold::<kind::MachineRequestStatus>(id)?;
        } else if is_free(cx, &status)? {
            cx.teardown_for::<kind::Link>("", &status.spec.id)?;
            cx.release::<kind::MachineRequestStatus>(id)?;
        }
        Ok(Next::Done)
    }
}

/// Takes the machine's node away; whether the machine belongs to no cluster any more.
fn is_free(cx: &Context<'_>, status: &Resource<kind::MachineRequestStatus>) -> Result<bool, Error> {
    cx.teardown_for::<kind::MachineSetNode>("", &status.spec.id)?;
    Ok(cx.get::<kind::ClusterMachine>(&status.spec.id)?.is_none())
}
