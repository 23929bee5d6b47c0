//! Several writes that become visible, and durable, as one.
//!
//! The verbs check in COSI's order: existence, owner, version, phase, finalizers. A transaction whose closure fails or panics leaves no
//! trace. Inside a transaction only its own verbs may be used: the store's lock is held.

use std::sync::Arc;

use omni_api::{AnyResource, Kind, Phase, Resource, Version};
use prost_types::Timestamp;

use super::annals::{Entries, Row};
use super::author::{Author, Witnessed, Written};
use super::collection::Change;
use super::hook::Hooks;
use super::packed::Packed;
use super::state::State;
use super::{Event, EventKind, Key, Query, Reference, StoreError};
use crate::Moment;

/// Writes on their way; see [`super::Store::transaction`].
#[derive(Debug)]
pub struct Transaction<'a> {
    state: &'a mut State,
    now: Timestamp,
    hooks: Arc<Hooks>,
    author: Option<Arc<Author>>,
    witness: Witnessed,
    changes: Vec<Pending>,
    notes: Vec<(Arc<str>, Vec<u8>)>,
    ended: Vec<Arc<str>>,
    /// Whether what is written now is merged with what others wrote.
    merging: bool,
}

/// A change on its way, with what takes it back.
#[derive(Debug)]
struct Pending {
    key: Key,
    before: Option<Packed>,
    change: Change,
    written: Written,
}

/// Around a transaction: who writes, and who sees it.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub(super) hooks: Arc<Hooks>,
    pub(super) author: Option<Arc<Author>>,
    pub(super) witness: Witnessed,
}

// === impl Transaction ===

impl<'a> Transaction<'a> {
    pub(super) fn begin(state: &'a mut State, now: Timestamp, around: Surroundings) -> Self {
        Self {
            state,
            now,
            hooks: around.hooks,
            author: around.author,
            witness: around.witness,
            changes: Vec::new(),
            notes: Vec::new(),
            ended: Vec::new(),
            merging: false,
        }
    }

    /// Publishes the changes in their order.
    pub(super) fn commit(mut self) {
        let pending = std::mem::take(&mut self.changes).into_iter();
        let (changes, written): (Vec<_>, Vec<_>) =
            pending.map(|one| (one.change, one.written)).unzip();
        if let Some(witness) = self.witness.take() {
            let author = self.author.take();
            witness.saw(&mut self, author.as_deref(), &written);
        }
        let at = Moment::from(self.now);
        let entries = Entries {
            rows: std::mem::take(&mut self.notes)
                .into_iter()
                .map(|(stream, text)| {
                    (
                        stream,
                        Row {
                            number: self.state.next_row(),
                            at,
                            text,
                        },
                    )
                })
                .collect(),
            ended: std::mem::take(&mut self.ended),
        };
        let events = written.into_iter().map(|written| written.event);
        self.state.publish(events.zip(changes).collect(), entries);
    }

    /// Adds a row to a stream of the annals; it becomes readable, and durable, with the rest of the transaction.
    pub fn note(&mut self, stream: &str, text: Vec<u8>) {
        self.notes.push((stream.into(), text));
    }

    /// Ends a stream of the annals: its rows are forgotten.
    pub fn end_notes(&mut self, stream: &str) {
        self.ended.push(stream.into());
    }

    /// Runs writes that merge with what others wrote, and are known as such.
    pub(super) fn merging<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.merging, true);
        let answer = run(self);
        self.merging = before;
        answer
    }

    /// The time that this transaction stamps on what it writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A resource, with what this transaction has written so far.
    pub fn get(&self, namespace: &str, type_name: &str, id: &str) -> Option<Arc<AnyResource>> {
        self.state.get(namespace, type_name, id)
    }

    /// The resources that the query asks for, sorted by id.
    pub fn list(&self, namespace: &str, type_name: &str, query: &Query) -> Vec<Arc<AnyResource>> {
        self.state.list(namespace, type_name, query)
    }

    /// Creates a resource: version 1, created now, owned by `owner`.
    ///
    /// # Errors
    /// [`StoreError::OwnerSet`], [`StoreError::AlreadyExists`], [`StoreError::Refused`] by a hook.
    pub fn create(
        &mut self,
        mut resource: AnyResource,
        owner: &str,
    ) -> Result<Arc<AnyResource>, StoreError> {
        let metadata = &mut resource.metadata;
        if !metadata.owner.is_empty() && metadata.owner != owner {
            return Err(StoreError::OwnerSet(metadata.owner.clone()));
        }
        let key = Key::from(&*metadata);
        if (self.state).contains(&key.namespace, &key.type_name, &key.id) {
            return Err(StoreError::AlreadyExists(key.at(metadata.version)));
        }
        owner.clone_into(&mut metadata.owner);
        metadata.version = Version::FIRST;
        metadata.created = Some(self.now);
        let created = self.insert(key, resource, None);
        let hooks = self.hooks.clone();
        hooks.created(self, &created)?;
        Ok(created)
    }

    /// Replaces a resource as a whole, `created` excepted; the version counts on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Owner`], [`StoreError::Version`], [`StoreError::Phase`].
    pub fn update(
        &mut self,
        mut resource: AnyResource,
        owner: &str,
        expected_phase: Option<Phase>,
    ) -> Result<Arc<AnyResource>, StoreError> {
        let key = Key::from(&resource);
        let based_on = resource.metadata.version;
        let stored = self.owned(&key, owner, based_on)?;
        let current = &stored.metadata;
        if current.version != based_on {
            return Err(StoreError::Version {
                reference: current.into(),
                expected: based_on,
                actual: current.version,
            });
        }
        if let Some(expected) = expected_phase
            && current.phase != expected
        {
            let reference = current.into();
            return Err(StoreError::Phase {
                reference,
                expected,
            });
        }
        let metadata = &mut resource.metadata;
        owner.clone_into(&mut metadata.owner);
        metadata.version = current.version.next();
        metadata.created = current.created;
        metadata.updated = Some(self.now);
        Ok(self.insert(key, resource, Some(stored)))
    }

    /// Marks a resource as on its way out; again is fine. Answers whether it could be destroyed now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Owner`].
    pub fn teardown(&mut self, key: &Key, owner: &str) -> Result<bool, StoreError> {
        let stored = self.owned(key, owner, Version::UNDEFINED)?;
        let ready = stored.metadata.finalizers.is_empty();
        if stored.metadata.phase == Phase::Running {
            let mut resource = AnyResource::clone(&stored);
            resource.metadata.phase = Phase::TearingDown;
            self.update(resource, owner, None)?;
        }
        Ok(ready)
    }

    /// Removes a resource that nobody holds by a finalizer, in whatever phase it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Owner`], [`StoreError::Finalizers`].
    pub fn destroy(&mut self, key: &Key, owner: &str) -> Result<(), StoreError> {
        let stored = self.owned(key, owner, Version::UNDEFINED)?;
        let finalizers = &stored.metadata.finalizers;
        if !finalizers.is_empty() {
            return Err(StoreError::Finalizers {
                reference: (&stored.metadata).into(),
                finalizers: finalizers.clone(),
            });
        }
        if let Some(before) = self.state.set(key, None) {
            let event = Event {
                kind: EventKind::Destroyed,
                resource: stored,
                old: None,
            };
            self.changed(key.clone(), event, before.clone(), Some(before));
        }
        Ok(())
    }

    /// Writes a resource that is known to be admissible, in the place of the old one.
    fn insert(
        &mut self,
        key: Key,
        mut resource: AnyResource,
        old: Option<Arc<AnyResource>>,
    ) -> Arc<AnyResource> {
        let state = &mut *self.state;
        state.share_names(&mut resource.metadata);
        let packed = state.pack(&resource);
        let before = state.set(&key, Some(&packed));
        let resource = Arc::new(resource);
        let kind = match old {
            Some(_) => EventKind::Updated,
            None => EventKind::Created,
        };
        let event = Event {
            kind,
            resource: resource.clone(),
            old,
        };
        self.changed(key, event, packed, before);
        resource
    }

    fn changed(&mut self, key: Key, event: Event, packed: Packed, before: Option<Packed>) {
        let old = before.clone().filter(|_| event.kind == EventKind::Updated);
        let change = Change {
            kind: event.kind,
            id: event.resource.metadata.id.clone(),
            packed,
            old,
        };
        let written = Written {
            event,
            merged: self.merging,
        };
        self.changes.push(Pending {
            key,
            before,
            change,
            written,
        });
    }

    fn owned(
        &self,
        key: &Key,
        owner: &str,
        version: Version,
    ) -> Result<Arc<AnyResource>, StoreError> {
        let stored = self.state.get(&key.namespace, &key.type_name, &key.id);
        let stored = stored.ok_or_else(|| StoreError::NotFound(key.at(version)))?;
        let metadata = &stored.metadata;
        if metadata.owner != owner {
            return Err(StoreError::Owner {
                reference: Reference::from(metadata),
                owner: metadata.owner.clone(),
            });
        }
        Ok(stored)
    }

    /// A resource of a known kind; a damaged one reads as missing, with a line in the log.
    pub fn read<K: Kind>(&self, id: &str) -> Option<Resource<K>> {
        self.state.read::<K>(id).map(Arc::unwrap_or_clone)
    }

    /// The resources of a known kind that the query asks for, sorted by id.
    pub fn read_all<K: Kind>(&self, query: &Query) -> Vec<Arc<Resource<K>>> {
        self.state.read_all::<K>(query)
    }
}

impl Drop for Transaction<'_> {
    /// What was not committed did not happen.
    fn drop(&mut self) {
        for pending in self.changes.drain(..).rev() {
            self.state.set(&pending.key, pending.before.as_ref());
        }
    }
}
