//! Out of the world: tear down, wait for those who must act, destroy.

use std::sync::Arc;

use omni_api::{Kind, Metadata, Phase, Resource};

use super::State;
use crate::error::Error;
use crate::watch::{Event, Watch};

/// What a teardown came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teardown {
    /// There is no such resource (any more).
    Gone,
    /// It is being torn down and nobody holds it: it can be destroyed.
    Ready,
    /// It is being torn down and somebody must still act.
    Held,
}

// === impl State ===

impl State {
    /// Marks a resource as being torn down. Doing it twice is fine.
    ///
    /// # Errors
    /// [`Error::OwnerConflict`], [`Error::Validation`] where Omni protects it, and those of any call.
    pub async fn teardown<K: Kind>(&self, id: &str) -> Result<Teardown, Error> {
        let client = &self.client;
        if client.knows_teardown() {
            match self.raw.teardown(K::NAMESPACE, K::TYPE, id).await {
                Ok(true) => return Ok(Teardown::Ready),
                Ok(false) => return Ok(Teardown::Held),
                Err(Error::NotFound { .. }) => return Ok(self.gone::<K>(id)),
                Err(Error::Unimplemented { .. }) => client.remember_no_teardown(),
                Err(error) => return Err(error),
            }
        }
        self.teardown_by_update::<K>(id).await
    }

    /// Destroys a resource that nobody holds. Already gone is success.
    ///
    /// # Errors
    /// [`Error::PendingFinalizers`], [`Error::OwnerConflict`], and those of any call.
    pub async fn destroy<K: Kind>(&self, id: &str) -> Result<(), Error> {
        match self.raw.destroy(K::NAMESPACE, K::TYPE, id).await {
            Ok(()) | Err(Error::NotFound { .. }) => {
                self.gone::<K>(id);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Tears down, waits on a watch until nobody holds the resource, destroys. Already gone is success.
    ///
    /// `observe` sees the resource whenever it changes while we wait: its finalizers are those who must still act. It waits
    /// without a limit; put a limit around it (`tokio::time::timeout`), what was begun then goes on by itself.
    ///
    /// # Errors
    /// Those of [`Self::teardown`] and [`Self::destroy`], and of a watch.
    pub async fn delete<K: Kind>(
        &self,
        id: &str,
        mut observe: impl FnMut(&Resource<K>) + Send,
    ) -> Result<(), Error> {
        let mut held = match self.teardown::<K>(id).await? {
            Teardown::Gone => return Ok(()),
            Teardown::Ready => false,
            Teardown::Held => true,
        };
        let mut watch = self.watch_one::<K>(id);
        loop {
            if held && !self.released(&mut watch, &mut observe).await? {
                self.gone::<K>(id);
                return Ok(());
            }
            match self.destroy::<K>(id).await {
                // Somebody took hold of it in between.
                Err(Error::PendingFinalizers { .. }) => held = true,
                result => return result,
            }
        }
    }

    /// Tears down, waits and destroys in one call that the server holds open. Already gone is success.
    ///
    /// It tells nothing while it waits; [`Self::delete`] does. Servers that do not know the call get [`Self::delete`].
    ///
    /// # Errors
    /// Those of [`Self::delete`].
    pub async fn teardown_and_destroy<K: Kind>(&self, id: &str) -> Result<(), Error> {
        if self.client.knows_teardown() {
            match self
                .raw
                .teardown_and_destroy(K::NAMESPACE, K::TYPE, id)
                .await
            {
                Ok(()) | Err(Error::NotFound { .. }) => {
                    self.gone::<K>(id);
                    return Ok(());
                }
                Err(Error::Unimplemented { .. }) => self.client.remember_no_teardown(),
                Err(error) => return Err(error),
            }
        }
        self.delete::<K>(id, |_| ()).await
    }

    /// Waits until nobody holds the resource; `false` when it is gone, or when another one has taken its id.
    async fn released<K: Kind>(
        &self,
        watch: &mut Watch<K>,
        observe: &mut (impl FnMut(&Resource<K>) + Send),
    ) -> Result<bool, Error> {
        let mut first: Option<Arc<Resource<K>>> = None;
        loop {
            let now = match watch.next().await? {
                Event::Created(new) | Event::Updated { new, .. } => new,
                Event::Bootstrapped if first.is_some() => continue,
                Event::Bootstrapped | Event::Destroyed(_) => return Ok(false),
            };
            let known = first.get_or_insert_with(|| now.clone());
            if !now.metadata.tearing_down() || known.metadata.created != now.metadata.created {
                return Ok(false);
            }
            observe(&now);
            if now.metadata.finalizers.is_empty() {
                return Ok(true);
            }
        }
    }

    /// The teardown of servers that have no call for it: a write of the phase.
    async fn teardown_by_update<K: Kind>(&self, id: &str) -> Result<Teardown, Error> {
        let set = |resource: &mut Resource<K>| resource.metadata.phase = Phase::TearingDown;
        match self.modify(id, set).await {
            Ok(resource) => Ok(held(&resource.metadata)),
            // Somebody else has torn it down since we read it.
            Err(Error::PhaseConflict { .. }) => Ok(Teardown::Held),
            Err(Error::NotFound { .. }) => Ok(self.gone::<K>(id)),
            Err(error) => Err(error),
        }
    }

    /// Tells the cache that a resource is gone.
    fn gone<K: Kind>(&self, id: &str) -> Teardown {
        self.client.store().destroyed(K::FACTS, id);
        Teardown::Gone
    }
}

/// Whether somebody must still act on a resource that is being torn down.
fn held(metadata: &Metadata) -> Teardown {
    if metadata.finalizers.is_empty() {
        Teardown::Ready
    } else {
        Teardown::Held
    }
}
