//! Waiting for others to let go.

use super::{EventKind, Key, Store, StoreError, WatchEvent, WatchOptions};

impl Store {
    /// Tears a resource down and destroys it as soon as nobody holds it. That somebody else destroys it meanwhile is as good.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not there to begin with, [`StoreError::Owner`].
    pub async fn tear_down_and_destroy(&self, key: &Key, owner: &str) -> Result<(), StoreError> {
        self.teardown(key, owner)?;
        loop {
            match self.destroy(key, owner) {
                Ok(()) | Err(StoreError::NotFound(_)) => return Ok(()),
                Err(StoreError::Finalizers { .. }) => self.until_free(key).await,
                Err(other) => return Err(other),
            }
        }
    }

    /// Resolves when the resource has no finalizers or is gone, or when it is time to look again.
    async fn until_free(&self, key: &Key) {
        let options = WatchOptions::default();
        let watcher = self.watch(&key.namespace, &key.type_name, &key.id, &options);
        // Options without a past cannot be refused.
        let Ok(mut watcher) = watcher else { return };
        while let Some(events) = watcher.next().await {
            if events.iter().any(is_free) {
                return;
            }
        }
    }
}

fn is_free(event: &WatchEvent) -> bool {
    match event {
        WatchEvent::Resource(event, _) => {
            event.kind == EventKind::Destroyed || event.resource.metadata.finalizers.is_empty()
        }
        WatchEvent::Missing => true,
        WatchEvent::Bootstrapped(_)
        | WatchEvent::Complete
        | WatchEvent::Failed(_)
        | WatchEvent::Noop(_)
        | WatchEvent::Overrun(_) => false,
    }
}
