//! The end of a provider.
//!
//! Keeps true: of a provider that is gone nothing is left, its account included, and no request waits for it.

use std::sync::Arc;

use omni_api::resource::Map;
use omni_api::{Metadata, kind, labels};

use crate::Store;
use crate::accounts;
use crate::api::PROVIDER_SUFFIX;
use crate::engine::{Context, Controller, Error, Input, Next, Output, take_along};
use crate::infra::dynamic;
use crate::store::Query;

use super::health;
use super::play::Play;

/// Takes away what a provider leaves behind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cleanup;

impl Controller for Cleanup {
    fn name(&self) -> &'static str {
        "InfraProviderCleanupController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::InfraProvider>(),
            Input::by_label::<kind::MachineRequest>(labels::INFRA_PROVIDER_ID),
            Input::mapped::<kind::Identity>(of_account),
            Input::mapped::<kind::PublicKey>(of_key),
            Input::mapped::<kind::User>(of_user),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<Play>(),
            Output::shared::<kind::InfraProviderStatus>(),
            Output::shared::<kind::InfraProviderHealthStatus>(),
            Output::shared::<kind::MachineRequest>(),
            Output::shared::<kind::PublicKey>(),
            Output::shared::<kind::User>(),
            Output::shared::<kind::Identity>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let provider = cx.get::<kind::InfraProvider>(id)?;
        if provider.is_some_and(|provider| !provider.metadata.tearing_down()) {
            cx.hold::<kind::InfraProvider>(id)?;
            return Ok(Next::Done);
        }
        cx.remove_for::<kind::InfraProviderStatus>("", id)?;
        let owner = cx.get::<kind::InfraProviderHealthStatus>(id)?;
        let owner = owner.map_or_else(|| health::owner(id), |health| health.metadata.owner.clone());
        cx.remove_for::<kind::InfraProviderHealthStatus>(&owner, id)?;
        cx.remove_for::<Play>("", id)?;
        let finalizer = dynamic::owner(id);
        for request in
            cx.list::<kind::MachineRequest>(&Query::label(labels::INFRA_PROVIDER_ID, id))?
        {
            if request.metadata.finalizers.contains(&finalizer) {
                cx.put_for_user::<kind::MachineRequest>(request.id(), |request| {
                    request
                        .metadata
                        .finalizers
                        .retain(|name| *name != finalizer);
                })?;
            }
        }
        if account_gone(cx, id)? {
            cx.release::<kind::InfraProvider>(id)?;
        }
        Ok(Next::Done)
    }
}

/// The provider whose account an identity is.
fn of_account(_: &Store, identity: &Metadata) -> Vec<Arc<str>> {
    providers([&*identity.id])
}

/// The provider whose account a key lets in.
fn of_key(store: &Store, key: &Metadata) -> Vec<Arc<str>> {
    providers(accounts::of_key(store, key).iter().map(AsRef::as_ref))
}

/// The provider behind whose account a user is.
fn of_user(store: &Store, user: &Metadata) -> Vec<Arc<str>> {
    providers(accounts::of_user(store, user).iter().map(AsRef::as_ref))
}

fn providers<'a>(identities: impl IntoIterator<Item = &'a str>) -> Vec<Arc<str>> {
    let ids = identities.into_iter();
    ids.filter_map(|id| id.strip_suffix(PROVIDER_SUFFIX))
        .map(Arc::from)
        .collect()
}

/// Takes the provider's account away: keys, user, identity, each when the one before is gone.
fn account_gone(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let account = format!("{id}{PROVIDER_SUFFIX}");
    let Some(identity) = cx.get::<kind::Identity>(&account)? else {
        return Ok(true);
    };
    let user = &identity.spec.user_id;
    let keys = Query::label(labels::PUBLIC_KEY_USER_ID, user);
    Ok(take_along::<kind::PublicKey>(cx, &keys, &[""])?
        && cx.remove_for::<kind::User>("", user)?
        && cx.remove_for::<kind::Identity>("", &account)?)
}

/// The label that ties a resource to its provider.
pub(crate) fn mark(marks: &mut Map, provider: &str) {
    marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), provider.to_owned());
}
