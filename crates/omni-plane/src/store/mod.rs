//! The store of resources: versioned, watchable, durable.
//!
//! All verbs are synchronous and atomic under one short lock; what one has answered, every reader sees. Versions, owners, phases and finalizers
//! follow COSI. Changes reach subscribers and watchers in commit order. Durability comes after visibility: controllers do not wait for the
//! disk, whoever acknowledges a write to a user awaits [`Store::committed`] first; what is on disk is always a prefix of what was committed.

mod annals;
mod author;
mod collection;
#[cfg(test)]
mod durable_tests;
mod error;
mod event;
mod holdings;
mod hook;
mod ids;
mod index;
mod journal;
mod key;
mod looks;
mod packed;
mod pins;
mod query;
mod release;
mod state;
#[cfg(test)]
mod tests;
mod transaction;
mod typed;
mod warm;
mod watch;
#[cfg(test)]
mod watch_tests;
mod words;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use omni_api::{AnyResource, Kind, Phase};
use parking_lot::{RwLock, RwLockReadGuard};

use crate::{Clock, Moment};
use author::Witnessed;
use hook::Hooks;
use journal::Journal;
use state::State;
use transaction::Surroundings;

pub use annals::{Annals, Row};
pub use author::{Author, Witness, Written};
pub use error::StoreError;
pub use journal::OpenError;

pub use event::{Event, EventKind, Filter, Receiver};
pub use holdings::{Holding, Kept};
pub use key::{Key, Reference};
pub use looks::looks;
pub(crate) use looks::uncounted;
pub use query::Query;
pub use transaction::Transaction;
pub use watch::{Bookmark, WatchError, WatchEvent, WatchOptions, Watcher};

/// A store of resources. Clones are the same store, in the hands of the same author.
#[derive(Clone, Debug)]
pub struct Store(Arc<Shared>, Option<Arc<Author>>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    /// Marks the bookmarks of this process.
    cookie: [u8; 8],
    hooks: RwLock<Arc<Hooks>>,
    witness: RwLock<Witnessed>,
    state: RwLock<State>,
}

impl Store {
    /// A store that lives as long as the process.
    pub fn in_memory(clock: Clock) -> Self {
        let shared = Shared {
            clock,
            cookie: rand::random(),
            hooks: RwLock::default(),
            witness: RwLock::default(),
            state: RwLock::default(),
        };
        Self(Arc::new(shared), None)
    }

    /// A store in a file, with what is in it. The file is ours alone until the last clone of the store is dropped.
    ///
    /// Time goes on where it stopped: the clock is moved to the latest stamp in the file, if it is behind.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path, clock: Clock) -> Result<Self, OpenError> {
        let store = Self::in_memory(clock);
        let mut state = store.0.state.write();
        let mut latest = Moment::default();
        let opened = Journal::open(path, |resource| {
            let stamps = [resource.metadata.created, resource.metadata.updated];
            let stamps = stamps.into_iter().flatten().map(Moment::from);
            latest = stamps.fold(latest, Moment::max);
            state.load(&resource);
        })?;
        state.begin(opened);
        drop(state);
        store.clock().not_before(latest);
        Ok(store)
    }

    /// The same store in the hands of an account: what is written through it is known as that account's.
    #[must_use]
    pub fn by(&self, author: Author) -> Self {
        Self(self.0.clone(), Some(Arc::new(author)))
    }

    /// Lets somebody see every commit from now on.
    pub fn set_witness(&self, witness: Arc<dyn Witness>) {
        *self.0.witness.write() = Some(witness);
    }

    /// The rows that commits have added. To read one's own, await [`committed`](Self::committed) first.
    pub fn annals(&self) -> Annals {
        self.state().annals.clone()
    }

    /// The clock that stamps what is written.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// A resource as it is now.
    pub fn get(&self, namespace: &str, type_name: &str, id: &str) -> Option<Arc<AnyResource>> {
        self.state().get(namespace, type_name, id)
    }

    /// The resources that the query asks for, sorted by id. A query that pins an indexed label costs what it finds.
    pub fn list(&self, namespace: &str, type_name: &str, query: &Query) -> Vec<Arc<AnyResource>> {
        self.state().list(namespace, type_name, query)
    }

    /// The ids of the resources that the query asks for, sorted; cheaper than the resources.
    pub fn ids(&self, namespace: &str, type_name: &str, query: &Query) -> Vec<Arc<str>> {
        self.state().ids(namespace, type_name, query)
    }

    /// How many resources there are of a type.
    pub fn count(&self, namespace: &str, type_name: &str) -> usize {
        let state = self.state();
        state
            .collection(namespace, type_name)
            .map_or(0, collection::Collection::len)
    }

    /// Creates a resource; see [`Transaction::create`].
    ///
    /// # Errors
    /// [`StoreError::OwnerSet`], [`StoreError::AlreadyExists`], [`StoreError::Refused`] by a hook.
    pub fn create(
        &self,
        resource: AnyResource,
        owner: &str,
    ) -> Result<Arc<AnyResource>, StoreError> {
        self.transaction(|tx| tx.create(resource, owner))
    }

    /// Replaces a resource; see [`Transaction::update`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Owner`], [`StoreError::Version`], [`StoreError::Phase`].
    pub fn update(
        &self,
        resource: AnyResource,
        owner: &str,
        expected_phase: Option<Phase>,
    ) -> Result<Arc<AnyResource>, StoreError> {
        self.transaction(|tx| tx.update(resource, owner, expected_phase))
    }

    /// Marks a resource as on its way out; see [`Transaction::teardown`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Owner`].
    pub fn teardown(&self, key: &Key, owner: &str) -> Result<bool, StoreError> {
        self.transaction(|tx| tx.teardown(key, owner))
    }

    /// Removes a resource; see [`Transaction::destroy`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Owner`], [`StoreError::Finalizers`].
    pub fn destroy(&self, key: &Key, owner: &str) -> Result<(), StoreError> {
        self.transaction(|tx| tx.destroy(key, owner))
    }

    /// Runs several writes as one. When the closure fails, none of them happened.
    ///
    /// The store's lock is held meanwhile: the closure must be short, and must use the transaction's verbs only.
    ///
    /// # Errors
    /// Those of the closure; [`StoreError::NotDurable`] when the file of state cannot be written any more.
    pub fn transaction<T>(
        &self,
        run: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let around = Surroundings {
            hooks: self.0.hooks.read().clone(),
            author: self.1.clone(),
            witness: self.0.witness.read().clone(),
        };
        let mut state = self.0.state.write();
        state.journal.check()?;
        let mut transaction = Transaction::begin(&mut state, self.0.clock.now(), around);
        let answer = run(&mut transaction)?;
        transaction.commit();
        Ok(answer)
    }

    /// Runs `hook` within every transaction that creates a resource of this kind. What it writes is part of the same commit; when it fails, the
    /// creation fails.
    pub fn on_create<K: Kind>(
        &self,
        hook: impl Fn(&mut Transaction<'_>, &AnyResource) -> Result<(), StoreError>
        + Send
        + Sync
        + 'static,
    ) {
        let mut hooks = self.0.hooks.write();
        Arc::make_mut(&mut hooks).on_create::<K>(Arc::new(hook));
    }

    /// Every change from now on that the filter lets through, in commit order. None is lost: the queue is unbounded, so read it.
    pub fn subscribe(&self, filter: Filter) -> Receiver {
        self.0.state.write().subscribers.add(filter)
    }

    /// Resolves when everything written so far survives a crash.
    ///
    /// # Errors
    /// [`StoreError::NotDurable`] when the file of state cannot be written.
    pub fn committed(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.state().journal.flushed()
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.0.state.read()
    }
}
