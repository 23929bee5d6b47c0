//! The notification that no more machines may be registered, as long as it is so.
//!
//! Omni's controller counts more than that, for its metrics; the plane has no metrics.

use std::sync::Arc;

use omni_api::Metadata;
use omni_api::kind::{MachineStatus, Notification};
use omni_api::specs::notification_spec::Type;

use crate::Store;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::instance::{self, Instances};

/// Tells of a full account.
#[derive(Debug)]
pub(super) struct RegistrationLimit;

/// Id of the notification.
const ID: &str = "machine-registration-limit";

impl Controller for RegistrationLimit {
    fn name(&self) -> &'static str {
        "MachineStatusMetricsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<MachineStatus>(always),
            Input::mapped::<Instances>(always),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<Notification>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let instance = cx.get::<Instances>(instance::ID)?;
        let limit = instance.map_or(0, |instance| instance.spec.account_max_registered_machines);
        let registered = cx.count::<MachineStatus>()?;
        if limit == 0 || registered < limit as usize {
            if cx.get::<Notification>(id)?.is_some() {
                cx.remove::<Notification>(id)?;
            }
            return Ok(Next::Done);
        }
        cx.put::<Notification>(id, |notification| {
            let spec = &mut notification.spec;
            "Machine Registration Limit Reached".clone_into(&mut spec.title);
            spec.body =
                format!("{registered}/{limit} machines registered. New machines will be rejected.");
            spec.set_type(Type::Warning);
        })?;
        Ok(Next::Done)
    }
}

/// There is one notification, whatever has happened.
fn always(_: &Store, _: &Metadata) -> Vec<Arc<str>> {
    vec![Arc::from(ID)]
}
