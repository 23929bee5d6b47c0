//! The status of an identity.
//!
//! Keeps true: [`kind::IdentityStatus`] shows the user, its role, and when it was last seen.

use omni_api::kind;

use crate::engine::{Context, Controller, Error, Input, Next, Output};

use super::{of_user, text};

/// The statuses of identities.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdentityStatuses;

impl Controller for IdentityStatuses {
    fn name(&self) -> &'static str {
        "IdentityStatusController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::Identity>(),
            Input::by_id::<kind::IdentityLastActive>(),
            Input::mapped::<kind::User>(of_user),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::IdentityStatus>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let identity = cx.get::<kind::Identity>(id)?;
        let Some(identity) = identity.filter(|identity| !identity.metadata.tearing_down()) else {
            if cx.remove::<kind::IdentityStatus>(id)? {
                cx.release::<kind::Identity>(id)?;
            }
            return Ok(Next::Done);
        };
        cx.hold::<kind::Identity>(id)?;
        let Some(user) = cx.get::<kind::User>(&identity.spec.user_id)? else {
            return Ok(Next::Done);
        };
        let active = cx.get::<kind::IdentityLastActive>(id)?;
        let active = active.and_then(|active| active.spec.last_active);
        cx.put::<kind::IdentityStatus>(id, |status| {
            status.metadata.labels.clone_from(&identity.metadata.labels);
            status.spec.user_id.clone_from(&identity.spec.user_id);
            status.spec.role.clone_from(&user.spec.role);
            status.spec.last_active = active.as_ref().map(text).unwrap_or_default();
        })?;
        Ok(Next::Done)
    }
}
