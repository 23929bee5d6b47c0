//! Everything that the store's one lock guards.

use std::collections::HashMap;
use std::sync::Arc;

use omni_api::{AnyResource, Kind, Resource};

use super::annals::{Annals, Entries};
use super::collection::{Collection, Entry};
use super::event::Subscribers;
use super::journal::{Journal, Opened};
use super::{Event, Key, Query};

/// Contents, subscribers, and where commits are written to.
#[derive(Debug, Default)]
pub(super) struct State {
    collections: HashMap<Arc<str>, Vec<Collection>>,
    pub(super) subscribers: Subscribers,
    pub(super) journal: Journal,
    pub(super) annals: Annals,
    /// The number of the last row of the annals.
    rows: u64,
}

impl State {
    pub(super) fn collection(&self, namespace: &str, type_name: &str) -> Option<&Collection> {
        let mut of_type = self.collections.get(type_name)?.iter();
        of_type.find(|collection| &*collection.namespace == namespace)
    }

    /// The collection, made when there is none yet.
    ///
    /// # Panics
    /// Never: what is looked up was put there two lines before.
    pub(super) fn collection_mut(&mut self, namespace: &str, type_name: &str) -> &mut Collection {
        if !self.collections.contains_key(type_name) {
            self.collections.insert(type_name.into(), Vec::new());
        }
        let of_type = self.collections.get_mut(type_name);
        let of_type = of_type.expect("inserted above when it was missing");
        let place = of_type.iter().position(|one| &*one.namespace == namespace);
        let place = place.unwrap_or_else(|| {
            of_type.push(Collection::new(namespace, type_name));
            of_type.len() - 1
        });
        &mut of_type[place]
    }

    pub(super) fn entry(&self, namespace: &str, type_name: &str, id: &str) -> Option<&Arc<Entry>> {
        self.collection(namespace, type_name)?.get(id)
    }

    pub(super) fn list(
        &self,
        namespace: &str,
        type_name: &str,
        query: &Query,
    ) -> Vec<Arc<AnyResource>> {
        let Some(collection) = self.collection(namespace, type_name) else {
            return Vec::new();
        };
        let found = collection.list(query);
        found.map(|entry| entry.resource.clone()).collect()
    }

    pub(super) fn read<K: Kind>(&self, id: &str) -> Option<Arc<Resource<K>>> {
        typed(self.entry(K::NAMESPACE, K::TYPE, id)?)
    }

    pub(super) fn read_all<K: Kind>(&self, query: &Query) -> Vec<Arc<Resource<K>>> {
        let Some(collection) = self.collection(K::NAMESPACE, K::TYPE) else {
            return Vec::new();
        };
        collection
            .list(query)
            .filter_map(|entry| typed(entry))
            .collect()
    }

    /// Begins with these contents, of which nobody is told.
    pub(super) fn load(&mut self, opened: Opened) {
        self.journal = opened.journal;
        self.annals = opened.annals;
        self.rows = opened.rows;
        for resource in opened.contents {
            let key = Key::from(&resource);
            self.set(&key, Some(Entry::new(resource)));
        }
    }

    /// Puts or takes away an entry; tells nobody.
    pub(super) fn set(&mut self, key: &Key, entry: Option<Arc<Entry>>) -> Option<Arc<Entry>> {
        self.collection_mut(&key.namespace, &key.type_name)
            .set(&key.id, entry)
    }

    /// The number of the next row of the annals.
    pub(super) fn next_row(&mut self) -> u64 {
        self.rows += 1;
        self.rows
    }

    /// Tells watchers, subscribers and the journal what one commit changed.
    pub(super) fn publish(&mut self, events: Vec<Event>, entries: Entries) {
        if events.is_empty() && entries.is_empty() {
            return;
        }
        for event in &events {
            self.subscribers.publish(event);
            let metadata = &event.resource.metadata;
            self.collection_mut(&metadata.namespace, &metadata.type_name)
                .publish(event.clone());
        }
        if !self.journal.is_durable() && !entries.is_empty() {
            self.annals.keep(entries);
        } else {
            self.journal.append(events, entries);
        }
    }
}

/// The decoded form. A spec that its own kind cannot decode can only come from a damaged file or a foreign build; it must not
/// stop every controller that lists its neighbours.
fn typed<K: Kind>(entry: &Entry) -> Option<Arc<Resource<K>>> {
    entry
        .typed::<K>()
        .inspect_err(|error| tracing::error!(%error, "unreadable resource"))
        .ok()
}
