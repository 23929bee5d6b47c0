//! The resources of one namespace and type: contents, indexes, history.
//!
//! The history is a ring of the last changes with ever growing positions. A watcher keeps a position and reads on from there; one that
//! falls behind the ring is told so. Positions mean nothing to another process, which the cookie in a bookmark makes plain.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

use omni_api::{AnyResource, Kind, Metadata, Resource};
use tokio::sync::watch;

use super::query::INDEXED;
use super::{Event, Query, StoreError};

/// How many changes of one collection are remembered for watchers, as in Omni.
pub(super) const HISTORY: usize = 10_000;

/// A stored resource and, once somebody asked for it, its decoded form.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) resource: Arc<AnyResource>,
    typed: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// The resources of one namespace and type.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) namespace: Arc<str>,
    type_name: Arc<str>,
    entries: BTreeMap<Arc<str>, Arc<Entry>>,
    indexes: [HashMap<Box<str>, BTreeSet<Arc<str>>>; INDEXED.len()],
    history: VecDeque<Event>,
    end: watch::Sender<u64>,
}

// === impl Entry ===

impl Entry {
    pub(super) fn new(resource: AnyResource) -> Arc<Self> {
        Arc::new(Self {
            resource: Arc::new(resource),
            typed: OnceLock::new(),
        })
    }

    /// The decoded resource, decoded once.
    pub(super) fn typed<K: Kind>(&self) -> Result<Arc<Resource<K>>, StoreError> {
        if let Some(typed) = self.typed.get()
            && let Ok(typed) = typed.clone().downcast()
        {
            return Ok(typed);
        }
        let typed = self
            .resource
            .typed::<K>()
            .map_err(|error| StoreError::Damaged((&self.resource.metadata).into(), error))?;
        let typed = Arc::new(typed);
        // Another reader may have been faster; both hold the same contents.
        let _ = self.typed.set(typed.clone());
        Ok(typed)
    }
}

// === impl Collection ===

impl Collection {
    pub(super) fn new(namespace: &str, type_name: &str) -> Self {
        Self {
            namespace: namespace.into(),
            type_name: type_name.into(),
            entries: BTreeMap::new(),
            indexes: Default::default(),
            history: VecDeque::new(),
            end: watch::Sender::new(0),
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Entry>> {
        self.entries.get(id)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Lets a resource share the texts of its name with the others, and with its former self.
    pub(super) fn share_names(&self, metadata: &mut Metadata) {
        metadata.namespace = self.namespace.clone();
        metadata.type_name = self.type_name.clone();
        if let Some((id, _)) = self.entries.get_key_value(&metadata.id) {
            metadata.id = id.clone();
        }
    }

    /// The entries that the query asks for, sorted by id.
    pub(super) fn list<'a>(&'a self, query: &'a Query) -> impl Iterator<Item = &'a Arc<Entry>> {
        let pinned = query.pinned().map(|(index, value)| {
            let ids = self.indexes[index].get(value).into_iter().flatten();
            ids.filter_map(|id| self.entries.get(id))
        });
        let everything = pinned.is_none().then(|| self.entries.values());
        pinned
            .into_iter()
            .flatten()
            .chain(everything.into_iter().flatten())
            .filter(|entry| query.matches(&entry.resource.metadata))
    }

    /// Puts an entry in the place of its id, or takes it away; the former entry comes back.
    pub(super) fn set(&mut self, id: &Arc<str>, entry: Option<Arc<Entry>>) -> Option<Arc<Entry>> {
        let former = self.entries.remove(id);
        if let Some(former) = &former {
            self.index(&former.resource, false);
        }
        if let Some(entry) = entry {
            self.index(&entry.resource, true);
            self.entries.insert(id.clone(), entry);
        }
        former
    }

    fn index(&mut self, resource: &AnyResource, present: bool) {
        for (key, index) in INDEXED.iter().zip(&mut self.indexes) {
            let Some(value) = resource.metadata.label(key) else {
                continue;
            };
            if present {
                let ids = index.entry(value.into()).or_default();
                ids.insert(resource.metadata.id.clone());
            } else if let Some(ids) = index.get_mut(value) {
                ids.remove(&resource.metadata.id);
                if ids.is_empty() {
                    index.remove(value);
                }
            }
        }
    }

    /// Appends a change to the history and wakes the watchers.
    pub(super) fn publish(&mut self, event: Event) {
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(event);
        self.end.send_modify(|end| *end += 1);
    }

    /// The position after the last change.
    pub(super) fn end(&self) -> u64 {
        *self.end.borrow()
    }

    /// The position of the oldest change that is remembered.
    pub(super) fn start(&self) -> u64 {
        self.end() - self.history.len() as u64
    }

    /// The changes from a position on; `None` when they are forgotten.
    pub(super) fn since(
        &self,
        position: u64,
    ) -> Option<impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator> {
        let skip = position.checked_sub(self.start())?;
        Some(self.history.iter().skip(usize::try_from(skip).ok()?))
    }

    /// Resolves when the position after the last change moves.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.end.subscribe()
    }
}
