//! The end of a provider.
//!
//! Keeps true: of a provider that is gone nothing is left, its account included, and no request waits for it.
//!
//! # Order
//! As Omni takes them, each step beginning when those before it are done: what the provider said of itself; its account (keys, user,
//! identity); the links of machines that came by it, which are torn down and not waited for; what it said of its bare-metal machines; what
//! it said of requests; the sets of requests that users made. The latter are all of them, whoever the provider is: so does Omni.

use std::sync::Arc;

use omni_api::resource::Map;
use omni_api::{Kind, Metadata, kind, labels};

use crate::Store;
use crate::accounts;
use crate::api::PROVIDER_SUFFIX;
use crate::engine::{Context, Controller, Error, Input, Next, Output, take_along};
use crate::infra::dynamic;
use crate::infra::machine::MachineState;
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
            Input::by_label::<kind::Link>(labels::INFRA_PROVIDER_ID),
            Input::by_label::<kind::InfraMachineStatus>(labels::INFRA_PROVIDER_ID),
            Input::by_label::<kind::MachineRequestStatus>(labels::INFRA_PROVIDER_ID),
            Input::mapped::<kind::MachineRequestSet>(leaving),
            Input::mapped::<kind::Identity>(of_account),
            Input::mapped::<kind::PublicKey>(of_key),
            Input::mapped::<kind::User>(of_user),
            Input::quiet::<MachineState>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<Play>(),
            Output::shared::<MachineState>(),
            Output::shared::<kind::InfraProviderStatus>(),
            Output::shared::<kind::InfraProviderHealthStatus>(),
            Output::shared::<kind::MachineRequest>(),
            Output::shared::<kind::PublicKey>(),
            Output::shared::<kind::User>(),
            Output::shared::<kind::Identity>(),
            Output::shared::<kind::Link>(),
            Output::shared::<kind::InfraMachineStatus>(),
            Output::shared::<kind::MachineRequestStatus>(),
            Output::shared::<kind::MachineRequestSet>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let provider = cx.get::<kind::InfraProvider>(id)?;
        let leaving = match &provider {
            Some(provider) if !provider.metadata.tearing_down() => {
                cx.hold::<kind::InfraProvider>(id)?;
                return Ok(Next::Done);
            }
            leaving => leaving.is_some(),
        };
        stop_playing(cx, id)?;
        // Of one that was gone before it could be held only what is its own beyond doubt.
        if told_of_itself_gone(cx, id)?
            && account_gone(cx, id)?
            && leaving
            && links_cut(cx, id)?
            && told_gone::<kind::InfraMachineStatus>(cx, id)?
            && told_gone::<kind::MachineRequestStatus>(cx, id)?
            && take_along::<kind::MachineRequestSet>(cx, &Query::all(), &[""])?
        {
            cx.release::<kind::InfraProvider>(id)?;
        }
        Ok(Next::Done)
    }
}

/// The emulated provider ends: it holds no requests any more, and its machines that never came to Omni go with it.
fn stop_playing(cx: &Context<'_>, id: &str) -> Result<(), Error> {
    cx.remove_for::<Play>("", id)?;
    let finalizer = dynamic::owner(id);
    let own = Query::label(labels::INFRA_PROVIDER_ID, id);
    for request in cx.list::<kind::MachineRequest>(&own)? {
        if request.metadata.finalizers.contains(&finalizer) {
            cx.release_as::<kind::MachineRequest>(request.id(), &finalizer)?;
        }
        let of_request = Query::label(labels::MACHINE_REQUEST, request.id());
        for machine in cx.list::<MachineState>(&of_request)? {
            if cx.get::<kind::Link>(machine.id())?.is_none() && !machine.spec.removed {
                cx.put_for_user::<MachineState>(machine.id(), |machine| {
                    machine.spec.removed = true;
                })?;
            }
        }
    }
    Ok(())
}

/// What the provider said of itself: its schema, and that it lives.
fn told_of_itself_gone(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let health = cx.get::<kind::InfraProviderHealthStatus>(id)?;
    let owner = health.map_or_else(|| health::owner(id), |health| health.metadata.owner.clone());
    Ok(cx.remove_for::<kind::InfraProviderStatus>("", id)?
        && cx.remove_for::<kind::InfraProviderHealthStatus>(&owner, id)?)
}

/// Puts the links of its machines on their way out; the machines follow, and nobody waits for them here.
fn links_cut(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    for link in cx.list::<kind::Link>(&Query::label(labels::INFRA_PROVIDER_ID, id))? {
        cx.teardown_for::<kind::Link>("", link.id())?;
    }
    Ok(true)
}

/// Takes away what the provider said of one kind of thing, under whatever name it said it.
fn told_gone<K: Kind>(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let mut gone = true;
    for told in cx.list::<K>(&Query::label(labels::INFRA_PROVIDER_ID, id))? {
        gone &= cx.remove_for::<K>(&told.metadata.owner, told.id())?;
    }
    Ok(gone)
}

/// The providers that are on their way out: each of them waits for every set of requests.
fn leaving(store: &Store, _: &Metadata) -> Vec<Arc<str>> {
    let providers = store.peek_all::<kind::InfraProvider>(&Query::all());
    let leaving = providers
        .iter()
        .filter(|provider| provider.metadata.tearing_down());
    leaving
        .map(|provider| provider.metadata.id.clone())
        .collect()
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
