//! Teardown, destroy, and both in one.

use tonic::Status;

use super::{Refusal, StateService};
use crate::api::caller::{self, Caller};
use crate::api::status::Verb;
use crate::store::Key;

impl StateService {
    pub(super) async fn tear_down(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<bool, Status> {
        let ready = self.teardown_one(caller, key, owner).await;
        ready.map_err(|refusal| refusal.of(Verb::Change))
    }

    /// Marks a resource as on its way out; answers whether it could be destroyed now.
    pub(in crate::api) async fn teardown_one(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<bool, Refusal> {
        self.gate
            .destroy(caller, key, self.stored(key).as_deref())?;
        let ready = caller::hands(&self.store, caller).teardown(key, owner)?;
        self.acknowledge().await?;
        Ok(ready)
    }

    pub(super) async fn remove(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<(), Status> {
        self.gate
            .destroy(caller, key, self.stored(key).as_deref())?;
        caller::hands(&self.store, caller)
            .destroy(key, owner)
            .map_err(|error| Refusal::Store(error).of(Verb::Change))?;
        self.acknowledge().await
    }

    pub(super) async fn tear_down_and_remove(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<(), Status> {
        let gone = self.remove_one(caller, key, owner).await;
        gone.map_err(|refusal| refusal.of(Verb::Change))
    }

    /// Takes a resource away. Blocks until everybody who holds it has let go.
    pub(in crate::api) async fn remove_one(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<(), Refusal> {
        self.gate
            .destroy(caller, key, self.stored(key).as_deref())?;
        let store = caller::hands(&self.store, caller);
        tokio::select! {
            gone = store.tear_down_and_destroy(key, owner) => gone?,
            () = self.stop.cancelled() => return Err(Status::unavailable("the plane is stopping").into()),
        }
        Ok(self.acknowledge().await?)
    }
}
