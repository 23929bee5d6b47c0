//! Teardown, destroy, and both in one.

use tonic::Status;

use super::StateService;
use crate::api::caller::Caller;
use crate::api::status::{self, Verb};
use crate::store::{Key, StoreError};

impl StateService {
    pub(super) async fn tear_down(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<bool, Status> {
        self.gate
            .destroy(caller, key, self.stored(key).as_deref())?;
        let ready = self
            .store
            .teardown(key, owner)
            .map_err(|error| refused(&error))?;
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
        self.store
            .destroy(key, owner)
            .map_err(|error| refused(&error))?;
        self.acknowledge().await
    }

    /// Blocks until everybody who holds the resource has let go.
    pub(super) async fn tear_down_and_remove(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<(), Status> {
        self.gate
            .destroy(caller, key, self.stored(key).as_deref())?;
        tokio::select! {
            gone = self.store.tear_down_and_destroy(key, owner) => gone.map_err(|error| refused(&error))?,
            () = self.stop.cancelled() => return Err(Status::unavailable("the plane is stopping")),
        }
        self.acknowledge().await
    }
}

fn refused(error: &StoreError) -> Status {
    status::of_store(Verb::Change, error)
}
