//! Out of the world: tear down, wait for those who must act, destroy.

use omni_api::{Kind, Phase};

use super::State;
use crate::error::Error;

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
        let client = &self.raw.client;
        if client.knows_teardown() {
            match self.raw.teardown(K::NAMESPACE, K::TYPE, id).await {
                Ok(true) => return Ok(Teardown::Ready),
                Ok(false) => return Ok(Teardown::Held),
                Err(Error::NotFound { .. }) => return Ok(Teardown::Gone),
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
                self.raw.client.own_cache().destroyed(K::TYPE, id);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The teardown of servers that have no call for it.
    async fn teardown_by_update<K: Kind>(&self, id: &str) -> Result<Teardown, Error> {
        let set =
            |resource: &mut omni_api::Resource<K>| resource.metadata.phase = Phase::TearingDown;
        match self.modify(id, set).await {
            Ok(resource) if resource.metadata.finalizers.is_empty() => Ok(Teardown::Ready),
            Ok(_) | Err(Error::PhaseConflict { .. }) => Ok(Teardown::Held),
            Err(Error::NotFound { .. }) => Ok(Teardown::Gone),
            Err(error) => Err(error),
        }
    }
}
