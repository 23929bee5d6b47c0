//! Teardown, destroy, and both in one.

use omni_api::AnyResource;
use tonic::Status;

use super::StateService;
use crate::api::caller::Caller;
use crate::api::status::{self, Verb};
use crate::store::{EventKind, Key, StoreError, WatchEvent, WatchOptions};

impl StateService {
    pub(super) async fn tear_down(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<bool, Status> {
        self.gate
            .destroy(caller, key, self.stored(key).as_deref())?;
        let ready = self.store.teardown(key, owner).map_err(refused)?;
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
        self.store.destroy(key, owner).map_err(refused)?;
        self.acknowledge().await
    }

    /// Blocks until everybody who holds the resource has let go. The server may destroy it meanwhile by itself, which is as good.
    pub(super) async fn tear_down_and_remove(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        owner: &str,
    ) -> Result<(), Status> {
        self.tear_down(caller, key, owner).await?;
        loop {
            match self.store.destroy(key, owner) {
                Ok(()) | Err(StoreError::NotFound(_)) => return self.acknowledge().await,
                Err(StoreError::Finalizers { .. }) => self.until_free(key).await?,
                Err(other) => return Err(refused(other)),
            }
        }
    }

    /// Resolves when the resource has no finalizers or is gone.
    async fn until_free(&self, key: &Key) -> Result<(), Status> {
        let options = WatchOptions::default();
        let watcher = self
            .store
            .watch(&key.namespace, &key.type_name, &key.id, &options);
        let mut watcher = watcher.map_err(status::of_watch)?;
        loop {
            let events = tokio::select! {
                events = watcher.next() => events,
                () = self.stop.cancelled() => {
                    return Err(Status::unavailable("the plane is stopping"));
                }
            };
            // The history has run away: the caller looks at the store itself and comes back.
            let Some(events) = events else { return Ok(()) };
            if events.iter().any(is_free) {
                return Ok(());
            }
        }
    }
}

fn is_free(event: &WatchEvent) -> bool {
    let free = |resource: &AnyResource| resource.metadata.finalizers.is_empty();
    match event {
        WatchEvent::Resource(event, _) => {
            event.kind == EventKind::Destroyed || free(&event.resource)
        }
        WatchEvent::Missing => true,
        WatchEvent::Bootstrapped(_) | WatchEvent::Noop(_) | WatchEvent::Overrun(_) => false,
    }
}

fn refused(error: StoreError) -> Status {
    status::of_store(Verb::Change, &error)
}
