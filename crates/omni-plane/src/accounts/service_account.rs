//! The status of a service account.
//!
//! Keeps true: [`kind::ServiceAccountStatus`] lists the account's keys, and until when the last of them is valid. Of an account whose keys are
//! gone it still says the latter.

use omni_api::specs::service_account_status_spec::PgpPublicKey;
use omni_api::{kind, labels};

use crate::Moment;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;

use super::{of_key, of_user};

/// The statuses of service accounts.
#[derive(Debug, Clone, Copy, Default)]
pub struct ServiceAccountStatuses;

impl Controller for ServiceAccountStatuses {
    fn name(&self) -> &'static str {
        "ServiceAccountStatusController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::Identity>(),
            Input::mapped::<kind::User>(of_user),
            Input::mapped::<kind::PublicKey>(of_key),
            Input::by_label::<kind::PublicKeyLastActive>(labels::IDENTITY),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::ServiceAccountStatus>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let identity = cx.get::<kind::Identity>(id)?;
        let Some(identity) = identity.filter(|identity| !identity.metadata.tearing_down()) else {
            if cx.remove::<kind::ServiceAccountStatus>(id)? {
                cx.release::<kind::Identity>(id)?;
            }
            return Ok(Next::Done);
        };
        let marks = &identity.metadata;
        let provider = marks.label(labels::INFRA_PROVIDER).is_some();
        if provider || marks.label(labels::IDENTITY_TYPE_SERVICE_ACCOUNT).is_none() {
            return Ok(Next::Done);
        }
        cx.hold::<kind::Identity>(id)?;
        let Some(user) = cx.get::<kind::User>(&identity.spec.user_id)? else {
            return Ok(Next::Done);
        };
        let keys = keys(cx, &identity.spec.user_id)?;
        let expiration = keys
            .iter()
            .filter_map(|key| key.expiration)
            .max_by_key(|end| Moment::from(*end));
        cx.put::<kind::ServiceAccountStatus>(id, |status| {
            status.spec.role.clone_from(&user.spec.role);
            status.spec.public_keys.clone_from(&keys);
            status.spec.expiration = expiration.or(status.spec.expiration);
        })?;
        Ok(Next::Done)
    }
}

fn keys(cx: &Context<'_>, user: &str) -> Result<Vec<PgpPublicKey>, Error> {
    let query = Query::label(labels::PUBLIC_KEY_USER_ID, user);
    let mut keys = Vec::new();
    let all = cx.list::<kind::PublicKey>(&query)?;
    for key in all.iter().filter(|key| !key.metadata.tearing_down()) {
        let active = cx.get::<kind::PublicKeyLastActive>(key.id())?;
        keys.push(PgpPublicKey {
            id: key.id().to_owned(),
            armored: String::from_utf8_lossy(&key.spec.public_key).into_owned(),
            expiration: key.spec.expiration,
            created: key.metadata.created,
            last_used: active.and_then(|active| active.spec.last_used),
        });
    }
    Ok(keys)
}
