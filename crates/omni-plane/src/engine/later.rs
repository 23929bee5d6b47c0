//! Writing after a reconciliation has ended: for work that waits for something outside of the plane.
//!
//! A reconciliation never waits. What takes time elsewhere (a bucket) is started by it and ends by itself; what came of it is written
//! into a resource, which wakes the controllers as any other write does.

use std::fmt;
use std::marker::PhantomData;

use omni_api::{Kind, Resource};

use crate::{Moment, Store};

/// Writes resources of one kind in the name of a controller. Clones write the same.
pub struct Later<K> {
    pub(super) store: Store,
    pub(super) owner: &'static str,
    pub(super) kind: PhantomData<fn() -> K>,
}

// === impl Later ===

impl<K: Kind> Later<K> {
    /// The present moment.
    pub fn now(&self) -> Moment {
        self.store.clock().moment()
    }

    /// Changes a resource; one that is gone meanwhile stays gone.
    pub fn change(&self, id: &str, change: impl FnMut(&mut Resource<K>)) {
        if self.store.peek::<K>(id).is_none() {
            return;
        }
        if let Err(error) = self.store.put::<K>(self.owner, id, change) {
            tracing::warn!(controller = self.owner, id, %error, "a result could not be written");
        }
    }
}

impl<K> fmt::Debug for Later<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Later({})", self.owner)
    }
}
