//! The end of a request's machine.
//!
//! Keeps true: a machine whose request's status goes loses its link, whoever the provider is.

use omni_api::{kind, labels};

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;

/// Takes away the links of machines whose requests are gone.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestCleanup;

impl Controller for RequestCleanup {
    fn name(&self) -> &'static str {
        "MachineRequestStatusCleanupController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_id::<kind::MachineRequestStatus>()]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<kind::Link>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(status) = cx.get::<kind::MachineRequestStatus>(id)? else {
            return Ok(Next::Done);
        };
        if !status.metadata.tearing_down() {
            cx.hold::<kind::MachineRequestStatus>(id)?;
            return Ok(Next::Done);
        }
        for link in cx.list::<kind::Link>(&Query::label(labels::MACHINE_REQUEST, id))? {
            cx.teardown_for::<kind::Link>("", link.id())?;
        }
        cx.release::<kind::MachineRequestStatus>(id)?;
        Ok(Next::Done)
    }
}
