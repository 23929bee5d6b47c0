//! A watch as a value: the current state of the world, and a way to wait until it is as wanted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use omni_api::{Kind, Resource};
use tokio::sync::watch;

use super::engine::Engine;
use super::known::Change;
use super::typed;
use crate::error::Error;

/// What a watch has seen so far.
pub struct World<K: Kind> {
    resources: BTreeMap<Arc<str>, Arc<Resource<K>>>,
    complete: bool,
    outage: Option<Error>,
    over: Option<Error>,
}

/// The state of the world, kept current by a task. Cheap to clone.
#[derive(Debug)]
pub struct Mirror<K: Kind> {
    world: watch::Receiver<World<K>>,
}

// === impl World ===

impl<K: Kind> World<K> {
    /// The resource of this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Resource<K>>> {
        self.resources.get(id)
    }

    /// All resources, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Resource<K>>> {
        self.resources.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Whether everything that existed when the watch began is in here.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What broke the connection, while it is broken: the world may be another one by now.
    pub fn outage(&self) -> Option<&Error> {
        self.outage.as_ref()
    }

    /// Takes in changes.
    fn apply(&mut self, changes: Vec<Change>) -> Result<(), Error> {
        for change in changes {
            match change {
                Change::Created(new) | Change::Updated { new, .. } => {
                    self.resources.insert(new.metadata.id.clone(), typed(&new)?);
                }
                Change::Destroyed(last) => {
                    self.resources.remove(&last.metadata.id);
                }
                Change::Bootstrapped => self.complete = true,
            }
        }
        Ok(())
    }
}

/// Ids and versions only; specs may be large or secret.
impl<K: Kind> fmt::Debug for World<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.iter().map(|resource| resource.metadata.to_string());
        f.debug_list().entries(names).finish()
    }
}

// === impl Mirror ===

impl<K: Kind> Mirror<K> {
    pub(super) fn new(engine: Engine) -> Self {
        let (sender, world) = watch::channel(World {
            resources: BTreeMap::new(),
            complete: false,
            outage: None,
            over: None,
        });
        tokio::spawn(keep(engine, sender));
        Self { world }
    }

    /// Looks at the world as it is now; empty until the first contents are complete. Hold the answer briefly: the keeper
    /// waits for it.
    pub fn look<T>(&self, see: impl FnOnce(&World<K>) -> T) -> T {
        see(&self.world.borrow())
    }

    /// Waits until the world changes after it was last looked at by this mirror's waits.
    ///
    /// # Errors
    /// The error that ended the watch.
    pub async fn changed(&mut self) -> Result<(), Error> {
        let closed = self.world.changed().await.is_err();
        let world = self.world.borrow_and_update();
        match &world.over {
            Some(error) => Err(error.clone()),
            None if closed => Err(ended()),
            None => Ok(()),
        }
    }

    /// Waits until `see` finds in the world what it looks for. It is asked for the first time when the contents are
    /// complete, then after each change.
    ///
    /// # Errors
    /// The error that ended the watch before.
    pub async fn wait_for<T>(
        &mut self,
        mut see: impl FnMut(&World<K>) -> Option<T>,
    ) -> Result<T, Error> {
        loop {
            {
                let world = self.world.borrow_and_update();
                if let Some(found) = Some(&*world)
                    .filter(|world| world.complete)
                    .and_then(&mut see)
                {
                    return Ok(found);
                }
                if let Some(error) = &world.over {
                    return Err(error.clone());
                }
            }
            self.changed().await?;
        }
    }
}

impl<K: Kind> Clone for Mirror<K> {
    fn clone(&self) -> Self {
        Self {
            world: self.world.clone(),
        }
    }
}

/// Keeps the world current until nobody looks or the watch is over.
async fn keep<K: Kind>(mut engine: Engine, sender: watch::Sender<World<K>>) {
    loop {
        let step = tokio::select! {
            () = sender.closed() => return,
            step = engine.step() => step,
        };
        let mut over = None;
        sender.send_if_modified(|world| {
            let changed = step.as_ref().map_or(true, |changes| !changes.is_empty());
            over = step.and_then(|changes| world.apply(changes)).err();
            world.over.clone_from(&over);
            let outage = engine.outage();
            let turned = world.outage.as_ref() != outage;
            world.outage = outage.cloned();
            changed || turned
        });
        if over.is_some() {
            return;
        }
    }
}

/// The watch ended without a reason: its task was stopped with the runtime.
fn ended() -> Error {
    Error::WatchFailed {
        message: "the program is stopping".to_owned(),
    }
}
