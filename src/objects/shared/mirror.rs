//! An object that mirrors one resource of Omni: how it is found again, kept, changed and deleted.
//!
//! Contract: an object says how it is called, under which id its resource is, and how it fills its state; the rest is here, once. A read
//! waits where the provider block is not known yet, refuses another account's object, and notes an object on its way out.

use omni_api::{Kind, Resource};
use omni_client::{Client, Error};
use tfplugin::objects::Cx;
use tfplugin::{Diagnostics, Object};

use super::server;
use super::verbs::{self, Name};
use crate::session::{Session, defer, explain};

/// An object that mirrors one resource.
pub trait Mirror: Clone + Send + Sync {
    /// The resource.
    type Kind: Kind;

    /// Type of the object, `omni_cluster`.
    const RESOURCE: &'static str;
    /// What it is in messages, `cluster`.
    const NOUN: &'static str;

    /// The resource's id, from a state.
    fn id(&self) -> String;

    /// The cluster within which a read may look; nothing where the resource must be found without its cluster label as well.
    fn scope(&self) -> Option<&str> {
        None
    }

    /// Fills the state from the resource.
    fn fill(&mut self, resource: &Resource<Self::Kind>);

    /// Fills what other resources tell about this one.
    ///
    /// # Errors
    /// A read that failed.
    fn fill_status(
        &mut self,
        _client: &Client,
        _resource: &Resource<Self::Kind>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }
}

/// How the object with an id calls itself in messages.
pub fn name<M: Mirror>(id: &str) -> Name<'_> {
    Name {
        resource: M::RESOURCE,
        noun: M::NOUN,
        id,
    }
}

/// The state of an object that was just created: kept at once, so that nothing that fails later loses it.
pub async fn created<M: Mirror + Object>(
    cx: &Cx<Session>,
    mut state: M,
    resource: &Resource<M::Kind>,
) -> M {
    state.fill(resource);
    cx.keep(&state);
    cx.session().remember_account(cx).await;
    state
}

/// Creates the resource and gives the planned state, filled.
///
/// # Errors
/// Those of [`verbs::create`].
pub async fn create<M: Mirror + Object>(
    cx: &Cx<Session>,
    planned: M,
    resource: &Resource<M::Kind>,
) -> Result<M, Diagnostics> {
    let client = cx.session().client().await?;
    let resource = verbs::create(client, name::<M>(resource.id()), resource).await?;
    Ok(created(cx, planned, &resource).await)
}

/// Reads the object anew; `None` when it is gone.
///
/// # Errors
/// The provider block is not known yet and core cannot wait, the object is of another account, or a read failed.
pub async fn read<M: Mirror>(cx: &Cx<Session>, mut state: M) -> Result<Option<M>, Diagnostics> {
    if cx.session().is_waiting() {
        defer(cx.session(), cx)?;
        return Ok(Some(state));
    }
    let client = cx.session().client().await?;
    cx.session().check_account(cx, client).await?;
    let id = state.id();
    let failed = |error| explain::failed(&format!("read the {} {id:?}", M::NOUN), &error);
    let found = client.cache().get::<M::Kind>(&id, state.scope()).await;
    if let Err(Error::PermissionDenied { .. }) = &found
        && let Some(lack) = server::lacks_kind::<M::Kind>(client).await?
    {
        return Err(lack.of_kind::<M::Kind>(M::NOUN, &id).into());
    }
    let Some(resource) = found.map_err(failed)? else {
        return Ok(None);
    };
    verbs::note_phase(cx, name::<M>(&id), &resource.metadata);
    state.fill(&resource);
    state.fill_status(client, &resource).await.map_err(failed)?;
    Ok(Some(state))
}

/// Changes the resource of `prior` and gives the planned state, filled anew.
///
/// # Errors
/// Those of [`verbs::update`].
pub async fn update<M: Mirror>(
    cx: &Cx<Session>,
    prior: &M,
    mut planned: M,
    change: impl FnMut(&mut Resource<M::Kind>) + Send,
) -> Result<M, Diagnostics> {
    let client = cx.session().client().await?;
    let resource = verbs::update(client, name::<M>(&prior.id()), change).await?;
    planned.fill(&resource);
    Ok(planned)
}

/// Deletes the resource; `blocked` is what holds it where the wait ends early.
///
/// # Errors
/// Those of [`verbs::delete`].
pub async fn delete<M: Mirror>(
    cx: &Cx<Session>,
    state: &M,
    blocked: &'static str,
) -> Result<(), Diagnostics> {
    let client = cx.session().client().await?;
    let blocked = || async { blocked.to_owned() };
    verbs::delete::<M::Kind, _>(cx, client, name::<M>(&state.id()), blocked).await
}
